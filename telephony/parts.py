"""What a call is made of: the shared parts, its conversation, its options."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from agent.turns import Dialogue, SendMessage
from memory.events import Emit
from speech.engine import SpeechEngine
from speech.synthesis.base import Synthesizer
from speech.turn_taking import TurnOptions
from speech.types import Voice
from telephony.recording import RecordingWriter


class Talk(Dialogue, Protocol):
    """What a call needs of a conversation: whether it had the right person belongs to its result."""

    @property
    def verified(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """All in ms."""

    greeting_wait_ms: int = 2000
    """How long the callee may take to say "alô" before the bot begins (facts/vietnam_rules.md §9, S0)."""
    hang_up_after_ms: int = 300
    """Silence between the bot's last word and hanging up."""
    last_words_ms: int = 4000
    """A customer who is speaking at that time is heard out for at most this long."""
    max_call_ms: int = 15 * 60_000
    turns: TurnOptions = field(default_factory=TurnOptions)
    apology: str = "Dạ, em xin lỗi, hệ thống bên em đang gặp sự cố, em xin phép gọi lại sau ạ."


@dataclass(slots=True)
class CallParts:
    """What a call is made of besides its leg; shared parts first."""

    engine: SpeechEngine
    synthesizer: Synthesizer
    conversation: Talk
    emit: Emit
    voice: Voice = field(default_factory=Voice)
    announcement: Callable[[str], str | None] | None = None
    """Reads a network announcement or a mailbox's greeting: unreachable, invalid_number, busy, voicemail or None."""
    recordings: RecordingWriter | None = None
    send_message: Callable[[SendMessage], Awaitable[None]] | None = None
