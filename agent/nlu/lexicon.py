"""What the training sentences know about words: frequent ones, clusters of like use, and the values of each slot."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent.nlu.metrics import spans

MAX_PHRASE = 6
CONTEXT_WORDS = 300
TRIGGERS = 150
FEW = 4


@dataclass(frozen=True, slots=True)
class Lexicon:
    """``known``: words seen in two sentences or more. ``triggers``: the most frequent, worth hearing from afar.

    ``clusters``: coarse and fine class of a word. ``values``: phrase → kind of slot (its last dotted part, so that
    places of departure and arrival share theirs) → in how many training sentences.
    """

    known: frozenset[str]
    triggers: frozenset[str]
    clusters: dict[str, tuple[int, int]]
    values: dict[tuple[str, ...], dict[str, int]]
    repairs: bool = False
    """Few slots: the data may mark repairs, so signs of repeated words are worth their time."""

    @classmethod
    def build(cls, words: Sequence[Sequence[str]], tags: Sequence[Sequence[str]] | None, seed: int) -> Lexicon:
        """From lower-case training sentences and their tags."""
        count = Counter(word for sentence in words for word in set(sentence))
        known = [word for word, n in count.most_common() if n > 1]
        slots = {tag[2:] for marks in tags or () for tag in marks if tag != "O"}
        values = _values(words, tags) if tags is not None else {}
        alike = _clusters(words, known, seed)
        few = 1 <= len(slots) <= FEW
        return cls(frozenset(known), frozenset(known[:TRIGGERS]), alike, values, few)

    def own(self, words: Sequence[str], tags: Sequence[str]) -> dict[tuple[tuple[str, ...], str], int]:
        """What one training sentence gave to ``values``: left out of count when its own features are made."""
        return Counter(dict.fromkeys(set(_entities(words, tags)), 1))

    def matches(
        self, words: Sequence[str], own: dict[tuple[tuple[str, ...], str], int] | None = None
    ) -> list[tuple[int, int, str]]:
        """Longest known values from left to right: first token, token after the last, kinds joined by “|”."""
        found, place = [], 0
        while place < len(words):
            for size in range(min(MAX_PHRASE, len(words) - place), 0, -1):
                phrase = tuple(words[place : place + size])
                kinds = self.values.get(phrase)
                if kinds is None:
                    continue
                left = [k for k, n in kinds.items() if own is None or n > own.get((phrase, k), 0)]
                if left:
                    found.append((place, place + size, "|".join(sorted(left)[:3])))
                    place += size - 1
                    break
            place += 1
        return found


def kind(slot: str) -> str:
    """toloc.city_name → city_name."""
    return slot.rsplit(".", 1)[-1]


def _entities(words: Sequence[str], tags: Sequence[str]) -> list[tuple[tuple[str, ...], str]]:
    return [(tuple(words[a:b]), kind(name)) for a, b, name in spans(tags) if b - a <= MAX_PHRASE]


def _values(words: Sequence[Sequence[str]], tags: Sequence[Sequence[str]]) -> dict[tuple[str, ...], dict[str, int]]:
    held: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
    for sentence, marks in zip(words, tags, strict=True):
        for phrase, name in set(_entities(sentence, marks)):
            held[name][phrase] += 1
    values: dict[tuple[str, ...], dict[str, int]] = defaultdict(dict)
    for name, phrases in held.items():
        if len(phrases) > 20 and len(phrases) > 0.7 * phrases.total():
            continue  # an open slot (free text, what a speaker takes back): a list of it says nothing about new ones
        for phrase, n in phrases.items():
            values[phrase][name] = n
    return dict(values)


def _clusters(words: Sequence[Sequence[str]], known: list[str], seed: int) -> dict[str, tuple[int, int]]:
    """Words with like neighbours: positive pointwise mutual information, 24 main directions, k-means."""
    if len(known) < 40:
        return {}
    row = {word: k for k, word in enumerate(known)}
    near = min(CONTEXT_WORDS, len(known))
    counts = np.zeros((len(known), 2 * (near + 1)), np.float32)
    for sentence in words:
        edged = ["", *sentence, ""]
        for place in range(1, len(edged) - 1):
            here = row.get(edged[place])
            if here is not None:
                counts[here, min(row.get(edged[place - 1], near), near)] += 1
                counts[here, near + 1 + min(row.get(edged[place + 1], near), near)] += 1
    share = counts.sum(1, keepdims=True) * counts.sum(0, keepdims=True) / counts.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        information = np.where(counts > 0, np.maximum(np.log(counts / share), 0), 0)
    u, s, _ = np.linalg.svd(information, full_matrices=False)
    points = u[:, :24] * s[:24]
    points /= np.linalg.norm(points, axis=1, keepdims=True) + 1e-6
    coarse = _kmeans(points, min(24, len(known) // 4), seed)
    fine = _kmeans(points, min(96, len(known) // 3), seed)
    return {word: (int(coarse[k]), int(fine[k])) for word, k in row.items()}


def _kmeans(points: NDArray[np.float32], count: int, seed: int) -> NDArray[np.intp]:
    centres = points[np.random.default_rng(seed).choice(len(points), count, replace=False)]
    nearest = np.zeros(len(points), np.intp)
    for _ in range(15):
        nearest = np.argmax(points @ centres.T - 0.5 * (centres**2).sum(1), axis=1)
        for k in range(count):
            members = points[nearest == k]
            if len(members):
                centres[k] = members.mean(0)
    return nearest
