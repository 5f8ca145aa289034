"""Measures the shipped model on test.yaml: python -m models.intents.evaluate [--show]"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from pathlib import Path

import yaml

from agent.brain.classifier import IntentModel
from models.intents.corrupt import corrupt

HERE = Path(__file__).parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--model", type=Path, default=HERE / "intents.npz")
    options = parser.parse_args()
    model = IntentModel.load(options.model)
    wanted: dict[str, list[str]] = yaml.safe_load((HERE / "test.yaml").read_text(encoding="utf-8"))
    for rate in (0.0, 0.1, 0.2):
        rng = random.Random(1)
        right = wrong_and_sure = total = 0
        confused: Counter[tuple[str, str]] = Counter()
        started = time.perf_counter()
        for intent, sentences in wanted.items():
            for sentence in sentences:
                chances = model.probabilities(corrupt(sentence, rate, rng))
                found = max(chances, key=lambda name: chances[name])
                right += found == intent
                total += 1
                if found != intent:
                    wrong_and_sure += chances[found] >= 0.5 and found != "other"
                    confused[intent, found] += 1
                    if options.show and not rate:
                        print(f"{intent:15} {found:15} {chances[found]:.2f} {chances[intent]:.2f}  {sentence}")
        took = (time.perf_counter() - started) / total * 1000
        print(
            f"{rate:.0%} of syllables wrong: {right}/{total} = {right / total:.1%} leading intent right, "
            f"{wrong_and_sure / total:.1%} wrong and believed, {took:.2f} ms a sentence"
        )


if __name__ == "__main__":
    main()
