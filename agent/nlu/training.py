"""From labelled sentences to a model: lexicon, features with the sentence's own values left out, both learners."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from agent.nlu import intent
from agent.nlu.crf import Tagger
from agent.nlu.data import Sentence
from agent.nlu.encoder import Encoder
from agent.nlu.features import LOCAL, lower, sentence_features, token_features
from agent.nlu.fitting import Line, fit
from agent.nlu.lexicon import Lexicon
from agent.nlu.metrics import Span, slot_scores, spans
from agent.nlu.model import Model
from agent.nlu.sparse import Floats, Interner, Rows, final_row, intern, numbers
from agent.nlu.variants import swapped

HELD_OUT = 0.1
EPOCHS = 12
SMALL = 1000
"""Fewer sentences than this get more epochs, up to three times as many: a step costs little then."""
TAGGERS = 2
NETS = 3
"""Learnt from different seeds and averaged."""
_LIGHT = 0.03
"""Greatest weight over all labels of a feature that is dropped after training."""
_LOST = 0.08
"""Share of the true slots that the intent does not see while it learns, as the tagger will miss some."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to learn. ``epochs`` is for the tags; the intent gets twice as many."""

    seed: int = 0
    epochs: int = EPOCHS
    taggers: int = TAGGERS
    nets: int = NETS
    encoder: Encoder | None = None
    tell: Callable[[str], None] = field(default=lambda _: None)
    """Takes lines of progress."""


def train(sentences: Sequence[Sentence], dev: Sequence[Sentence] | None = None, options: Options = Options()) -> Model:
    """The model of ``sentences``. Without ``dev`` a tenth is kept apart for early stopping and calibration."""
    if dev is None:
        order = np.random.default_rng(options.seed).permutation(len(sentences))
        apart = int(len(sentences) * HELD_OUT)
        dev = [sentences[k] for k in order[:apart]]
        sentences = [sentences[k] for k in order[apart:]]
    return _Course(sentences, dev, options).model()


def _pruned(index: dict[str, int], tagger: Tagger) -> tuple[dict[str, int], Tagger]:
    """Without the features that hardly weigh anything, more than half of all: look-ups take most of a prediction."""
    kept = np.abs(tagger.weights).max(1) >= _LIGHT
    kept[: tagger.local] = True  # the networks see those
    place = np.cumsum(kept) - 1
    slim = {name: int(place[k]) for name, k in index.items() if kept[k]}
    return slim, replace(tagger, weights=tagger.weights[kept])


class _Course:
    """One training from beginning to end."""

    def __init__(self, sentences: Sequence[Sentence], dev: Sequence[Sentence], options: Options) -> None:
        self._sentences, self._dev, self._options = sentences, dev, options
        self._words = [lower(sentence.tokens) for sentence in sentences]
        self._tags = [sentence.tags for sentence in sentences if sentence.tags is not None]
        self._tagged = len(self._tags) == len(sentences) and any(tag != "O" for tags in self._tags for tag in tags)
        self._lexicon = Lexicon.build(self._words, self._tags if self._tagged else None, options.seed)
        own = [None] * len(sentences) if not self._tagged else [
            self._lexicon.own(words, tags) for words, tags in zip(self._words, self._tags, strict=True)
        ]  # fmt: skip
        self._matches = [self._lexicon.matches(w, mine) for w, mine in zip(self._words, own, strict=True)]
        self._more = min(3, max(1, SMALL // max(len(sentences), 1)))

    def model(self) -> Model:
        """Tags first: the intent looks at the slots that are found."""
        tag_index, tagger = self._tagger() if self._tagged else ({}, None)
        intent_index, net = self._intents()
        model = Model(self._lexicon, intent_index, net, tag_index, tagger, self._options.encoder)
        return model.calibrated(self._dev)

    # -- tags ------------------------------------------------------------------------------------------------------

    def _tagger(self) -> tuple[dict[str, int], Tagger]:
        options, names = self._options, Interner()
        plain = [
            [names.row(row) for row in token_features(sentence.tokens, words, self._lexicon, matches)]
            for sentence, words, matches in zip(self._sentences, self._words, self._matches, strict=True)
        ]
        shown = [swapped(self._sentences, self._lexicon, options.seed + k) for k in range(2)]
        # Interned with the variants, which have unknown words where a small training file has none.
        made = [
            [[names.row(row) for row in self._hiding(tokens, hidden)] for tokens, _, hidden in part] for part in shown
        ]
        index, final = names.close(2, LOCAL)
        local = sum(name[0] in LOCAL for name in index)
        lines = [
            self._line(rows, tags, sentence.tokens, final)
            for rows, tags, sentence in zip(plain, self._tags, self._sentences, strict=True)
        ]
        variants = [
            [self._line(rows, tags, tokens, final) for rows, (tokens, tags, _) in zip(part, variant, strict=True)]
            for part, variant in zip(made, shown, strict=True)
        ]
        del plain, made, names
        judge = self._judge(index)
        taggers = [
            fit(
                lines, len(index), local, epochs=options.epochs * self._more, seed=options.seed + 1000 * k,
                variants=variants, judge=judge,
                tell=lambda line, k=k: options.tell(f"tags {k + 1}/{options.taggers}: {line}"),  # type: ignore[misc]
            )
            for k in range(options.taggers)
        ]  # fmt: skip
        return _pruned(index, Tagger.joined(taggers))

    def _line(self, rows: Rows, tags: Sequence[str], tokens: Sequence[str], final: NDArray[np.int32]) -> Line:
        return Line([final_row(row, final) for row in rows], tags, self._dense(tokens))

    def _hiding(self, tokens: Sequence[str], hidden: frozenset[tuple[str, ...]]) -> list[list[str]]:
        """Features of ``tokens`` by a lexicon that does not know the ``hidden`` values."""
        words = lower(tokens)
        own = {(phrase, name): 1 << 30 for phrase in hidden for name in self._lexicon.values.get(phrase, ())}
        return token_features(tokens, words, self._lexicon, self._lexicon.matches(words, own))

    def _dense(self, tokens: Sequence[str]) -> Floats | None:
        return self._options.encoder.vectors(tokens) if self._options.encoder else None

    def _judge(self, index: dict[str, int]) -> Callable[[Tagger], float] | None:
        """Slot F1 on the sentences kept apart, or None where they have no tags."""
        marked = [(sentence.tokens, sentence.tags) for sentence in self._dev if sentence.tags is not None]
        if len(marked) < 20:
            return None
        gold = [tags for _, tags in marked]
        rows: list[tuple[Rows, Floats | None]] = []
        for tokens, _ in marked:
            words = lower(tokens)
            named = token_features(tokens, words, self._lexicon, self._lexicon.matches(words))
            rows.append(([numbers(row, index) for row in named], self._dense(tokens)))
        return lambda tagger: slot_scores(gold, [tagger.tags(one, dense) for one, dense in rows])[0].f1

    # -- intents ---------------------------------------------------------------------------------------------------

    def _intents(self) -> tuple[dict[str, int], intent.IntentNet]:
        options, rng = self._options, random.Random(self._options.seed)
        names = [sentence.intent for sentence in self._sentences]
        named = []
        for k, (words, matches) in enumerate(zip(self._words, self._matches, strict=True)):
            true: list[Span] = spans(self._tags[k]) if self._tagged else []
            named.append(sentence_features(words, matches, [span for span in true if rng.random() >= _LOST]))
        index = intern(named, 2 if len(named) >= 200 else 1)
        rows = [numbers(row, index) for row in named]
        means = None
        if options.encoder is not None:
            means = np.stack([options.encoder.vectors(sentence.tokens).mean(0) for sentence in self._sentences])
        if len(set(names)) < 2:
            options.tell("intents: one only")
        nets = []
        for k in range(options.nets if len(set(names)) > 1 else 1):
            seed = options.seed + 1000 * k
            nets.append(intent.train(rows, names, len(index), epochs=2 * EPOCHS * self._more, seed=seed, means=means))
            options.tell(f"intents: {k + 1}/{options.nets}")
        return index, intent.IntentNet.joined(nets)
