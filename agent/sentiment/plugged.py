"""A classifier from a folder: ours (``alo sentiment train``) or one that ``transformers`` saved. No download."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from agent.sentiment import model
from agent.sentiment.model import Classifier, Guess
from core.errors import ConfigurationError

MOST_TOKENS: Final = 256


def classifier_in(folder: Path) -> Classifier:
    """What ``folder`` holds. Raises ConfigurationError when it holds no classifier, or torch is missing for it."""
    if (folder / "model.json").is_file():
        return model.load(folder)
    if (folder / "config.json").is_file():
        return TransformersClassifier(folder)
    raise ConfigurationError(
        "Thư mục không có mô hình: cần model.json (alo sentiment train) hoặc config.json (transformers).",
        "The folder holds no model: it needs model.json (alo sentiment train) or config.json (transformers).",
        where=str(folder),
    )


class TransformersClassifier:
    """A sequence classifier with its tokenizer from a local folder; labels are the folder's own ``id2label``."""

    def __init__(self, folder: Path) -> None:
        try:
            import torch
            from safetensors import SafetensorError
            from transformers import AutoModelForSequenceClassification, AutoTokenizer
        except ImportError as error:
            raise ConfigurationError(
                "Mô hình này cần torch và transformers. Hãy cài: pip install torch transformers.",
                "This model needs torch and transformers. Install: pip install torch transformers.",
                where=str(folder),
            ) from error
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            self._model: Any = AutoModelForSequenceClassification.from_pretrained(folder, local_files_only=True).eval()
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, EOFError, SafetensorError) as error:
            raise ConfigurationError(
                f"Không nạp được mô hình transformers trong thư mục: {str(error)[:200]}",
                f"The transformers model in the folder cannot be loaded: {str(error)[:200]}",
                where=str(folder),
            ) from error
        self._torch = torch
        names = self._model.config.id2label
        self._labels = tuple(str(names[k]) for k in range(len(names)))

    @property
    def labels(self) -> tuple[str, ...]:
        """In the order of the model's outputs."""
        return self._labels

    def predict(self, text: str) -> Guess:
        """The most probable label."""
        tokens = self._tokenizer(text, truncation=True, max_length=MOST_TOKENS, return_tensors="pt")
        with self._torch.inference_mode():
            share = self._model(**tokens).logits[0].softmax(-1).tolist()
        best = max(range(len(share)), key=share.__getitem__)
        return Guess(self._labels[best], share[best], dict(zip(self._labels, share, strict=True)))
