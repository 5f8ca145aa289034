"""Unsettled matters in words for people: behind ``alo tools unsettled`` and the console's page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.console.text import clock_time, mask_phone
from app.finding import customers_known_as
from memory.privacy import UnknownPersonError
from memory.store import Store
from speech.text.privacy import mask
from tools.database import ToolDatabase
from tools.unsettled import Unsettled, unsettled


@dataclass(frozen=True, slots=True)
class MatterLine:
    """One matter, masked."""

    id: str
    why: str
    what: str
    at: str
    who: str
    customers: tuple[str, ...]
    data: str
    urgent: bool
    can_look: bool
    """it is an effect whose end is unknown"""


def matters(store: Store, database: ToolDatabase, now: datetime) -> list[MatterLine]:
    """The oldest first; those that only need time last."""
    found = sorted(unsettled(database, now), key=lambda one: not one.urgent)
    return [_line(store, one) for one in found]


def _line(store: Store, one: Unsettled) -> MatterLine:
    who = mask_phone(one.account) if one.account.startswith("+") else one.account
    return MatterLine(
        one.id, one.why, one.what, clock_time(one.at), who, _customers(store, one.account), words(one.data),
        one.urgent, one.why == "unknown",
    )  # fmt: skip


def _customers(store: Store, account: str) -> tuple[str, ...]:
    if not account:
        return ()
    try:
        return tuple(customers_known_as(store, account))
    except UnknownPersonError:
        return ()


def words(data: Mapping[str, Any]) -> str:
    """Values on one line, personal data masked."""
    return mask(", ".join(f"{key}: {value}" for key, value in data.items() if value not in (None, ""))).text
