"""A model of intents and slots: use it with ``predict``, keep it in a folder with ``save`` and ``load``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent.nlu.convolution import Convolution
from agent.nlu.crf import Tagger
from agent.nlu.data import Sentence, tokens
from agent.nlu.encoder import Encoder
from agent.nlu.features import lower, sentence_features
from agent.nlu.intent import IntentNet
from agent.nlu.lexicon import Lexicon
from agent.nlu.metrics import Report, report, spans
from agent.nlu.reader import Reader
from agent.nlu.sparse import Bags, Floats, numbers
from core.errors import ConfigurationError

FORMAT = 2


@dataclass(frozen=True, slots=True)
class Slot:
    """A value found: its name and text, first token and the token after the last."""

    name: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Understood:
    """What a sentence means. ``confidence`` 0 … 1 is calibrated; ``tags`` has one BIO tag per whitespace token."""

    intent: str
    confidence: float
    tags: tuple[str, ...]
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """``tagger`` is None where the training data had no tags; then every token is O."""

    lexicon: Lexicon
    intent_index: dict[str, int]
    intents: IntentNet
    tag_index: dict[str, int]
    tagger: Tagger | None
    encoder: Encoder | None = None
    """Whose vectors the weights were learnt with; None for a model that needs numpy alone."""
    _reader: Reader = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_reader", Reader(self.lexicon, self.tag_index.get))

    def predict(self, text: str) -> Understood:
        """The intent and the slots of one sentence."""
        said = tokens(text)
        tags, row, mean = self._read(said)
        share = self.intents.probabilities(row, mean)
        best = int(share.argmax())
        slots = tuple(Slot(name, " ".join(said[a:b]), a, b) for a, b, name in spans(tags))
        return Understood(self.intents.intents[best], float(share[best]), tags, slots)

    def _read(self, said: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.int32], Floats | None]:
        """Tags, features for the intent, and the encoder's mean vector."""
        words = lower(said)
        matches = self.lexicon.matches(words)
        dense = self.encoder.vectors(said) if self.encoder is not None and said else None
        tags: tuple[str, ...] = ("O",) * len(said)
        if self.tagger is not None:
            tags = self.tagger.tags(Bags.of(self._reader.rows(said, words, matches)), dense)
        row = numbers(sentence_features(words, matches, spans(tags)), self.intent_index)
        return tags, row, None if dense is None else dense.mean(0)

    def calibrated(self, sentences: Sequence[Sentence]) -> Model:
        """With confidence fitted to sentences that were kept apart."""
        read = [self._read(sentence.tokens) for sentence in sentences]
        names = [sentence.intent for sentence in sentences]
        net = self.intents.calibrated([row for _, row, _ in read], names, [mean for _, _, mean in read])
        return replace(self, intents=net)

    def evaluate(self, sentences: Sequence[Sentence]) -> Report:
        """Measures on labelled sentences. Slots are left out where model or data have no tags."""
        said = [self.predict(" ".join(sentence.tokens)) for sentence in sentences]
        tags = [sentence.tags for sentence in sentences if sentence.tags is not None]
        return report(
            [sentence.intent for sentence in sentences],
            [one.intent for one in said],
            [one.confidence for one in said],
            tags if len(tags) == len(sentences) else None,
            [one.tags for one in said],
        )

    def save(self, folder: Path) -> None:
        """Writes ``model.json`` and ``weights.npz`` into ``folder``, which is made when it is not there."""
        words = self.lexicon
        made: dict[str, Any] = {
            "format": FORMAT,
            "known": sorted(words.known),
            "triggers": sorted(words.triggers),
            "clusters": words.clusters,
            "repairs": words.repairs,
            "values": [[list(phrase), kinds] for phrase, kinds in words.values.items()],
            "intents": self.intents.intents,
            "heat": self.intents.heat,
            "intent_features": list(self.intent_index),
            "tag_features": list(self.tag_index),
            "labels": self.tagger.labels if self.tagger else None,
            "local": self.tagger.local if self.tagger else 0,
            "networks": len(self.tagger.deep) if self.tagger else 0,
            "encoder": str(self.encoder.folder) if self.encoder else None,
        }
        arrays: dict[str, Any] = {"wide": self.intents.wide, "deep": self.intents.deep, "out": self.intents.out}
        if self.intents.enter is not None:
            arrays["enter"] = self.intents.enter
        if self.tagger:
            arrays |= {"weights": self.tagger.weights, "moves": self.tagger.moves, "starts": self.tagger.starts}
            for k, network in enumerate(self.tagger.deep):
                arrays |= {f"deep{k}.{name}": value for name, value in network.arrays().items()}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            np.savez_compressed(folder / "weights.npz", **arrays)
            text = json.dumps(made, ensure_ascii=False)
            (folder / "model.json").write_text(text, encoding="utf-8")
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
            arrays = {name: data[name] for name in data.files}
        values = {tuple(phrase): kinds for phrase, kinds in held["values"]}
        clusters = {word: (a, b) for word, (a, b) in held["clusters"].items()}
        lexicon = Lexicon(frozenset(held["known"]), frozenset(held["triggers"]), clusters, values, held["repairs"])
        tagger = None
        if held["labels"] is not None:
            networks = [
                Convolution.of({n.partition(".")[2]: v for n, v in arrays.items() if n.startswith(f"deep{k}.")})
                for k in range(held["networks"])
            ]
            tagger = Tagger(
                tuple(held["labels"]), arrays["weights"], arrays["moves"], arrays["starts"], held["local"], (*networks,)
            )
        net = IntentNet(
            tuple(held["intents"]), arrays["wide"], arrays["deep"], arrays["out"], held["heat"], arrays.get("enter")
        )
        indices = [{name: k for k, name in enumerate(held[key])} for key in ("intent_features", "tag_features")]
        encoder = Encoder.open(Path(held["encoder"])) if held["encoder"] else None
        return Model(lexicon, indices[0], net, indices[1], tagger, encoder)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            "Thư mục không chứa mô hình dùng được. Hãy huấn luyện lại bằng `alo nlu train`.",
            "The folder holds no usable model. Train it again with `alo nlu train`.",
            where=str(folder),
        ) from error
