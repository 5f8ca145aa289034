"""A small convolutional network over word embeddings learnt from the training texts alone (Kim, 2014), in numpy.

A word's vector is the sum of its own, of its spelling without marks, and of what the lexicon says of it, so a word not
seen in training still has some of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numba
import numpy as np
from numpy.typing import NDArray

from agent.sentiment.lexicon import Hit, denied, feelings
from agent.sentiment.tokens import Token
from speech.text.normalize import strip_marks

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
SIZE: Final = 64
FILTERS: Final = 80
WIDTHS: Final = (1, 2, 3)
MOST: Final = 64
"""Tokens read; longer texts keep their beginning and their end."""
BATCH: Final = 48
DROP: Final = 0.5
DROP_INPUT: Final = 0.25
HIDE: Final = 0.08
"""Share of words hidden in training, so that the unknown word learns a vector too."""
RATE: Final = 2e-3
SOFT: Final = 0.05
"""Label smoothing."""
EXTRA: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class Encoder:
    """Tokens to numbers: 0 is padding, 1 an unknown word."""

    words: dict[str, int]
    plain: dict[str, int]

    @classmethod
    def build(cls, texts: Sequence[Sequence[Token]]) -> Encoder:
        """Words that at least two texts have."""
        count = Counter(word for tokens in texts for word in {token.text for token in tokens})
        bare: Counter[str] = Counter()
        for word, n in count.items():
            bare[strip_marks(word)] += n
        kept = sorted(word for word, n in count.items() if n >= 2)
        plain = sorted(word for word, n in bare.items() if n >= 2)
        return cls({w: k + 2 for k, w in enumerate(kept)}, {w: k + 2 for k, w in enumerate(plain)})

    def encode(self, tokens: Sequence[Token], hits: Sequence[Hit]) -> Encoded:
        """Numbers of one text; an empty one is one unknown word."""
        names = feelings()
        n = len(tokens)
        extra = np.zeros((max(n, 1), len(names) + EXTRA), np.float32)
        words = [token.text for token in tokens]
        for hit in hits:
            for name in hit.feelings:
                extra[hit.start : hit.end, names.index(name)] = 1
            extra[hit.start : hit.end, -1] = hit.strength
        extra[:n, -2] = denied(words)
        extra[:n, -3] = [token.stretched for token in tokens]
        extra[:n, -4] = [token.kind not in ("word", "number") for token in tokens]
        one = np.array([self.words.get(word, 1) for word in words] or [1], np.int32)
        two = np.array([self.plain.get(strip_marks(word), 1) for word in words] or [1], np.int32)
        if n > MOST:
            keep = np.r_[0 : MOST // 2, n - MOST // 2 : n]
            one, two, extra = one[keep], two[keep], extra[keep]
        return Encoded(one, two, extra)


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """One text: word numbers, numbers of the words without marks, (tokens, features) of the lexicon."""

    words: Ints
    plain: Ints
    extra: Floats


Weights = dict[str, Floats]


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


def _padded(texts: Sequence[Encoded]) -> tuple[Ints, Ints, Floats, Floats]:
    longest = max(len(text.words) for text in texts) + max(WIDTHS) - 1
    n = len(texts)
    words, plain = np.zeros((n, longest), np.int32), np.zeros((n, longest), np.int32)
    extra = np.zeros((n, longest, texts[0].extra.shape[1]), np.float32)
    for k, text in enumerate(texts):
        size = len(text.words)
        words[k, :size], plain[k, :size], extra[k, :size] = text.words, text.plain, text.extra
    return words, plain, extra, (words > 0).astype(np.float32)


def _windows(x: Floats, width: int) -> Floats:
    """(texts, places, width × size): what each filter sees."""
    n, length, size = x.shape
    made: Floats = np.lib.stride_tricks.sliding_window_view(x.reshape(n, length * size), width * size, axis=1)[
        :, ::size
    ]
    return made


def _forward(x: Floats, there: Floats, weights: Weights) -> tuple[Floats, dict[int, tuple[Floats, NDArray[np.intp]]]]:
    """The text vectors and, by width, windows and place of the maximum."""
    kept: dict[int, tuple[Floats, NDArray[np.intp]]] = {}
    parts = []
    for width in WIDTHS:
        seen = np.ascontiguousarray(_windows(x, width))
        n, places, size = seen.shape
        reply = (seen.reshape(n * places, size) @ weights[f"conv{width}"]).reshape(n, places, -1)
        reply += weights[f"shift{width}"]
        reply[there[:, :places] == 0] = -1e4  # windows that begin beyond the end
        best = reply.argmax(1)
        parts.append(np.maximum(np.take_along_axis(reply, best[:, None], 1)[:, 0], 0))
        kept[width] = seen, best
    size = there.sum(1, keepdims=True)
    parts.append(x.sum(1) / np.sqrt(size))
    return np.concatenate(parts, 1), kept


def _embed(words: Ints, plain: Ints, extra: Floats, weights: Weights) -> Floats:
    made: Floats = weights["words"][words] + weights["plain"][plain] + extra @ weights["extra"]
    made *= (words > 0)[..., None]
    return made


def log_probabilities(texts: Sequence[Encoded], weights: Weights, at_once: int = 256) -> Floats:
    """(texts, classes)."""
    made = []
    for begin in range(0, len(texts), at_once):
        words, plain, extra, there = _padded(texts[begin : begin + at_once])
        hidden, _ = _forward(_embed(words, plain, extra, weights), there, weights)
        z = hidden @ weights["out"] + weights["bias"]
        z -= z.max(1, keepdims=True)
        made.append(z - np.log(np.exp(z).sum(1, keepdims=True)))
    return np.concatenate(made)


def together(networks: Sequence[Weights]) -> Weights:
    """Several networks as one set of weights with a first axis more."""
    return {name: np.stack([network[name] for network in networks]) for name in networks[0]} if networks else {}


def committee(text: Encoded, weights: Weights) -> Floats:
    """(classes,): mean log-probability that the networks of ``together`` give one text."""
    tail = max(WIDTHS) - 1
    x = weights["words"][:, text.words] + weights["plain"][:, text.plain] + text.extra @ weights["extra"]
    count, size = x.shape[:2]
    x = np.concatenate([x, np.zeros((count, tail, SIZE), np.float32)], 1)
    parts = []
    for width in WIDTHS:
        seen = np.concatenate([x[:, j : j + size] for j in range(width)], 2)
        parts.append(np.maximum((seen @ weights[f"conv{width}"]).max(1) + weights[f"shift{width}"], 0))
    parts.append(x.sum(1) / np.float32(np.sqrt(size)))
    z = (np.concatenate(parts, 1)[:, None] @ weights["out"])[:, 0] + weights["bias"]
    z -= z.max(1, keepdims=True)
    made: Floats = (z - np.log(np.exp(z).sum(1, keepdims=True))).mean(0)
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
    words, plain, extra, there = _padded(texts)
    hidden_words = (rng.random(words.shape) < HIDE) & (words > 0)
    words[hidden_words] = 1
    plain[hidden_words & (rng.random(words.shape) < 0.5)] = 1
    n = len(words)
    x = _embed(words, plain, extra, weights)
    gate = ((rng.random(x.shape, dtype=np.float32) >= DROP_INPUT) / np.float32(1 - DROP_INPUT)) * there[..., None]
    x *= gate
    h, kept = _forward(x, there, weights)
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
