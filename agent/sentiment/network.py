"""A small convolutional network over word embeddings learnt from the training texts alone (Kim, 2014), in numpy.

A word's vector is the sum of its own, of its spelling without marks, and of what the lexicon says of it, so a word not
seen in training still has some of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

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


def padded(texts: Sequence[Encoded]) -> tuple[Ints, Ints, Floats, Floats]:
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


def forward(x: Floats, there: Floats, weights: Weights) -> tuple[Floats, dict[int, tuple[Floats, NDArray[np.intp]]]]:
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


def embed(words: Ints, plain: Ints, extra: Floats, weights: Weights) -> Floats:
    made: Floats = weights["words"][words] + weights["plain"][plain] + extra @ weights["extra"]
    made *= (words > 0)[..., None]
    return made


def log_probabilities(texts: Sequence[Encoded], weights: Weights, at_once: int = 256) -> Floats:
    """(texts, classes)."""
    made = []
    for begin in range(0, len(texts), at_once):
        words, plain, extra, there = padded(texts[begin : begin + at_once])
        hidden, _ = forward(embed(words, plain, extra, weights), there, weights)
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
