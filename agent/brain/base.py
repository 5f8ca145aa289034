"""The seam between understanding and acting: a brain proposes commands, the flow engine disposes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol

from agent.turns import CustomerTurn
from speech.types import Dialect, ExpectedKind

SlotType = Literal[
    "date", "past_date", "money", "datetime", "year", "digits", "number", "choice", "text",
    "name", "place", "phone", "email", "score", "code",
]  # fmt: skip
SlotValue = date | datetime | int | str


@dataclass(frozen=True, slots=True)
class Meant:
    """The customer meant ``intent``: one of ``agent.brain.intents`` or one that the flow brings along."""

    intent: str
    confidence: float = 1.0
    source: str = ""
    """The words it was read from."""


@dataclass(frozen=True, slots=True)
class SetSlot:
    """The customer gave a value for ``slot``, for the first time or as a correction; not validated yet."""

    slot: str
    value: SlotValue
    source: str = ""
    exact: bool = True
    """False when the words left room ("cuối tuần"): the flow says it back before relying on it."""


@dataclass(frozen=True, slots=True)
class StartFlow:
    """The customer wants something else that the flow named here does."""

    flow: str
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Question:
    """The customer asks something that the flow has no answer for. ``found``: the documents have one."""

    text: str
    found: bool = False


Command = Meant | SetSlot | StartFlow | Question


@dataclass(frozen=True, slots=True)
class Asked:
    """The question that is open: what decides between "dạ" as a yes and "dạ" as "I am listening"."""

    closed: bool = False
    """True if yes or no answers it."""
    kinds: tuple[ExpectedKind, ...] = ()
    slot: str | None = None
    intents: frozenset[str] = frozenset()
    """Intents that this question knows an answer for; they are believed a little sooner."""


@dataclass(frozen=True, slots=True)
class Line:
    """Something that was said before."""

    role: Literal["bot", "customer"]
    text: str


class IntentScorer(Protocol):
    """Tells how probable each of its intents is in a sentence (``agent.brain.own_intents``)."""

    @property
    def intents(self) -> tuple[str, ...]: ...

    def probabilities(self, text: str) -> dict[str, float]: ...


PRIVATE_TYPES: frozenset[SlotType] = frozenset({"year", "digits"})
"""Slots of these types prove who somebody is; answers to them leave no process and are no history."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a brain may know. Holds no secret: not the birth year that the customer is asked for, not the debt."""

    now: datetime
    """Local time in Vietnam."""
    flow: str = ""
    step: str = ""
    asked: Asked = Asked()
    slots: Mapping[str, SlotType] = field(default_factory=dict)
    """Slots that may be filled now, by type; the asked one first."""
    name: str = ""
    """Full name of the person called."""
    intents: frozenset[str] = frozenset()
    """Intents that the flow knows an answer for, here or anywhere; empty stands for all."""
    own: IntentScorer | None = None
    """Intents that the flow brings along, learnt from its example sentences."""
    choices: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """For slots of type choice: each value with the phrases that mean it."""
    cues: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Words that announce a slot's value where several slots share a type: from "từ", to "đến"."""
    region: Dialect | None = None
    """Where the customer comes from, if that is known: whose sounds to expect."""
    history: tuple[Line, ...] = ()
    """What was said last, oldest first, without the bot's sensitive words and without answers that prove identity."""

    @property
    def today(self) -> date:
        return self.now.date()


@dataclass(frozen=True, slots=True)
class Understanding:
    """Commands in order of importance; none means that nothing was understood."""

    commands: tuple[Command, ...] = ()
    reading: str = ""
    """The text that was understood: what was said, or the alternative that made sense."""
    brain: str = ""
    fallback: str = ""
    """Why a language model that could have been asked did not decide (docs/brains.md, counters)."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    """Proposals of the model that were refused, by reason."""

    @property
    def intent(self) -> str:
        """The leading intent, "fill" if only slots were given, "unknown" if nothing was understood."""
        first = next((c for c in self.commands if isinstance(c, Meant)), None)
        return first.intent if first else ("fill" if self.commands else "unknown")

    @property
    def confidence(self) -> float:
        first = next((c for c in self.commands if isinstance(c, Meant)), None)
        return first.confidence if first else (1.0 if self.commands else 0.0)

    def answers(self, asked: Asked) -> bool:
        """Is the open question answered as the bot hopes: its slot filled, or a yes?"""
        return any(
            command.slot == asked.slot if isinstance(command, SetSlot) else asked.closed and command.intent == "affirm"
            for command in self.commands
            if isinstance(command, SetSlot | Meant)
        )


class Brain(Protocol):
    """Reads one customer turn. May be slow (a language model); must not raise for anything a customer says."""

    async def understand(self, turn: CustomerTurn, context: Context) -> Understanding: ...
