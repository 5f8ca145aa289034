"""The conversation's mood: recent turns count more, bad ones fade slower than good ones, and states do not flap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Label = Literal["positive", "neutral", "negative"]
State = Literal["calm", "tense", "angry"]

TENSE: Final = (-0.3, -0.12)
ANGRY: Final = (-0.5, -0.25)
"""Level at which a state is entered, and the one above which it is left."""


def label_of(score: float) -> Label:
    """The label of a score; between −0.25 and 0.25 is neutral."""
    return "negative" if score <= -0.25 else "positive" if score >= 0.25 else "neutral"


@dataclass(frozen=True, slots=True)
class Mood:
    """``level`` and ``lowest`` −1 … 1 over ``turns`` customer turns; ``state`` with hysteresis."""

    level: float = 0.0
    lowest: float = 0.0
    turns: int = 0
    state: State = "calm"

    def after(self, score: float) -> Mood:
        """The mood after one more turn."""
        share = 0.5 if score < self.level else 0.3
        level = self.level + share * (score - self.level)
        return Mood(level, min(self.lowest, level), self.turns + 1, self._state(level))

    def _state(self, level: float) -> State:
        if level <= ANGRY[0] or (self.state == "angry" and level <= ANGRY[1]):
            return "angry"
        if level <= TENSE[0] or (self.state != "calm" and level <= TENSE[1]):
            return "tense"
        return "calm"
