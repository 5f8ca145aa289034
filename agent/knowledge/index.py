"""BM25 over passages: an inverted index in numpy arrays."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

_K1: Final = 1.2
_B: Final = 0.6
"""Passages are of like length, so length counts a little less than usual (Robertson & Zaragoza 2009)."""


class Index:
    """Which passages hold which terms. Built once, read by all."""

    def __init__(self, passages: Iterable[Sequence[str]]) -> None:
        self._ids: dict[str, int] = {}
        lengths: list[int] = []
        columns: list[NDArray[np.int64]] = []
        for terms in passages:
            ids = [self._ids.setdefault(term, len(self._ids)) for term in terms]
            lengths.append(len(ids))
            columns.append(np.asarray(ids, dtype=np.int64))
        self.size = len(lengths)
        length = np.asarray(lengths, dtype=np.float64)
        self._norm = _K1 * (1 - _B + _B * length / max(float(length.mean()) if self.size else 1.0, 1.0))
        self._invert(columns, lengths)

    def _invert(self, columns: list[NDArray[np.int64]], lengths: list[int]) -> None:
        """(term, passage) pairs sorted by term, with counts; ``_starts`` says where a term's passages begin."""
        flat = np.concatenate(columns) if columns else np.zeros(0, dtype=np.int64)
        owner = np.repeat(np.arange(self.size, dtype=np.int64), lengths)
        keys, counts = np.unique(flat * max(self.size, 1) + owner, return_counts=True)
        self._passages = (keys % max(self.size, 1)).astype(np.int32)
        self._counts = counts.astype(np.float32)
        self._starts = np.searchsorted(keys // max(self.size, 1), np.arange(len(self._ids) + 1))

    def weight(self, term: str) -> float:
        """How rare a term is (inverse document frequency, in nats); a term never seen is the rarest."""
        found = self._ids.get(term)
        count = 0 if found is None else int(self._starts[found + 1] - self._starts[found])
        return math.log(1 + (self.size - count + 0.5) / (count + 0.5))

    def knows(self, term: str) -> bool:
        """Does any passage hold it?"""
        return term in self._ids

    def scores(self, weights: dict[str, float]) -> NDArray[np.float64]:
        """One score per passage for terms with their weights."""
        total = np.zeros(self.size)
        for term, weight in weights.items():
            found = self._ids.get(term)
            if found is None:
                continue
            here = slice(int(self._starts[found]), int(self._starts[found + 1]))
            rows, counts = self._passages[here], self._counts[here]
            total[rows] += weight * self.weight(term) * counts * (_K1 + 1) / (counts + self._norm[rows])
        return total
