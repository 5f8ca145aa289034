"""Intents that a flow brings along, learnt from about ten example sentences each while the flow is loaded.

One logistic regression per intent over weighted word and letter groups. Its negatives are the flow's other examples and
``models/intents/background.txt`` (everyday telephone sentences and things out of scope), which also tell which words
are common and so say little. Each example is also laid beside its opposite ("chú không trả", "chú trả"), so that a
denial counts where the examples deny, or where none does. Pure numpy; the same examples give the same weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from agent.brain.concepts import IDLE, units
from agent.brain.features import normal
from agent.brain.negation import denies, opposite
from core.artifacts import artifact
from speech.text.normalize import strip_marks

_SPACE: Final = 1 << 18
"""Feature names are hashed to so many numbers; a sentence has about a hundred, so collisions do not matter."""
_EPOCHS: Final = 60
_RATE: Final = 0.5
_DROP: Final = 0.3
_DECAY: Final = 2e-4
_COPIES: Final = 3
"""Each example is seen with so many different parts dropped in one pass."""
_OPPOSITE: Final = 0.3
"""What the pairs of an intent weigh together, if all of its examples deny or none does."""
_MARGIN: Final = 3.0
"""How far apart an example and its opposite shall score, before calibration."""
_SLOPE: Final = 2.2
_OFFSET: Final = 1.3
"""Calibration, measured on flows of other businesses (tests/agent/own_intents.yaml)."""

Floats = NDArray[np.float32]


@lru_cache(maxsize=512)
def hashed(text: str) -> NDArray[np.int32]:
    """Distinct feature numbers of ``text``: words, concepts and their neighbours, letters without marks."""
    toned = normal(text).split()
    plain = [strip_marks(word) for word in toned]
    names = _meant(toned) | {f"p{word}" for word in plain}
    if toned != plain:  # typed without marks, a word would be a stranger
        names |= {f"t{word}" for word in toned}
    names |= {f"q{a} {b}" for a, b in pairwise(plain)}
    joined = f" {' '.join(plain)} "
    names |= {f"4{joined[k : k + 4]}" for k in range(len(joined) - 3)}
    return _numbers(names)


def _meant(words: Sequence[str]) -> set[str]:
    """Names of what is meant: concepts, denied or not, and their neighbours."""
    meant = units(" ".join(words))
    told = [unit for unit in meant if unit[1:] not in IDLE]
    names = {f"c{unit}" for unit in meant}
    names |= {f"d{a} {b}" for a, b in pairwise(("<", *told, ">"))}
    return names | {f"e{a} {b}" for a, b in zip(told, told[2:], strict=False)}


def _numbers(names: set[str]) -> NDArray[np.int32]:
    return np.unique(np.fromiter((crc32(name.encode()) & (_SPACE - 1) for name in names), np.int32))


@dataclass(frozen=True, slots=True, eq=False)
class OwnIntents:
    """``weights`` (features seen in examples, intents); ``place`` maps feature numbers to its rows, −1 for unknown."""

    intents: tuple[str, ...]
    place: NDArray[np.int32]
    rarity: Floats
    weights: Floats
    bias: Floats

    def probabilities(self, text: str) -> dict[str, float]:
        """Probability of each intent of the flow; they need not add up to one, and all are small out of scope."""
        if not normal(text):
            return dict.fromkeys(self.intents, 0.0)
        rows, values = _row(hashed(text), self.place, self.rarity)
        score = values @ self.weights[rows] + self.bias
        share = 1.0 / (1.0 + np.exp(-(_SLOPE * score + _OFFSET)))
        return dict(zip(self.intents, share.tolist(), strict=True))


def learn(examples: Mapping[str, Sequence[str]]) -> OwnIntents:
    """The model of ``examples`` (intent → sentences); the same examples are learnt once a process."""
    return _learn(tuple((name, tuple(sentences)) for name, sentences in examples.items()))


def _row(found: NDArray[np.int32], place: NDArray[np.int32], rarity: Floats) -> tuple[NDArray[np.int32], Floats]:
    """(known features, their values); unknown ones only make the known ones weigh less."""
    weight = rarity[found]
    rows = place[found]
    known = rows >= 0
    size = float(np.sqrt((weight * weight).sum())) or 1.0
    return rows[known], weight[known] / np.float32(size)


@lru_cache(maxsize=1)
def _background() -> tuple[list[NDArray[np.int32]], Floats]:
    """Feature numbers of the background sentences, and how rare each feature is in them."""
    lines = artifact("models", "intents", "background.txt").read_text("utf-8").splitlines()
    rows = [hashed.__wrapped__(line) for line in lines if line and not line.startswith("#")]
    count = np.bincount(np.concatenate(rows), minlength=_SPACE)
    return rows, np.log((len(rows) + 1) / (count + 1)).astype(np.float32)


@lru_cache(maxsize=64)
def _learn(examples: tuple[tuple[str, tuple[str, ...]], ...]) -> OwnIntents:
    background, rarity = _background()
    names = tuple(name for name, _ in examples)
    own = [(hashed(text), k) for k, (_, sentences) in enumerate(examples) for text in sentences]
    pairs = _pairs(examples, rarity)
    place = np.full(_SPACE, -1, np.int32)
    known = np.unique(np.concatenate([*(found for found, _ in own), *(pair.found for pair in pairs)]))
    place[known] = np.arange(len(known), dtype=np.int32)
    texts = [found for found, _ in own for _ in range(_COPIES)] + background
    targets = np.zeros((len(texts), len(names)), np.float32)
    for row, (_, k) in enumerate(own):
        targets[row * _COPIES : (row + 1) * _COPIES, k] = 1
    rows = [_row(found, place, rarity) for found in texts]
    weights, bias = _fit(rows, targets, len(known), [replace(pair, found=place[pair.found]) for pair in pairs])
    return OwnIntents(names, place, rarity, weights, bias)


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    """An example of ``intent`` and its opposite: ``found`` are the features of meaning that only one of them has,
    ``values`` > 0 those of the example, < 0 those of the opposite. ``weight`` is what the pair counts."""

    intent: int
    found: NDArray[np.int32]
    values: Floats
    weight: float


def _pairs(examples: Sequence[tuple[str, Sequence[str]]], rarity: Floats) -> list[_Pair]:
    """Each example beside its opposite. The more of an intent's examples deny, or the fewer, the more it matters."""
    made: list[_Pair] = []
    for k, (_, sentences) in enumerate(examples):
        words = [normal(text).split() for text in sentences]
        share = 2 * sum(map(denies, words)) / len(words) - 1
        for text, said in zip(sentences, words, strict=True):
            weight = _OPPOSITE * (share if denies(said) else -share) / len(words)
            other = opposite(said)
            if other and weight > 0:
                mine, theirs = _numbers(_meant(said)), _numbers(_meant(other))
                only, lacking = np.setdiff1d(mine, theirs), np.setdiff1d(theirs, mine)
                if not denies(
                    said
                ):  # whatever an affirmative has, others say as well: what denies it speaks against it
                    only = only[:0]
                values = np.concatenate([rarity[only], -rarity[lacking]]) / np.sqrt((rarity[hashed(text)] ** 2).sum())
                made.append(_Pair(k, np.concatenate([only, lacking]), values.astype(np.float32), weight))
    return made


def _fit(
    rows: Sequence[tuple[NDArray[np.int32], Floats]], targets: Floats, features: int, pairs: Sequence[_Pair]
) -> tuple[Floats, Floats]:
    """Adam on all rows at once; an intent's examples weigh as much as everything else together. Of ``pairs`` (``found``
    are rows of the weights) the example shall score higher by _MARGIN; what both have stays as it is."""
    rng = np.random.default_rng(0)
    line = np.repeat(np.arange(len(rows)), [len(found) for found, _ in rows])
    flat = np.concatenate([found for found, _ in rows])
    value = np.concatenate([values for _, values in rows])
    by_feature = np.argsort(flat, kind="stable")
    first = np.flatnonzero(np.r_[True, np.diff(flat[by_feature]) > 0])
    seen = flat[by_feature][first]
    begins = np.flatnonzero(np.r_[True, np.diff(line) > 0])
    filled = line[begins]
    positive = targets.sum(0)
    share = np.where(targets > 0, 0.5 / positive, 0.5 / (len(rows) - positive)).astype(np.float32)
    weights, bias = np.zeros((features, targets.shape[1]), np.float32), np.zeros(targets.shape[1], np.float32)
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, _EPOCHS + 1):
        kept = value * (rng.random(len(value), np.float32) >= _DROP) / np.float32(1 - _DROP)
        score = np.tile(bias, (len(rows), 1))
        score[filled] += np.add.reduceat(weights[flat] * kept[:, None], begins, axis=0)
        error = (1 / (1 + np.exp(-score)) - targets) * share
        gradient = np.float32(_DECAY) * weights
        gradient[seen] += np.add.reduceat(error[line[by_feature]] * kept[by_feature, None], first, axis=0)
        for pair in pairs:
            apart = weights[pair.found, pair.intent] @ pair.values
            pull = pair.weight / (1 + np.exp(apart - _MARGIN))
            gradient[pair.found, pair.intent] -= np.float32(pull) * pair.values
        mean += 0.1 * (gradient - mean)
        square += 0.01 * (gradient * gradient - square)
        scale = _RATE * np.sqrt(1 - 0.99**step) / (1 - 0.9**step) * (1 - 0.9 * step / _EPOCHS)
        weights -= scale * mean / (np.sqrt(square) + 1e-7)
        bias -= np.float32(0.5) * error.sum(0)
    return weights, bias
