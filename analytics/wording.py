"""Figures written as Vietnamese readers expect them: decimal comma, dots between thousands."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pandas as pd

MISSING = "–"

DIALECTS = {"north": "Bắc", "central": "Trung", "south": "Nam"}
NOISES = {"none": "không ồn", "babble": "tiếng người", "street": "đường phố", "white": "ồn trắng"}

_SWAP = str.maketrans(",.", ".,")


def number(value: Any, decimals: int = 0) -> str:
    """1234.5 → "1.234,5"."""
    return MISSING if _missing(value) else f"{float(value):,.{decimals}f}".translate(_SWAP)


def percent(value: Any, decimals: int = 1) -> str:
    """0.267 → "26,7%"."""
    return MISSING if _missing(value) else f"{number(100 * float(value), decimals)}%"


def interval(low: Any, high: Any) -> str:
    """(0.1, 0.25) → "10–25%"."""
    return MISSING if _missing(low) or _missing(high) else f"{number(100 * low)}–{number(100 * high)}%"


def money(value: Any) -> str:
    """2500000 → "2.500.000 ₫"."""
    return MISSING if _missing(value) else f"{number(value)} ₫"


def day(value: Any) -> str:
    """25/11/2026."""
    return MISSING if _missing(value) else f"{value:%d/%m/%Y}"


def clock(value: datetime) -> str:
    """09:05 25/11/2026."""
    return MISSING if _missing(value) else f"{value:%H:%M %d/%m/%Y}"


def name_of(value: Any) -> str:
    """Vietnamese name of a dialect or noise; other values stand for themselves."""
    if _missing(value):
        return MISSING
    return DIALECTS.get(str(value)) or NOISES.get(str(value)) or str(value)


def in_order(kinds: Iterable[Any]) -> list[Any]:
    """Dialects from north to south, everything else as it comes."""
    order = list(DIALECTS)
    return sorted(kinds, key=lambda kind: order.index(kind) if kind in order else len(order))


def _missing(value: Any) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value))
