"""What the network does with a call before anybody speaks: rings, busy tones, announcements, SIP codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Literal

from telephony.carrier import CallState

Outcome = Literal["answered", "busy", "no_answer", "rejected", "unreachable", "invalid_number"]

NO_ANSWER_BEHAVIOURS: tuple[str, ...] = ("busy_then_promises", "no_answer", "rejected", "unreachable", "invalid_number")
"""Dealt to a population. ``busy`` and ``no_answer_then_promises`` may be asked for as well."""

ANNOUNCEMENTS: Mapping[str, tuple[str, ...]] = {
    "unreachable": (
        "Thuê bao quý khách vừa gọi tạm thời không liên lạc được, xin quý khách vui lòng gọi lại sau.",
        "Số máy quý khách vừa gọi hiện không liên lạc được. Xin quý khách vui lòng gọi lại sau.",
        "Thuê bao quý khách vừa gọi hiện đang tắt máy hoặc ngoài vùng phủ sóng, xin vui lòng gọi lại sau.",
    ),
    "invalid_number": (
        "Số máy quý khách vừa gọi không đúng, xin quý khách vui lòng kiểm tra lại.",
        "Số điện thoại quý khách vừa gọi không có thực. Xin quý khách kiểm tra lại số.",
        "Số máy quý khách vừa gọi hiện không tồn tại, xin vui lòng kiểm tra lại.",
    ),
}
"""In the style of Vietnamese networks, spoken by the synthesizer in early media before the call fails."""


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    """How the call goes until it is answered or fails. Times are ms after dialling."""

    outcome: Outcome
    ring_at_ms: int | None
    """None: it never rings."""
    end_at_ms: int
    """Answered, or failed; for announcements the time they start, the end follows the audio."""
    state: CallState
    sip_code: int
    cause: str
    announcement: str | None = None
    ringback: bool = False
    """Ring-back tone comes as early media."""


_FINAL: Mapping[str, tuple[CallState, int, str]] = {
    "busy": (CallState.BUSY, 486, "busy"),
    "no_answer": (CallState.NO_ANSWER, 480, "no_answer"),
    "rejected": (CallState.REJECTED, 603, "rejected"),
    "unreachable": (CallState.FAILED, 480, "unreachable"),
    "invalid_number": (CallState.FAILED, 404, "invalid_number"),
}


_LATER: Mapping[str, str] = {"busy_call_later": "busy_call_later_then_promises"}
"""Who asked to be called later talks when called again."""


def outcome_of(behaviour: str, attempt: int) -> tuple[Outcome, str]:
    """(what the network does, the goal script if it is answered) for the ``attempt``-th call (from 1)."""
    first, _, later = _LATER.get(behaviour, behaviour).partition("_then_")
    if later and attempt > 1:
        return "answered", later
    for name in ("busy", "no_answer", "rejected", "unreachable", "invalid_number"):
        if first == name:
            return name, later or "promises"
    return "answered", first


def plan_call(outcome: Outcome, ring_timeout_ms: int, rng: Random) -> NetworkPlan:
    """Timings of one call."""
    setup_ms = rng.randint(400, 1200)
    ring_ms = rng.randint(2000, 9000)
    ringback = rng.random() < 0.3
    if outcome == "answered":
        return NetworkPlan(outcome, setup_ms, setup_ms + ring_ms, CallState.ANSWERED, 200, "normal", None, ringback)
    state, code, cause = _FINAL[outcome]
    if outcome in ANNOUNCEMENTS:
        return NetworkPlan(outcome, None, setup_ms, state, code, cause, rng.choice(ANNOUNCEMENTS[outcome]))
    if outcome == "busy":
        return NetworkPlan(outcome, None, setup_ms + 300, state, code, cause)
    if outcome == "no_answer":
        return NetworkPlan(outcome, setup_ms, setup_ms + ring_timeout_ms, state, code, cause, None, ringback)
    return NetworkPlan(outcome, setup_ms, setup_ms + ring_ms, state, code, cause, None, ringback)
