"""Results as plain values of bounded size: dates, numbers, lists, dicts, texts without characters that hide things."""

from __future__ import annotations

import dataclasses
import json
import math
import unicodedata
from collections.abc import Mapping, Sequence, Set
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from pydantic import BaseModel

from core.clock import vietnam_time

MAX_TEXT: Final = 500
"""Characters of one text that outsiders may have written; more cannot be said aloud anyway."""
MAX_ITEMS: Final = 100
"""Entries of one list or dict."""
MAX_DEPTH: Final = 6
_KEPT_CONTROLS: Final = frozenset("\n\t")
_DATE, _TIME = "$date", "$datetime"


def plain_value(value: Any, *, limited: bool = False) -> Any:
    """``value`` made of None, bool, int, float, str, date, datetime, list and dict only.

    Aware times are given as Vietnam's, the way they are told.
    ``limited`` also cuts texts and lists that outsiders wrote to a bounded size and takes invisible characters out.
    Raises TypeError for what is none of these, ValueError for depth beyond ``MAX_DEPTH`` and for NaN.
    """
    return _plain(value, limited, 0)


def _plain(value: Any, limited: bool, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise ValueError("a result nested too deeply")
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, datetime) and value.tzinfo is not None:
        return vietnam_time(value)
    if value is None or isinstance(value, bool | int | date):
        return value
    if isinstance(value, float | Decimal):
        return _number(value)
    if isinstance(value, str):
        return clean_text(value) if limited else value
    if isinstance(value, BaseModel):
        value = value.model_dump()
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = dataclasses.asdict(value)
    if isinstance(value, Mapping):
        items = list(value.items())[: MAX_ITEMS if limited else None]
        return {_plain(str(key), limited, depth): _plain(each, limited, depth + 1) for key, each in items}
    if isinstance(value, Sequence | Set) and not isinstance(value, bytes | bytearray):
        return [_plain(each, limited, depth + 1) for each in list(value)[: MAX_ITEMS if limited else None]]
    raise TypeError(f"a tool cannot give a {type(value).__name__}")


def _number(value: float | Decimal) -> int | float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("a result that is not a number")
    return int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else number


def clean_text(text: str, limit: int = MAX_TEXT) -> str:
    """NFC, without control, format (zero-width, direction) and unassigned characters, cut at ``limit`` characters."""
    kept = "".join(c for c in text[: 4 * limit] if c in _KEPT_CONTROLS or unicodedata.category(c)[0] != "C")
    clean = unicodedata.normalize("NFC", kept).strip()
    return clean if len(clean) <= limit else clean[: limit - 1].rstrip() + "…"


def encode(value: Any) -> str:
    """A plain value as JSON that ``decode`` reads back, dates included."""
    return json.dumps(value, ensure_ascii=False, default=_tagged)


def decode(text: str) -> Any:
    return json.loads(text, object_hook=_untagged)


def _tagged(value: Any) -> dict[str, str]:
    if isinstance(value, datetime):
        return {_TIME: value.isoformat()}
    if isinstance(value, date):
        return {_DATE: value.isoformat()}
    raise TypeError(type(value).__name__)


def _untagged(found: dict[str, Any]) -> Any:
    if found.keys() == {_TIME}:
        return datetime.fromisoformat(found[_TIME])
    if found.keys() == {_DATE}:
        return date.fromisoformat(found[_DATE])
    return found
