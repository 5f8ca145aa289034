"""What is spoken out is read back, in every dialect."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.text.dates import WEEKDAYS, parse_dates, speak_date
from speech.text.money import parse_money, speak_money
from speech.text.numbers import speak_digits, speak_number
from speech.text.speak import speak
from speech.text.times import parse_times, speak_clock, speak_time
from speech.text.write import parse_cardinal, parse_digits
from speech.types import DIALECTS, Dialect

TODAY = date(2026, 11, 23)
dialects = st.sampled_from(DIALECTS)
numbers = st.one_of(st.integers(1, 10**12), st.integers(1, 9999), st.integers(0, 999).map(lambda n: 1 + n * 10**6 + n))


@given(numbers, dialects)
def test_numbers(n: int, dialect: Dialect) -> None:
    spoken = speak_number(n, dialect)
    found = parse_cardinal(spoken)
    assert [f.value for f in found] == [n], spoken
    assert (found[0].start, found[0].end) == (0, len(spoken.split()))


@given(numbers, dialects)
def test_money(n: int, dialect: Dialect) -> None:
    spoken = speak_money(n, dialect)
    assert [f.value for f in parse_money(f"chị trả {spoken} nhé")] == [n], spoken


@given(numbers, dialects)
def test_written_money(n: int, dialect: Dialect) -> None:
    written = f"{n:,}".replace(",", ".") + " đồng"
    assert speak(written, dialect) == speak_money(n, dialect)
    assert [f.value for f in parse_money(written)] == [n]


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), dialects, st.booleans())
def test_dates(day: date, dialect: Dialect, weekday: bool) -> None:
    spoken = speak_date(day, dialect, with_weekday=weekday)
    assert [f.value for f in parse_dates(spoken, TODAY)] == [day], spoken
    written = f"{day.day:02}/{day.month:02}/{day.year}"
    assert not any(c.isdigit() for c in speak(written, dialect))
    assert [f.value for f in parse_dates(written, TODAY)] == [day]


@given(st.integers(0, 365), dialects)
def test_date_without_year_is_the_next_one(days: int, dialect: Dialect) -> None:
    day = TODAY + timedelta(days)
    if day != TODAY + timedelta(365):
        assert [f.value for f in parse_dates(speak_date(day, dialect, with_year=False), TODAY)] == [day]


@given(st.times(), dialects)
def test_times(moment: time, dialect: Dialect) -> None:
    moment = moment.replace(second=0, microsecond=0)
    spoken = speak_time(moment, dialect)
    found = parse_times(spoken)
    assert [(f.value, f.exact) for f in found] == [(moment, True)], spoken


@given(st.integers(13, 23), st.integers(0, 59), dialects)
def test_clock_times(hour: int, minute: int, dialect: Dialect) -> None:
    assert [f.value for f in parse_times(speak_clock(hour, minute, dialect=dialect))] == [time(hour, minute)]
    assert [f.value for f in parse_times(f"{hour}:{minute:02}")] == [time(hour, minute)]


@given(st.text("0123456789", min_size=3, max_size=14))
def test_digits(digits: str) -> None:
    assert [f.value for f in parse_digits(speak_digits(digits))] == [digits]


@given(st.text(st.characters(exclude_categories=("Nd", "Nl", "No", "Cs"))), dialects)
def test_text_without_digits_is_left_alone(text: str, dialect: Dialect) -> None:
    assert speak(text, dialect) == text


@given(st.text(st.sampled_from("0123456789 .,:/-%kđtrhHD "), max_size=40), dialects)
def test_no_digit_survives(text: str, dialect: Dialect) -> None:
    assert not any(c.isdigit() for c in speak(text, dialect))


@pytest.mark.parametrize("k", range(7))
def test_weekdays(k: int) -> None:
    found = parse_dates(WEEKDAYS[k], TODAY)
    assert [f.value for f in found] == [TODAY + timedelta(k or 7)]
