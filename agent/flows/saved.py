"""A flow's state as JSON and back, so that a conversation survives its process. Equal states give equal text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final

from agent.flows.state import Bound, Listing, State
from agent.planning.progress import Call, Progress, Yes
from agent.planning.runner import Invoke, Revert
from agent.turns import Disposition
from core.errors import InputError

_KINDS: Final[Mapping[str, type]] = MappingProxyType(
    {kind.__name__: kind for kind in (State, Progress, Call, Yes, Invoke, Revert, Disposition, Bound, Listing)}
)
_DATE, _TIME, _TUPLE, _KIND = "$date", "$time", "$tuple", "$kind"


def to_json(state: Any) -> str:
    """A state, or several in a tuple."""
    return json.dumps(_plain(state), ensure_ascii=False, sort_keys=True)


def from_json(text: str) -> Any:
    """What ``to_json`` was given. Raises InputError for anything else."""
    try:
        return _value(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(
            "Trạng thái đã lưu không đọc được.", "The saved state cannot be read.", where="state"
        ) from error


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return {_TIME: value.isoformat()}
    if isinstance(value, date):
        return {_DATE: value.isoformat()}
    if is_dataclass(value) and not isinstance(value, type):
        return {_KIND: type(value).__name__, **{f.name: _plain(getattr(value, f.name)) for f in fields(value)}}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return {_TUPLE: [_plain(item) for item in value]}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _value(plain: Any) -> Any:
    if isinstance(plain, list):
        return [_value(item) for item in plain]
    if not isinstance(plain, dict):
        return plain
    if _TIME in plain:
        return datetime.fromisoformat(plain[_TIME])
    if _DATE in plain:
        return date.fromisoformat(plain[_DATE])
    if _TUPLE in plain:
        return tuple(_value(item) for item in plain[_TUPLE])
    if _KIND in plain:
        kind = _KINDS[plain[_KIND]]
        return kind(**{name: _value(item) for name, item in plain.items() if name != _KIND})
    return {name: _value(item) for name, item in plain.items()}
