"""Sentences with other values in their slots: what is learnt must not hang on the values that training shows."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence

from agent.nlu.data import Sentence
from agent.nlu.features import lower
from agent.nlu.lexicon import Lexicon, kind
from agent.nlu.metrics import spans

Swapped = tuple[tuple[str, ...], tuple[str, ...], frozenset[tuple[str, ...]]]
"""Tokens, their tags, and the values that the lexicon shall not know."""


def swapped(sentences: Sequence[Sentence], lexicon: Lexicon, seed: int) -> list[Swapped]:
    """Each sentence with other values of the same kind in some slots, a few of them unknown."""
    rng = random.Random(seed)
    pool: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for sentence in sentences:
        for a, b, name in spans(sentence.tags or ()):
            pool[kind(name)].append(sentence.tokens[a:b])
    return [_swap(sentence, pool, lexicon, rng) for sentence in sentences]


def _unknown(token: str, rng: random.Random) -> str:
    """A token nobody knows that looks like ``token``: other digits, other letters."""
    if token.isdigit():
        return "".join(rng.choice("0123456789") for _ in token)
    made = "".join(
        rng.choice("bcdghklmnprstvx" if k % 2 else "aeiouy") if c.isalpha() else c for k, c in enumerate(token)
    )
    return made.title() if token[:1].isupper() else made


def _swap(sentence: Sentence, pool: dict[str, list[tuple[str, ...]]], lexicon: Lexicon, rng: random.Random) -> Swapped:
    marks = sentence.tags or ()
    tokens: list[str] = []
    tags: list[str] = []
    hidden: set[tuple[str, ...]] = set()
    place = 0
    for a, b, name in spans(marks):
        tokens += sentence.tokens[place:a]
        tags += marks[place:a]
        value = sentence.tokens[a:b]
        if tuple(lower(value)) in lexicon.values and rng.random() < 0.4:
            value = rng.choice(pool[kind(name)])
        if rng.random() < 0.15:
            hidden.add(tuple(lower(value)))
        elif tuple(lower(value)) in lexicon.values and rng.random() < 0.15:
            value = tuple(_unknown(token, rng) for token in value)
        tokens += value
        tags += [marks[a], *[f"I-{name}"] * (len(value) - 1)]
        place = b
    return (*tokens, *sentence.tokens[place:]), (*tags, *marks[place:]), frozenset(hidden)
