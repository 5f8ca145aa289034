"""How a turn was said: loudness, pitch and speaking rate, measured against the caller's own habit. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

SETTLED: Final = 2
"""Turns after which a habit is known well enough to be compared with."""
_LEARN: Final = 0.25
"""Least share of a new turn in the habit."""
_LOUDNESS_SPREAD_DB, _PITCH_SPREAD, _RATE_SPREAD = 3.0, 2.0, 1.0
"""How far calm turns of one person lie apart: dB, semitones, syllables a second. Rough figures from our own synthetic
voices; real callers' own spread takes over as their turns come in."""
_SHARES: Final = (0.45, 0.35, 0.2)
"""Weight of loudness, pitch, rate."""
MOST: Final = 3.0
_PAUSE_MS: Final = 400
"""A longer gap between syllables is silence, no slow speech."""
_LEAST_WORDS: Final = 3
"""A rate of one or two syllables says nothing."""


@dataclass(frozen=True, slots=True)
class Prosody:
    """One turn. ``loudness_db`` is the mean level of speech in dBFS; None where it could not be measured."""

    loudness_db: float | None = None
    pitch_hz: float | None = None
    rate_sps: float | None = None
    """Syllables a second of speech."""
    speech_ms: int = 0


def measured(pitch_hz: float | None, level_db: float | None, words: Sequence[tuple[int, int]]) -> Prosody:
    """From a turn's mean pitch, mean level of its speech, and (start_ms, end_ms) of each syllable."""
    spoken = sum(end - start for start, end in words)
    gaps = sum(gap for a, b in pairwise(words) if 0 < (gap := b[0] - a[1]) < _PAUSE_MS)
    speech_ms = spoken + gaps
    rate = 1000 * len(words) / speech_ms if len(words) >= _LEAST_WORDS and speech_ms > 0 else None
    return Prosody(level_db, pitch_hz, rate, speech_ms)


@dataclass(frozen=True, slots=True)
class _Trait:
    """Running mean and spread of one measure."""

    count: int = 0
    mean: float = 0.0
    variance: float = 0.0

    def after(self, value: float) -> _Trait:
        share = max(_LEARN, 1 / (self.count + 1))
        delta = value - self.mean if self.count else 0.0
        mean = self.mean + share * delta if self.count else value
        return _Trait(self.count + 1, mean, (1 - share) * (self.variance + share * delta * delta))

    def raised(self, value: float, spread: float) -> float | None:
        """How many spreads ``value`` is above the habit; None before the habit is known."""
        if self.count < SETTLED:
            return None
        return (value - self.mean) / max(spread, math.sqrt(self.variance))


@dataclass(frozen=True, slots=True)
class Habit:
    """How this caller usually speaks."""

    loudness: _Trait = _Trait()
    pitch: _Trait = _Trait()
    rate: _Trait = _Trait()

    def arousal(self, turn: Prosody) -> float:
        """0 … 3: how much louder, higher and faster than usual; 0 before two turns were heard."""
        total = weight = 0.0
        for trait, value, spread, share in self._measures(turn):
            raised = trait.raised(value, spread)
            if raised is not None:
                total += share * max(-MOST, min(MOST, raised))
                weight += share
        return max(0.0, total / weight) if weight else 0.0

    def after(self, turn: Prosody) -> Habit:
        """The habit with one more turn; an excited turn teaches little, so that anger does not become the habit."""
        if self.arousal(turn) > 1.5:
            return self
        made = {name: trait.after(value) for name, (trait, value, _, _) in self._named(turn).items()}
        return Habit(made.get("loudness", self.loudness), made.get("pitch", self.pitch), made.get("rate", self.rate))

    def _named(self, turn: Prosody) -> dict[str, tuple[_Trait, float, float, float]]:
        found: dict[str, tuple[_Trait, float, float, float]] = {}
        if turn.loudness_db is not None:
            found["loudness"] = (self.loudness, turn.loudness_db, _LOUDNESS_SPREAD_DB, _SHARES[0])
        if turn.pitch_hz:
            found["pitch"] = (self.pitch, 12 * math.log2(turn.pitch_hz / 100), _PITCH_SPREAD, _SHARES[1])
        if turn.rate_sps is not None:
            found["rate"] = (self.rate, turn.rate_sps, _RATE_SPREAD, _SHARES[2])
        return found

    def _measures(self, turn: Prosody) -> list[tuple[_Trait, float, float, float]]:
        return list(self._named(turn).values())
