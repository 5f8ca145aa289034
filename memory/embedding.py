"""Vectors for texts, where a business has an embedding model: an OpenAI-compatible service, or a folder on disk.

Nothing here runs unless it is configured; full text needs none of it.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigurationError

Vectors = NDArray[np.float32]
_MOST_BYTES: Final = 64 * 1024 * 1024


class EmbeddingError(ConfigurationError):
    """The model gave no usable vectors; search goes on by words."""


class Embedder(Protocol):
    """Turns texts into vectors. ``name`` tells models apart: vectors of two are never compared."""

    @property
    def name(self) -> str: ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape (texts, dimensions), rows of length 1. Blocks: not for the event loop. Raises EmbeddingError."""
        ...


@dataclass(frozen=True, slots=True)
class HttpEmbedder:
    """``POST {url}/embeddings`` of any OpenAI-compatible service."""

    url: str
    model: str
    key: str | None = None
    timeout_s: float = 20.0

    @property
    def name(self) -> str:
        return f"{self.model}@{urlsplit(self.url).netloc}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See Embedder."""
        headers = {"content-type": "application/json", "accept": "application/json"}
        if self.key:
            headers["authorization"] = f"Bearer {self.key}"
        body = json.dumps({"model": self.model, "input": list(texts), "encoding_format": "float"}).encode()
        request = urllib.request.Request(f"{self.url.rstrip('/')}/embeddings", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=self.timeout_s) as answer:
                told = json.loads(answer.read(_MOST_BYTES))
            rows = sorted(told["data"], key=lambda one: one["index"])
            vectors = [one["embedding"] for one in rows]
        except (OSError, ValueError, KeyError, TypeError, urllib.error.URLError) as error:
            raise _failed(self.url, type(error).__name__) from error
        return _unit(vectors, len(texts), self.url)


class FolderEmbedder:
    """A local ``transformers`` encoder, mean of its last layer; torch and transformers are loaded when first used."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loaded: tuple[Any, Any] | None = None

    @property
    def name(self) -> str:
        return f"folder:{self._folder.name}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See Embedder."""
        tokenizer, model = self._load()
        import torch

        with torch.inference_mode():
            batch = tokenizer(list(texts), padding=True, truncation=True, max_length=256, return_tensors="pt")
            states = model(**batch).last_hidden_state
            mask = batch["attention_mask"].unsqueeze(-1).to(states.dtype)
            mean = (states * mask).sum(1) / mask.sum(1).clamp(min=1)
        return _unit(mean.float().numpy(), len(texts), str(self._folder))

    def _load(self) -> tuple[Any, Any]:
        if self._loaded is None:
            try:
                from transformers import AutoModel, AutoTokenizer

                tokenizer = AutoTokenizer.from_pretrained(self._folder, local_files_only=True)
                model = AutoModel.from_pretrained(self._folder, local_files_only=True).eval()
            except (ImportError, OSError, ValueError) as error:
                raise _failed(str(self._folder), type(error).__name__) from error
            self._loaded = (tokenizer, model)
        return self._loaded


def open_embedder(url: str | None, name: str, key: str | None, folder: Path | None) -> Embedder | None:
    """What the settings ask for; None where nothing is configured. Raises ConfigurationError."""
    if folder is not None:
        if not folder.is_dir():
            raise ConfigurationError(
                "Không có thư mục mô hình này.", "There is no such model folder.", where="ALO_EMBEDDING_DIR"
            )
        return FolderEmbedder(folder)
    if not url:
        return None
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc or not name:
        raise ConfigurationError(
            "Hãy đặt ALO_EMBEDDING_URL dạng http://máy:cổng/v1 và ALO_EMBEDDING_NAME là tên mô hình.",
            "Set ALO_EMBEDDING_URL like http://host:port/v1 and ALO_EMBEDDING_NAME to the model's name.",
            where="ALO_EMBEDDING_URL",
        )
    return HttpEmbedder(url, name, key)


def _unit(rows: Any, expected: int, where: str) -> Vectors:
    try:
        vectors = np.asarray(rows, dtype=np.float32)
    except (ValueError, TypeError) as error:
        raise _failed(where, "shape") from error
    if vectors.ndim != 2 or len(vectors) != expected or vectors.shape[1] == 0 or not np.isfinite(vectors).all():
        raise _failed(where, "shape")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def _failed(where: str, why: str) -> EmbeddingError:
    return EmbeddingError(
        f"Mô hình nhúng không trả về véc-tơ dùng được ({why}). Tìm kiếm theo từ vẫn hoạt động.",
        f"The embedding model gave no usable vectors ({why}). Search by words still works.",
        where=where,
    )
