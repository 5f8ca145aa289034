"""What an earlier conversation of the same flow had reached, as slots of the new one.

Only what customers may tell at any time (``open`` slots) and only if it is still valid; the flow takes it in once the
identity is verified and asks for a yes before it does anything with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from agent.brain.base import PRIVATE_TYPES, SlotValue
from agent.flows.model import Flow
from agent.flows.schema import Slot
from agent.flows.slots import wrong_value


def taken_up(flow: Flow, stopped: Mapping[str, Any], facts: Mapping[str, Any], today: date) -> dict[str, SlotValue]:
    """``stopped`` (plain values by slot name, as events keep them) as typed slots of ``flow``."""
    found: dict[str, SlotValue] = {}
    for name, plain in stopped.items():
        slot = flow.slots.get(name)
        if slot is None or not slot.open or slot.type in PRIVATE_TYPES:
            continue
        value = _typed(slot, plain)
        if value is not None and wrong_value(slot, value, facts, today) is None:
            found[name] = value
    return found


def _typed(slot: Slot, plain: Any) -> SlotValue | None:
    try:
        if slot.type in ("date", "past_date"):
            return date.fromisoformat(str(plain)[:10])
        if slot.type == "datetime":
            return datetime.fromisoformat(str(plain)).replace(tzinfo=None)
        if slot.type in ("money", "number", "score"):
            return int(plain)
    except (ValueError, TypeError):
        return None
    return str(plain) if plain else None
