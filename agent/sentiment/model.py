"""A learnt classifier of texts: linear machines and small networks added up; predict, save, load."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from agent.sentiment.data import Example
from agent.sentiment.lexicon import find
from agent.sentiment.metrics import Report, report
from agent.sentiment.network import Encoder, Weights, committee
from agent.sentiment.views import named
from agent.sentiment.vocabulary import Floats, Vocabulary
from core.errors import ConfigurationError

FORMAT: Final = 1
LINEAR: Final = ("words", "letters", "words_present", "letters_present")
"""Weight tables: the view, and whether counts or bare presence are multiplied with them."""


@dataclass(frozen=True, slots=True)
class Guess:
    """The label of a text. ``shares`` adds up to one; ``confidence`` is the share of ``label``."""

    label: str
    confidence: float
    shares: dict[str, float]


class Classifier(Protocol):
    """What evaluation and calls need of any classifier, ours or a transformers folder."""

    @property
    def labels(self) -> tuple[str, ...]: ...

    def predict(self, text: str) -> Guess: ...


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """``tables`` by LINEAR: (columns, labels); ``networks`` as ``together`` makes them; ``lean`` moves decisions."""

    labels: tuple[str, ...]
    words: Vocabulary
    letters: Vocabulary
    tables: dict[str, Floats]
    encoder: Encoder
    networks: Weights
    network_weight: float
    bias: Floats
    lean: Floats

    def scores(self, text: str) -> Floats:
        """Calibrated logits of the labels."""
        tokens, words, letters = named(text)
        z = self.bias.copy()
        for name, table in self.tables.items():
            vocabulary, row = (self.words, words) if name.startswith("words") else (self.letters, letters)
            columns, values = vocabulary.row(row, binary=name.endswith("present"))
            z += values @ table[columns]
        if self.networks and self.network_weight:
            one = self.encoder.encode(tokens, find([token.text for token in tokens]))
            z += np.float32(self.network_weight) * committee(one, self.networks)
        return z

    def predict(self, text: str) -> Guess:
        """The label of one text."""
        z = self.scores(text)
        best = int((z + self.lean).argmax())
        share = np.exp(z - z.max())
        share /= share.sum()
        return Guess(self.labels[best], float(share[best]), dict(zip(self.labels, share.tolist(), strict=True)))

    def reasons(self, text: str, label: str, other: str) -> list[str]:
        """Words and pairs of words that speak most for ``label`` against ``other``, the strongest first."""
        _, words, _ = named(text)
        a, b = self.labels.index(label), self.labels.index(other)
        found: dict[str, float] = {}
        for feature in words:
            column = self.words.index.get(feature)
            if feature[0] not in "12" or column is None or feature[1] == "<" or feature.endswith(">"):
                continue
            found[feature[1:]] = sum(
                float(table[column, a] - table[column, b])
                * (1 if name.endswith("present") else self.words.rarity[column])
                for name, table in self.tables.items()
                if name.startswith("words")
            )
        return [word for word, gain in sorted(found.items(), key=lambda item: -item[1]) if gain > 0][:3]

    def save(self, folder: Path) -> None:
        """Writes ``model.json`` and ``weights.npz`` into ``folder``, which is made when it is not there."""
        held: dict[str, Any] = {
            "format": FORMAT,
            "labels": self.labels,
            "words": list(self.words.index),
            "letters": list(self.letters.index),
            "encoder": {"words": list(self.encoder.words), "plain": list(self.encoder.plain)},
            "network_weight": self.network_weight,
        }
        arrays: dict[str, Any] = {"bias": self.bias, "lean": self.lean}
        arrays |= {"rarity_words": self.words.rarity, "rarity_letters": self.letters.rarity}
        arrays |= {f"table_{name}": table.astype(np.float16) for name, table in self.tables.items()}
        arrays |= {f"net_{name}": w.astype(np.float16) for name, w in self.networks.items()}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            np.savez_compressed(folder / "weights.npz", **arrays)
            (folder / "model.json").write_text(json.dumps(held, ensure_ascii=False), encoding="utf-8")
        except OSError as error:
            raise ConfigurationError(
                f"Không ghi được mô hình: {error.strerror}. Hãy chọn thư mục ghi được.",
                f"Cannot write the model: {error.strerror}. Choose a folder that can be written.",
                where=str(folder),
            ) from error


def load(folder: Path | str) -> Model:
    """The model that ``Model.save`` wrote. Raises ConfigurationError when the folder holds none."""
    folder = Path(folder)
    try:
        held = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        if held["format"] != FORMAT:
            raise ValueError(f"format {held['format']}")
        with np.load(folder / "weights.npz", allow_pickle=False) as data:
            arrays = {name: data[name].astype(np.float32) for name in data.files}
        encoder = Encoder(
            {name: k + 2 for k, name in enumerate(held["encoder"]["words"])},
            {name: k + 2 for k, name in enumerate(held["encoder"]["plain"])},
        )
        networks = {name.partition("_")[2]: w for name, w in arrays.items() if name.startswith("net_")}
        return Model(
            tuple(held["labels"]),
            Vocabulary({name: k for k, name in enumerate(held["words"])}, arrays["rarity_words"]),
            Vocabulary({name: k for k, name in enumerate(held["letters"])}, arrays["rarity_letters"]),
            {name: arrays[f"table_{name}"] for name in LINEAR if f"table_{name}" in arrays},
            encoder,
            networks,
            float(held["network_weight"]),
            arrays["bias"],
            arrays["lean"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            "Thư mục không chứa mô hình dùng được. Hãy huấn luyện lại bằng `alo sentiment train`.",
            "The folder holds no usable model. Train it again with `alo sentiment train`.",
            where=str(folder),
        ) from error


def evaluate(model: Classifier, examples: Sequence[Example]) -> Report:
    """Measures of ``model`` on labelled texts."""
    said = [model.predict(example.text) for example in examples]
    return report(
        [example.label for example in examples], [one.label for one in said], [one.confidence for one in said]
    )
