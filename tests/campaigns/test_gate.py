"""Vectors of vietnam_rules §0 and properties of hours and caps. Times are Vietnam's."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.calendar import is_public_holiday, tet
from campaigns.gate import ContactFacts, Gate, GatePolicy, PastContact, intersect, sounds_like_advertising, widened
from campaigns.gate_reasons import _REASONS
from campaigns.rules import load_rules, parse_rules
from core.clock import VIETNAM, vietnam_time

GATE = Gate()
AD = ContactFacts(national_dnc=frozenset(), consented=True)
BRAND = GatePolicy(brandname_active=True)
ALL_DAY = replace(BRAND, windows=((time(8), time(17)),))
SATURDAY, SUNDAY, MONDAY = date(2026, 11, 14), date(2026, 11, 15), date(2026, 11, 16)


def at(day: date, clock: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), VIETNAM)


@pytest.mark.parametrize(
    ("day", "clock", "allowed"),
    [
        (SATURDAY, "16:59", True),
        (SATURDAY, "17:00", False),
        (SATURDAY, "07:59", False),
        (SATURDAY, "08:00", True),
        (SUNDAY, "10:00", False),
    ],
)
def test_advertising_calls(day: date, clock: str, allowed: bool) -> None:
    assert GATE.decide("advertising", "voice", at(day, clock), AD, ALL_DAY).allowed == allowed


@pytest.mark.parametrize(("clock", "allowed"), [("06:59", False), ("07:00", True), ("21:59", True), ("22:00", False)])
def test_advertising_sms(clock: str, allowed: bool) -> None:
    assert GATE.decide("advertising", "sms", at(MONDAY, clock), AD, BRAND).allowed == allowed


def test_advertising_email_has_no_hours() -> None:
    assert GATE.decide("advertising", "email", at(MONDAY, "23:30"), AD).allowed


def test_usual_hours_of_advertising_leave_out_the_nap() -> None:
    decision = GATE.decide("advertising", "voice", at(MONDAY, "12:00"), AD, BRAND)
    assert (decision.code, decision.next_allowed_at) == ("hours", at(MONDAY, "13:30"))


def test_a_second_advertising_call_within_24_hours() -> None:
    first = at(MONDAY, "09:00")
    facts = replace(AD, past=[PastContact(first, "advertising", "voice")])
    tuesday = MONDAY + timedelta(days=1)
    decision = GATE.decide("advertising", "voice", at(tuesday, "08:59"), facts, BRAND)
    assert (decision.code, decision.next_allowed_at) == ("cap", at(tuesday, "09:00"))
    assert GATE.decide("advertising", "voice", at(tuesday, "09:00"), facts, BRAND).allowed
    assert GATE.decide("advertising", "sms", at(tuesday, "08:59"), facts, BRAND).allowed, "per channel"


def test_national_list_blocks_per_channel_and_only_advertising() -> None:
    listed = replace(AD, national_dnc=frozenset({"sms"}))
    assert GATE.decide("advertising", "voice", at(MONDAY, "10:00"), listed, BRAND).allowed
    assert GATE.decide("advertising", "sms", at(MONDAY, "10:00"), listed, BRAND).code == "national_dnc"
    assert GATE.decide(
        "collection", "voice", at(MONDAY, "10:00"), ContactFacts(national_dnc=frozenset({"voice"}))
    ).allowed


def test_advertising_fails_closed() -> None:
    ten = at(MONDAY, "10:00")
    assert GATE.decide("advertising", "voice", ten, replace(AD, national_dnc=None), BRAND).code == "dnc_unknown"
    assert GATE.decide("advertising", "voice", ten, replace(AD, consented=False), BRAND).code == "no_consent"
    assert GATE.decide("advertising", "voice", ten, AD).code == "no_brandname"


@pytest.mark.parametrize(("clock", "allowed"), [("07:00", True), ("06:59", False), ("20:59", True), ("21:00", False)])
def test_collection_hours_by_law(clock: str, allowed: bool) -> None:
    widest = GatePolicy(windows=((time(0), time(23, 59)),))
    assert GATE.decide("collection", "voice", at(MONDAY, clock), ContactFacts(), widest).allowed == allowed


def test_the_sixth_reminder_of_a_day_on_any_channel() -> None:
    past = [PastContact(at(MONDAY, f"{8 + n:02}:00"), "collection", ["voice", "sms", "zns"][n % 3]) for n in range(5)]
    policy = GatePolicy(daily_cap=99)
    decision = GATE.decide("collection", "email", at(MONDAY, "19:00"), ContactFacts(past=past), policy)
    assert (decision.code, decision.next_allowed_at) == ("cap", at(MONDAY + timedelta(days=1), "08:00"))
    assert GATE.decide("collection", "email", at(MONDAY, "19:00"), ContactFacts(past=past[1:]), policy).allowed
    assert not GATE.decide("collection", "voice", at(MONDAY, "19:00"), ContactFacts(past=past[2:])).allowed, "default 3"


def test_sundays_and_holidays_are_free_of_reminders_unless_configured() -> None:
    culture_day, ten = date(2026, 11, 24), "10:00"
    assert GATE.decide("collection", "voice", at(SUNDAY, ten), ContactFacts()).code == "weekday"
    assert GATE.decide("collection", "voice", at(culture_day, ten), ContactFacts()).code == "holiday"
    configured = GatePolicy(weekdays=frozenset(range(1, 8)), holidays=True)
    assert GATE.decide("collection", "voice", at(SUNDAY, ten), ContactFacts(), configured).allowed
    assert GATE.decide("collection", "voice", at(culture_day, ten), ContactFacts(), configured).allowed
    assert GATE.decide("transactional", "voice", at(SUNDAY, ten), ContactFacts()).allowed


def test_tet_is_quiet() -> None:
    mung_1 = date(2026, 2, 17)
    assert tet(2026) == mung_1
    for days in (-1, 0, 2):
        decision = GATE.decide("transactional", "voice", at(mung_1 + timedelta(days=days), "10:00"), ContactFacts())
        assert decision.code == "tet"
    assert GATE.decide("transactional", "voice", at(mung_1 + timedelta(days=3), "10:00"), ContactFacts()).allowed
    assert GATE.decide("otp", "voice", at(mung_1, "03:00"), ContactFacts()).allowed
    # Collection rests from three days before to mùng 5, then comes a Sunday (22/02/2026).
    decision = GATE.decide("collection", "voice", at(mung_1 - timedelta(days=3), "10:00"), ContactFacts())
    assert decision.next_allowed_at == at(date(2026, 2, 23), "08:00")


def test_a_promise_is_waited_for() -> None:
    facts = ContactFacts(promised_for=MONDAY + timedelta(days=2))
    decision = GATE.decide("collection", "voice", at(MONDAY, "10:00"), facts)
    assert (decision.code, decision.next_allowed_at) == ("promised", at(MONDAY + timedelta(days=3), "08:00"))
    assert GATE.decide("transactional", "voice", at(MONDAY, "10:00"), facts).allowed


@pytest.mark.parametrize("purpose", [None, "", "spam"])
def test_a_purpose_must_be_declared(purpose: str | None) -> None:
    decision = GATE.decide(purpose, "voice", at(MONDAY, "10:00"), ContactFacts())
    assert decision.code in ("no_purpose", "unknown_purpose")
    assert not decision.waits


@pytest.mark.parametrize(
    ("facts", "policy", "code"),
    [
        (ContactFacts(opted_out=True), GatePolicy(), "opted_out"),
        (ContactFacts(suppressed_by="WRONG_NUMBER"), GatePolicy(), "suppressed"),
        (ContactFacts(number_problem="prefix", opted_out=True), GatePolicy(), "number"),
        (ContactFacts(), GatePolicy(kill_switch=True), "kill_switch"),
    ],
)
def test_hard_refusals(facts: ContactFacts, policy: GatePolicy, code: str) -> None:
    for purpose in ("collection", "transactional", "survey", "otp"):
        assert GATE.decide(purpose, "voice", at(MONDAY, "10:00"), facts, policy).code == code


def test_hours_by_agreement_only_where_the_law_allows_them() -> None:
    evening = ((time(19), time(20)),)
    assert GATE.decide("advertising", "voice", at(MONDAY, "19:30"), replace(AD, agreed_hours=evening), BRAND).allowed
    night = ContactFacts(agreed_hours=((time(22), time(23)),))
    assert not GATE.decide("collection", "voice", at(MONDAY, "22:30"), night).allowed


def test_what_a_campaign_may_not_widen_is_told() -> None:
    rule = GATE.rules.rule("collection", "voice", MONDAY)
    assert rule is not None
    assert widened(GatePolicy(windows=((time(6), time(22)),), daily_cap=9), rule) == ["hours", "cap"]
    assert widened(GatePolicy(windows=((time(7), time(21)),), daily_cap=5), rule) == []


def test_a_script_that_sells_is_advertising() -> None:
    assert sounds_like_advertising("Bên em có ƯU ĐÃI gói vay mới ạ") == ["ưu đãi", "gói vay mới"]
    assert sounds_like_advertising("Dạ em nhắc kỳ thanh toán ạ") == []


def test_rules_are_dated() -> None:
    assert GATE.rules.rule("advertising", "voice", date(2020, 9, 30)) is None
    assert GATE.decide("advertising", "voice", at(date(2020, 9, 30), "10:00"), AD, BRAND).code == "unknown_purpose"


def test_every_rule_names_its_source_and_every_purpose_its_rule() -> None:
    book = load_rules()
    assert all(rule.source and rule.confidence in "HML" for rule in book.rules)
    assert {rule.purpose for rule in book.rules} == set(book.labels)


def test_a_later_rule_follows_an_earlier_one() -> None:
    entry = {"purpose": "otp", "channel": "any", "source": "x", "confidence": "L"}
    book = parse_rules(
        {
            "name": "test",
            "version": "1",
            "purposes": {"otp": {}},
            "rules": [
                {**entry, "effective_from": date(2020, 1, 1), "effective_to": date(2026, 1, 1), "always": True},
                {**entry, "effective_from": date(2026, 1, 1), "legal": {"windows": [["08:00", "09:00"]]}},
            ],
            "tet_blackout": {"from_day": 0, "to_day": 3},
            "advertising_words": [],
            "suppress": {},
        }
    )
    gate = Gate(book)
    assert gate.decide("otp", "voice", at(date(2025, 12, 31), "23:00"), ContactFacts()).allowed
    assert not gate.decide("otp", "voice", at(date(2026, 1, 2), "23:00"), ContactFacts()).allowed


MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 31)).map(lambda moment: moment.replace(tzinfo=VIETNAM))
PURPOSES = st.sampled_from(["advertising", "collection", "transactional", "survey"])
LEGAL = {"advertising": (time(8), time(17)), "collection": (time(7), time(21))}
WINDOWS = st.lists(
    st.tuples(st.times(), st.times()).filter(lambda pair: pair[0] < pair[1]), min_size=1, max_size=3
).map(tuple)


@given(PURPOSES, MOMENTS, st.none() | WINDOWS)
def test_never_outside_legal_hours_whatever_is_configured(
    purpose: str, moment: datetime, windows: tuple[tuple[time, time], ...] | None
) -> None:
    policy = GatePolicy(brandname_active=True, windows=windows, weekdays=frozenset(range(1, 8)), holidays=True)
    decision = GATE.decide(purpose, "voice", moment, AD, policy)
    if decision.allowed and purpose in LEGAL:
        start, end = LEGAL[purpose]
        assert start <= vietnam_time(moment).time() < end


@given(PURPOSES, MOMENTS, st.lists(st.integers(0, 47), max_size=8))
def test_the_next_allowed_time_is_allowed_and_later(purpose: str, moment: datetime, hours_ago: list[int]) -> None:
    past = [PastContact(moment - timedelta(hours=hours), purpose, "voice") for hours in hours_ago]
    facts = replace(AD, past=past)
    decision = GATE.decide(purpose, "voice", moment, facts, BRAND)
    if decision.waits:
        assert decision.next_allowed_at is not None
        assert decision.next_allowed_at > moment
        assert GATE.decide(purpose, "voice", decision.next_allowed_at, facts, BRAND).allowed
    else:
        assert decision.allowed


@given(MOMENTS)
def test_reminders_respect_days(moment: datetime) -> None:
    if GATE.decide("collection", "voice", moment, ContactFacts()).allowed:
        day = vietnam_time(moment).date()
        assert day.isoweekday() != 7
        assert not is_public_holiday(day)
        assert not -3 <= (day - tet(day.year)).days < 5


@given(WINDOWS, WINDOWS, st.times())
def test_intersection_of_hours(a: tuple[tuple[time, time], ...], b: tuple[tuple[time, time], ...], clock: time) -> None:
    def inside(windows: tuple[tuple[time, time], ...]) -> bool:
        return any(start <= clock < end for start, end in windows)

    assert inside(intersect(a, b)) == (inside(a) and inside(b))


def test_reasons_have_both_languages() -> None:
    assert all(vi and en for vi, en in _REASONS.values())
