"""The nouns that speech shares with everything above it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from speech.prosody import Prosody

SAMPLE_RATE_HZ = 8000
"""Telephone audio end to end: mono int16 PCM at 8 kHz."""

FRAME_MS = 20
FRAME_SAMPLES = SAMPLE_RATE_HZ * FRAME_MS // 1000

Dialect = Literal["north", "central", "south"]
DIALECTS: tuple[Dialect, ...] = ("north", "central", "south")

ExpectedKind = Literal["yes_no", "date", "time", "money", "digits", "name", "reason", "open"]


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the dialogue expects to hear next; helps recognition and end-of-turn, never forbids anything."""

    kinds: tuple[ExpectedKind, ...] = ("open",)
    phrases: tuple[str, ...] = ()
    """Hot phrases of the flow's step (names, menu words, keywords), boosted in decoding."""
    digits: int | None = None
    """How many digits are awaited when ``digits`` is among the kinds."""


OPEN = Expectation()


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised syllable or token. Times are milliseconds of the stream's audio."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What was heard: plain lower-case words as spoken ("hai triệu rưỡi"), best first in ``alternatives``."""

    text: str
    words: tuple[Word, ...] = ()
    confidence: float = 0.0
    """0…1, mean posterior of the words; no more than that of a yes against a no where one is expected."""
    alternatives: tuple[str, ...] = ()
    dialect: Mapping[str, float] = field(default_factory=dict)
    prosody: Prosody | None = None
    """How it was said, where the audio was measured."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How to speak. ``rate`` 1.0 is normal speed, ``pitch`` 1.0 the voice's own, ``variant`` an engine's variant.

    Raises ValueError for a rate or pitch that no engine has.
    """

    dialect: Dialect = "north"
    variant: str | None = None
    rate: float = 1.0
    pitch: float = 1.0

    def __post_init__(self) -> None:
        for name, value in (("rate", self.rate), ("pitch", self.pitch)):
            if not 0.1 <= value <= 10:  # nan too
                raise ValueError(f"{name} {value} is not from 0.1 to 10")
