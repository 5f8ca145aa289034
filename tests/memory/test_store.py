from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError

from memory import events as kind
from memory.conversations import ConversationStart
from memory.events import Event
from memory.people import GRANTED, WITHDRAWN, Person, Statement
from memory.schema import Consent
from memory.schema import Event as EventRow
from memory.store import DEFAULT_BUSINESS, Store

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PHONE = "+84900000001"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'alo.db'}") as opened:
        opened.ensure_business(DEFAULT_BUSINESS, "Công ty Tài chính Sao Mai", NOW, hotline="1900 0000")
        yield opened


def begin(store: Store, name: str = "conv_1") -> None:
    store.begin_conversation(ConversationStart(name, "voice", "outbound", NOW, flow="payment_reminder"))


def test_events_come_back_in_order_and_fill_the_conversation(store: Store) -> None:
    begin(store)
    emit = store.emitter("conv_1", lambda: NOW)
    emit(kind.CALL_DIALLED, 0, {"to": PHONE, "carrier": "simulator", "codec": "pcma", "attempt_id": "att_1"})
    emit(kind.CALL_ANSWERED, 4_000, {})
    emit(kind.CUSTOMER_SAID, 6_000, {"turn": 1, "text": "Dạ tôi nghe", "dialect": "south"})
    emit(kind.IDENTITY, 9_000, {"verified": True, "method": "name"})
    emit(kind.SENTIMENT, 9_500, {"turn": 1, "score": -0.25, "label": "annoyed"})
    emit(kind.ESCALATED, 10_000, {"queue": "q", "reason": "angry", "summary": "…"})
    emit(kind.DISPOSITION, 11_000, {"code": "PTP", "details": {"date": "2026-11-25", "amount": 2_500_000}})
    emit(kind.CALL_ENDED, 12_000, {"by": "bot", "cause": "normal", "duration_ms": 8_000})
    emit(kind.CALL_RECORDED, 12_000, {"path": "conv_1.wav", "duration_ms": 8_000})
    store.flush()

    assert [event.seq for event in store.events("conv_1")] == list(range(9))
    assert store.events("conv_1")[2].data["text"] == "Dạ tôi nghe"
    assert [event.type for event in store.events("conv_1", after_seq=6)] == [kind.CALL_ENDED, kind.CALL_RECORDED]
    conversation = store.conversation("conv_1")
    assert conversation is not None
    assert conversation.started_at == conversation.ended_at == NOW
    assert (conversation.disposition, conversation.disposition_details["amount"]) == ("PTP", 2_500_000)
    assert (conversation.verified, conversation.escalated, conversation.turns) == (True, True, 1)
    assert (conversation.dialect, conversation.sentiment, conversation.duration_ms) == ("south", -0.25, 8_000)
    call = store.call("conv_1")
    assert call is not None
    assert (call.to, call.state, call.ring_ms, call.duration_ms) == (PHONE, "ended", 4_000, 8_000)
    assert (call.recording, call.cause, call.ended_by) == ("conv_1.wav", "normal", "bot")


def test_close_loses_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'alo.db'}"
    with Store.open(url) as store:
        begin(store)
        emit = store.emitter("conv_1", lambda: NOW)
        for number in range(5_000):
            emit(kind.SILENCE, number, {"count": number})
    with Store.open(url) as store:
        assert [event.at_ms for event in store.events("conv_1")] == list(range(5_000))


def test_many_threads_write_at_once(store: Store) -> None:
    def work(name: str) -> None:
        begin(store, name)
        emit = store.emitter(name, lambda: NOW)
        for number in range(200):
            emit(kind.SILENCE, number, {})
            if number % 50 == 0:
                store.ensure_customer(DEFAULT_BUSINESS, Person(PHONE, name=name), NOW)

    threads = [threading.Thread(target=work, args=(f"conv_{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.flush()
    assert [len(store.events(f"conv_{i}")) for i in range(4)] == [200] * 4
    assert len(store.events_after(0, 10_000)) == 800


def test_a_bad_row_does_not_take_its_neighbours(store: Store) -> None:
    begin(store)
    store.append(Event("conv_nobody", 0, kind.SILENCE, NOW, 0))
    store.append(Event("conv_1", 0, kind.SILENCE, NOW, 0))
    store.append(Event("conv_1", 0, kind.SILENCE, NOW, 1))
    store.flush()
    assert [event.at_ms for event in store.events("conv_1")] == [0]


async def test_followers_hear_committed_events_live(store: Store) -> None:
    begin(store)
    begin(store, "conv_2")
    async with store.subscribe("conv_1") as stream:
        store.emitter("conv_2", lambda: NOW)(kind.SILENCE, 1, {})
        store.emitter("conv_1", lambda: NOW)(kind.SILENCE, 2, {"count": 1})
        event = await asyncio.wait_for(anext(stream), 10)
        assert (event.conversation_id, event.at_ms) == ("conv_1", 2)
        assert store.events("conv_1") == [event]


async def test_a_slow_follower_loses_the_oldest_and_knows(store: Store) -> None:
    begin(store)
    async with store.subscribe(limit=10) as stream:
        emit = store.emitter("conv_1", lambda: NOW)
        for number in range(25):
            emit(kind.SILENCE, number, {})
        await asyncio.wrap_future(store.flushed())
        await asyncio.sleep(0)
        assert (await anext(stream)).at_ms == 15
        assert stream.dropped == 15


def test_a_broken_follower_is_its_own_problem(store: Store) -> None:
    heard: list[int] = []

    def broken(_: object) -> None:
        raise ValueError("broken")

    store.follow(broken)
    leave = store.follow(lambda events: heard.extend(event.at_ms for event in events))
    begin(store)
    emit = store.emitter("conv_1", lambda: NOW)
    emit(kind.SILENCE, 1, {})
    store.flush()
    leave()
    emit(kind.SILENCE, 2, {})
    store.flush()
    assert heard == [1]


def test_customers_are_one_per_phone_and_keep_what_is_known(store: Store) -> None:
    first = store.ensure_customer(DEFAULT_BUSINESS, Person(PHONE, name="Nguyễn Văn An", fields={"a": 1}), NOW)
    again = store.ensure_customer(DEFAULT_BUSINESS, Person(PHONE, region="south", fields={"b": 2}), NOW)
    assert (again.id, again.name, again.region, again.fields) == (
        first.id,
        "Nguyễn Văn An",
        "south",
        {"a": 1, "b": 2},
    )
    other = store.ensure_business("biz_2", "Khác", NOW)
    assert store.ensure_customer(other.id, Person(PHONE), NOW).id != first.id


def test_the_latest_statement_about_contact_holds(store: Store) -> None:
    assert store.opted_out(DEFAULT_BUSINESS, [PHONE]) == set()
    store.opt_out(DEFAULT_BUSINESS, PHONE, NOW, "voice", text="đừng gọi nữa")
    assert store.opted_out(DEFAULT_BUSINESS, [PHONE, "+84900000002"]) == {PHONE}
    store.opt_in_again(DEFAULT_BUSINESS, PHONE, NOW + timedelta(days=1), "web")
    assert store.opted_out(DEFAULT_BUSINESS, [PHONE]) == set()

    for action, days in ((GRANTED, 1), (WITHDRAWN, 2), (GRANTED, 3)):
        store.record_statement(
            DEFAULT_BUSINESS, Statement(PHONE, action, NOW + timedelta(days=days), "web", "advertising")
        )
    assert store.consenting(DEFAULT_BUSINESS, [PHONE], "advertising") == {PHONE}
    assert store.consenting(DEFAULT_BUSINESS, [PHONE], "survey") == set()


def test_consents_and_events_cannot_be_rewritten(store: Store) -> None:
    store.opt_out(DEFAULT_BUSINESS, PHONE, NOW, "voice")
    begin(store)
    store.emitter("conv_1", lambda: NOW)(kind.SILENCE, 1, {})
    store.flush()
    for change in (update(Consent).values(phone="x"), text("DELETE FROM consents"), update(EventRow).values(at_ms=9)):
        with pytest.raises(IntegrityError, match="append-only"), store.write() as session:
            session.execute(change)


def test_writing_after_close_is_refused(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'alo.db'}")
    store.close()
    with pytest.raises(RuntimeError, match="closed"):
        begin(store)


def test_a_follower_that_breaks_is_reported_and_writing_goes_on(store: Store) -> None:
    begin(store)

    def broken(_: object) -> None:
        raise ValueError("a page went away")

    stop = store.follow(broken)
    store.emitter("conv_1", lambda: NOW)(kind.SILENCE, 1, {})
    with contextlib.suppress(ValueError):
        store.flush(10)
    stop()
    store.emitter("conv_1", lambda: NOW)
    store.append(Event("conv_1", 7, kind.SILENCE, NOW, 2))
    store.flush(10)
    assert [event.at_ms for event in store.events("conv_1")] == [1, 2]
