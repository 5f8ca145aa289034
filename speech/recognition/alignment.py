"""Where the words of a known sentence sound, and how well the sounds agree with them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from speech.recognition.units import BLANK, units_to_syllable

NEVER: Final = np.float32(-1e30)
"""Log-probability of what cannot be."""
_SOFTEN: Final = 0.7
"""Of log-posteriors, where rivals are compared: the network is surer than it is right."""
Floats = NDArray[np.float32]
Ints = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word of the answer, the frames [start, end] of its sound, and how well they agree with it (0…1)."""

    text: str
    start_frame: int
    end_frame: int
    confidence: float


def align(logp: Floats, units: Ints) -> tuple[list[tuple[int, int]], float]:
    """First and last frame of each word of (words, 3) ``units`` on the best CTC path through (T, units) ``logp``, and
    the path's score.

    ``logp`` must be long enough: a frame per unit at least.
    """
    chain = np.full(2 * units.size + 1, BLANK, np.intp)
    chain[1::2] = units.ravel()
    rows = logp[:, chain]
    score = np.full(len(chain), NEVER, np.float32)
    score[:2] = rows[0, :2]
    steps = np.zeros(rows.shape, np.int8)
    one, two = np.full_like(score, NEVER), np.full_like(score, NEVER)
    for t in range(1, len(rows)):
        one[1:] = score[:-1]
        two[3::2] = score[1:-2:2]
        ways = np.stack((score, one, two))
        steps[t] = ways.argmax(axis=0)
        score = ways.max(axis=0) + rows[t]
    at = len(chain) - 1 if score[-1] >= score[-2] else len(chain) - 2
    total = float(score[at])
    first, last = np.zeros(len(chain), np.intp), np.full(len(chain), -1, np.intp)
    for t in range(len(rows) - 1, -1, -1):
        first[at] = t
        if last[at] < 0:
            last[at] = t
        at -= int(steps[t, at])
    return [(int(first[6 * k + 1]), int(last[6 * k + 5])) for k in range(len(units))], total


def heard_words(logp: Floats, units: Ints, rivals: Sequence[Ints]) -> tuple[HeardWord, ...]:
    """The words of a sentence, (words, 3) ``units``, where they sound in (T, units) ``logp``, and how surely.

    The confidence of a word is the height of its units' peaks, times its share of the belief among its ``rivals``
    (n, 3), the words that could stand in its place, itself included; times the root of what all frames agree with the
    sentence, per unit: music has high peaks too, but other sounds between them that no sentence explains.
    """
    spans, score = align(logp, units)
    whole = math.exp(score / units.size / 2)
    found = []
    for word, (start, end), others in zip(units, spans, rivals, strict=True):
        rows = logp[start : end + 1]
        sure = math.exp(float(rows[:, word].max(axis=0).mean())) * _share(rows, word, others) * whole
        found.append(HeardWord(units_to_syllable(*word.tolist()), start, end, min(sure, 1.0)))
    return tuple(found)


def _share(rows: Floats, units: Ints, rivals: Ints) -> float:
    # Best scores before the 1st unit, on it, a blank after it, the 2nd, a blank, the 3rd, a blank at the end.
    score = np.full((7, len(rivals)), NEVER, np.float32)
    score[0] = 0.0
    for row, quiet in zip(rows, rows[:, BLANK], strict=True):
        old = score.copy()
        score[0::2] = old[0::2] + quiet
        for at, unit in zip((1, 3, 5), rivals.T, strict=True):
            score[at + 1] = np.maximum(old[at], old[at + 1]) + quiet
            score[at] = np.maximum.reduce((old[at - 2] if at > 1 else old[0], old[at - 1], old[at])) + row[unit]
    ends = np.maximum(score[5], score[6])
    belief = np.exp(_SOFTEN * (ends - ends.max()))
    return float(belief[(rivals == units).all(axis=1)].max() / belief.sum())
