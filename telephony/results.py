"""What a call came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from agent.turns import Disposition
from telephony.carrier import CallState


@dataclass(frozen=True, slots=True)
class CallResult:
    """How one call ended. Durations in ms of the call's own time."""

    conversation_id: str
    state: CallState
    answered: bool
    disposition: Disposition
    cause: str
    """machine word of the carrier, or of our side: bot_hangup, transfer, max_duration, tech_error"""
    sip_code: int | None
    ring_ms: int
    """From dialling to the answer, or to the end if nobody answered."""
    duration_ms: int
    """From the answer to the end."""
    recording: str | None
    """File name in the recordings folder."""
    verified: bool
    failure: str | None
    """Safe text of what broke, if anything did."""


_BY_STATE: Final = {
    CallState.BUSY: "BUSY",
    CallState.NO_ANSWER: "NO_ANSWER",
    CallState.REJECTED: "REJECTED",
}
_BY_CAUSE: Final = {
    "busy": "BUSY",
    "no_answer": "NO_ANSWER",
    "rejected": "REJECTED",
    "unreachable": "UNREACHABLE",
    "invalid_number": "INVALID",
}


def announced_code(kind: str) -> str:
    """Disposition code of what the network said (``telephony.announcements``)."""
    return _BY_CAUSE.get(kind, kind.upper())


def unanswered_code(state: CallState, cause: str, announced: str | None) -> str:
    """Disposition code of a call that nobody answered. What the network said beats what it signalled."""
    return announced or _BY_STATE.get(state) or _BY_CAUSE.get(cause) or "TECH_ERROR"
