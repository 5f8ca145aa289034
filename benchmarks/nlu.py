"""Intents, slots and repairs learnt from made-up data: python -m benchmarks.nlu [--train 4500] [--test 900]

"seen" draws from what training draws from, "unseen" also from patterns and values kept away from training. Times are
CPU seconds and milliseconds of this process.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from agent.nlu.data import Sentence
from agent.nlu.training import Options, train
from benchmarks.nlu_data import dataset


def sentences(kind: str, count: int, *, test: bool, seed: int) -> list[Sentence]:
    """Generated rows as the trainer takes them."""
    rows = dataset(kind, count, test=test, seed=seed)
    return [Sentence(tuple(row["text"].split()), row["intent"], tuple(row["tags"])) for row in rows]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--train", type=int, default=4500)
    arguments.add_argument("--test", type=int, default=900)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--kinds", nargs="*", default=["syllables", "words", "repairs"])
    wanted = arguments.parse_args()
    print("data       split   intent   slot F1  sentence  ECE     train CPU s  CPU ms/sentence p50  p95", flush=True)
    for kind in wanted.kinds:
        learn = sentences(kind, wanted.train, test=False, seed=wanted.seed)
        started = time.process_time()
        model = train(learn, sentences(kind, 500, test=False, seed=wanted.seed + 1), Options(seed=wanted.seed))
        seconds = time.process_time() - started
        for name, unseen in (("seen", False), ("unseen", True)):
            apart = sentences(kind, wanted.test, test=unseen, seed=wanted.seed + 2)
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


if __name__ == "__main__":
    main()
