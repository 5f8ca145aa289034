"""A local transformers encoder under alo nlu: real loading and real vectors, of a tiny random BERT made on the spot."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from agent.nlu import load
from agent.nlu.encoder import Encoder
from agent.nlu.training import Options, train
from core.errors import ConfigurationError
from tests.agent.test_nlu import small

pytest.importorskip("torch")
pytest.importorskip("transformers")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from transformers import BertConfig, BertModel, BertTokenizer

    made = tmp_path_factory.mktemp("encoder")
    letters = sorted({c for sentence in small() for token in sentence.tokens for c in token})
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{c}" for c in letters)]
    (made / "vocab.txt").write_text("\n".join(pieces), encoding="utf-8")
    config = BertConfig(
        vocab_size=len(pieces), hidden_size=24, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=40,
    )  # fmt: skip
    BertModel(config).save_pretrained(made)
    BertTokenizer(str(made / "vocab.txt"), do_lower_case=False, strip_accents=False).save_pretrained(made)
    return made


def test_one_vector_for_each_token(folder: Path) -> None:
    encoder = Encoder.open(folder)
    one = encoder.vectors(["từ", "hà", "nội"])
    assert one.shape == (3, 24)
    assert np.isfinite(one).all()
    assert not np.allclose(one[1], encoder.vectors(["hà"])[0], atol=1e-3)  # the neighbours count
    assert encoder.vectors(["hà"] * 60).shape == (60, 24)  # longer than it can see


def test_learns_saves_and_loads_with_it(folder: Path, tmp_path: Path) -> None:
    model = train(small(), options=Options(epochs=4, taggers=1, nets=1, encoder=Encoder.open(folder)))
    assert model.evaluate(small()).intent_accuracy == 1.0
    assert model.tagger is not None
    assert model.tagger.deep[0].enter is not None
    model.save(tmp_path)
    assert load(tmp_path).predict("giá vé từ huế đến vinh") == model.predict("giá vé từ huế đến vinh")


def test_a_folder_that_holds_none_is_told(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "list").mkdir()
    (tmp_path / "list" / "config.json").write_text("[]")
    shutil.copytree(folder, tmp_path / "garbled")
    (tmp_path / "garbled" / "model.safetensors").write_bytes(b"garbage" * 9)
    shutil.copytree(folder, tmp_path / "no weights")
    (tmp_path / "no weights" / "model.safetensors").unlink()
    for name in ("missing", "file", "list", "garbled", "no weights"):
        with pytest.raises(ConfigurationError, match="bộ mã hóa") as told:
            Encoder.open(tmp_path / name)
        assert name in str(told.value)
