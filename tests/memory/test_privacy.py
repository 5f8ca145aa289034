"""One person's data handed over and erased, down to the bytes of the database files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from core.errors import ConfigurationError, RefusedError
from memory import erasure
from memory import events as kind
from memory.conversations import ConversationStart
from memory.erasure import ErasureReport, erase_person, finish_erasures
from memory.events import Event
from memory.folding import fold
from memory.people import GRANTED, OPTED_OUT, Person, Statement, ensure_customer
from memory.privacy import UnknownPersonError, export_person
from memory.schema import Attempt, AuditEntry, Campaign, Consent, Contact, Conversation, Customer, GateDecision
from memory.store import DEFAULT_BUSINESS, Store

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=2)
PHONE, OTHER = "+84900000071", "+84900000072"
SECRETS = ("Quách Thị Bích Nguyệt", "HD-778899", "bán con bò nhà bác Tư", "900000071", "Ngõ Trăng Khuyết")
NEIGHBOUR = ("Lý Văn Đoài", "mai anh trả đủ")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'alo.db'}") as opened:
        fill(opened)
        yield opened


def fill(store: Store) -> None:
    """Two people in one campaign, each with a finished call."""
    store.ensure_business(DEFAULT_BUSINESS, "Công ty Tài chính Sao Mai", NOW)
    campaign = Campaign(id="camp", business_id=DEFAULT_BUSINESS, name="T11", purpose="collection", flow="f",
                        status="done", settings={}, created_at=NOW)  # fmt: skip
    with store.write() as session:
        session.add(campaign)
    add_person(store, 1, PHONE, SECRETS[0], SECRETS[2])
    add_person(store, 2, OTHER, *NEIGHBOUR)


def add_person(store: Store, number: int, phone: str, name: str, words: str) -> None:
    con, att, conv = f"con_{number}", f"att_{number}", f"conv_{number}"
    with store.write() as session:
        person = Person(phone, name, "female", 1980, fields={"contract": SECRETS[1] if number == 1 else "HD-1"})
        customer = ensure_customer(session, DEFAULT_BUSINESS, person, NOW)
        session.add(Contact(id=con, campaign_id="camp", customer_id=customer.id, phone=phone, row_number=number + 1,
                            fields={"address": SECRETS[4] if number == 1 else "x"}, status="waiting", attempts_made=1,
                            next_due_at=LATER, disposition="PTP", disposition_details={"note": words},
                            updated_at=NOW))  # fmt: skip
        session.flush()
        session.add(Attempt(id=att, campaign_id="camp", contact_id=con, number=1, phone=phone, state="done", rang=True,
                            outcome="PTP", details={"note": words}, intent_at=NOW, conversation_id=conv))  # fmt: skip
        session.add(GateDecision(campaign_id="camp", contact_id=con, phone=phone, channel="voice", allowed=True,
                                 code="ok", reason=f"cho phép gọi {phone}", rules="vn 1", at=NOW))  # fmt: skip
    start = ConversationStart(conv, "voice", "outbound", NOW, customer_id=customer.id, contact_id=con, attempt_id=att)
    store.begin_conversation(start)
    emit = store.emitter(conv, lambda: NOW)
    emit(kind.CALL_DIALLED, 0, {"to": phone, "carrier": "simulator", "codec": "pcma", "attempt_id": att})
    emit(kind.CALL_ANSWERED, 3_000, {})
    emit(kind.BOT_SAID, 4_000, {"turn": 0, "text": f"Dạ em chào chị {name} ạ", "heard_text": name})
    emit(kind.CUSTOMER_SAID, 8_000, {"turn": 1, "text": words, "words": [{"text": word} for word in words.split()]})
    emit(kind.BOT_LATENCY, 8_500, {"turn": 1, "total_ms": 700})
    emit(kind.SLOT_SET, 8_600, {"name": "contract", "value": SECRETS[1] if number == 1 else "HD-1"})
    emit(kind.ESCALATED, 9_000, {"queue": "q", "reason": "angry", "summary": f"{name}: {words}"})
    emit(kind.SIM_TRUTH, 9_000, {"disposition": "PTP", "persona": name})
    emit(kind.DISPOSITION, 9_100, {"code": "PTP", "details": {"note": words}})
    emit(kind.CALL_ENDED, 10_000, {"by": "bot", "cause": "normal", "duration_ms": 7_000})
    emit(kind.CALL_RECORDED, 10_000, {"path": f"{conv}.wav", "duration_ms": 7_000})
    store.flush()


def erase(store: Store, phone: str = PHONE, **more: object) -> ErasureReport:
    return erase_person(store, phone, at=LATER, reason="yêu cầu", by="lan", **more)  # type: ignore[arg-type]


def recorded(folder: Path, *names: str) -> Path:
    recordings = folder / "recordings"
    recordings.mkdir()
    for name in names or ("conv_1.wav", "conv_2.wav"):
        (recordings / name).write_bytes(b"RIFF")
    return recordings


def bytes_on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


def found_in(data: bytes, secrets: tuple[str, ...]) -> set[str]:
    """As UTF-8, as JSON escapes (as JSON columns of SQLite hold Vietnamese), or folded like the search index."""
    return {
        one
        for one in secrets
        if one.encode() in data or json.dumps(one)[1:-1].encode() in data or fold(one).encode() in data
    }


def test_export_has_everything_of_one_person_and_nothing_of_another(store: Store, tmp_path: Path) -> None:
    store.opt_out(DEFAULT_BUSINESS, PHONE, NOW, "voice", text="đừng gọi nữa")
    data = export_person(store, PHONE, recordings_dir=recorded(tmp_path)).as_json()
    assert {name: len(rows) for name, rows in data.items()} == {
        "customers": 1, "consents": 1, "contacts": 1, "attempts": 1, "gate_decisions": 1, "conversations": 1,
        "calls": 1, "events": 11, "recordings": 1, "identities": 1, "possible_matches": 0, "facts": 0, "passages": 2,
    }  # fmt: skip
    body = json.dumps(data, ensure_ascii=False)
    assert all(one in body for one in SECRETS)
    assert not any(one in body for one in (*NEIGHBOUR, OTHER))
    by_id = export_person(store, customer_id=data["customers"][0]["id"]).as_json()
    assert {**by_id, "recordings": ["conv_1.wav"]} == data


def test_an_unknown_person_is_told(store: Store) -> None:
    with pytest.raises(UnknownPersonError):
        export_person(store, "+84900000099")
    with pytest.raises(UnknownPersonError):
        erase(store, "+84900000099")


def test_erasure_leaves_no_byte_of_the_person(store: Store, tmp_path: Path) -> None:
    with store.write() as session:  # overwritten before the erasure: the old bytes must go too
        session.execute(update(Customer).where(Customer.phone == PHONE).values(name="Bích Nguyệt cũ"))
    gone = (*SECRETS, "Bích Nguyệt cũ")
    assert found_in(bytes_on_disk(tmp_path), gone) == set(gone)
    recordings = recorded(tmp_path)
    report = erase(store, recordings_dir=recordings)
    assert report.counts == {
        "customers": 1, "consents": 0, "contacts": 1, "attempts": 1, "gate_decisions": 1, "conversations": 1,
        "calls": 1, "events": 8, "recordings": 1, "identities": 1, "possible_matches": 0, "facts": 0, "passages": 2,
    }  # fmt: skip
    assert [path.name for path in recordings.iterdir()] == ["conv_2.wav"]
    left = bytes_on_disk(tmp_path)
    assert found_in(left, gone) == set()
    assert found_in(left, (*NEIGHBOUR, OTHER)) == {*NEIGHBOUR, OTHER}
    with pytest.raises(UnknownPersonError):
        export_person(store, PHONE)


def test_statistics_and_one_audit_line_stay(store: Store) -> None:
    erase(store)
    with store.read() as session:
        conversation = session.get_one(Conversation, "conv_1")
        assert (conversation.disposition, conversation.duration_ms, conversation.turns) == ("PTP", 7_000, 1)
        assert (conversation.escalated, conversation.escalation, conversation.truth) == (True, {}, None)
        contact = session.get_one(Contact, "con_1")
        assert (contact.status, contact.reason, contact.next_due_at) == ("skipped", "erased", None)
        assert session.get_one(Contact, "con_2").status == "waiting"
        entry = session.scalars(select(AuditEntry)).one()
        assert (entry.action, entry.by, entry.reason, entry.at) == ("erase", "lan", "yêu cầu", LATER)
        assert (entry.counts["events"], entry.pending, entry.finished_at) == (8, {}, LATER)
    kept = [event.type for event in store.events("conv_1")]
    assert kept == [kind.CALL_ANSWERED, kind.BOT_LATENCY, kind.CALL_ENDED]
    with pytest.raises(IntegrityError), store.write() as session:
        session.execute(delete(AuditEntry))


def test_an_opt_out_keeps_the_number_suppressed_without_words(store: Store, tmp_path: Path) -> None:
    store.record_statement(DEFAULT_BUSINESS, Statement(PHONE, GRANTED, NOW, "web", text=SECRETS[2]))
    store.opt_out(DEFAULT_BUSINESS, PHONE, NOW, "voice", text=SECRETS[2], conversation_id="conv_1")
    report = erase(store)
    assert report.opt_out_kept
    assert report.counts["consents"] == 2
    assert store.opted_out(DEFAULT_BUSINESS, [PHONE]) == {PHONE}
    assert not store.consenting(DEFAULT_BUSINESS, [PHONE], "collection")
    assert found_in(bytes_on_disk(tmp_path), SECRETS) == {"900000071"}
    with store.read() as session:
        left = session.scalars(select(Consent).where(Consent.phone == PHONE)).one()
    assert (left.action, left.at, left.text, left.conversation_id, left.evidence) == (OPTED_OUT, NOW, None, None, {})
    with pytest.raises(IntegrityError), store.write() as session:  # append-only again
        session.execute(update(Consent).values(text="x"))
    again = erase(store)
    assert (again.nothing_left, again.opt_out_kept) == (True, True)
    with store.read() as session:
        assert len(session.scalars(select(AuditEntry)).all()) == 1


def test_an_opt_out_taken_back_long_ago_is_not_kept(store: Store) -> None:
    store.opt_out(DEFAULT_BUSINESS, PHONE, NOW - timedelta(days=800), "voice")
    store.opt_in_again(DEFAULT_BUSINESS, PHONE, NOW - timedelta(days=700), "web")
    assert not erase(store).opt_out_kept
    with pytest.raises(UnknownPersonError):
        export_person(store, PHONE)


def test_nobody_is_erased_during_a_call(store: Store) -> None:
    with store.write() as session:
        session.execute(update(Attempt).where(Attempt.id == "att_1").values(state="intended"))
    with pytest.raises(RefusedError, match="chưa kết thúc"):
        erase(store)
    assert export_person(store, PHONE).tables["customers"][0]["name"] == SECRETS[0]


def test_nobody_is_erased_during_a_conversation_but_a_crash_leaves_no_eternal_one(store: Store) -> None:
    with store.read() as session:
        customer = session.scalars(select(Customer).where(Customer.phone == PHONE)).one()
    store.begin_conversation(ConversationStart("chat", "chat", "inbound", NOW, customer_id=customer.id))
    store.append(Event("chat", 0, kind.CUSTOMER_SAID, LATER - timedelta(minutes=2), 0, {"text": "alo"}))
    with pytest.raises(RefusedError, match="trò chuyện"):
        erase(store)
    report = erase_person(store, PHONE, at=LATER + timedelta(days=1), reason="", by="lan")
    assert report.counts["conversations"] == 2


def test_an_interrupted_erasure_is_finished_by_the_next(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recordings, forgotten = recorded(tmp_path), []

    def refuse(folder: Path | None, name: str) -> None:
        raise ConfigurationError("không", "no")

    with monkeypatch.context() as broken:
        broken.setattr(erasure, "_remove", refuse)
        with pytest.raises(ConfigurationError):
            erase(store, recordings_dir=recordings, forget=forgotten.append)
    assert (recordings / "conv_1.wav").exists()
    assert finish_erasures(store, LATER, recordings, forgotten.append) == 1
    assert not (recordings / "conv_1.wav").exists()
    assert forgotten == [["att_1"]]
    assert finish_erasures(store, LATER, recordings, forgotten.append) == 0
    assert found_in(bytes_on_disk(tmp_path), SECRETS) == set()


def test_a_failing_erasure_changes_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.opt_out(DEFAULT_BUSINESS, PHONE, NOW, "voice", text="thôi")

    def fail(*_: object) -> int:
        raise RuntimeError("the disk is full")

    before = export_person(store, PHONE).as_json()
    monkeypatch.setattr(erasure, "_erase_events", fail)
    with pytest.raises(RuntimeError):
        erase(store)
    assert export_person(store, PHONE).as_json() == before
    with pytest.raises(IntegrityError), store.write() as session:
        session.execute(update(Consent).values(text="x"))


def test_a_recording_outside_the_folder_is_never_removed(store: Store, tmp_path: Path) -> None:
    outside = tmp_path / "keep.wav"
    outside.write_bytes(b"RIFF")
    store.append(Event("conv_1", 11, kind.CALL_RECORDED, NOW, 0, {"path": "../keep.wav"}))
    erase(store, recordings_dir=recorded(tmp_path))
    assert outside.exists()


def test_the_same_on_postgresql(postgres: str) -> None:
    with Store.open(postgres) as store:
        fill(store)
        store.opt_out(DEFAULT_BUSINESS, PHONE, NOW, "voice", text=SECRETS[2])
        report = erase(store)
        assert (report.counts["events"], report.opt_out_kept) == (8, True)
        with store.read() as session:
            tables = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
            rows = [str(row) for name in tables for row in session.execute(text(f"SELECT * FROM {name}"))]
        assert found_in("\n".join(rows).encode(), SECRETS) == {"900000071"}
        assert store.opted_out(DEFAULT_BUSINESS, [PHONE])
        with pytest.raises(DBAPIError), store.write() as session:
            session.execute(update(Consent).values(text="x"))
        with pytest.raises(DBAPIError), store.write() as session:
            session.execute(delete(AuditEntry))
