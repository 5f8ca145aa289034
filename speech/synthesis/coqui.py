"""Coqui models (VITS, XTTS …) as a raw voice: the near end of ``coqui_worker``."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from core.errors import ConfigurationError
from speech.synthesis.base import SynthesizerCapabilities
from speech.synthesis.framing import RATE
from speech.synthesis.raw import RawAudio, SynthesisError, pcm16
from speech.synthesis.worker import WorkerCrashedError, WorkerProcess, WorkerRefusedError
from speech.types import DIALECTS, Dialect, Voice

_ROOT: Final = Path(__file__).parents[2]
_START_TIMEOUT_S: Final = 120.0
"""Torch and TTS take 2 s to import on a quiet machine, ten times that on a cold one."""


@dataclass(frozen=True, slots=True)
class CoquiOptions:
    """Which model speaks, and how each dialect sounds.

    A voice is "SPEAKER" (a speaker of the model, or for XTTS a recording in its folder), "FOLDER" (a model of its own
    below ``model``) or "FOLDER:SPEAKER".
    """

    model: Path
    voices: Mapping[Dialect, str] = field(default_factory=dict)
    python: str = sys.executable
    """Has coqui-tts and torch; may be another one than ours."""
    threads: int = 1


class CoquiVoice:
    """One worker process with the models that were asked for, shared by all calls."""

    capabilities = SynthesizerCapabilities("Coqui", streaming=True, word_marks=False, dialects=DIALECTS)

    def __init__(self, options: CoquiOptions) -> None:
        """Raises ConfigurationError for a folder that is not a model."""
        self._options = options
        for dialect in DIALECTS:
            self._place(Voice(dialect))
        parts = sorted(path for path in options.model.rglob("*") if path.suffix in (".pth", ".json"))
        stamps = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in parts]
        self.version = f"coqui {options.model.resolve()} {stamps} {sorted(options.voices.items())}"
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH", "")))),
            "ALO_COQUI_THREADS": str(options.threads),
            "HF_HUB_OFFLINE": "1",
        }
        command = (options.python, "-m", "speech.synthesis.coqui_worker")
        self._worker = WorkerProcess(command, environment, _unusable, start_timeout_s=_START_TIMEOUT_S)

    async def stream(self, text: str, voice: Voice) -> AsyncIterator[RawAudio]:
        """As ``RawVoice.stream``."""
        folder, speaker = self._place(voice)
        order = {"text": text, "model": str(folder), "speaker": speaker, "rate": voice.rate}
        try:
            async with contextlib.aclosing(self._worker.request(json.dumps(order).encode())) as answers:
                async for data in answers:
                    (rate_hz,) = RATE.unpack_from(data)
                    yield RawAudio(pcm16(data[RATE.size :]), rate_hz)
        except WorkerCrashedError:
            raise SynthesisError("Tiến trình Coqui đã dừng đột ngột.", "The Coqui process died.") from None
        except WorkerRefusedError as refusal:
            raise SynthesisError(
                f"Coqui không đọc được lời: {refusal}.", f"Coqui could not speak: {refusal}."
            ) from None

    async def start(self) -> None:
        """Start the worker and load the models now. Raises SynthesisError or ConfigurationError."""
        for dialect in DIALECTS:
            async for _ in self.stream("", Voice(dialect)):
                pass

    async def aclose(self) -> None:
        """End the worker."""
        await self._worker.aclose()

    def _place(self, voice: Voice) -> tuple[Path, str]:
        """Model folder and speaker of a voice. Raises ConfigurationError."""
        named = voice.variant or self._options.voices.get(voice.dialect, "")
        first, _, rest = named.partition(":")
        folder, speaker = self._options.model, named
        if first and (folder / first).is_dir():
            folder, speaker = folder / first, rest
        if not (folder / "config.json").is_file():
            raise ConfigurationError(
                "đây không phải thư mục mô hình Coqui (thiếu config.json)",
                "this is no folder of a Coqui model (config.json is missing)",
                where=str(folder),
            )
        return folder, speaker


def _unusable(detail: str) -> ConfigurationError:
    return ConfigurationError(
        f"Không chạy được Coqui ({detail}). Hãy cài `pip install 'alo-voicebot[coqui]'` hoặc đặt "
        "ALO_SYNTHESIZER_COMMAND là Python có coqui-tts.",
        f"Coqui cannot be run ({detail}). Install `pip install 'alo-voicebot[coqui]'`, or set "
        "ALO_SYNTHESIZER_COMMAND to a Python that has coqui-tts.",
    )
