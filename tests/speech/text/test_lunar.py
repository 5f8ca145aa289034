from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.text.dates import parse_dates
from speech.text.lunar import LunarDate, tet, to_lunar, to_solar

TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("year", "first_day"),
    [
        (1968, date(1968, 1, 29)),  # a day before China's
        (1985, date(1985, 1, 21)),  # a month before China's
        (2007, date(2007, 2, 17)), (2025, date(2025, 1, 29)), (2026, date(2026, 2, 17)), (2027, date(2027, 2, 6)),
        (2028, date(2028, 1, 26)), (2030, date(2030, 2, 2)),
    ],
)  # fmt: skip
def test_tet(year: int, first_day: date) -> None:
    assert tet(year) == first_day


@pytest.mark.parametrize(("year", "month"), [(2020, 4), (2023, 2), (2025, 6), (2028, 5), (2033, 11)])
def test_leap_months(year: int, month: int) -> None:
    assert to_lunar(to_solar(LunarDate(year, month, 1, leap=True))) == LunarDate(year, month, 1, leap=True)


@given(st.dates(date(1901, 1, 1), date(2099, 12, 31)))
def test_there_and_back(day: date) -> None:
    lunar = to_lunar(day)
    assert to_solar(lunar) == day
    after = to_lunar(day + timedelta(1))
    assert after.day == lunar.day + 1 or after.day == 1


def test_days_that_do_not_exist() -> None:
    for lunar in (LunarDate(2026, 1, 31), LunarDate(2026, 1, 0), LunarDate(2026, 5, 1, leap=True)):
        with pytest.raises(ValueError, match="no lunar day"):
            to_solar(lunar)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("mùng năm tết anh trả", date(2027, 2, 10)),
        ("ba mươi tết", date(2027, 2, 5)),
        ("hai mươi chín tết", date(2027, 2, 4)),
        ("rằm tháng bảy", to_solar(LunarDate(2027, 7, 15))),
        ("hôm rằm chị gửi", to_solar(LunarDate(2026, 11, 15))),
        ("hai mươi ba tháng chạp", to_solar(LunarDate(2026, 12, 23))),
        ("mùng mười tháng giêng", to_solar(LunarDate(2027, 1, 10))),
        ("ngày mười tháng ba âm lịch", to_solar(LunarDate(2027, 3, 10))),
        ("mùng tám tháng mười hai", date(2026, 12, 8)),
        ("ngày mười lăm tháng giêng", to_solar(LunarDate(2027, 1, 15))),
        ("ngày mười lăm", date(2026, 12, 15)),
    ],
)
def test_lunar_days_in_speech(text: str, day: date) -> None:
    assert [span.value for span in parse_dates(text, TODAY)] == [day]


def test_the_last_one_when_looking_back() -> None:
    assert parse_dates("mùng hai tết", TODAY, past=True)[0].value == date(2026, 2, 18)
