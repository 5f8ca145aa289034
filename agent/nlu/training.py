"""From labelled sentences to a model: lexicon, features with the sentence's own values left out, both learners."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import chain
from threading import Event

import numpy as np
from numpy.typing import NDArray

from agent.nlu import intent
from agent.nlu.crf import Tagger
from agent.nlu.data import Sentence
from agent.nlu.encoder import Encoder
from agent.nlu.features import lower, sentence_features
from agent.nlu.fitting import Line, fit
from agent.nlu.lexicon import Lexicon
from agent.nlu.metrics import Span, slot_scores, spans
from agent.nlu.model import Model
from agent.nlu.reader import LOCAL, Reader
from agent.nlu.sparse import Bags, Floats, Interner, Rows, final_row, intern, numbers
from agent.nlu.variants import swapped

HELD_OUT = 0.1
EPOCHS = 12
SMALL = 1000
"""Fewer sentences than this get more epochs, up to three times as many: a step costs little then."""
TAGGERS = 2
NETS = 1
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


def _arrays(rows: list[list[int]]) -> Rows:
    return [np.array(row, np.int32) for row in rows]


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
        self._stopped = Event()

    def model(self) -> Model:
        """Everything that is learnt, side by side on the cores there are; the weights do not hang on how many."""
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:  # inner loops and BLAS run without the interpreter's lock
            try:
                tag_index, taggers = self._taggers(pool) if self._tagged else ({}, [])
                intent_index, nets, linear = self._intents(pool)
                net = intent.IntentNet.joined([one.result() for one in nets])
                if linear is not None:
                    net = net.beside(linear.result())
                tagger = Tagger.joined([one.result() for one in taggers]) if taggers else None
            except BaseException:
                self._stopped.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        if tagger is not None:
            tag_index, tagger = _pruned(tag_index, tagger)
        self._tell("calibration")
        model = Model(self._lexicon, intent_index, net, tag_index, tagger, self._options.encoder)
        return model.calibrated(self._dev)

    def _tell(self, line: str) -> None:
        """Progress; a learner in another thread ends here when the training was broken off."""
        if self._stopped.is_set():
            raise CancelledError
        self._options.tell(line)

    # -- tags ------------------------------------------------------------------------------------------------------

    def _taggers(self, pool: ThreadPoolExecutor) -> tuple[dict[str, int], list[Future[Tagger]]]:
        options, names = self._options, Interner()
        self._tell(f"tags: features of {len(self._sentences)} sentences")
        reader = Reader(self._lexicon, names.__getitem__)
        plain = [
            _arrays(reader.rows(sentence.tokens, words, matches))
            for sentence, words, matches in zip(self._sentences, self._words, self._matches, strict=True)
        ]
        shown = [swapped(self._sentences, self._lexicon, options.seed + k) for k in range(2)]
        # Interned with the variants, which have unknown words where a small training file has none.
        made = [[self._hiding(reader, tokens, hidden) for tokens, _, hidden in part] for part in shown]
        index, final = names.close(chain(plain, *made), 2, LOCAL)
        local = sum(name[0] in LOCAL for name in index)
        lines = [
            self._line(rows, tags, sentence.tokens, final)
            for rows, tags, sentence in zip(plain, self._tags, self._sentences, strict=True)
        ]
        variants = [
            [self._line(rows, tags, tokens, final) for rows, (tokens, tags, _) in zip(part, variant, strict=True)]
            for part, variant in zip(made, shown, strict=True)
        ]
        del plain, made, names, reader
        judge = self._judge(index)
        self._tell(f"tags: {len(index)} features, {options.epochs * self._more} epochs")
        return index, [
            pool.submit(
                fit, lines, len(index), local, epochs=options.epochs * self._more, seed=options.seed + 1000 * k,
                variants=variants, judge=judge,
                tell=lambda line, k=k: self._tell(f"tags {k + 1}/{options.taggers}: {line}"),  # type: ignore[misc]
            )
            for k in range(options.taggers)
        ]  # fmt: skip

    def _line(self, rows: Rows, tags: Sequence[str], tokens: Sequence[str], final: NDArray[np.int32]) -> Line:
        return Line([final_row(row, final) for row in rows], tags, self._dense(tokens))

    def _hiding(self, reader: Reader, tokens: Sequence[str], hidden: frozenset[tuple[str, ...]]) -> Rows:
        """Features of ``tokens`` by a lexicon that does not know the ``hidden`` values."""
        words = lower(tokens)
        own = {(phrase, name): 1 << 30 for phrase in hidden for name in self._lexicon.values.get(phrase, ())}
        return _arrays(reader.rows(tokens, words, self._lexicon.matches(words, own)))

    def _dense(self, tokens: Sequence[str]) -> Floats | None:
        return self._options.encoder.vectors(tokens) if self._options.encoder else None

    def _judge(self, index: dict[str, int]) -> Callable[[Tagger], float] | None:
        """Slot F1 on the sentences kept apart, or None where they have no tags."""
        marked = [(sentence.tokens, sentence.tags) for sentence in self._dev if sentence.tags is not None]
        if len(marked) < 20:
            return None
        gold = [tags for _, tags in marked]
        reader = Reader(self._lexicon, index.get)
        rows: list[tuple[Bags, Floats | None]] = []
        for tokens, _ in marked:
            words = lower(tokens)
            rows.append((Bags.of(reader.rows(tokens, words, self._lexicon.matches(words))), self._dense(tokens)))
        return lambda tagger: slot_scores(gold, [tagger.tags(one, dense) for one, dense in rows])[0].f1

    # -- intents ---------------------------------------------------------------------------------------------------

    def _intents(
        self, pool: ThreadPoolExecutor
    ) -> tuple[dict[str, int], list[Future[intent.IntentNet]], Future[Floats] | None]:
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
        several = len(set(names)) > 1
        if not several:
            self._tell("intents: one only")

        def learn(k: int) -> intent.IntentNet:
            seed = options.seed + 1000 * k
            made = intent.train(rows, names, len(index), epochs=2 * EPOCHS * self._more, seed=seed, means=means)
            self._tell(f"intents: {k + 1}/{options.nets}")
            return made

        linear = pool.submit(intent.machine, rows, names, len(index), options.seed) if several else None
        return index, [pool.submit(learn, k) for k in range(options.nets if several else 1)], linear
