"""wav2vec2 and other CTC models of ``transformers``, by folder. torch is imported here only, and late."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import soxr

from core.errors import ConfigurationError
from speech.recognition.base import Pcm
from speech.recognition.reading import Reading, Request, plain_words, spread
from speech.types import SAMPLE_RATE_HZ, Word

_RATE_HZ: Final = 16_000


class CtcFolderReader:
    """One model per process: greedy CTC, word times from the frames. Use from one thread at a time."""

    expectations = False
    batch = 4

    def __init__(self, folder: Path, *, threads: int = 0) -> None:
        """Load the model. Raises ConfigurationError if packages or files are missing.

        ``threads``: of torch, process-wide; 0 leaves them as they are.
        """
        self._torch, self._model, self._extract, self._tokenizer = _opened(folder)
        if threads:
            self._torch.set_num_threads(threads)
        self.name = f"ctc:{folder.name}"
        self.trained_on = "whatever its makers trained it on; not measured here"
        self._blank = self._tokenizer.pad_token_id
        self._gap = self._tokenizer.convert_tokens_to_ids(self._tokenizer.word_delimiter_token)

    def read(self, requests: Sequence[Request]) -> list[Reading]:
        """Most probable symbols per frame, repetitions and blanks left out."""
        inputs = self._extract(
            [_loud(request.audio) for request in requests],
            sampling_rate=_RATE_HZ,
            padding=True,
            return_tensors="pt",
            return_attention_mask=True,
        )
        with self._torch.inference_mode():
            posteriors = self._model(**inputs).logits.softmax(-1).numpy()
        longest = max(len(request.audio) for request in requests)
        found = []
        for request, rows in zip(requests, posteriors, strict=True):
            frames = max(1, round(len(rows) * len(request.audio) / longest))
            found.append(self._reading(rows[:frames], request.audio))
        return found

    def close(self) -> None:
        """The model's memory goes with the reader."""

    def _reading(self, rows: np.ndarray, audio: Pcm) -> Reading:
        audio_ms = len(audio) * 1000 // SAMPLE_RATE_HZ
        frame_ms = audio_ms / len(rows)
        best, sure = rows.argmax(-1), rows.max(-1)
        words: list[tuple[list[int], int, int, list[float]]] = []
        before, open_word = -1, False
        for at, (unit, probability) in enumerate(zip(best.tolist(), sure.tolist(), strict=True)):
            if unit == self._gap:
                open_word = False
            elif unit not in (self._blank, before):
                if not open_word:
                    words.append(([], at, at, []))
                    open_word = True
                units, start, _, seen = words[-1]
                units.append(unit)
                seen.append(probability)
                words[-1] = units, start, at, seen
            before = unit
        timed: list[Word] = []
        for units, start, end, seen in words:
            text = plain_words(self._tokenizer.decode(units, group_tokens=False))
            if text:
                times = int(start * frame_ms), int((end + 1) * frame_ms)
                timed += [Word(part, *times, float(np.mean(seen))) for part in text.split()]
        if not timed:
            return Reading("")
        text = " ".join(word.text for word in timed)
        confidence = sum(word.confidence for word in timed) / len(timed)
        whole = plain_words(text)  # numbers that span words are spelt out here
        return Reading(whole, confidence, tuple(timed) if whole == text else spread(whole, audio, confidence))


def _loud(audio: Pcm) -> np.ndarray:
    return soxr.resample(audio.astype(np.float32) / 32768.0, SAMPLE_RATE_HZ, _RATE_HZ)


def _opened(folder: Path) -> tuple[Any, Any, Any, Any]:
    try:
        import torch
        from transformers import AutoFeatureExtractor, AutoModelForCTC, AutoTokenizer
    except ImportError as error:
        raise ConfigurationError(
            "Chưa cài gói cho mô hình tại chỗ. Hãy chạy: pip install 'alo-voicebot[local]'.",
            "The packages of a local model are missing. Run: pip install 'alo-voicebot[local]'.",
            where=error.name or "transformers",
        ) from error
    if not (folder / "config.json").is_file():
        raise ConfigurationError(
            "Thư mục này không có mô hình transformers (thiếu config.json).",
            "The folder holds no transformers model (config.json is missing).",
            where=str(folder),
        )
    try:
        model = AutoModelForCTC.from_pretrained(str(folder), local_files_only=True).eval()
        extract = AutoFeatureExtractor.from_pretrained(str(folder), local_files_only=True)
        tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        known = tokenizer.pad_token_id is not None and tokenizer.word_delimiter_token is not None
    except Exception as error:
        raise ConfigurationError(
            "Không mở được mô hình CTC trong thư mục này. Hãy kiểm tra các tệp của mô hình.",
            "The CTC model in this folder cannot be opened. Check its files.",
            where=str(folder),
        ) from error
    if not known:
        raise ConfigurationError(
            "Từ vựng của mô hình này không dùng cho CTC.",
            "This model's vocabulary is not one of CTC.",
            where=str(folder),
        )
    return torch, model, extract, tokenizer
