"""Public holidays and Tết in Vietnam, from the ``holidays`` package (lunar calendar at UTC+7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache

import holidays

_TET = "Lunar New Year"


@cache
def public_holidays(year: int) -> Mapping[date, str]:
    """Days off of a year with their English names; later government swaps may be missing (facts §7)."""
    return dict(holidays.country_holidays("VN", years=year, language="en_US"))


@cache
def tet(year: int) -> date:
    """Mùng 1: the first day of the lunar year that begins in ``year``."""
    return next(day for day, name in sorted(public_holidays(year).items()) if name == _TET)


def is_public_holiday(day: date) -> bool:
    return day in public_holidays(day.year)


def days_from_tet(day: date) -> int:
    """0 on mùng 1 of the same year, −1 on giao thừa, 2 on mùng 3."""
    return (day - tet(day.year)).days
