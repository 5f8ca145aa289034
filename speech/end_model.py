"""How likely it is that a turn is over with the words so far: a small network of our own, in NumPy.

It looks at the last words (a vector for each, learnt), at all words together, at what the dialogue awaits and at a few
counts: digits against those awaited, the trigram's belief in an end, the rules of ``end_of_turn``. Trained on generated
turns (``models/turns``); about a tenth of a millisecond.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

from core.artifacts import artifact
from speech.types import Expectation, ExpectedKind

Floats = NDArray[np.float32]

LAST_WORDS: Final = 5
"""Positions with vectors of their own, counted from the end."""
KINDS: Final[tuple[ExpectedKind, ...]] = get_args(ExpectedKind)
UNKNOWN, NOTHING = 0, 1
"""Word numbers: not in the list; before the first word."""
_CERTAIN: Final = 8.0


class EndModel:
    """The shipped network or another file's."""

    def __init__(self, path: Path | None = None) -> None:
        with np.load(path or artifact("models", "turns", "turns.npz")) as stored:
            words = str(stored["words"]).split()
            self._weights = {name: stored[name].astype(np.float32) for name in stored.files if name != "words"}
        self._numbers = {word: k for k, word in enumerate(words, start=2)}

    def numbers(self, words: Sequence[str]) -> list[int]:
        """Number of each word."""
        return [self._numbers.get(word, UNKNOWN) for word in words]

    def logit(self, words: Sequence[str], expectation: Expectation, hints: Sequence[float]) -> float:
        """Log-odds that the turn is over; ``hints`` are those of ``end_of_turn``."""
        weights = self._weights
        numbers = self.numbers(words)
        last = ([NOTHING] * LAST_WORDS + numbers)[-LAST_WORDS:]
        inputs = np.concatenate(
            (
                weights["last"][last].ravel(),
                weights["all"][numbers].mean(axis=0),
                np.array([*awaited(expectation), *hints], np.float32),
            )
        )
        hidden = np.maximum(inputs @ weights["w1"] + weights["b1"], 0)
        hidden = np.maximum(hidden @ weights["w2"] + weights["b2"], 0)
        value = float(hidden @ weights["w3"] + weights["b3"])
        return max(-_CERTAIN, min(_CERTAIN, value))


@lru_cache(maxsize=1)
def load_end_model() -> EndModel:
    """The shipped network, loaded once per process."""
    return EndModel()


@lru_cache(maxsize=256)
def awaited(expectation: Expectation) -> tuple[float, ...]:
    """What the dialogue awaits, as numbers."""
    digits = expectation.digits if "digits" in expectation.kinds else None
    kinds = [float(kind in expectation.kinds) for kind in KINDS]
    return (*kinds, float(digits is not None), math.log1p(digits or 0) / 2)
