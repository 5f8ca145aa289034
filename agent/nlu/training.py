"""From labelled sentences to a model: lexicon, features with the sentence's own values left out, both learners."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from agent.nlu import crf, intent
from agent.nlu.crf import Tagger
from agent.nlu.data import Sentence
from agent.nlu.features import lower, sentence_features, token_features
from agent.nlu.lexicon import Lexicon, kind
from agent.nlu.metrics import slot_scores, spans
from agent.nlu.model import Model
from agent.nlu.sparse import Rows, intern, numbers

HELD_OUT = 0.1
EPOCHS = 10
SMALL = 1000
"""Fewer sentences than this get more epochs, up to three times as many: a step costs little then."""

Swapped = tuple[tuple[str, ...], tuple[str, ...]]


def train(
    sentences: Sequence[Sentence], dev: Sequence[Sentence] | None = None, *, seed: int = 0, epochs: int = EPOCHS
) -> Model:
    """The model of ``sentences``. Without ``dev`` a tenth is kept apart for early stopping and calibration.

    ``epochs`` is for the tags; the intent gets twice as many.
    """
    if dev is None:
        order = np.random.default_rng(seed).permutation(len(sentences))
        apart = int(len(sentences) * HELD_OUT)
        dev = [sentences[k] for k in order[:apart]]
        sentences = [sentences[k] for k in order[apart:]]
    words = [lower(sentence.tokens) for sentence in sentences]
    tags = [sentence.tags for sentence in sentences if sentence.tags is not None]
    tagged = len(tags) == len(sentences) and any(tag != "O" for marks in tags for tag in marks)
    lexicon = Lexicon.build(words, tags if tagged else None, seed)
    own = [lexicon.own(w, marks) for w, marks in zip(words, tags, strict=True)] if tagged else [None] * len(words)
    matches = [lexicon.matches(w, mine) for w, mine in zip(words, own, strict=True)]
    more = min(3, max(1, SMALL // max(len(sentences), 1)))

    named = [sentence_features(w, m) for w, m in zip(words, matches, strict=True)]
    intent_index = intern(named, 2 if len(named) >= 200 else 1)
    rows = [numbers(row, intent_index) for row in named]
    names = [sentence.intent for sentence in sentences]
    net = intent.train(rows, names, len(intent_index), epochs=2 * epochs * more, seed=seed)
    apart_rows = []
    for sentence in dev:
        said = lower(sentence.tokens)
        apart_rows.append(numbers(sentence_features(said, lexicon.matches(said)), intent_index))
    net = net.calibrated(apart_rows, [sentence.intent for sentence in dev])
    if not tagged:
        return Model(lexicon, intent_index, net, {}, None)

    features = [
        token_features(sentence.tokens, w, lexicon, m) for sentence, w, m in zip(sentences, words, matches, strict=True)
    ]
    shown = [_variant(sentences, lexicon, random.Random(seed + k)) for k in range(2)]
    # Interned with the variants, which have unknown words where a small training file has none.
    tag_index = intern((row for some in (features, *(one for one, _ in shown)) for s in some for row in s), 2)
    plain = [[numbers(row, tag_index) for row in one] for one in features]
    variants = [
        [([numbers(row, tag_index) for row in one], marks) for one, marks in zip(named_rows, marked, strict=True)]
        for named_rows, marked in shown
    ]
    del shown, features
    tagger = crf.train(
        plain,
        tags,
        len(tag_index),
        epochs=epochs * more,
        seed=seed,
        variants=variants,
        judge=_judge(dev, lexicon, tag_index),
    )
    return Model(lexicon, intent_index, net, tag_index, tagger)


def _rows(tokens: Sequence[str], lexicon: Lexicon, index: dict[str, int]) -> Rows:
    words = lower(tokens)
    return [numbers(row, index) for row in token_features(tokens, words, lexicon, lexicon.matches(words))]


def _judge(dev: Sequence[Sentence], lexicon: Lexicon, index: dict[str, int]) -> Callable[[Tagger], float] | None:
    """Slot F1 on the sentences kept apart, or None where they have no tags."""
    marked = [(sentence, sentence.tags) for sentence in dev if sentence.tags is not None]
    if len(marked) < 20:
        return None
    rows = [_rows(sentence.tokens, lexicon, index) for sentence, _ in marked]
    gold = [marks for _, marks in marked]

    def value(tagger: Tagger) -> float:
        return slot_scores(gold, [tagger.tags(one) for one in rows])[0].f1

    return value


def _variant(
    sentences: Sequence[Sentence], lexicon: Lexicon, rng: random.Random
) -> tuple[list[list[list[str]]], list[tuple[str, ...]]]:
    """Features and tags of each sentence with other values of the same kind in some slots, a few of them unknown."""
    pool: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for sentence in sentences:
        for a, b, name in spans(sentence.tags or ()):
            pool[kind(name)].append(sentence.tokens[a:b])
    features, marked = [], []
    for sentence in sentences:
        tokens, tags, hidden = _swap(sentence, pool, lexicon, rng)
        words = lower(tokens)
        own = {(phrase, name): 1 << 30 for phrase in hidden for name in lexicon.values.get(phrase, ())}
        features.append(token_features(tokens, words, lexicon, lexicon.matches(words, own)))
        marked.append(tags)
    return features, marked


def _unknown(token: str, rng: random.Random) -> str:
    """A token nobody knows that looks like ``token``: other digits, other letters."""
    if token.isdigit():
        return "".join(rng.choice("0123456789") for _ in token)
    made = "".join(
        rng.choice("bcdghklmnprstvx" if k % 2 else "aeiouy") if c.isalpha() else c for k, c in enumerate(token)
    )
    return made.title() if token[:1].isupper() else made


def _swap(
    sentence: Sentence, pool: dict[str, list[tuple[str, ...]]], lexicon: Lexicon, rng: random.Random
) -> tuple[tuple[str, ...], tuple[str, ...], set[tuple[str, ...]]]:
    """New tokens, their tags, and the values that the lexicon shall not know."""
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
    return (*tokens, *sentence.tokens[place:]), (*tags, *marks[place:]), hidden
