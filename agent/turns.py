"""What goes in and out of one conversation, on any channel."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from speech.types import OPEN, Expectation, Hypothesis


@dataclass(frozen=True, slots=True)
class CustomerTurn:
    """Something the customer said, typed or pressed. ``at_ms`` is conversation time."""

    text: str
    at_ms: int = 0
    heard: Hypothesis | None = None
    """Recognition detail on voice, None on text channels."""
    digits: str | None = None
    """Keys pressed, if the turn was DTMF."""
    interrupted_bot: bool = False
    bot_heard: str | None = None
    """What of the bot's last turn had sounded when it was interrupted."""
    number: int | None = None
    """The channel's number of this turn, so that all events of it carry the same; None lets the agent count."""


@dataclass(frozen=True, slots=True)
class Say:
    """Words for the customer: ``text`` as written (2.500.000 đồng), ``spoken`` as read aloud."""

    text: str
    spoken: str
    template: str = ""
    interruptible: bool = True
    sensitive: bool = False
    """True if it tells personal matters (the debt): allowed only after identity is verified."""
    fixed: tuple[str, ...] = ()
    """Words of ``spoken``, in order, that are the same for every customer: a voice may keep their sound."""
    pace: float = 1.0
    """From these words on the call's voice speaks at this part of its rate."""


@dataclass(frozen=True, slots=True)
class SayStream:
    """Sentences that are still being made when the turn is begun, said at this place. To be read once.

    Only on voice, where the first words must not wait for the last; on text channels they are gathered before.
    """

    says: AsyncIterator[Say]


@dataclass(frozen=True, slots=True)
class Transfer:
    """Hand over to a person in ``queue`` with the story told."""

    queue: str
    reason: str
    summary: str


@dataclass(frozen=True, slots=True)
class SendMessage:
    """A text message to send on another channel, subject to the gate."""

    channel: str
    template: str
    text: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """End of the conversation after what was said has sounded."""

    reason: str


Act = Say | SayStream | Transfer | SendMessage | HangUp


@dataclass(frozen=True, slots=True)
class BotTurn:
    """The agent's answer: acts in order, and what it now expects to hear."""

    acts: tuple[Act, ...]
    expectation: Expectation = OPEN
    wait_ms: int | None = None
    """How long to wait for an answer before the silence prompt; None is the channel's default."""

    @property
    def text(self) -> str:
        """All words of the turn, as written."""
        return " ".join(act.text for act in self.acts if isinstance(act, Say))


@dataclass(frozen=True, slots=True)
class Disposition:
    """How a conversation ended: a code of docs/glossary.md and its details (promise date, amount, callback time …)."""

    code: str
    details: Mapping[str, Any] = field(default_factory=dict)


@runtime_checkable
class Preparing(Protocol):
    """A conversation that can begin to read a turn before it is over."""

    def prepare(self, turn: CustomerTurn) -> None: ...


class Dialogue(Protocol):
    """What every channel needs of a conversation (``agent.conversation.Conversation``)."""

    @property
    def disposition(self) -> Disposition | None: ...

    async def start(self) -> BotTurn: ...

    async def on_customer(self, turn: CustomerTurn) -> BotTurn: ...

    async def on_silence(self, count: int) -> BotTurn: ...

    async def on_hangup(self) -> None: ...
