"""Whisper through faster-whisper (CTranslate2): PhoWhisper or any other, from a converted folder. Downloads nothing.

Whisper's encoder always looks at 30 s; four fifths of its time go into silence that pads a short turn. Here it gets the
audio that is there and a little more (``window="audio"``), which makes short turns about twenty times cheaper
(docs/speech.md). The language is fixed: guessing it costs time and turns mumbling into Korean.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import soxr

from core.errors import ConfigurationError
from speech.recognition.hallucinations import believed
from speech.recognition.reading import Reading, Request, plain_words, spread
from speech.types import SAMPLE_RATE_HZ, Expectation, ExpectedKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

Window = Literal["audio", "full"]
_RATE_HZ: Final = 16_000
_FRAMES_PER_S: Final = 100
_FULL_FRAMES: Final = 3000
_MARGIN_S: Final = 1.0
"""Silence after the audio in a shortened window, so that the last word has an end."""
_LEAST_S: Final = 2.0
_TOKENS_PER_S: Final = 12
"""Fast Vietnamese is 8 syllables a second; one that takes more tokens than this has gone astray."""
_SPARE_TOKENS: Final = 16
_MOST_PROMPT: Final = 80
_KINDS: Final[dict[ExpectedKind, str]] = {
    "yes_no": "dạ vâng, dạ đúng rồi, không phải",
    "digits": "không một hai ba bốn năm sáu bảy tám chín",
    "money": "hai triệu rưỡi, năm trăm nghìn đồng",
    "date": "ngày mười lăm tháng mười hai, thứ sáu tuần sau",
    "time": "chín giờ rưỡi sáng, hai giờ chiều",
}
"""How answers of a kind are said: Whisper goes on in the manner of its prompt."""


class WhisperReader:
    """One model per process. ``read`` is called from one thread at a time."""

    expectations = True

    def __init__(
        self, folder: Path, *, window: Window = "audio", threads: int = 0, beam: int = 1, device: str | None = None
    ) -> None:
        """Load the model: seconds, and its size in memory. Raises ConfigurationError.

        ``threads``: CPU threads of a reading, 0 lets CTranslate2 choose; ``device``: cpu or cuda, None for the best.
        """
        self._model, self._tokenizer = _opened(folder, threads, device)
        self._window, self._beam = window, beam
        self.name = f"whisper:{folder.name}"
        self.trained_on = "whatever its makers trained it on; not measured here"
        self.batch = 8 if self._model.model.device == "cuda" else 2

    def read(self, requests: Sequence[Request]) -> list[Reading]:
        """Readings of all requests: one batch per length of prompt, which a batch must share. Partials are greedy."""
        prompts = [self._prompt(request.expectation) for request in requests]
        readings: dict[int, Reading] = {}
        for length in {len(prompt) for prompt in prompts}:
            batch = [k for k, prompt in enumerate(prompts) if len(prompt) == length]
            found = self._read_batch([requests[k] for k in batch], [prompts[k] for k in batch])
            readings.update(zip(batch, found, strict=True))
        return [readings[k] for k in range(len(requests))]

    def _read_batch(self, requests: list[Request], prompts: list[list[int]]) -> list[Reading]:
        seconds = max(len(request.audio) for request in requests) / SAMPLE_RATE_HZ
        longest = len(prompts[0]) + int(seconds * _TOKENS_PER_S) + _SPARE_TOKENS
        results = self._model.model.generate(
            self._model.encode(np.stack([self._features(request, seconds) for request in requests])),
            prompts,
            beam_size=self._beam if any(request.final for request in requests) else 1,
            max_length=min(longest, self._model.max_length),
            return_scores=True,
            return_no_speech_prob=True,
        )
        return [self._reading(request, result) for request, result in zip(requests, results, strict=True)]

    def close(self) -> None:
        """Free the model's memory."""
        self._model.model.unload_model()

    def _features(self, request: Request, seconds: float) -> NDArray[np.float32]:
        """(mels, frames): the audio and silence up to the window's end."""
        loud = soxr.resample(request.audio.astype(np.float32) / 32768.0, SAMPLE_RATE_HZ, _RATE_HZ)
        frames = _FULL_FRAMES
        if self._window == "audio":
            frames = min(_FULL_FRAMES, int(max(_LEAST_S, seconds + _MARGIN_S) * _FRAMES_PER_S))
        padded = np.zeros(frames * _RATE_HZ // _FRAMES_PER_S, np.float32)
        padded[: len(loud)] = loud[: len(padded)]
        found: NDArray[np.float32] = self._model.feature_extractor(padded, padding=0)[:, :frames]
        return np.pad(found, ((0, 0), (0, frames - found.shape[1])))

    def _prompt(self, expectation: Expectation) -> list[int]:
        words = [*expectation.phrases, *(_KINDS[kind] for kind in expectation.kinds if kind in _KINDS)]
        tokens = self._tokenizer.encode(" " + ", ".join(words))[:_MOST_PROMPT] if words else []
        found: list[int] = self._model.get_prompt(self._tokenizer, tokens, without_timestamps=True)
        return found

    def _reading(self, request: Request, result: Any) -> Reading:
        tokens = result.sequences_ids[0]
        mean = result.scores[0] * len(tokens) / (len(tokens) + 1)  # the score is a mean that leaves the end token out
        text = plain_words(self._tokenizer.decode(tokens).replace("\ufffd", " "))
        text = believed(text, no_speech=result.no_speech_prob, log_probability=mean)
        confidence = min(1.0, math.exp(mean)) if text else 0.0
        return Reading(text, confidence, spread(text, request.audio, confidence))


def _opened(folder: Path, threads: int, device: str | None) -> tuple[Any, Any]:
    """(faster_whisper.WhisperModel, its tokenizer for Vietnamese)."""
    try:
        from ctranslate2 import get_cuda_device_count
        from faster_whisper import WhisperModel
        from faster_whisper.tokenizer import Tokenizer
    except ImportError as error:
        raise ConfigurationError(
            "Chưa cài gói cho Whisper. Hãy chạy: pip install 'alo-voicebot[whisper]'.",
            "The package for Whisper is missing. Run: pip install 'alo-voicebot[whisper]'.",
            where=error.name or "faster-whisper",
        ) from error
    missing = [name for name in ("model.bin", "tokenizer.json") if not (folder / name).is_file()]
    if missing:
        plain = (folder / "config.json").is_file() and not (folder / "model.bin").is_file()
        raise ConfigurationError(
            f"Thư mục này không phải mô hình Whisper đã chuyển sang CTranslate2 (thiếu {', '.join(missing)})."
            + (" Hãy chạy: alo models pull THƯ_MỤC để chuyển." if plain else ""),
            f"This folder is no Whisper model converted to CTranslate2 ({', '.join(missing)} missing)."
            + (" Run: alo models pull FOLDER to convert it." if plain else ""),
            where=str(folder),
        )
    device = device or ("cuda" if get_cuda_device_count() else "cpu")
    try:
        model = WhisperModel(
            str(folder),
            device=device,
            compute_type="int8" if device == "cpu" else "float16",
            cpu_threads=threads,
            local_files_only=True,
        )
        multilingual = bool(model.model.is_multilingual)
    except Exception as error:
        raise ConfigurationError(
            "Không mở được mô hình Whisper trong thư mục này; tệp có thể bị hỏng hoặc chưa đủ.",
            "The Whisper model in this folder cannot be opened; its files may be damaged or incomplete.",
            where=str(folder),
        ) from error
    if not multilingual:
        raise ConfigurationError(
            "Mô hình Whisper này chỉ biết tiếng Anh.", "This Whisper model knows English only.", where=str(folder)
        )
    return model, Tokenizer(model.hf_tokenizer, True, task="transcribe", language="vi")
