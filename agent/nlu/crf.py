"""A linear-chain conditional random field in numpy: batched forward–backward, AdaGrad, feature dropout, Viterbi."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent.nlu.sparse import AdaGrad, Block, Rows

NEVER = np.float32(-1e4)
BATCH = 24
RATE = 0.15
DROP = 0.25

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Tagger:
    """``weights`` (features, labels), ``moves`` (label before, label), ``starts`` (labels)."""

    labels: tuple[str, ...]
    weights: Floats
    moves: Floats
    starts: Floats

    def tags(self, rows: Sequence[NDArray[np.int32]]) -> tuple[str, ...]:
        """The best sequence of labels for one sentence (Viterbi)."""
        if not rows:
            return ()
        scores = np.stack([self.weights[row].sum(0, dtype=np.float32) for row in rows])
        best = scores[0] + self.starts
        back = np.zeros(scores.shape, np.intp)
        for t in range(1, len(rows)):
            paths = best[:, None] + self.moves
            back[t] = paths.argmax(0)
            best = paths.max(0) + scores[t]
        last = int(best.argmax())
        path = [last]
        for t in range(len(rows) - 1, 0, -1):
            path.append(int(back[t][path[-1]]))
        return tuple(self.labels[k] for k in reversed(path))


def labels_of(tags: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Every tag seen, and the I- of every slot: a new value may be longer than the known ones."""
    seen = {tag for sentence in tags for tag in sentence} | {"O"}
    return tuple(sorted(seen | {f"I-{tag[2:]}" for tag in seen if tag != "O"}))


def _allowed(labels: tuple[str, ...], tags: Sequence[Sequence[str]]) -> tuple[Floats, Floats]:
    """0 where a move or start is possible, NEVER elsewhere: an I- continues its slot unless the data differs."""
    index = {name: k for k, name in enumerate(labels)}
    moves = np.zeros((len(labels), len(labels)), np.float32)
    starts = np.zeros(len(labels), np.float32)
    for name, k in index.items():
        if name.startswith("I-"):
            starts[k] = NEVER
            moves[:, k] = NEVER
            for before in (name, f"B-{name[2:]}"):
                if before in index:
                    moves[index[before], k] = 0
    for sentence in tags:
        path = [index[tag] for tag in sentence]
        if path:
            starts[path[0]] = 0
            moves[path[:-1], path[1:]] = 0
    return moves, starts


def marginals(scores: Floats, length: NDArray[np.intp], moves: Floats, starts: Floats) -> tuple[Floats, Floats]:
    """Probability of each label at each place (sentences, places, labels) and expected count of each move.

    ``scores`` are padded to the longest sentence; probabilities of padding are 0.
    """
    _, longest, _ = scores.shape
    local = np.exp(scores - scores.max(2, keepdims=True))
    jump = np.exp(moves)
    alpha = np.empty_like(local)
    beta = np.empty_like(local)
    begin = local[:, 0] * np.exp(starts)
    alpha[:, 0] = begin / begin.sum(1, keepdims=True)
    for t in range(1, longest):
        now = (alpha[:, t - 1] @ jump) * local[:, t] + 1e-30
        alpha[:, t] = now / now.sum(1, keepdims=True)
    beta[:, -1] = 1.0
    for t in range(longest - 2, -1, -1):
        now = (beta[:, t + 1] * local[:, t + 1]) @ jump.T + 1e-30
        now /= now.sum(1, keepdims=True)
        beta[:, t] = np.where((t + 1 < length)[:, None], now, 1.0)
    alive = np.arange(longest)[None, :] < length[:, None]
    both = alpha * beta
    both /= both.sum(2, keepdims=True) + 1e-30
    both *= alive[:, :, None]
    ahead = beta[:, 1:] * local[:, 1:]
    before = alpha[:, :-1]
    # Each pair of neighbours is normalised on its own: the scaled forward and backward numbers share no constant.
    total = np.einsum("btl,btl->bt", before @ jump, ahead) + 1e-30
    ahead *= (alive[:, 1:] / total)[:, :, None]
    size = moves.shape[0]
    expected = (before.reshape(-1, size).T @ ahead.reshape(-1, size)) * jump
    return both, expected


def train(
    sentences: Sequence[Rows],
    tags: Sequence[Sequence[str]],
    features: int,
    *,
    epochs: int,
    seed: int,
    variants: Sequence[Sequence[tuple[Rows, Sequence[str]]]] = (),
    judge: Callable[[Tagger], float] | None = None,
) -> Tagger:
    """Fits the field. ``variants[v][k]`` stands in for sentence k in some epochs (another value in a slot).

    With ``judge`` (higher is better) the best of the late epochs is kept, else the last one.
    """
    labels = labels_of(tags)
    index = {name: k for k, name in enumerate(labels)}
    wall, door = _allowed(labels, tags)
    rng = np.random.default_rng(seed)
    emit = AdaGrad((features, len(labels)), RATE, 1e-5)
    move = AdaGrad(wall.shape, RATE)
    start = AdaGrad(door.shape, RATE)
    plain = [(rows, list(marks)) for rows, marks in zip(sentences, tags, strict=True) if rows]
    best, kept = -1.0, None
    for epoch in range(epochs):
        shown = plain
        if variants and epoch % 2:
            shown = [(rows, list(marks)) for rows, marks in variants[(epoch // 2) % len(variants)] if rows]
        jitter = np.array([len(rows) for rows, _ in shown]) + rng.uniform(0, 3, len(shown))
        order = np.argsort(jitter)  # sentences of like length share a batch
        batches = [order[k : k + BATCH] for k in range(0, len(order), BATCH)]
        for k in rng.permutation(len(batches)):
            picked = [shown[i] for i in batches[k]]
            _step(picked, index, emit, move, start, wall, door, rng, 1 - epoch / epochs)
        if judge is not None and epoch >= epochs // 2:
            now = Tagger(labels, emit.weights, move.weights + wall, start.weights + door)
            value = judge(now)
            if value >= best:
                best = value
                kept = Tagger(labels, emit.weights.copy(), now.moves, now.starts)
    return kept or Tagger(labels, emit.weights, move.weights + wall, start.weights + door)


def _step(
    picked: Sequence[tuple[Rows, Sequence[str]]],
    index: dict[str, int],
    emit: AdaGrad,
    move: AdaGrad,
    start: AdaGrad,
    wall: Floats,
    door: Floats,
    rng: np.random.Generator,
    scale: float,
) -> None:
    """One mini-batch: expected minus true counts, then a step of all weights."""
    flat = [row for rows, _ in picked for row in rows]
    keep = rng.random(sum(len(row) for row in flat)) >= DROP
    batch = Block(flat, keep)
    gain = np.float32(1 / (1 - DROP))
    length = np.array([len(rows) for rows, _ in picked])
    alive = np.arange(length.max())[None, :] < length[:, None]
    scores = np.zeros((*alive.shape, len(index)), np.float32)
    scores[alive] = batch.times(emit.weights) * gain
    both, moves = marginals(scores, length, move.weights + wall, start.weights + door)
    paths = [np.array([index[tag] for tag in marks]) for _, marks in picked]
    error = both[alive]
    error[np.arange(len(error)), np.concatenate(paths)] -= 1
    starts = both[:, 0].sum(0)
    for path in paths:
        np.subtract.at(moves, (path[:-1], path[1:]), 1)
        starts[path[0]] -= 1
    emit.step(batch.used, batch.gradient(error * gain), scale)
    move.step(slice(None), moves, scale)
    start.step(slice(None), starts, scale)
