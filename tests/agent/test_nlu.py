"""Learning from a user's own sentences: accuracy on a small set, measures by hand, bad files, saving, determinism."""

from __future__ import annotations

import json
import unicodedata
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from agent.nlu import Model, load
from agent.nlu.crf import marginals
from agent.nlu.data import Sentence, read
from agent.nlu.metrics import calibration_error, report, slot_scores, spans
from agent.nlu.training import Options, train
from benchmarks.nlu_data import dataset
from core.errors import ConfigurationError, InputError

CITIES = ["hà nội", "đà nẵng", "huế", "cần thơ", "nha trang", "vinh"]


def small() -> list[Sentence]:
    """From one city to another, in two intents."""
    made = []
    for a in CITIES:
        for b in CITIES:
            for head, intent in (("tôi muốn bay", "flight"), ("giá vé", "airfare")):
                words = [*head.split(), "từ", *a.split(), "đến", *b.split()]
                tags = ["O"] * (len(head.split()) + 1)
                tags += ["B-from.city"] + ["I-from.city"] * (len(a.split()) - 1) + ["O"]
                tags += ["B-to.city"] + ["I-to.city"] * (len(b.split()) - 1)
                made.append(Sentence(tuple(words), intent, tuple(tags)))
    return made


@pytest.fixture(scope="module")
def model() -> Model:
    return train(small(), options=Options(epochs=4))


def test_learns_a_small_set_and_a_value_it_never_saw(model: Model) -> None:
    measured = model.evaluate(small())
    assert measured.intent_accuracy == 1.0
    assert measured.slot_f1 is not None
    assert measured.slot_f1 > 0.98
    said = model.predict("giá vé từ huế đến pleiku")
    assert said.intent == "airfare"
    assert [(slot.name, slot.text) for slot in said.slots] == [("from.city", "huế"), ("to.city", "pleiku")]


def test_decomposed_letters_and_empty_text(model: Model) -> None:
    assert model.predict(unicodedata.normalize("NFD", "giá vé từ huế đến vinh")) == model.predict(
        "giá vé từ huế đến vinh"
    )
    assert model.predict("").tags == ()


def test_saved_and_loaded_predicts_the_same(model: Model, tmp_path: Path) -> None:
    model.save(tmp_path / "m")
    again = load(tmp_path / "m")
    for sentence in small()[::7]:
        assert again.predict(" ".join(sentence.tokens)) == model.predict(" ".join(sentence.tokens))
    (tmp_path / "m" / "model.json").write_text("{}")
    with pytest.raises(ConfigurationError):
        load(tmp_path / "m")


def test_the_seed_decides(model: Model) -> None:
    again = train(small(), options=Options(epochs=4))
    assert model.tagger is not None
    assert again.tagger is not None
    assert np.array_equal(again.tagger.weights, model.tagger.weights)
    assert np.array_equal(again.intents.wide, model.intents.wide)


def test_without_tags_and_with_one_intent() -> None:
    plain = [Sentence(s.tokens, "flight", None) for s in small()[:30]]
    made = train(plain, options=Options(epochs=1))
    measured = made.evaluate(plain)
    assert (measured.intent_accuracy, measured.slot_f1, measured.sentence_accuracy) == (1.0, None, 1.0)


def test_marginals_equal_enumeration() -> None:
    rng = np.random.default_rng(1)
    scores = rng.normal(size=(1, 3, 2)).astype(np.float32)
    moves, starts = rng.normal(size=(2, 2)).astype(np.float32), rng.normal(size=2).astype(np.float32)
    both, pairs = np.zeros((3, 2)), np.zeros((2, 2))
    total = 0.0
    for path in np.ndindex(2, 2, 2):
        z = starts[path[0]] + sum(scores[0, t, k] for t, k in enumerate(path))
        weight = float(np.exp(z + moves[path[0], path[1]] + moves[path[1], path[2]]))
        total += weight
        for t, k in enumerate(path):
            both[t, k] += weight
        for a, b in pairwise(path):
            pairs[a, b] += weight
    padded = np.concatenate([scores, np.zeros((1, 2, 2), np.float32)], axis=1)
    found, counted = marginals(padded, np.array([3]), moves, starts)
    assert np.allclose(found[0, :3], both / total, atol=1e-5)
    assert np.allclose(counted, pairs / total, atol=1e-5)


def test_spans_as_conlleval_reads_them() -> None:
    assert spans(["I-a", "I-a", "I-b", "O", "B-b", "B-b", "I-b"]) == [
        (0, 2, "a"), (2, 3, "b"), (4, 5, "b"), (5, 7, "b"),
    ]  # fmt: skip


def test_measures_by_hand() -> None:
    gold = [["B-a", "I-a", "O", "B-b"], ["O", "B-b"]]
    said = [["B-a", "O", "O", "B-b"], ["O", "B-b"]]
    whole, each = slot_scores(gold, said)
    assert (whole.precision, whole.recall, whole.f1, whole.count) == pytest.approx((2 / 3, 2 / 3, 2 / 3, 3))
    assert (each["a"].f1, each["b"].f1) == (0.0, 1.0)
    made = report(["x", "y"], ["x", "x"], [0.9, 0.6], gold, said)
    assert (made.intent_accuracy, made.sentence_accuracy) == (0.5, 0.0)
    assert made.confusions == [("y", "x", 1)]
    assert made.calibration_error == pytest.approx((0.1 + 0.6) / 2)
    assert calibration_error([0.61, 0.65], [True, False]) == pytest.approx(0.13)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"text": "a b"', "JSON"),
        ("[1]", "đối tượng"),
        ('{"text": "a b", "tags": ["O", "O"]}', "intent"),
        ('{"text": "", "intent": "x"}', "text"),
        ('{"text": "a b", "intent": "x", "tags": ["O"]}', "2 từ"),
        ('{"text": "a b", "intent": "x", "tags": ["O", "S-x"]}', "BIO"),
        ('{"text": "a b", "intent": "x", "tags": "O O"}', "danh sách"),
        ('{"text": "a", "intent": "x", "intent": "y"}', "hai lần"),
    ],
)
def test_a_bad_line_is_told_with_its_place(tmp_path: Path, line: str, told: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "a", "intent": "x", "tags": ["O"]}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read(path)
    assert told in caught.value.vi
    assert caught.value.where == f"{path}:2"


def test_empty_missing_and_mixed_files(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    for text in ("", "\n \n", '{"text":"a","intent":"x"}\n{"text":"a","intent":"x","tags":["O"]}\n'):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InputError):
            read(path)
    with pytest.raises(InputError):
        read(tmp_path / "none.jsonl")


def test_commands(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from app.cli import app

    path, out = tmp_path / "a.jsonl", tmp_path / "r.json"
    rows = dataset("syllables", 16, test=False, seed=3)
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    given = ["nlu", "evaluate", "--train", str(path), "--dev", str(path), "--test", str(path), "--json", str(out)]
    assert CliRunner().invoke(app, given).exit_code == 0
    measured = json.loads(out.read_text(encoding="utf-8"))
    assert measured["intent_accuracy"] > 0.9
    assert measured["slot_f1"] > 0.9
    assert 0 <= measured["sentence_accuracy"] <= 1
    path.write_text("\n".join(path.read_text(encoding="utf-8").split("\n")[:6]), encoding="utf-8")
    assert CliRunner().invoke(app, ["nlu", "train", "--train", str(path), "--out", str(tmp_path / "m")]).exit_code == 0
    assert load(tmp_path / "m").predict(rows[0]["text"]).tags
