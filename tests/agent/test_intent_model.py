"""The shipped intent model on sentences it was not trained on."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import yaml

from agent.brain.classifier import IntentModel, shipped_model
from agent.brain.intents import INTENTS
from core.artifacts import artifact
from models.intents.corrupt import corrupt
from models.intents.expand import expand, regional


def sentences() -> list[tuple[str, str]]:
    table = yaml.safe_load(artifact("models", "intents", "test.yaml").read_text(encoding="utf-8"))
    return [(intent, text) for intent, texts in table.items() for text in texts]


@pytest.mark.parametrize(("rate", "least"), [(0.0, 0.88), (0.15, 0.82)])
def test_accuracy(rate: float, least: float) -> None:
    rng = random.Random(3)
    right = 0
    for intent, text in sentences():
        chances = shipped_model().probabilities(corrupt(text, rate, rng))
        right += max(chances, key=lambda name: chances[name]) == intent
    assert right / len(sentences()) >= least


def test_knows_only_named_intents() -> None:
    assert set(shipped_model().intents) <= set(INTENTS)


def test_small_and_without_pickles(tmp_path: Path) -> None:
    path = artifact("models", "intents", "intents.npz")
    assert path.stat().st_size < 2_000_000
    assert IntentModel.load(path).probabilities("")["affirm"] == 0.0


def test_patterns_expand_fully() -> None:
    rng = random.Random(1)
    patterns = yaml.safe_load(artifact("models", "intents", "examples.yaml").read_text(encoding="utf-8"))
    for lines in patterns.values():
        for line in lines:
            text = regional(expand(line, rng), rng)
            assert not set(text) & set("(){}|"), line
            assert text == text.strip()
