"""The Vietnamese lunar calendar, computed for Hà Nội's meridian (UTC+7), and dates said in it ("rằm tháng bảy").

Rules: a month begins on the day of a new moon, month 11 holds the winter solstice, and in a year of thirteen months the
first one without a principal term (a multiple of 30° of solar longitude) repeats the number before it. China computes
the same at UTC+8, so some years differ (Tết 2030: 2 February here, 3 February there).

Formulas: J. Meeus, Astronomical Algorithms, 2nd ed., chapters 25 (sun, to 0.01°) and 49 (new moon, to seconds).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from math import floor, radians, sin

_UTC_OFFSET_DAYS = 7 / 24
_EPOCH = 2451545.0
"""J2000 as a Julian day."""
_ORDINAL_OF_JULIAN_DAY = 1721425
"""``date.toordinal()`` plus this is the Julian day number of that date's noon."""

_DELTA_T = ((1900, -3), (1920, 21), (1940, 24), (1960, 33), (1980, 51), (2000, 64), (2020, 69), (2050, 93), (2100, 203))
"""Year → seconds by which uniform time is ahead of the earth's rotation (Espenak and Meeus; predicted from 2020 on)."""

# Coefficient in days, power of E, multiples of M, M' and F (Meeus, table 49.A).
_NEW_MOON = (
    (-0.40720, 0, 0, 1, 0), (0.17241, 1, 1, 0, 0), (0.01608, 0, 0, 2, 0), (0.01039, 0, 0, 0, 2),
    (0.00739, 1, -1, 1, 0), (-0.00514, 1, 1, 1, 0), (0.00208, 2, 2, 0, 0), (-0.00111, 0, 0, 1, -2),
    (-0.00057, 0, 0, 1, 2), (0.00056, 1, 1, 2, 0), (-0.00042, 0, 0, 3, 0), (0.00042, 1, 1, 0, 2),
    (0.00038, 1, 1, 0, -2), (-0.00024, 1, -1, 2, 0), (-0.00007, 0, 2, 1, 0), (0.00004, 0, 0, 2, -2),
    (0.00004, 0, 3, 0, 0), (0.00003, 0, 1, 1, -2), (0.00003, 0, 0, 2, 2), (-0.00003, 0, 1, 1, 2),
    (0.00003, 0, -1, 1, 2),
)  # fmt: skip
# Coefficient in millionths of a day, angle at k = 0 and per k in degrees.
_PLANETS = (
    (325, 299.77, 0.107408), (165, 251.88, 0.016321), (164, 251.83, 26.651886), (126, 349.42, 36.412478),
    (110, 84.66, 18.206239), (62, 141.74, 53.303771), (60, 207.14, 2.453732), (56, 154.84, 7.306860),
    (47, 34.52, 27.261239), (42, 207.19, 0.121824), (40, 291.34, 1.844379), (37, 161.72, 24.198154),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LunarDate:
    """A day of the lunar calendar. ``year`` is the one that begins at Tết; ``leap`` marks the second of two months."""

    year: int
    month: int
    day: int
    leap: bool = False


def to_lunar(day: date) -> LunarDate:
    """The lunar date of a solar one, 1900 to 2100."""
    for year in (day.year + 1, day.year, day.year - 1):
        for begins, month, leap in reversed(_year(year)):
            if begins <= day:
                return LunarDate(year, month, (day - begins).days + 1, leap)
    raise ValueError(f"{day} is outside the calendar")


def to_solar(lunar: LunarDate) -> date:
    """The solar date of a lunar one. Raises ValueError if there is no such day (a short month, no leap month)."""
    months = _year(lunar.year)
    for index, (begins, month, leap) in enumerate(months):
        if (month, leap) == (lunar.month, lunar.leap):
            after = months[index + 1][0] if index + 1 < len(months) else _year(lunar.year + 1)[0][0]
            found = begins + timedelta(lunar.day - 1)
            if lunar.day >= 1 and found < after:
                return found
    raise ValueError(f"there is no lunar day {lunar.day}/{lunar.month}/{lunar.year}")


def tet(year: int) -> date:
    """First day of lunar ``year``."""
    return _year(year)[0][0]


@lru_cache(maxsize=512)
def _year(year: int) -> tuple[tuple[date, int, bool], ...]:
    """The months of a lunar year: first day, number, leap."""
    first = [m for m in _solstice_year(year) if m[1] not in (11, 12)]
    # A month 12 (or leap 11, 12) at the head of the solstice year belongs to the lunar year before.
    tail = [m for m in _solstice_year(year + 1) if m[1] in (11, 12)]
    return (*first, *tail)


@lru_cache(maxsize=512)
def _solstice_year(year: int) -> tuple[tuple[date, int, bool], ...]:
    """The months from the one with the solstice of ``year - 1`` to the one before that of ``year``."""
    first, last = _month_of_solstice(year - 1), _month_of_solstice(year)
    begins = [_new_moon(k) for k in range(first, last + 1)]
    leap_at = None
    if last - first == 13:
        terms = [_principal_term(day) for day in begins]
        leap_at = next(i for i in range(1, 13) if terms[i] == terms[i + 1])
    months = []
    number = 11
    for index, day in enumerate(begins[:-1]):
        if index and index != leap_at:
            number = number % 12 + 1
        months.append((day, number, index == leap_at))
    return tuple(months)


def _month_of_solstice(year: int) -> int:
    """Number k of the last new moon on or before the day of the winter solstice."""
    solstice = _solstice(year)
    k = floor((solstice - date(2000, 1, 6)).days / 29.530588861) + 1
    while _new_moon(k) > solstice:
        k -= 1
    return k


def _solstice(year: int) -> date:
    """The day, in Vietnam, on which the sun reaches 270°."""
    day = date(year, 12, 19)
    while _sun(_midnight(day + timedelta(1))) < 270:
        day += timedelta(1)
    return day


def _principal_term(day: date) -> int:
    """Number of 30° sectors that the sun has passed when ``day`` begins in Vietnam."""
    return int(_sun(_midnight(day)) // 30)


@lru_cache(maxsize=8192)
def _new_moon(k: int) -> date:
    """Day, in Vietnam, of the k-th new moon after 6 January 2000."""
    t = k / 1236.85
    e = 1 - 0.002516 * t - 0.0000074 * t * t
    sun = 2.5534 + 29.10535670 * k - 0.0000014 * t * t
    moon = 201.5643 + 385.81693528 * k + 0.0107582 * t * t + 0.00001238 * t**3
    node = 160.7108 + 390.67050284 * k - 0.0016118 * t * t
    moment = 2451550.09766 + 29.530588861 * k + 0.00015437 * t * t - 0.00000015 * t**3
    moment += sum(c * e**power * sin(radians(m * sun + n * moon + f * node)) for c, power, m, n, f in _NEW_MOON)
    moment -= 0.00017 * sin(radians(124.7746 - 1.56375588 * k + 0.0020672 * t * t))
    moment += sum(c * sin(radians(a + b * k)) for c, a, b in _PLANETS) / 1e6
    universal = moment - _delta_t(2000 + t * 100) / 86_400
    return date.fromordinal(floor(universal + 0.5 + _UTC_OFFSET_DAYS) - _ORDINAL_OF_JULIAN_DAY)


def _midnight(day: date) -> float:
    """Julian day (universal time) at which ``day`` begins in Vietnam."""
    return day.toordinal() + _ORDINAL_OF_JULIAN_DAY - 0.5 - _UTC_OFFSET_DAYS


def _sun(universal: float) -> float:
    """Apparent longitude of the sun in degrees, 0 … 360."""
    t = (universal + _delta_t(2000 + (universal - _EPOCH) / 365.25) / 86_400 - _EPOCH) / 36_525
    anomaly = radians(357.52911 + 35999.05029 * t - 0.0001537 * t * t)
    centre = (1.914602 - 0.004817 * t - 0.000014 * t * t) * sin(anomaly)
    centre += (0.019993 - 0.000101 * t) * sin(2 * anomaly) + 0.000289 * sin(3 * anomaly)
    true = 280.46646 + 36000.76983 * t + 0.0003032 * t * t + centre
    return (true - 0.00569 - 0.00478 * sin(radians(125.04 - 1934.136 * t))) % 360


def _delta_t(year: float) -> float:
    """Seconds, by straight lines between the years of the table."""
    for (year_a, a), (year_b, b) in pairwise(_DELTA_T):
        if year <= year_b:
            return a + (b - a) * (year - year_a) / (year_b - year_a)
    return _DELTA_T[-1][1]
