"""Writes background.txt, what flows' own intents are told apart from: python -m models.intents.background

Sentences of examples.yaml in regional words and with fillers, those out of scope (``other``) eight a pattern.
"""

from __future__ import annotations

import random
from pathlib import Path

import yaml

from models.intents.expand import decorate, expand, regional

HERE = Path(__file__).parent
HEAD = "# Made by models/intents/background.py from examples.yaml: what own intents are told apart from"


def sentences(seed: int = 11) -> list[str]:
    """Distinct sentences in a fixed random order."""
    patterns: dict[str, list[str]] = yaml.safe_load((HERE / "examples.yaml").read_text("utf-8"))
    rng = random.Random(seed)
    made = {
        decorate(regional(expand(line, rng), rng), rng)
        for intent, lines in patterns.items()
        for line in lines
        for _ in range(8 if intent == "other" else 3)
    }
    mixed = sorted(made)
    rng.shuffle(mixed)
    return mixed


if __name__ == "__main__":
    (HERE / "background.txt").write_text("\n".join([HEAD, *sentences()]) + "\n", encoding="utf-8")
