"""Puts what the engine wants said into words for one customer, and tells the recogniser what may come back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent.flows.engine import Engine
from agent.flows.schema import Ask
from agent.flows.slots import phrased
from agent.flows.state import Bound, Line, State
from agent.pronouns import Pronouns, mirrored
from agent.turns import Act, Say, SendMessage
from agent.wording import Place, render, safe
from speech.types import OPEN, Expectation


@dataclass(slots=True)
class Speaker:
    """How the bot speaks in one conversation. ``seed`` picks variants: the same seed, the same words."""

    place: Place
    pronouns: Pronouns
    seed: str
    lines: int = 0
    """Said so far."""

    def say(self, engine: Engine, state: State, line: Line) -> Say:
        """The words of ``line`` with what is known now, or was known when it was decided."""
        self.lines += 1
        name, bound = (line.name, line.values) if isinstance(line, Bound) else (line, {})
        values = phrased(engine.flow.slots, {**engine.values(state), **bound})
        return render(engine.flow, name, values, self.pronouns, self.place, f"{self.seed}/{self.lines}")

    def send(self, message: Say) -> Act:
        """By voice a message of its own; where people read, words of the turn."""
        return SendMessage("sms", message.template, message.text) if self.place.voice else message

    def address(self, text: str, facts: Mapping[str, Any]) -> bool:
        """Take over how the customer calls themselves; tells whether that is new."""
        before, self.pronouns = self.pronouns, mirrored(self.pronouns, text, facts)
        return self.pronouns != before

    def expectation(self, engine: Engine, ask: Ask | None, name: str) -> Expectation:
        """What helps the recogniser: the kinds of answer, the step's phrases and the customer's ``name``."""
        if ask is None:
            return OPEN
        phrases = list(ask.phrases)
        if "name" in ask.expect:
            full = safe(name).lower()
            given = full.split()[-1:]
            phrases += [full, *(f"{g} đây" for g in given), *(f"{self.pronouns.you} {g}" for g in given)]
        slot = engine.flow.slots.get(ask.slot) if ask.slot else None
        return Expectation(ask.expect, tuple(dict.fromkeys(p for p in phrases if p)), slot.digits if slot else None)
