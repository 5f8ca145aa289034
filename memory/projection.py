"""What the columns of ``conversations`` and ``calls`` say is derived from events, here and nowhere else.

Pure: an event in, column changes out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement

from memory import events as kind
from memory.events import Event
from memory.schema import Conversation

Changes = dict[str, Any | ColumnElement[Any]]


def conversation_changes(event: Event) -> Changes:
    """Columns of the event's conversation that it changes."""
    change = _CONVERSATION.get(event.type)
    return change(event.data, event.at) if change else {}


def call_changes(event: Event) -> Changes:
    """Columns of the event's call that it changes; empty if it is no telephone event."""
    change = _CALL.get(event.type)
    return change(event.data, event.at, event.at_ms) if change else {}


def _ended(data: Mapping[str, Any], at: datetime) -> Changes:
    return {"ended_at": at, "duration_ms": _whole(data.get("duration_ms"))}


def _said(data: Mapping[str, Any], _at: datetime) -> Changes:
    changes: Changes = {"turns": Conversation.turns + 1}
    dialect = data.get("dialect")
    if dialect:
        changes["dialect"] = max(dialect, key=dialect.__getitem__) if isinstance(dialect, Mapping) else str(dialect)
    return changes


def _whole(value: Any) -> int | None:
    return None if value is None else round(value)


_CONVERSATION: dict[str, Callable[[Mapping[str, Any], datetime], Changes]] = {
    kind.CALL_ANSWERED: lambda data, at: {"answered_at": at},
    kind.CALL_ENDED: _ended,
    kind.CUSTOMER_SAID: _said,
    kind.IDENTITY: lambda data, at: {"verified": bool(data.get("verified"))},
    kind.SENTIMENT: lambda data, at: {"sentiment": data.get("score")},
    kind.ALERTED: lambda data, at: {"escalation": dict(data)},
    kind.ESCALATED: lambda data, at: {"escalated": True, "escalation": dict(data)},
    kind.OPT_OUT: lambda data, at: {"opted_out": True},
    kind.DISPOSITION: lambda data, at: {
        "disposition": data.get("code"),
        "disposition_details": dict(data.get("details") or {}),
    },
    kind.SUMMARIZED: lambda data, at: {"summary": data.get("text")},
    kind.SIM_TRUTH: lambda data, at: {"truth": dict(data)},
}


def _call_ended(data: Mapping[str, Any], _at: datetime, _at_ms: int) -> Changes:
    changes: Changes = {"state": "ended", "duration_ms": _whole(data.get("duration_ms"))}
    for column, key in (("sip_code", "sip_code"), ("cause", "cause"), ("ended_by", "by")):
        if data.get(key) is not None:
            changes[column] = data[key]
    return changes


def _dialled(data: Mapping[str, Any], at: datetime, _at_ms: int) -> Changes:
    return {
        "state": "dialling",
        "dialled_at": at,
        **{key: data.get(key) for key in ("to", "carrier", "codec", "attempt_id")},
    }


_CALL: dict[str, Callable[[Mapping[str, Any], datetime, int], Changes]] = {
    kind.CALL_DIALLED: _dialled,
    kind.CALL_RINGING: lambda data, at, at_ms: {"state": "ringing"},
    kind.CALL_EARLY_MEDIA: lambda data, at, at_ms: {"state": "early_media"},
    kind.CALL_ANSWERED: lambda data, at, at_ms: {"state": "answered", "ring_ms": at_ms},
    kind.CALL_ENDED: _call_ended,
    kind.CALL_RECORDED: lambda data, at, at_ms: {"recording": data.get("path")},
}
