"""Intents, slots and repairs learnt from made-up data: python -m benchmarks.nlu [--train 4500] [--test 900] [--noise R]

"seen" draws from what training draws from, "unseen" also from patterns and values kept away from training. With --noise
so many intents of the training part are wrong and twice as many words everywhere lack a letter. Times are CPU seconds
and milliseconds of this process. With --peers, and where scikit-learn and sklearn-crfsuite are installed, their linear
SVM on TF-IDF of one and two words and their plain CRF (words, neighbours, affixes) learn the same sentences.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from agent.nlu.data import Sentence
from agent.nlu.metrics import slot_scores
from agent.nlu.training import Options, train
from benchmarks.nlu_data import dataset


def sentences(kind: str, count: int, *, test: bool, seed: int) -> list[Sentence]:
    """Generated rows as the trainer takes them."""
    rows = dataset(kind, count, test=test, seed=seed)
    return [Sentence(tuple(row["text"].split()), row["intent"], tuple(row["tags"])) for row in rows]


def noisy(rows: Sequence[Sentence], rate: float, seed: int, *, labels: bool = True) -> list[Sentence]:
    """Some intents wrong (the first part of a joined one, or any), words that lack a letter."""
    rng = random.Random(seed)
    names = sorted({row.intent for row in rows})

    def word(token: str) -> str:
        place = rng.randrange(len(token))
        return token[:place] + token[place + 1 :] if len(token) > 2 and rng.random() < 2 * rate else token

    made = []
    for row in rows:
        intent = row.intent
        if labels and rng.random() < rate:
            intent = rng.choice((intent.partition("#")[0], rng.choice(names)))
        made.append(Sentence(tuple(map(word, row.tokens)), intent, row.tags))
    return made


def peers(learn: Sequence[Sentence], apart: Sequence[Sentence]) -> tuple[float, float]:
    """(intent accuracy of the SVM, slot F1 of the CRF); 0 for what is not installed."""
    right, f1 = 0.0, 0.0
    with suppress(ImportError):
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.pipeline import make_pipeline
        from sklearn.svm import LinearSVC

        words = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"\S+")
        fitted = make_pipeline(words, LinearSVC()).fit(map(_text, learn), [one.intent for one in learn])
        right = float(np.mean(fitted.predict(list(map(_text, apart))) == [one.intent for one in apart]))
    with suppress(ImportError):
        import sklearn_crfsuite

        field = sklearn_crfsuite.CRF(c1=0.1, c2=0.01, max_iterations=60)
        field.fit([_plain(one.tokens) for one in learn], [list(one.tags or ()) for one in learn])
        said = field.predict([_plain(one.tokens) for one in apart])
        f1 = slot_scores([one.tags or () for one in apart], said)[0].f1
    return right, f1


def _text(one: Sentence) -> str:
    return " ".join(one.tokens)


def _plain(tokens: Sequence[str]) -> list[dict[str, str]]:
    """The usual features of a CRF: the word, its ends, two neighbours to each side and the pairs with them."""
    w = ["", "", *tokens, "", ""]
    return [
        {
            "w": w[k], "p": w[k][:2], "s": w[k][-2:], "-1": w[k - 1], "-2": w[k - 2], "+1": w[k + 1], "+2": w[k + 2],
            "-1w": f"{w[k - 1]} {w[k]}", "w+1": f"{w[k]} {w[k + 1]}",
        }
        for k in range(2, len(w) - 2)
    ]  # fmt: skip


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--train", type=int, default=4500)
    arguments.add_argument("--test", type=int, default=900)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--kinds", nargs="*", default=["syllables", "words", "repairs"])
    arguments.add_argument("--noise", type=float, default=0.0)
    arguments.add_argument("--peers", action="store_true")
    wanted = arguments.parse_args()
    print("data       split   intent   slot F1  sentence  ECE     train CPU s  CPU ms/sentence p50  p95", flush=True)
    for kind in wanted.kinds:
        learn = noisy(sentences(kind, wanted.train, test=False, seed=wanted.seed), wanted.noise, wanted.seed)
        started = time.process_time()
        model = train(learn, sentences(kind, 500, test=False, seed=wanted.seed + 1), Options(seed=wanted.seed))
        seconds = time.process_time() - started
        for name, unseen in (("seen", False), ("unseen", True)):
            apart = sentences(kind, wanted.test, test=unseen, seed=wanted.seed + 2)
            apart = noisy(apart, wanted.noise, wanted.seed + 2, labels=False)
            times = []
            for one in apart[:300]:
                begun = time.process_time()
                model.predict(" ".join(one.tokens))
                times.append((time.process_time() - begun) * 1000)
            r = model.evaluate(apart)
            print(
                f"{kind:10} {name:7} {r.intent_accuracy or 0:7.2%}  {r.slot_f1 or 0:7.2%}  {r.sentence_accuracy:7.2%}  "
                f"{r.calibration_error:6.2%}  {seconds:11.1f}  "
                f"{np.median(times):19.2f}  {np.percentile(times, 95):.2f}",
                flush=True,
            )
            if wanted.peers:
                right, f1 = peers(learn, apart)
                print(f"{'':10} {'':7} {right:7.2%}  {f1:7.2%}  (linear SVM, plain CRF)", flush=True)


if __name__ == "__main__":
    main()
