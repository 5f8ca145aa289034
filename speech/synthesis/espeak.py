"""eSpeak NG as a ``Synthesizer``: three dialects, first audio within a few milliseconds, about 500 times real time.

The library lives in a worker process (``espeak_worker``); here is the end that talks to it. A worker that dies is
started again and its requests are made once more, without repeating audio that was already handed out.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Final

from core.errors import ConfigurationError
from core.logging import get_logger
from speech.synthesis.base import AudioChunk, SynthesizerCapabilities, WordMark
from speech.synthesis.framing import unpack_audio
from speech.synthesis.worker import WorkerCrashedError, WorkerProcess, WorkerRefusedError
from speech.types import DIALECTS, Voice

VOICES: Final = {"north": "vi", "central": "vi-vn-x-central", "south": "vi-vn-x-south"}
"""eSpeak NG voice of each dialect."""

CRASHING_VARIANTS: Final = frozenset({"rob"})
"""Variants that bring the library down (facts/recogniser.md)."""

COMMAND: Final = (sys.executable, "-m", "speech.synthesis.espeak_worker")
_log = get_logger("speech.synthesis.espeak")


def environment() -> dict[str, str]:
    """Environment of the worker: numerical libraries must start no threads in a process that forks."""
    return {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def voice_name(voice: Voice) -> str:
    """eSpeak's name of ``voice``, e.g. ``vi-vn-x-south+f2``. Raises ConfigurationError for a crashing variant."""
    if voice.variant in CRASHING_VARIANTS:
        raise ConfigurationError(
            f"Giọng eSpeak '{voice.variant}' làm hỏng thư viện. Hãy chọn biến thể khác, ví dụ f2 hoặc m3.",
            f"The eSpeak variant '{voice.variant}' crashes the library. Choose another one, e.g. f2 or m3.",
        )
    return f"{VOICES[voice.dialect]}+{voice.variant}" if voice.variant else VOICES[voice.dialect]


def speak_payload(text: str, voice: Voice) -> bytes:
    """Payload of a SPEAK frame."""
    order = {"text": text, "voice": voice_name(voice), "rate": voice.rate, "pitch": voice.pitch}
    return json.dumps(order).encode()


def refused(reason: bytes) -> ConfigurationError:
    """The worker would not do a request."""
    detail = reason.decode(errors="replace")
    return ConfigurationError(f"eSpeak NG từ chối tổng hợp giọng: {detail}.", f"eSpeak NG refused: {detail}.")


def unusable(detail: str) -> ConfigurationError:
    """The worker does not run or does not stay alive."""
    return ConfigurationError(
        f"Không dùng được eSpeak NG ({detail}). Hãy cài lại gói espeakng-loader hoặc chọn bộ tổng hợp khác.",
        f"eSpeak NG cannot be used ({detail}). Reinstall espeakng-loader or choose another synthesizer.",
    )


class EspeakSynthesizer:
    """Shared by all calls of a process; belongs to the event loop it is first used in."""

    capabilities = SynthesizerCapabilities("eSpeak NG", streaming=True, word_marks=True, dialects=DIALECTS)

    def __init__(self, *, workers: int = 1) -> None:
        self._workers = [WorkerProcess(COMMAND, environment(), unusable) for _ in range(workers)]

    async def start(self) -> None:
        """Start the workers now, so that the first call does not wait a third of a second for them."""
        for worker in self._workers:
            await worker.start()

    @property
    def worker_pids(self) -> list[int]:
        """Process ids of the workers that run."""
        return [worker.pid for worker in self._workers if worker.pid is not None]

    async def synthesize(self, text: str, voice: Voice) -> AsyncIterator[AudioChunk]:
        """Speak ``text``; chunks of about 60 ms as they are made. Closing the iterator stops the work at once.

        Raises ConfigurationError for a voice that does not exist, or when the engine crashes twice on one text.
        """
        payload = speak_payload(text, voice)
        delivered = 0
        for attempt in (1, 2):
            position = 0
            try:
                async with contextlib.aclosing(self._once(payload)) as chunks:
                    async for chunk in chunks:
                        start, position = position, position + len(chunk.pcm)
                        if position > delivered:  # After a crash the same audio is made again from its beginning.
                            yield _from(chunk, start, delivered)
                            delivered = position
                return
            except WorkerRefusedError as refusal:
                raise refused(str(refusal).encode()) from None
            except WorkerCrashedError:
                _log.warning("synthesis.crashed", attempt=attempt)
        raise unusable("worker crashed twice on one text")

    async def _once(self, payload: bytes) -> AsyncGenerator[AudioChunk, None]:
        worker = min(self._workers, key=lambda each: each.busy)
        async with contextlib.aclosing(worker.request(payload)) as answers:
            async for data in answers:
                yield unpack_audio(data)

    async def aclose(self) -> None:
        """Stop the workers."""
        for worker in self._workers:
            await worker.aclose()


def _from(chunk: AudioChunk, start: int, wanted: int) -> AudioChunk:
    """The part of ``chunk``, which begins at ``start``, from sample ``wanted`` on."""
    if start >= wanted:
        return chunk
    marks: tuple[WordMark, ...] = tuple(mark for mark in chunk.marks if mark.at_sample >= wanted)
    return AudioChunk(chunk.pcm[wanted - start :], marks)
