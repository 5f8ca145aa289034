"""The state of every call of a campaign, kept from events alone. Pure: events in, rows out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from memory import events as kind
from memory.events import Event

IN_PROGRESS = ("dialling", "ringing", "early_media", "answered")


@dataclass(slots=True)
class CallLine:
    """Latest known of one conversation. ``state`` as in memory's calls."""

    conversation_id: str
    state: str = "dialling"
    last_role: str = ""
    last_words: str = ""
    sentiment: float | None = None
    outcome: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    escalated: bool = False
    changed: int = 0
    """position of its latest event among all events seen"""

    @property
    def active(self) -> bool:
        return self.state in IN_PROGRESS


class Board:
    """Feed it every event; read ``lines`` and ``outcomes``."""

    def __init__(self) -> None:
        self.lines: dict[str, CallLine] = {}
        self._seen = 0

    def apply(self, event: Event) -> CallLine:
        """Note one event; returns the line it changed."""
        line = self.lines.setdefault(event.conversation_id, CallLine(event.conversation_id))
        self._seen += 1
        line.changed = self._seen
        change = _CHANGES.get(event.type)
        if change:
            change(line, event.data)
        return line

    def in_order(self) -> list[CallLine]:
        """Calls in progress first, then the latest ended ones."""
        return sorted(self.lines.values(), key=lambda line: (not line.active, -line.changed))

    def outcomes(self) -> Counter[str]:
        """How often each disposition was reached."""
        return Counter(line.outcome for line in self.lines.values() if line.outcome and not line.active)


def _state(state: str) -> Any:
    def change(line: CallLine, data: Mapping[str, Any]) -> None:
        line.state = state

    return change


def _words(role: str) -> Any:
    def change(line: CallLine, data: Mapping[str, Any]) -> None:
        line.last_role, line.last_words = role, str(data.get("text", ""))

    return change


def _disposition(line: CallLine, data: Mapping[str, Any]) -> None:
    line.outcome, line.details = data.get("code"), dict(data.get("details") or {})


def _sentiment(line: CallLine, data: Mapping[str, Any]) -> None:
    line.sentiment = data.get("score")


def _escalated(line: CallLine, data: Mapping[str, Any]) -> None:
    line.escalated = True


_CHANGES = {
    kind.CALL_DIALLED: _state("dialling"),
    kind.CALL_RINGING: _state("ringing"),
    kind.CALL_EARLY_MEDIA: _state("early_media"),
    kind.CALL_ANSWERED: _state("answered"),
    kind.CALL_ENDED: _state("ended"),
    kind.BOT_SAID: _words("bot"),
    kind.CUSTOMER_SAID: _words("customer"),
    kind.ANNOUNCEMENT: _words("network"),
    kind.DISPOSITION: _disposition,
    kind.SENTIMENT: _sentiment,
    kind.ESCALATED: _escalated,
}
