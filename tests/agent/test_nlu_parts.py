"""Parts of the learner on their own: gradients of the network, signs of repairs, data without intents."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agent.nlu import convolution
from agent.nlu.convolution import Learner
from agent.nlu.copies import copy_features
from agent.nlu.data import NO_INTENT, read
from agent.nlu.lexicon import Lexicon
from agent.nlu.metrics import report
from agent.nlu.sparse import AdaGrad, Bags, Block
from core.errors import InputError


def test_gradient_of_the_network_by_differences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convolution, "DROP", 0.0)
    rng = np.random.default_rng(0)
    learner = Learner(20, 5, rng)
    rows = [np.sort(rng.choice(20, 4, replace=False)).astype(np.int32) for _ in range(9)]
    alive = np.arange(5)[None] < np.array([5, 4])[:, None]
    sizes, wanted = np.full(9, 4, np.float32), rng.normal(size=(9, 5)).astype(np.float32)

    def loss() -> float:
        return float((learner.forward(Block(rows), sizes, alive) * wanted).sum())

    caught: list[np.ndarray] = []

    def keep(_self: Block, _learner: AdaGrad, error: np.ndarray, _scale: float) -> None:
        caught.append(error.copy())

    monkeypatch.setattr(Block, "descend", keep)
    monkeypatch.setattr(convolution.Adam, "step", lambda *_: None)
    loss()
    learner.backward(wanted, 1.0)
    weights = learner.now().embed
    for feature, column in ((int(rows[2][1]), 7), (int(rows[6][0]), 40)):
        before = weights[feature, column]
        weights[feature, column] = before + 1e-2
        above = loss()
        weights[feature, column] = before - 1e-2
        below = loss()
        weights[feature, column] = before
        gradient = sum(caught[0][r, column] for r in range(9) if feature in rows[r])
        assert (above - below) / 2e-2 == pytest.approx(gradient, abs=5e-3)
    whole = learner.forward(Block(rows), sizes, alive)
    assert np.allclose(whole[:5], learner.now().scores(Bags.of(rows[:5])), atol=1e-5)


def test_signs_of_a_repair_point_at_what_is_taken_back() -> None:
    words = ["từ", "hà", "nội", "à", "không", "từ", "đà", "nẵng"]
    lexicon = Lexicon(frozenset(words), frozenset(), {}, {("à", "không"): {"IM": 9}}, repairs=True)
    signs = copy_features(words, lexicon, lexicon.matches(words))
    assert "yIMin 0 w" in signs[0]
    assert any(sign.startswith("yIMin 2") for sign in signs[2])
    assert any(sign.startswith("yIMimw") for sign in signs[3])
    assert not any(sign.startswith("yIMin") for sign in signs[6])


def test_a_file_without_intents(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "a b", "tags": ["O", "B-x"]}\n{"text": "c", "intent": null, "tags": ["O"]}\n', "utf-8")
    assert [sentence.intent for sentence in read(path)] == [NO_INTENT, NO_INTENT]
    assert report(["", ""], ["", ""], [1.0, 1.0], None, [(), ()]).intent_accuracy is None
    path.write_text('{"text": "a", "intent": "x"}\n{"text": "b"}\n', "utf-8")
    with pytest.raises(InputError) as caught:
        read(path)
    assert caught.value.where == f"{path}:2"
