"""Named features to columns of sparse rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Sparse rows: row i has ``columns[starts[i]:starts[i+1]]`` with ``values`` alike."""

    starts: NDArray[np.int64]
    columns: NDArray[np.int32]
    values: Floats

    def __len__(self) -> int:
        return int(self.starts.size) - 1

    def some(self, picked: NDArray[np.intp]) -> Rows:
        """The rows ``picked``, in that order."""
        sizes = (self.starts[1:] - self.starts[:-1])[picked]
        starts = np.zeros(len(picked) + 1, np.int64)
        starts[1:] = np.cumsum(sizes)
        at = np.repeat(self.starts[picked] - starts[:-1], sizes) + np.arange(starts[-1])
        return Rows(starts, self.columns[at], self.values[at])


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """Named features to columns, with the weight of rare ones (inverse document frequency). The last is the bias."""

    index: dict[str, int]
    rarity: Floats

    @property
    def width(self) -> int:
        """Columns, the bias among them."""
        return len(self.index) + 1

    @classmethod
    def build(cls, named: Sequence[Sequence[str]], at_least: int) -> Vocabulary:
        """Of features that at least so many rows have."""
        count = Counter(name for row in named for name in set(row))
        kept = sorted(name for name, n in count.items() if n >= at_least)
        rarity = np.log((1 + len(named)) / (1 + np.array([count[name] for name in kept], np.float64))) + 1
        return cls({name: k for k, name in enumerate(kept)}, rarity.astype(np.float32))

    def rows(self, named: Iterable[Sequence[str]], *, binary: bool = False) -> Rows:
        """Rows of length one (and the bias): sublinear counts times rarity, or presence alone."""
        columns, values, sizes = [], [], [0]
        for row in named:
            column, value = self.row(row, binary=binary)
            columns.append(column)
            values.append(value)
            sizes.append(len(column))
        return Rows(np.cumsum(np.array(sizes, np.int64)), np.concatenate(columns), np.concatenate(values))

    def row(self, row: Sequence[str], *, binary: bool = False) -> tuple[NDArray[np.int32], Floats]:
        """Columns and values of one row, the bias last."""
        index = self.index
        counts = Counter(k for name in row if (k := index.get(name)) is not None)
        column = np.fromiter((*counts, len(index)), np.int32)
        value = np.ones(len(column), np.float32)
        if not binary:
            value[:-1] = (1 + np.log(np.fromiter(counts.values(), np.float32))) * self.rarity[column[:-1]]
        value[:-1] /= max(float(np.sqrt((value[:-1] ** 2).sum())), 1e-6)
        return column, value
