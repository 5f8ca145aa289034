"""How sure is it that a passage answers a question? A few features, weighed by a small logistic model.

The weights were fitted on the questions of tests/agent/knowledge_questions.yaml (docs/knowledge.md says how well they
do on documents that they were not fitted on).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from agent.knowledge.index import Index
from agent.knowledge.passages import Passage
from agent.knowledge.questions import Wanted, fits, wanted
from agent.knowledge.words import content, has_marks, plain, syllables, terms

_MOST_WORDS: Final = 60
"""Of a question; the rest of a monologue is not looked at."""
_PAIR: Final = 0.8
"""Weight of two syllables that stand together, beside the single ones."""
_MARKED: Final = 0.5
"""Weight of a syllable found with the very marks, beside the plain one."""
_FIT: Final = 0.15
"""What the right kind of value (an amount, a time) is worth when sentences are chosen."""
_NEAR: Final = 0.9
"""A neighbour must be nearly as good as the best sentence to be said with it."""
_ASIDE: Final = 0.2
"""What is left of the confidence in an answer to another question altogether ("có chỗ đậu xe không" for "ở đâu")."""
_WEIGHTS: Final = (-7.05, 4.54, 4.0, 1.38, 1.36, 1.58, 0.04, 0.65)
"""Bias, then the features in their order."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, taken apart."""

    words: tuple[str, ...]
    topic: tuple[str, ...]
    kind: Wanted
    weights: dict[str, float]
    """Plain terms of the topic by their rarity."""
    pairs: dict[str, float]
    """Its pairs of syllables alone."""


@dataclass(frozen=True, slots=True)
class Features:
    """Each 0 … 1."""

    whole: float
    """Share of the topic's weight in the passage with its heading."""
    sentence: float
    """The same in its best sentence with the heading."""
    heading: float
    marks: float
    """Share of the words met that are met with their marks."""
    fit: float
    """1 if the best sentence holds the kind of value that is asked for."""
    same: float
    """Likeness of the question with the question that the passage answers."""
    pairs: float
    """Share of the topic's pairs of syllables in the passage; 1 if there is but one syllable."""
    about: float = 1.0
    """Share of the topic of the question that the passage answers which was asked; 1 where it answers none."""

    def chance(self) -> float:
        """Probability that the answer is right."""
        values = (self.whole, self.sentence, self.heading, self.marks, self.fit, self.same, self.pairs)
        chance = 1 / (1 + math.exp(-_WEIGHTS[0] - sum(w * v for w, v in zip(_WEIGHTS[1:], values, strict=True))))
        return chance * (_ASIDE + (1 - _ASIDE) * self.about)


def take_apart(question: str, index: Index) -> Asked | None:
    """None if nothing in it can be looked for."""
    words = syllables(question)[:_MOST_WORDS]
    topic = content(words) or words
    if not topic:
        return None
    weights = {t: index.weight(t) * (_PAIR if " " in t else 1.0) for t in terms(topic) if t[0] != "="}
    pairs = {t: w for t, w in weights.items() if " " in t}
    return Asked(tuple(words), tuple(topic), wanted(question), weights, pairs)


def search_weights(asked: Asked) -> dict[str, float]:
    """Terms to search the index for."""
    return {t: _MARKED if t[0] == "=" else _PAIR if " " in t else 1.0 for t in terms(list(asked.topic))}


def judge(passage: Passage, asked: Asked) -> tuple[Features, tuple[int, ...]]:
    """How well ``passage`` answers, and by which of its sentences."""
    head_words = syllables(passage.heading)
    heading = set(terms(head_words))
    shares = [_share(asked.weights, heading | set(terms(syllables(s)))) for s in passage.sentences]
    good = [share + _FIT * fits(asked.kind, s) for share, s in zip(shares, passage.sentences, strict=True)]
    best = max(range(len(good)), key=lambda k: (good[k], -k))
    there = [*head_words, *syllables(passage.text)]
    features = Features(
        whole=_share(asked.weights, set(terms(there))),
        sentence=shares[best],
        heading=_share(asked.weights, heading),
        marks=_marks(asked.topic, there),
        fit=float(fits(asked.kind, passage.text if passage.is_answer else passage.sentences[best])),
        same=_likeness(asked.words, head_words) if passage.is_answer else 0.0,
        pairs=_share(asked.pairs, set(terms(there))) if asked.pairs else 1.0,
    )
    if passage.is_answer:
        features = replace(features, about=_met(content(head_words), asked.words))
        return features, tuple(range(len(passage.sentences)))
    near = [k for k in range(best, min(best + 3, len(good))) if good[k] >= _NEAR * good[best]]
    return features, tuple(near)


def _share(query: dict[str, float], there: set[str]) -> float:
    total = sum(query.values())
    return sum(weight for term, weight in query.items() if term in there) / total if total else 0.0


def _marks(topic: Sequence[str], there: list[str]) -> float:
    if not has_marks(list(topic)):
        return 1.0
    marked, bare = set(there), set(plain(there))
    met = [word for word in topic if plain([word])[0] in bare]
    return sum(word in marked for word in met) / len(met) if met else 0.0


def _met(words: Sequence[str], there: Sequence[str]) -> float:
    known = set(plain(list(there)))
    return sum(word in known for word in plain(list(words))) / len(words) if words else 1.0


def _likeness(a: Sequence[str], b: Sequence[str]) -> float:
    """Dice's coefficient of plain syllables."""
    left, right = set(plain(list(a))), set(plain(list(b)))
    return 2 * len(left & right) / (len(left) + len(right)) if left and right else 0.0
