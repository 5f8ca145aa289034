"""Fits the field and its network together: mini-batches, dropout, exchanged values in half of the epochs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from agent.nlu.convolution import Learner
from agent.nlu.crf import Tagger, allowed, labels_of, marginals
from agent.nlu.sparse import AdaGrad, Block, Floats, Rows

BATCH = 24
RATE = 0.15
DROP = 0.25


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence as it is learnt: features and tag of each token, and what an encoder says of them."""

    rows: Rows
    tags: Sequence[str]
    dense: Floats | None = None


def fit(
    lines: Sequence[Line],
    features: int,
    local: int,
    *,
    epochs: int,
    seed: int,
    variants: Sequence[Sequence[Line]] = (),
    judge: Callable[[Tagger], float] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Tagger:
    """A tagger. ``variants[v][k]`` stands in for sentence k in every other epoch (another value in a slot).

    With ``judge`` (higher is better) the best of the late epochs is kept, else the last one.
    """
    field = _Field(lines, features, local, seed)
    best, kept = -1.0, None
    for epoch in range(epochs):
        shown = variants[(epoch // 2) % len(variants)] if variants and epoch % 2 else lines
        field.epoch([line for line in shown if line.rows], 1 - epoch / epochs)
        value = judge(field.now()) if judge is not None and epoch >= epochs * 2 // 3 else None
        tell(f"{epoch + 1}/{epochs}" + (f", F1 {value:.2%}" if value is not None else ""))
        if value is not None and value >= best:
            best, kept = value, field.now(copy=True)
    return kept or field.now()


class _Field:
    """Weights while they are learnt."""

    def __init__(self, lines: Sequence[Line], features: int, local: int, seed: int) -> None:
        tags = [line.tags for line in lines]
        self.labels = labels_of(tags)
        self._index = {name: k for k, name in enumerate(self.labels)}
        self._wall, self._door = allowed(self.labels, tags)
        self._rng = np.random.default_rng(seed)
        self._emit = AdaGrad((features, len(self.labels)), RATE, 1e-5)
        self._move = AdaGrad(self._wall.shape, RATE)
        self._start = AdaGrad(self._door.shape, RATE)
        self._local = local
        dense = next((line.dense for line in lines if line.dense is not None), None)
        self._deep = Learner(local, len(self.labels), self._rng, 0 if dense is None else dense.shape[1])

    def now(self, *, copy: bool = False) -> Tagger:
        """The tagger as it is."""
        emit = self._emit.weights.copy() if copy else self._emit.weights
        moves, starts = self._move.weights + self._wall, self._start.weights + self._door
        return Tagger(self.labels, emit, moves, starts, self._local, (self._deep.now(copy=copy),))

    def epoch(self, lines: Sequence[Line], scale: float) -> None:
        """Once through all sentences; those of like length share a batch."""
        jitter = np.array([len(line.rows) for line in lines]) + self._rng.uniform(0, 3, len(lines))
        order = np.argsort(jitter)
        batches = [order[k : k + BATCH] for k in range(0, len(order), BATCH)]
        for k in self._rng.permutation(len(batches)):
            self._step([lines[i] for i in batches[k]], scale)

    def _step(self, picked: Sequence[Line], scale: float) -> None:
        """One mini-batch: expected minus true counts, then a step of all weights."""
        flat = [row for line in picked for row in line.rows]
        batch = self._block(flat, DROP)
        gain = np.float32(1 / (1 - DROP))
        length = np.array([len(line.rows) for line in picked])
        alive = np.arange(length.max())[None, :] < length[:, None]
        near = [row[row < self._local] for row in flat]
        few = np.array([len(row) for row in near], np.float32)
        dense = [line.dense for line in picked if line.dense is not None]
        scores = np.zeros((*alive.shape, len(self.labels)), np.float32)
        scores[alive] = batch.times(self._emit.weights) * gain + self._deep.forward(
            self._block(near, DROP / 2), few * np.float32((1 - DROP / 2) ** 2), alive,
            np.concatenate(dense).astype(np.float32) if dense else None,
        )  # fmt: skip
        both, moves = marginals(scores, length, self._move.weights + self._wall, self._start.weights + self._door)
        paths = [np.array([self._index[tag] for tag in line.tags]) for line in picked]
        error = both[alive]
        error[np.arange(len(error)), np.concatenate(paths)] -= 1
        starts = both[:, 0].sum(0)
        for path in paths:
            np.subtract.at(moves, (path[:-1], path[1:]), 1)
            starts[path[0]] -= 1
        batch.descend(self._emit, error * gain, scale)
        self._deep.backward(error, scale)
        self._move.step(moves, scale)
        self._start.step(starts, scale)

    def _block(self, rows: Rows, drop: float) -> Block:
        """A batch with a share of its features left out."""
        return Block(rows, self._rng.random(sum(map(len, rows))) >= drop)
