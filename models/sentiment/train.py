"""Trains the shipped classifier of callers' turns: python -m models.sentiment.train [--out models/sentiment]

Words come from examples.yaml and, for calm turns, from the intents' examples; many are garbled the way a telephone
recogniser does. Prints how it does on test.yaml, which it never learns from.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from agent.sentiment import learner
from agent.sentiment.data import Example
from agent.sentiment.model import evaluate
from models.intents.corrupt import corrupt
from models.intents.expand import decorate, expand, regional

HERE = Path(__file__).parent
HEATED = frozenset({"anger", "abuse", "legal_threat"})
"""Intents whose examples are no calm turns."""
PER_PATTERN = 26
CALM_PER_PATTERN = 7
GARBLED = 0.45
"""Share of turns with sounds and tones wrong."""
ANSWERS = (
    "ờ đúng rồi {b}", "ừ {s} đây", "dạ phải", "được {b}", "không {b}", "{s} nghe đây có gì không", "ừ ngày mai nhé",
)  # fmt: skip
"""What calm people add to a remark about something else."""
BARE = 0.12
"""Share of turns without marks, as in chat."""


def examples(seed: int = 0) -> list[Example]:
    """Labelled turns, clean and garbled."""
    rng = random.Random(seed)
    own = yaml.safe_load((HERE / "examples.yaml").read_text(encoding="utf-8"))
    intents = yaml.safe_load((HERE.parent / "intents" / "examples.yaml").read_text(encoding="utf-8"))
    made: list[Example] = []
    for label, patterns in own.items():
        made += _turns(patterns, label, PER_PATTERN, rng)
    for intent, patterns in intents.items():
        if intent not in HEATED:
            made += _turns(patterns, "calm", CALM_PER_PATTERN, rng)
    background = (HERE.parent / "intents" / "background.txt").read_text(encoding="utf-8").splitlines()
    made += [Example(line, "calm") for line in background if line and not line.startswith("#")]
    calm = [one.text for one in made if one.label == "calm"]
    made += [
        Example(", ".join(rng.sample([text, expand(rng.choice(ANSWERS), rng)], 2)), "calm")
        for text in rng.sample(calm, len(calm) // 5)
    ]
    joined = [
        Example(" ".join(rng.sample([one.text, rng.choice(calm)], 2)), one.label)
        for one in made
        if one.label != "calm" and rng.random() < 0.35
    ]
    return list(dict.fromkeys(one for one in made + joined if one.text.strip()))


def _turns(patterns: Sequence[str], label: str, each: int, rng: random.Random) -> list[Example]:
    made = []
    for pattern in patterns:
        for _ in range(each):
            text = decorate(regional(expand(pattern, rng), rng), rng)
            if rng.random() < GARBLED:
                text = corrupt(text, rng.choice((0.1, 0.2, 0.3)), rng)
            elif rng.random() < BARE:
                text = _bare(text)
            made.append(Example(text, label))
    return made


def _bare(text: str) -> str:
    from speech.text.normalize import strip_marks

    return strip_marks(text)


def held_out() -> list[Example]:
    """The turns of test.yaml."""
    found: Mapping[str, Sequence[str]] = yaml.safe_load((HERE / "test.yaml").read_text(encoding="utf-8"))
    return [Example(text, label) for label, texts in found.items() for text in texts]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rows = examples(options.seed)
    model = learner.train(rows, seed=options.seed, networks=False, at_least=4, tell=print)
    model.save(options.out)
    result = evaluate(model, held_out())
    print(f"{len(rows)} turns; held out: accuracy {result.accuracy:.3f} macro F1 {result.macro_f1:.3f}")
    for row in held_out():
        guess = model.predict(row.text)
        if guess.label != row.label:
            print(f"  {row.label:8} {guess.label:8} {guess.confidence:.2f}  {row.text}")


if __name__ == "__main__":
    main()
