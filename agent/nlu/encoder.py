"""A local ``transformers`` encoder (PhoBERT or any other), frozen: one vector for each token of a sentence.

Nothing is downloaded: the folder must hold the weights. Needs the extra ``models`` (torch, transformers); without a
configured folder neither is imported.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from agent.nlu.sparse import Floats
from core.errors import ConfigurationError

_LAYERS = 4
"""The mean of so many last layers; they hold more of the form of words than the last one alone."""
_KEPT = 20_000
"""Sentences whose vectors are kept, as half floats."""


class Encoder:
    """Vectors of frozen weights. Not for several threads at once."""

    def __init__(self, folder: Path, tokenizer: Any, model: Any) -> None:
        self.folder = folder
        self._tokenizer, self._model = tokenizer, model
        self._most = min(int(getattr(model.config, "max_position_embeddings", 512)) - 4, 508)
        known = tokenizer
        first = known.cls_token_id if known.cls_token_id is not None else known.bos_token_id
        last = known.sep_token_id if known.sep_token_id is not None else known.eos_token_id
        self._edges = ([first] if first is not None else [], [last] if last is not None else [])
        self._kept: OrderedDict[tuple[str, ...], Any] = OrderedDict()

    @classmethod
    def open(cls, folder: Path) -> Encoder:
        """The encoder in ``folder``. Raises ConfigurationError if it or the extra ``models`` is missing."""
        try:
            import torch
            from safetensors import SafetensorError
            from transformers import AutoModel, AutoTokenizer
        except ImportError as error:
            raise ConfigurationError(
                "Bộ mã hóa cần gói torch và transformers: pip install 'alo-voicebot[models]'.",
                "An encoder needs torch and transformers: pip install 'alo-voicebot[models]'.",
            ) from error
        try:
            tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
            model = AutoModel.from_pretrained(str(folder), local_files_only=True)
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, EOFError, SafetensorError) as error:
            raise ConfigurationError(
                f"Không mở được bộ mã hóa transformers: {type(error).__name__}. Thư mục phải có config.json, trọng số "
                "và bộ tách từ.",
                f"Cannot open the transformers encoder: {type(error).__name__}. The folder must hold config.json, "
                "weights and the tokenizer.",
                where=str(folder),
            ) from error
        torch.set_grad_enabled(False)
        return cls(folder, tokenizer, model.eval())

    def vectors(self, tokens: Sequence[str]) -> Floats:
        """(tokens, width): the mean of each token's pieces; zeros for what lies beyond the encoder's length."""
        key = tuple(tokens)
        kept = self._kept.get(key)
        if kept is None:
            kept = self._encode(key).astype(np.float16)
            self._kept[key] = kept
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        made: Floats = kept.astype(np.float32)
        return made

    def _encode(self, tokens: tuple[str, ...]) -> Floats:
        import torch

        pieces: list[int] = []
        owner: list[int] = []
        for k, token in enumerate(tokens):
            said = f" {token}" if k else token  # byte-level tokenizers tell words apart by the blank before them
            ids = self._tokenizer(said, add_special_tokens=False)["input_ids"] or [self._tokenizer.unk_token_id]
            pieces += ids
            owner += [k] * len(ids)
        pieces, owner = pieces[: self._most], owner[: self._most]
        opening, closing = self._edges
        begin = len(opening)
        with torch.inference_mode():
            seen = self._model(input_ids=torch.tensor([[*opening, *pieces, *closing]]), output_hidden_states=True)
        layers = torch.stack(seen.hidden_states[-_LAYERS:]).mean(0)[0, begin : begin + len(pieces)].float().numpy()
        made = np.zeros((len(tokens), layers.shape[1]), np.float32)
        np.add.at(made, owner, layers)
        counts = np.bincount(owner, minlength=len(tokens))[:, None]
        result: Floats = (made / np.maximum(counts, 1)).astype(np.float32)
        return result
