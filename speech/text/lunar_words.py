"""Days said in the lunar calendar: "rằm", "rằm tháng bảy", "mùng năm Tết", "hai mươi ba tháng chạp", "mùng mười âm"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from speech.text.lunar import LunarDate, tet, to_lunar, to_solar
from speech.text.numbers import read_small_number

_FULL_MOON = ("rằm",)
_LUNAR = ("âm", "ta")
"""After a date these words make it lunar; "tây" and "dương" make it solar."""
_MONTH_NAMES = {"giêng": 1, "chạp": 12}

_Found = tuple[date, int, bool]
_Day = tuple[int, int | None, int]
"""day, month if said, position after them"""


def read_lunar_day(words: Sequence[str], k: int, today: date, past: bool) -> _Found | None:
    """(solar day, position after it, exact) of a lunar day that begins at ``words[k]``, or None.

    Without a month it is the next such day from ``today`` on, with ``past`` the last one.
    """
    at = k + 1 if words[k] in ("ngày", "hôm", "đêm") else k
    if words[at : at + 2] == ("giao", "thừa"):
        return _around_tet(-1, today, past), at + 2, True
    eve = _eve_of_tet(words, at, today, past)
    if eve:
        return eve
    read = _full_moon(words, at) or _numbered(words, at)
    if read is None:
        return None
    day, month, after = read
    if words[after : after + 1] == ("tết",) and month is None:
        return _around_tet(day - 1, today, past), after + 1, True
    found = _nearest(day, month, today, past)
    return None if found is None else (found, after, True)


def _full_moon(words: Sequence[str], at: int) -> _Day | None:
    if words[at : at + 1] != _FULL_MOON:
        return None
    month, after = _month(words, at + 1)
    return 15, month, _skip_lunar(words, after)


def _numbered(words: Sequence[str], at: int) -> _Day | None:
    """[mùng] d Tết, [mùng] d tháng giêng | chạp, [mùng] d [tháng m] âm | ta."""
    first = at + 1 if words[at : at + 1] in (("mùng",), ("mồng",)) else at
    read = read_small_number(words, first, 30)
    if read is None:
        return None
    day, after = read
    if first > at and words[after : after + 1] == ("tết",):
        return day, None, after
    month, after_month = _month(words, after)
    by_name = after_month > after and words[after_month - 1] in _MONTH_NAMES
    end = _skip_lunar(words, after_month)
    if end > after_month or by_name:
        return day, month, end
    return None


def _eve_of_tet(words: Sequence[str], at: int, today: date, past: bool) -> _Found | None:
    """ "ba mươi Tết", "hai chín Tết": counted back from Tết, as people do in years without a thirtieth."""
    read = read_small_number(words, at, 30)
    if read is None or read[0] < 23 or words[read[1] : read[1] + 1] != ("tết",):
        return None
    return _around_tet(read[0] - 31, today, past), read[1] + 1, True


def _month(words: Sequence[str], at: int) -> tuple[int | None, int]:
    if words[at : at + 1] != ("tháng",) or at + 1 >= len(words):
        return None, at
    named = _MONTH_NAMES.get(words[at + 1])
    if named is not None:
        return named, at + 2
    read = read_small_number(words, at + 1, 12)
    return read if read is not None else (None, at)


def _skip_lunar(words: Sequence[str], at: int) -> int:
    if words[at : at + 1] and words[at] in _LUNAR:
        return at + 2 if words[at : at + 2] == ("âm", "lịch") else at + 1
    return at


def _around_tet(days: int, today: date, past: bool) -> date:
    """The day ``days`` after (negative: before) the first day of Tết, nearest to ``today`` on the wanted side."""
    days_of = (date.fromordinal(tet(year).toordinal() + days) for year in range(today.year - 1, today.year + 3))
    return _pick(days_of, today, past) or today


def _nearest(day: int, month: int | None, today: date, past: bool) -> date | None:
    return _pick(_candidates(day, month, to_lunar(today).year), today, past)


def _candidates(day: int, month: int | None, year: int) -> Iterator[date]:
    for lunar_year in (year - 1, year, year + 1):
        for number in (month,) if month else range(1, 13):
            try:
                yield to_solar(LunarDate(lunar_year, number, day))
            except ValueError:  # the thirtieth of a month of 29 days
                continue


def _pick(days: Iterator[date], today: date, past: bool) -> date | None:
    if past:
        return max((day for day in days if day <= today), default=None)
    return min((day for day in days if day >= today), default=None)
