"""What a new conversation is given of earlier ones: plain values, nothing to look up during the call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Remembered:
    """Facts of one customer for one conversation. Everything but ``pronoun`` and ``dialect`` is private."""

    pronoun: str | None = None
    """how the customer wants to be addressed: anh, chị, cô, chú, bác, ông, bà"""
    dialect: str | None = None
    """north, central or south"""
    channel: str | None = None
    hours: str | None = None
    """morning, afternoon or evening"""
    promise_date: date | None = None
    promise_amount: int | None = None
    promised_on: date | None = None
    """when that promise was given"""
    promise_passed: bool = False
    """its day is over"""
    callback_at: datetime | None = None
    complaint: str | None = None
    """what about: dispute, anger, legal_threat"""
    hardship: bool = False
    paid_claimed_on: date | None = None
    """when the customer said that it is paid"""
    last_conversation: str | None = None
    last_channel: str | None = None
    last_at: datetime | None = None
    last_summary: str | None = None
    stopped: Mapping[str, Any] = field(default_factory=dict)
    """slots that a conversation of the same flow had reached, after identity was verified, when it broke off"""
    elsewhere: str | None = None
    """another conversation of this customer that is going on right now"""

    def facts(self) -> dict[str, Any]:
        """Under the names by which flows declare them; only what is known."""
        known = {
            "preferred_pronoun": self.pronoun,
            "dialect": self.dialect,
            "open_promise_date": self.promise_date,
            "open_promise_amount": self.promise_amount,
            "open_promise_passed": 1 if self.promise_passed else None,
            "promised_on": self.promised_on,
            "open_callback_at": self.callback_at,
            "open_complaint": self.complaint,
            "paid_claimed_on": self.paid_claimed_on,
            "last_summary": self.last_summary,
        }
        return {name: value for name, value in known.items() if value is not None}


NOTHING = Remembered()
"""Of somebody new, or while the database is away."""
