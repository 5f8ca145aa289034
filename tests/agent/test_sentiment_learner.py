"""Labelled CSVs in, a classifier and its measures out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from agent.sentiment import learner, model
from agent.sentiment.data import Example, read
from agent.sentiment.lexicon import denied, find
from agent.sentiment.linear import machine, scores
from agent.sentiment.metrics import report
from agent.sentiment.network import Encoder, committee, log_probabilities, together
from agent.sentiment.network_training import train as train_network
from agent.sentiment.plugged import classifier_in
from agent.sentiment.tokens import tokenize
from agent.sentiment.vocabulary import Rows, Vocabulary
from app.cli import app
from benchmarks.sentiment_data import bank
from core.errors import AloError, ConfigurationError, InputError


def words(text: str) -> list[str]:
    return [token.text for token in tokenize(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("quáaaa đẹp luônnn", ["quá", "đẹp", "luôn"]),
        ("ko dc vui", ["không", "được", "vui"]),
        ("hoà nhã", ["hòa", "nhã"]),
        ("buồn :((((( 😭😭", ["buồn", ":((", "😭", "😭"]),
        ("tốt!!! 0901 234", ["tốt", "!!!", "0000", "000"]),
        ("học_phần", ["học", "phần"]),
        ("", []),
    ],
)
def test_tokens_have_one_spelling(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_negation_reaches_its_clause_only() -> None:
    said = words("không vui chút nào, nhưng đẹp 😂")
    assert [word for word, no in zip(said, denied(said), strict=True) if no] == ["vui", "chút", "nào"]
    assert [(hit.phrase, hit.negated) for hit in find(words("không hài lòng"))] == [("hài lòng", True)]
    assert not any(hit.negated for hit in find(words("không chỉ nhiệt tình")))


def test_files_with_bom_quotes_newlines_numbers_and_empty_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes('\ufeffText,LABEL,x\n"có, phẩy\nxuống dòng",1.0,\n,2,\n\nđẹp,\n"nói ""hay""",2,\n'.encode())
    with pytest.raises(InputError, match=r"a\.csv:3:1"):  # three of five are empty
        read(path)
    path.write_bytes(path.read_bytes() + "rất tốt,2,\n".encode() * 20)
    found = read(path)
    assert found.rows[0] == Example("có, phẩy\nxuống dòng", "1")
    assert found.rows[1] == Example('nói "hay"', "2")
    assert [one.where.removeprefix(str(path)) for one in found.skipped] == [":3:1", ":4:1", ":5:2"]
    assert found.labels == ("1", "2")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "text"), (b"text,label\n", "text"), (b"a,b\n1,2\n", "Thi\u1ebfu c\u1ed9t".encode().decode()),
        (b"text,label\n\xff\xfe,1\n", ":2:1"), (b'text,label\n"a,1\n', ":2:1"),
    ],
)  # fmt: skip
def test_unusable_files_are_told_with_their_place(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read(path)
    assert message in caught.value.message()


def test_measures_agree_with_hand_counts() -> None:
    r = report(["a", "a", "b", "c"], ["a", "b", "b", "b"], [1.0, 1.0, 1.0, 1.0])
    assert r.accuracy == 0.5
    assert r.per_label["a"].f1 == pytest.approx(2 / 3)
    assert r.macro_f1 == pytest.approx((2 / 3 + 0.5 + 0) / 3)
    assert r.weighted_f1 == pytest.approx((2 * 2 / 3 + 0.5 + 0) / 4)
    assert r.confusion == ((1, 1, 0), (0, 1, 0), (0, 1, 0))


def test_a_machine_separates_what_can_be_separated() -> None:
    named = [["x", "n"], ["x"], ["y", "n"], ["y"]] * 5
    vocabulary = Vocabulary.build(named, 1)
    rows = vocabulary.rows(named)
    gold = np.array([0, 0, 1, 1] * 5)
    weights = machine(rows, gold, 2, vocabulary.width, 1.0, 0.5, False, 0)
    assert (scores(rows, weights).argmax(1) == gold).all()
    some = rows.some(np.array([3, 0]))
    assert isinstance(some, Rows)
    assert (scores(some, weights).argmax(1) == [1, 0]).all()


def test_the_committee_says_what_its_networks_say_in_batches() -> None:
    texts = [tokenize(text) for text, _ in bank(60, "train")]
    encoder = Encoder.build(texts)
    coded = [encoder.encode(one, find([token.text for token in one])) for one in texts]
    nets = [train_network(coded, np.arange(60) % 3, 3, encoder, epochs=1, seed=seed) for seed in (1, 2)]
    again = train_network(coded, np.arange(60) % 3, 3, encoder, epochs=1, seed=1)
    assert np.array_equal(again["out"], nets[0]["out"])
    batch = np.mean([log_probabilities(coded, net) for net in nets], 0)
    single = np.stack([committee(one, together(nets)) for one in coded])
    assert np.allclose(batch, single, atol=1e-4)


def test_learns_saves_and_loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learner, "FOLDS", 2)
    monkeypatch.setattr(learner, "epochs_for", lambda _: 3)
    rows = [Example(*row) for row in bank(300, "train")]
    made = learner.train(rows, seed=3)
    made.save(tmp_path)
    same = classifier_in(tmp_path)
    test = [Example(*row) for row in bank(100, "test")]
    result = model.evaluate(made, test)
    assert result.accuracy > 0.7
    for row in test[:20]:
        one, other = made.predict(row.text), same.predict(row.text)
        assert one.label == other.label
        assert one.confidence == pytest.approx(other.confidence, abs=0.02)
        assert sum(one.shares.values()) == pytest.approx(1, abs=1e-4)
    assert made.predict("").label in made.labels
    (tmp_path / "model.json").write_text("{}")
    with pytest.raises(ConfigurationError):
        classifier_in(tmp_path)
    with pytest.raises(InputError):
        learner.train([Example("a", "x")] * 5)


def test_command_writes_its_measures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learner, "FOLDS", 2)
    monkeypatch.setattr(learner, "epochs_for", lambda _: 2)
    for name, count in (("train", 200), ("test", 40)):
        lines = [f'"{text}",{label}' for text, label in bank(count, name)]
        (tmp_path / f"{name}.csv").write_text("\n".join(["text,label", *lines, ",x"]), encoding="utf-8")
    out = tmp_path / "out.json"
    given = ["--train", str(tmp_path / "train.csv"), "--test", str(tmp_path / "test.csv"), "--json", str(out)]
    result = CliRunner().invoke(app, ["sentiment", "evaluate", *given])
    assert result.exit_code == 0, result.output
    held = json.loads(out.read_text())
    assert {"accuracy", "macro_f1", "weighted_f1", "confusion", "per_label", "calibration_error"} <= set(held)
    assert held["skipped"] == [f"{tmp_path / 'test.csv'}:42:1"]
    assert isinstance(CliRunner().invoke(app, ["sentiment", "evaluate", "--test", given[3]]).exception, AloError)


def test_a_transformers_folder_plugs_in(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    (tmp_path / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "tốt", "tệ", "quá"]))
    transformers.BertTokenizerFast(vocab_file=str(tmp_path / "vocab.txt"), strip_accents=False).save_pretrained(
        tmp_path
    )
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    config = transformers.BertConfig(
        vocab_size=8, id2label={0: "chê", 1: "khen"}, label2id={"chê": 0, "khen": 1}, **sizes
    )
    transformers.BertForSequenceClassification(config).save_pretrained(tmp_path)
    plugged = classifier_in(tmp_path)
    assert plugged.labels == ("chê", "khen")
    guess = plugged.predict("tốt quá")
    assert guess.label in plugged.labels
    assert sum(guess.shares.values()) == pytest.approx(1, abs=1e-5)
