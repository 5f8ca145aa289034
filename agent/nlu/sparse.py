"""Sparse rows of interned features, mini-batches of them, and the optimisers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

Rows = list[NDArray[np.int32]]
Floats = NDArray[np.float32]


def intern(named: Iterable[Sequence[str]], at_least: int) -> dict[str, int]:
    """Number of each feature that at least so many rows have."""
    count = Counter(name for row in named for name in set(row))
    return {name: k for k, name in enumerate(sorted(name for name, n in count.items() if n >= at_least))}


class Interner(dict[str, int]):
    """Numbers names as they come, so that millions of feature names need not be held in every row."""

    def __missing__(self, name: str) -> int:
        self[name] = at = len(self)
        return at

    def close(self, rows: Iterable[Rows], at_least: int, first: str = "") -> tuple[dict[str, int], NDArray[np.int32]]:
        """(index of the names that at least so many of ``rows`` have, provisional → final number or −1).

        Names with an initial in ``first`` come first.
        """
        count = np.zeros(len(self), np.int64)
        for some in rows:
            for row in some:
                count[row] += 1  # a row has each number once
        kept = sorted((name[0] not in first, name) for name, at in self.items() if count[at] >= at_least)
        index = {name: k for k, (_, name) in enumerate(kept)}
        final = np.full(len(self), -1, np.int32)
        for name, k in index.items():
            final[self[name]] = k
        return index, final


def final_row(row: NDArray[np.int32], final: NDArray[np.int32]) -> NDArray[np.int32]:
    """A provisional row in the numbers of the index, sorted, without the rare names."""
    made: NDArray[np.int32] = np.sort(final[row])
    return made[made >= 0]


def numbers(named: Sequence[str], index: dict[str, int]) -> NDArray[np.int32]:
    """Distinct known features of one row."""
    found = set(map(index.get, named))  # one look-up each: they are most of a prediction's time
    found.discard(None)
    return np.sort(np.fromiter(found, np.int32, len(found)))


@dataclass(frozen=True, slots=True, eq=False)
class Bags:
    """Rows of features, one behind the other: ``sizes`` tells how many of ``flat`` each row has."""

    flat: NDArray[np.int32]
    sizes: NDArray[np.intp]

    @staticmethod
    def of(rows: Sequence[Sequence[int] | NDArray[np.int32]]) -> Bags:
        """One bag for each of ``rows``."""
        sizes = np.array([len(row) for row in rows], np.intp)
        return Bags(np.fromiter(chain.from_iterable(rows), np.int32, int(sizes.sum())), sizes)

    def below(self, number: int) -> Bags:
        """Only the features below ``number``."""
        kept = self.flat < number
        line = np.repeat(np.arange(len(self.sizes)), self.sizes)
        return Bags(self.flat[kept], np.bincount(line[kept], minlength=len(self.sizes)))

    def sums(self, weights: Floats) -> Floats:
        """(rows, columns): the sum of each row's ``weights``."""
        if self.sizes.all():
            made: Floats = np.add.reduceat(weights[self.flat], np.cumsum(self.sizes) - self.sizes, axis=0)
            return made
        made = np.zeros((len(self.sizes), weights.shape[1]), np.float32)
        filled = self.sizes > 0
        if filled.any():
            made[filled] = Bags(self.flat, self.sizes[filled]).sums(weights)
        return made


def mean(arrays: Sequence[Floats]) -> Floats:
    """The mean of arrays of one shape."""
    return (np.sum(np.stack(arrays), axis=0) / len(arrays)).astype(np.float32)


class Block:
    """A mini-batch of rows of 0/1 features.

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
        self._flat = flat
        self._first = np.r_[first, len(flat)].astype(np.int64)
        self._lines = line[order].astype(np.int64)
        self._begins = np.r_[0, np.cumsum(np.bincount(line, minlength=len(rows)))].astype(np.int64)

    def times(self, weights: Floats) -> Floats:
        """(rows, columns): for each row the sum of its features' ``weights``."""
        from agent.nlu.kernels import bag

        made: Floats = bag(weights, self._flat, self._begins)
        return made

    def descend(self, learner: AdaGrad, error: Floats, scale: float) -> None:
        """One step of the features' weights; ``error`` is (rows, columns), ``scale`` the schedule, 1 … 0."""
        from agent.nlu.kernels import descend

        descend(
            learner.weights, learner.squares, self.used, self._first, self._lines, np.ascontiguousarray(error),
            learner.rate * scale, learner.decay,
        )  # fmt: skip


class AdaGrad:
    """Weights with one step size each; only the rows that a batch uses are touched."""

    def __init__(self, shape: tuple[int, ...], rate: float, decay: float = 0.0) -> None:
        self.weights: Floats = np.zeros(shape, np.float32)
        self.squares: Floats = np.full(shape, 1e-2, np.float32)
        self.rate, self.decay = rate, decay

    def step(self, gradient: Floats, scale: float) -> None:
        """One step of all weights down ``gradient``."""
        gradient = gradient + np.float32(self.decay) * self.weights
        self.squares += gradient * gradient
        self.weights -= np.float32(self.rate * scale) * gradient / np.sqrt(self.squares)


class Adam:
    """Dense weights of the network."""

    def __init__(self, weights: Floats, rate: float, decay: float = 1e-5) -> None:
        self.weights = weights
        self._mean, self._square = np.zeros_like(weights), np.zeros_like(weights)
        self._rate, self._decay, self._steps = rate, decay, 0

    def step(self, gradient: Floats, scale: float) -> None:
        """One step of all weights down ``gradient``."""
        self._steps += 1
        gradient = gradient + np.float32(self._decay) * self.weights
        self._mean += np.float32(0.1) * (gradient - self._mean)
        self._square += np.float32(0.001) * (gradient * gradient - self._square)
        even = np.sqrt(1 - 0.999**self._steps) / (1 - 0.9**self._steps)
        self.weights -= np.float32(self._rate * scale * even) * self._mean / (np.sqrt(self._square) + np.float32(1e-8))
