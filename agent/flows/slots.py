"""Values of slots: their limits, what a vague one takes back, and their plain form for the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from agent.brain.base import SetSlot, SlotValue
from agent.flows.schema import Slot


def wrong_value(slot: Slot, value: SlotValue, facts: Mapping[str, Any], today: date) -> str | None:
    """None if ``value`` is within the limits of ``slot``, else the template that says so ("" if there is none)."""
    low, high = limits(slot, facts, today)
    if slot.digits is not None and len(str(value)) != slot.digits:
        return ""
    if slot.choices and value not in slot.choices:
        return ""
    comparable: Any = value.date() if isinstance(value, datetime) else value
    if low is not None and comparable < low:
        return slot.past or ""
    if high is not None and comparable > high:
        return slot.beyond or ""
    return None


def phrased(slots: Mapping[str, Slot], values: Mapping[str, Any]) -> dict[str, Any]:
    """``values`` for saying: a choice by its first phrase instead of its name in the flow."""
    said = dict(values)
    for name, slot in slots.items():
        phrases = slot.choices.get(str(said.get(name))) if slot.choices else None
        if phrases:
            said[name] = phrases[0]
    return said


def limits(slot: Slot, facts: Mapping[str, Any], today: date) -> tuple[Any, Any]:
    """Least and greatest value: dates for days, numbers otherwise; None where there is no limit."""
    if slot.type in ("date", "past_date", "datetime"):
        low = None if slot.min_days is None else today + timedelta(slot.min_days)
        high = None if slot.max_days is None else today + timedelta(slot.max_days)
        return low, high
    if slot.type in ("money", "number", "year", "score"):
        return _number(slot.min, facts), _number(slot.max, facts)
    return None, None


def _number(limit: int | str | None, facts: Mapping[str, Any]) -> Any:
    return facts.get(limit) if isinstance(limit, str) else limit


def merged(command: SetSlot, before: SlotValue | None) -> SetSlot:
    """A day without a time, said after a time was agreed for that very day, takes nothing back."""
    value = command.value
    if not isinstance(value, datetime) or not isinstance(before, datetime) or command.exact:
        return command
    return replace(command, value=before) if before.date() == value.date() else command


def written(slot: Slot | None, value: Any) -> str:
    """As people read it: 28/11/2026, 1.350.000 đồng, the first phrase of a choice."""
    if isinstance(value, datetime):
        return value.strftime("%d/%m/%Y %H:%M")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    if slot is not None and slot.type == "money" and isinstance(value, int):
        return f"{value:,} đồng".replace(",", ".")
    phrases = slot.choices.get(str(value)) if slot is not None else None
    return phrases[0] if phrases else str(value)


def plain(value: Any) -> Any:
    """As events and dispositions keep it: dates in ISO form."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    return value.isoformat() if isinstance(value, date) else value
