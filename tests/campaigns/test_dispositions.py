from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.dispositions import disposition_label, disposition_rules, plan_next
from campaigns.durations import parse_duration
from core.clock import VIETNAM, vietnam_time

MORNING = datetime(2026, 11, 16, 9, 30, tzinfo=VIETNAM)
CODES = list(disposition_rules())


def test_codes_of_the_glossary_are_all_there() -> None:
    expected = [
        "PTP",
        "PAID",
        "PAID_WAIT",
        "REFUSE_PAY",
        "DISPUTE",
        "HARDSHIP",
        "CALLBACK",
        "THIRD_PARTY",
        "WRONG_NUMBER",
        "OPT_OUT",
        "NOT_INTERESTED",
        "HANGUP_EARLY",
        "NO_ANSWER",
        "BUSY",
        "REJECTED",
        "UNREACHABLE",
        "INVALID",
        "VOICEMAIL",
        "TRANSFERRED",
        "BOT_FAILED",
        "TECH_ERROR",
        "CONFIRMED",
        "RESCHEDULED",
        "CANCELLED",
        "NO_RESPONSE",
    ]
    assert set(expected) <= set(CODES)
    assert all(rule.vi and rule.en for rule in disposition_rules().values())
    assert disposition_label("PTP") == "hứa thanh toán"
    assert disposition_label("PTP", "en") == "promise to pay"
    assert (disposition_label("NEW_CODE"), disposition_label(None)) == ("NEW_CODE", "")


@pytest.mark.parametrize(
    ("code", "earlier", "expected"),
    [
        ("PTP", [], None),
        ("BUSY", [], MORNING + timedelta(minutes=20)),
        ("NO_ANSWER", [], MORNING.replace(hour=14, minute=0)),
        ("NO_ANSWER", ["NO_ANSWER", "NO_ANSWER"], None),
        ("REJECTED", [], MORNING.replace(day=17, hour=14, minute=0)),
        ("REJECTED", ["REJECTED"], None),
        ("UNREACHABLE", [], MORNING + timedelta(hours=4)),
        ("UNREACHABLE", ["UNREACHABLE"], MORNING.replace(day=17, hour=14, minute=0)),
        ("CALLBACK", [], MORNING + timedelta(hours=2)),
        ("BUSY", ["NO_ANSWER", "BUSY", "TECH_ERROR"], None),
        ("NOBODY_KNOWS", [], None),
    ],
)
def test_retries(code: str, earlier: list[str], expected: datetime | None) -> None:
    assert plan_next(code, {}, earlier, MORNING).due_at == expected


def test_a_callback_comes_when_the_customer_said() -> None:
    named = plan_next("CALLBACK", {"at": "2026-11-16T15:00:00+07:00"}, [], MORNING)
    assert named.due_at == datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
    assert plan_next("CALLBACK", {"at": "2026-11-16T15:00:00"}, [], MORNING) == named, "without zone it is Vietnam's"
    later = MORNING + timedelta(hours=2)
    assert plan_next("CALLBACK", {"at": "2026-11-16T09:00:00"}, [], MORNING).due_at == later, "already past"
    assert plan_next("CALLBACK", {"at": "chiều nay"}, [], MORNING).due_at == later


MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))


@given(st.sampled_from(CODES), st.lists(st.sampled_from(CODES), max_size=8), MOMENTS, st.integers(1, 8))
def test_every_plan_ends_and_lies_ahead(code: str, earlier: list[str], moment: datetime, limit: int) -> None:
    step = plan_next(code, {}, earlier, moment, limit)
    if len(earlier) + 1 >= limit:
        assert step.final
    if step.due_at is not None:
        assert moment < step.due_at <= moment + timedelta(days=2)


@given(st.lists(st.sampled_from(CODES), min_size=30, max_size=30), MOMENTS)
def test_nobody_is_called_for_ever(codes: list[str], moment: datetime) -> None:
    made: list[str] = []
    for code in codes:
        step = plan_next(code, {}, made, moment, max_attempts=30)
        made.append(code)
        if step.due_at is None:
            break
        moment = step.due_at
    assert len(made) < 30


@given(MOMENTS)
def test_the_other_slot_is_another_time_of_day(moment: datetime) -> None:
    due = plan_next("NO_ANSWER", {}, [], moment).due_at
    assert due is not None
    assert due - moment >= timedelta(hours=2)
    assert vietnam_time(due).time() in (time(9), time(14), time(18))


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("PT20M", timedelta(minutes=20)),
        ("P1D", timedelta(days=1)),
        ("PT1H30M", timedelta(hours=1, minutes=30)),
        ("P1Y", timedelta(days=365)),
        ("PT5S", timedelta(seconds=5)),
    ],
)
def test_durations(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize("text", ["", "P", "PT", "20M", "P1W", "PT1.5H"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        parse_duration(text)
