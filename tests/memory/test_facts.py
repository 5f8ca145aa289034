"""What conversations teach, what holds of it later, and what operators correct."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core.errors import InputError
from memory import events as kind
from memory.conversations import ConversationStart
from memory.events import Event
from memory.facts import Fact, Talk, learn, part_of_day, profile
from memory.joining import join
from memory.learning import facts_of, forget_facts, relearn, set_fact
from memory.people import Person
from memory.schema import AuditEntry
from memory.store import DEFAULT_BUSINESS, Store
from memory.tables import FactRow

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PHONE = "+84900000081"


def events(*told: tuple[str, Mapping[str, Any]]) -> list[Event]:
    return [Event("conv_1", seq, type_, NOW, seq * 1000, data) for seq, (type_, data) in enumerate(told)]


VERIFIED = (kind.IDENTITY, {"verified": True, "method": "birth_year"})
PROMISED = (kind.DISPOSITION, {"code": "PTP", "details": {"date": "2026-11-28", "amount": 2_450_000}})
MIRRORED = (kind.PREFERENCE, {"name": "pronoun", "value": "cô", "how": "inferred"})


def taught(*told: tuple[str, Mapping[str, Any]], channel: str = "voice") -> dict[str, Fact]:
    direction = "outbound" if channel == "voice" else "inbound"
    return {f"{one.kind}.{one.key}": one for one in learn(Talk("conv_1", channel, direction), events(*told))}


def test_a_promise_of_the_verified_person_is_known_until_a_month_after_its_day() -> None:
    promise = taught(VERIFIED, PROMISED)["promise.payment"]
    assert promise.value == {"code": "PTP", "date": "2026-11-28", "amount": 2_450_000}
    assert promise.conversation_id == "conv_1"
    assert promise.expires_at is not None
    assert promise.expires_at.date() == date(2026, 12, 28)
    assert taught(PROMISED) == {}


def test_what_a_third_party_says_teaches_nothing() -> None:
    assert taught(VERIFIED, MIRRORED, (kind.DISPOSITION, {"code": "THIRD_PARTY", "details": {}})) == {}
    assert taught(MIRRORED, (kind.DISPOSITION, {"code": "HANGUP_EARLY", "details": {}})) == {}


def test_preferences_complaints_callbacks_and_opt_outs() -> None:
    said = (kind.CUSTOMER_SAID, {"text": "rứa à", "dialect": "central"})
    callback = (kind.DISPOSITION, {"code": "CALLBACK", "details": {"at": "2026-11-24T19:30"}})
    found = taught(VERIFIED, said, said, MIRRORED, (kind.ESCALATED, {"reason": "anger"}), callback)
    assert {name: one.value.get("value") for name, one in found.items()} == {
        "callback.call": None, "complaint.anger": None, "preference.pronoun": "cô", "preference.dialect": "central",
        "preference.hours": "evening",
    }  # fmt: skip
    out = taught((kind.OPT_OUT, {"scope": "all"}), (kind.DISPOSITION, {"code": "OPT_OUT", "details": {}}))
    assert out["consent.contact"].expires_at is None
    typed = taught(MIRRORED, (kind.DISPOSITION, {"code": "PTP"}), channel="chat")
    assert {name: one.value["value"] for name, one in typed.items()} == {
        "preference.pronoun": "cô", "preference.channel": "chat",
    }  # fmt: skip


@pytest.mark.parametrize(("hour", "part"), [(1, "morning"), (6, "afternoon"), (11, "evening")])
def test_parts_of_the_day_are_vietnamese(hour: int, part: str) -> None:
    assert part_of_day(datetime(2026, 11, 23, hour, tzinfo=UTC)) == part


def fact(what: str, days: float, key: str = "payment", source: str = "conversation", **value: Any) -> Fact:
    return Fact(what, key, value, NOW + timedelta(days=days), NOW + timedelta(days=60), source)


def test_a_later_word_settles_an_earlier_one() -> None:
    promise, paid = fact("promise", 0, date="2026-11-28"), fact("paid", 3)
    later = NOW + timedelta(days=5)
    assert profile([promise], later).matter("promise") == promise
    assert profile([promise, paid], later).matter("promise") is None
    assert profile([promise, paid, fact("promise", 4)], later).matter("paid") is None
    assert profile([fact("callback", 0, "call"), promise], later).matter("callback") is not None
    assert profile([fact("callback", 0, "call"), fact("promise", 1)], later).matter("callback") is None
    assert profile([promise], NOW + timedelta(days=61)).open == ()
    assert profile([fact("promise", 9)], later).open == ()


def test_what_an_operator_wrote_stands_above_what_was_inferred() -> None:
    facts = [
        fact("preference", 0, "pronoun", "operator", value="bác"),
        fact("preference", 2, "pronoun", value="anh", how="inferred"),
        fact("preference", 1, "dialect", value="south", how="inferred"),
        fact("preference", 2, "dialect", value="north", how="inferred"),
    ]
    assert profile(facts, NOW + timedelta(days=5)).preferences == {"pronoun": "bác", "dialect": "north"}


def test_the_order_of_arrival_does_not_matter() -> None:
    facts = [fact(what, day) for what, day in (("promise", 0), ("paid", 1), ("promise", 2), ("complaint", 1.5))]
    facts += [fact("preference", day, "pronoun", value=word, how="said") for day, word in ((0, "anh"), (3, "chú"))]
    expected = profile(facts, NOW + timedelta(days=5))
    shuffled = list(itertools.permutations(facts))
    for order in random.Random(7).sample(shuffled, 60):
        assert profile(order, NOW + timedelta(days=5)) == expected


# In a store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'alo.db'}") as opened:
        opened.ensure_business(DEFAULT_BUSINESS, "Công ty Sao Mai", NOW)
        yield opened


def talk(
    store: Store, customer_id: str, name: str, *told: tuple[str, Mapping[str, Any]], at: datetime = NOW,
    flow: str = "payment_reminder", channel: str = "voice", ended: bool = True,
) -> None:  # fmt: skip
    store.begin_conversation(
        ConversationStart(
            name, channel, "outbound" if channel == "voice" else "inbound", at, flow, DEFAULT_BUSINESS, customer_id
        )
    )
    emit = store.emitter(name, lambda: at)
    emit(kind.CUSTOMER_SAID, 500, {"turn": 1, "text": "dạ"})
    for number, (type_, data) in enumerate(told, 1):
        emit(type_, number * 1000, data)
    if ended:
        store.end_conversation(name, at + timedelta(minutes=2))
    store.flush()


def customer(store: Store, phone: str = PHONE, name: str = "Nguyễn Văn Hùng") -> str:
    return store.ensure_customer(DEFAULT_BUSINESS, Person(phone, name), NOW).id


def test_the_next_conversation_knows_the_open_promise_and_the_pronoun(store: Store) -> None:
    who = customer(store)
    summary = (kind.SUMMARIZED, {"text": "Khách hẹn thanh toán 28/11."})
    talk(store, who, "conv_1", VERIFIED, MIRRORED, PROMISED, summary)
    known = store.remembered(who, "payment_reminder", NOW + timedelta(days=1))
    assert (known.promise_date, known.promise_amount, known.promised_on) == (
        date(2026, 11, 28), 2_450_000, date(2026, 11, 23),
    )  # fmt: skip
    assert (known.pronoun, known.last_summary) == ("cô", "Khách hẹn thanh toán 28/11.")
    assert (known.last_conversation, known.last_channel, known.elsewhere) == ("conv_1", "voice", None)
    assert store.remembered(who, "payment_reminder", NOW, besides="conv_1").last_conversation is None
    assert known.facts()["open_promise_date"] == date(2026, 11, 28)
    talk(store, who, "conv_2", VERIFIED, (kind.DISPOSITION, {"code": "PAID_WAIT", "details": {"on": "2026-11-25"}}),
         at=NOW + timedelta(days=2))  # fmt: skip
    known = store.remembered(who, "payment_reminder", NOW + timedelta(days=3))
    assert (known.promise_date, known.paid_claimed_on) == (None, date(2026, 11, 25))


def test_a_conversation_that_broke_off_goes_on_with_what_the_verified_person_said(store: Store) -> None:
    who = customer(store)
    birth = (kind.SLOT_SET, {"name": "said_birth_year", "value": 1980})
    day = (kind.SLOT_SET, {"name": "promise_date", "value": "2026-11-28"})
    talk(store, who, "conv_1", birth, VERIFIED, day, channel="chat", ended=False)
    hour_later = NOW + timedelta(hours=1)
    assert store.remembered(who, "payment_reminder", hour_later).stopped == {"promise_date": "2026-11-28"}
    assert store.remembered(who, "appointment_reminder", hour_later).stopped == {}
    assert store.remembered(who, "payment_reminder", NOW + timedelta(days=4)).stopped == {}
    assert store.remembered(who, "payment_reminder", NOW + timedelta(minutes=5)).elsewhere == "conv_1"
    assert store.remembered(who, "payment_reminder", hour_later).elsewhere is None
    talk(store, who, "conv_2", VERIFIED, PROMISED, at=NOW + timedelta(minutes=30))
    assert store.remembered(who, "payment_reminder", hour_later).stopped == {}


def test_joined_customers_share_what_is_known_and_split_ones_do_not(store: Store) -> None:
    one, two = customer(store), customer(store, "+84900000082", "Trần Thị Mai")
    talk(store, two, "conv_1", VERIFIED, PROMISED)
    assert store.remembered(one, "payment_reminder", NOW).promise_date is None
    with store.write() as session:
        join(session, one, two, by="lan", reason="", at=NOW)
    for who in (one, two):
        assert store.remembered(who, "payment_reminder", NOW).promise_date == date(2026, 11, 28)


def test_operators_set_and_forget_and_events_bring_nothing_back(store: Store) -> None:
    who = customer(store)
    talk(store, who, "conv_1", VERIFIED, MIRRORED, PROMISED)
    with store.write() as session:
        set_fact(session, who, "preference", "pronoun", {"value": "bác"}, by="lan", at=NOW)
        assert forget_facts(session, who, "promise", by="lan", at=NOW) == 1
        before = {(one.source, one.kind, one.key, str(one.value)) for one in facts_of(session, [who])}
        assert relearn(session, who) == 1
        assert {(one.source, one.kind, one.key, str(one.value)) for one in facts_of(session, [who])} == before
    known = store.remembered(who, "payment_reminder", NOW)
    assert (known.pronoun, known.promise_date) == ("bác", None)
    with store.read() as session:
        assert session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all() == ["set", "forget"]
        gone = session.scalars(select(FactRow).where(FactRow.kind == "promise")).one()
        assert gone.value == {}
    for what, key, value in (("preference", "pronoun", "mày"), ("preference", "mood", "x"), ("gossip", "x", "y")):
        with pytest.raises(InputError), store.write() as session:
            set_fact(session, who, what, key, {"value": value}, by="lan", at=NOW)


def test_an_opt_out_in_a_chat_holds_for_calls(store: Store) -> None:
    who = customer(store)
    talk(store, who, "conv_1", (kind.OPT_OUT, {"scope": "all"}), channel="chat")
    assert store.opted_out(DEFAULT_BUSINESS, [PHONE]) == {PHONE}


def test_two_conversations_at_once_keep_both_and_the_later_word_holds(store: Store) -> None:
    who = customer(store)
    for name, channel in (("conv_1", "voice"), ("conv_2", "chat")):
        store.begin_conversation(ConversationStart(name, channel, "inbound", NOW, "payment_reminder",
                                                   DEFAULT_BUSINESS, who))  # fmt: skip
    emits = [store.emitter(name, lambda: NOW) for name in ("conv_1", "conv_2")]
    later = store.emitter("conv_3", lambda: NOW + timedelta(minutes=1))
    store.begin_conversation(ConversationStart("conv_3", "chat", "inbound", NOW, "f", DEFAULT_BUSINESS, who))
    for number in range(20):
        for emit in emits:
            emit(kind.CUSTOMER_SAID, number, {"turn": number, "text": "dạ"})
    for emit in (*emits, later):
        emit(VERIFIED[0], 100, VERIFIED[1])
    emits[0](*_at(PROMISED))
    later(kind.DISPOSITION, 200, {"code": "PTP", "details": {"date": "2026-11-30", "amount": 1}})
    emits[1](*_at(PROMISED))
    store.flush()
    assert store.remembered(who, None, NOW + timedelta(hours=1)).promise_date == date(2026, 11, 30)
    with store.read() as session:
        assert len(session.scalars(select(FactRow).where(FactRow.kind == "promise")).all()) == 3


def _at(told: tuple[str, Mapping[str, Any]]) -> tuple[str, int, Mapping[str, Any]]:
    return told[0], 200, told[1]
