"""Sparse rows of interned features, and mini-batches of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Rows = list[NDArray[np.int32]]


def intern(named: Iterable[Sequence[str]], at_least: int) -> dict[str, int]:
    """Number of each feature that at least so many rows have."""
    count = Counter(name for row in named for name in set(row))
    return {name: k for k, name in enumerate(sorted(name for name, n in count.items() if n >= at_least))}


def numbers(named: Sequence[str], index: dict[str, int]) -> NDArray[np.int32]:
    """Distinct known features of one row."""
    return np.fromiter({index[name] for name in named if name in index}, np.int32)


class Block:
    """A mini-batch of rows of 0/1 features; ``used`` are the distinct features, whose weights it is multiplied with.

    Gathering and summing weight rows beats a dense matrix by far: a row has some 60 of 100,000 features.
    """

    def __init__(self, rows: Sequence[NDArray[np.int32]], keep: NDArray[np.bool_] | None = None) -> None:
        flat = np.concatenate(rows)
        line = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
        if keep is not None:
            flat, line = flat[keep], line[keep]
        order = np.argsort(flat, kind="stable")
        ordered = flat[order]
        first = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(flat) else np.zeros(0, np.intp)
        self.used = ordered[first]
        self._flat, self._first, self._sorted_lines = flat, first, line[order]
        sizes = np.bincount(line, minlength=len(rows))
        self._filled = sizes > 0
        self._begins = (np.cumsum(sizes) - sizes)[self._filled]

    def times(self, weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """(rows, columns): for each row the sum of its features' ``weights``."""
        made = np.zeros((len(self._filled), weights.shape[1]), np.float32)
        if len(self._flat):
            made[self._filled] = np.add.reduceat(weights[self._flat], self._begins, axis=0)
        return made

    def gradient(self, error: NDArray[np.float32]) -> NDArray[np.float32]:
        """(used, columns): for each used feature the sum of ``error`` over the rows that have it."""
        if not len(self._flat):
            return np.zeros((0, error.shape[1]), np.float32)
        made: NDArray[np.float32] = np.add.reduceat(error[self._sorted_lines], self._first, axis=0)
        return made


class AdaGrad:
    """Weights with one step size each; only the rows that a batch uses are touched."""

    def __init__(self, shape: tuple[int, ...], rate: float, decay: float = 0.0) -> None:
        self.weights: NDArray[np.float32] = np.zeros(shape, np.float32)
        self._squares: NDArray[np.float32] = np.full(shape, 1e-2, np.float32)
        self._rate, self._decay = rate, decay

    def step(self, used: NDArray[np.int32] | slice, gradient: NDArray[np.float32], scale: float) -> None:
        """One step down ``gradient`` of the rows ``used``; ``scale`` is the schedule, 1 … 0."""
        mine = self.weights[used]
        if self._decay:
            gradient = gradient + self._decay * mine
        squares = self._squares[used] + gradient * gradient
        self._squares[used] = squares
        self.weights[used] = mine - (self._rate * scale) * gradient / np.sqrt(squares)
