"""Trains the networks of ``network``: Adam, dropout, hidden words, label smoothing. numba is loaded here alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numba
import numpy as np
from numpy.typing import NDArray

from agent.sentiment.lexicon import feelings
from agent.sentiment.network import (
    EXTRA,
    FILTERS,
    SIZE,
    WIDTHS,
    Encoded,
    Encoder,
    Floats,
    Ints,
    Weights,
    embed,
    forward,
    padded,
)

BATCH: Final = 48
DROP: Final = 0.5
DROP_INPUT: Final = 0.25
HIDE: Final = 0.08
"""Share of words hidden in training, so that the unknown word learns a vector too."""
RATE: Final = 2e-3
SOFT: Final = 0.05
"""Label smoothing."""


def fresh(encoder: Encoder, classes: int, seed: int) -> Weights:
    """Random weights."""
    rng = np.random.default_rng(seed)

    def normal(scale: float, *shape: int) -> Floats:
        return (rng.standard_normal(shape) * scale).astype(np.float32)

    made = {
        "words": normal(0.25, len(encoder.words) + 2, SIZE),
        "plain": normal(0.15, len(encoder.plain) + 2, SIZE),
        "extra": normal(0.25, len(feelings()) + EXTRA, SIZE),
        "out": normal(0.05, len(WIDTHS) * FILTERS + SIZE, classes),
        "bias": np.zeros(classes, np.float32),
    }
    made["words"][0] = made["plain"][0] = 0
    for width in WIDTHS:
        made[f"conv{width}"] = normal(float(np.sqrt(1.0 / (width * SIZE))), width * SIZE, FILTERS)
        made[f"shift{width}"] = np.zeros(FILTERS, np.float32)
    return made


@numba.njit(cache=True, fastmath=True)
def _back(slope, best, seen, kernel, d_kernel, dx, size):  # type: ignore[no-untyped-def]
    """Slopes of filters and inputs; only the window that gave the maximum has any."""
    for i in range(slope.shape[0]):
        for f in range(slope.shape[1]):
            s = slope[i, f]
            if s != 0:
                place = best[i, f]
                begin = place * size
                for j in range(kernel.shape[1]):
                    d_kernel[f, j] += s * seen[i, place, j]
                    dx[i, begin + j] += s * kernel[f, j]


class _Adam:
    """Adam with a step of its own for each weight; of tables only the rows that a batch uses are touched."""

    def __init__(self, weights: Weights) -> None:
        self._first = {name: np.zeros_like(w) for name, w in weights.items()}
        self._second = {name: np.zeros_like(w) for name, w in weights.items()}
        self._time = 0

    def begin(self) -> None:
        self._time += 1

    def step(self, weights: Weights, name: str, slope: Floats, rate: float, rows: Ints | slice = slice(None)) -> None:
        first = 0.9 * self._first[name][rows] + np.float32(0.1) * slope
        second = 0.999 * self._second[name][rows] + np.float32(0.001) * slope * slope
        self._first[name][rows], self._second[name][rows] = first, second
        gain = np.float32(rate * np.sqrt(1 - 0.999**self._time) / (1 - 0.9**self._time))
        weights[name][rows] -= gain * first / (np.sqrt(second) + np.float32(1e-7))


def _summed(numbers: Ints, slopes: Floats) -> tuple[Ints, Floats]:
    """Distinct numbers and the sum of their slopes; padding is left out."""
    order = np.argsort(numbers, kind="stable")
    order = order[np.searchsorted(numbers[order], 1) :]
    ordered = numbers[order]
    first = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    return ordered[first], np.add.reduceat(slopes[order], first, axis=0)


def train(
    texts: Sequence[Encoded], gold: NDArray[np.intp], classes: int, encoder: Encoder, *, epochs: int, seed: int
) -> Weights:
    """Weights after ``epochs`` over ``texts``; the same seed gives the same weights."""
    rng = np.random.default_rng(seed)
    weights = fresh(encoder, classes, seed)
    adam = _Adam(weights)
    target = np.full((len(texts), classes), SOFT / classes, np.float32)
    target[np.arange(len(texts)), gold] += 1 - SOFT
    lengths = np.array([len(text.words) for text in texts])
    steps = max(1, epochs * -(-len(texts) // BATCH))
    done = 0
    for _ in range(epochs):
        order = rng.permutation(len(texts))
        batches = [
            chunk[np.argsort(lengths[chunk], kind="stable")][begin : begin + BATCH]
            for chunk in np.array_split(order, max(1, len(order) // (BATCH * 16)))
            for begin in range(0, len(chunk), BATCH)
        ]
        for k in rng.permutation(len(batches)):
            picked = batches[k]
            done += 1
            rate = RATE * min(1.0, done / (0.05 * steps)) * max(0.02, 1 - done / steps)
            _learn([texts[i] for i in picked], target[picked], weights, adam, rate, rng)
    return weights


def _learn(
    texts: Sequence[Encoded], target: Floats, weights: Weights, adam: _Adam, rate: float, rng: np.random.Generator
) -> None:
    words, plain, extra, there = padded(texts)
    hidden_words = (rng.random(words.shape) < HIDE) & (words > 0)
    words[hidden_words] = 1
    plain[hidden_words & (rng.random(words.shape) < 0.5)] = 1
    n = len(words)
    x = embed(words, plain, extra, weights)
    gate = ((rng.random(x.shape, dtype=np.float32) >= DROP_INPUT) / np.float32(1 - DROP_INPUT)) * there[..., None]
    x *= gate
    h, kept = forward(x, there, weights)
    door = (rng.random(h.shape, dtype=np.float32) >= DROP) / np.float32(1 - DROP)
    lit = (h * door).astype(np.float32)
    z = lit @ weights["out"] + weights["bias"]
    z -= z.max(1, keepdims=True)
    share = np.exp(z)
    share /= share.sum(1, keepdims=True)
    error = ((share - target) / n).astype(np.float32)
    adam.begin()
    back = (error @ weights["out"].T) * door
    dx = np.zeros_like(x)
    for place, width in enumerate(WIDTHS):
        seen, best = kept[width]
        slope = back[:, place * FILTERS : (place + 1) * FILTERS] * (h[:, place * FILTERS : (place + 1) * FILTERS] > 0)
        slope = slope.astype(np.float32)
        kernel = weights[f"conv{width}"]
        turned, d_kernel = np.ascontiguousarray(kernel.T), np.zeros((FILTERS, width * SIZE), np.float32)
        _back(slope, best, seen, turned, d_kernel, dx.reshape(n, -1), SIZE)
        adam.step(weights, f"conv{width}", d_kernel.T + 1e-5 * kernel, rate)
        adam.step(weights, f"shift{width}", slope.sum(0), rate)
    dx += (back[:, len(WIDTHS) * FILTERS :] / np.sqrt(there.sum(1, keepdims=True)))[:, None]
    dx *= gate
    adam.step(weights, "out", lit.T @ error + 1e-4 * weights["out"], rate)
    adam.step(weights, "bias", error.sum(0), rate)
    flat_dx = dx.reshape(-1, SIZE)
    adam.step(weights, "extra", extra.reshape(-1, extra.shape[2]).T @ flat_dx, rate)
    for name, numbers in (("words", words), ("plain", plain)):
        rows, slopes = _summed(numbers.ravel(), flat_dx)
        adam.step(weights, name, slopes, rate, rows)
