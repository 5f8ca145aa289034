"""Any Pipecat speech-to-text service that reads segments (``SegmentedSTTService``) as a reader.

Pipecat is imported here for what comes in; ``pipecat_service`` publishes what goes out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import soxr
from pipecat.audio.utils import pcm_to_wav
from pipecat.clocks.system_clock import SystemClock
from pipecat.frames.frames import ErrorFrame, StartFrame, TranscriptionFrame
from pipecat.processors.frame_processor import FrameProcessorSetup
from pipecat.services.stt_service import SegmentedSTTService
from pipecat.utils.asyncio.task_manager import TaskManager

from speech.recognition.base import Pcm
from speech.recognition.hallucinations import believed
from speech.recognition.reading import Reading, Request, plain_words, reading_of
from speech.types import SAMPLE_RATE_HZ

_TRAILING_SILENCE_S: Final = 0.5
_UNKNOWN: Final = 0.8


class PipecatError(RuntimeError):
    """The service reported an error."""


class PipecatReader:
    """Runs ``service.run_stt`` for one stretch of audio after the other, in an event loop of its own.

    Use from one thread at a time, never from one whose event loop runs.
    """

    expectations = False
    batch = 1

    def __init__(self, service: SegmentedSTTService, *, rate_hz: int = 16_000, timeout_s: float = 4.0) -> None:
        """``rate_hz``: what the service hears."""
        self.name = f"pipecat:{type(service).__name__}"
        self.trained_on = "whatever the service uses; not measured here"
        self._service, self._rate_hz, self._timeout_s = service, rate_hz, timeout_s
        self._runner: asyncio.Runner | None = None

    def read(self, requests: Sequence[Request]) -> list[Reading]:
        """The service's transcription of each. Raises PipecatError, TimeoutError or what the service raises."""
        if self._runner is None:
            self._runner = asyncio.Runner()
            self._runner.run(self._start())
        return [self._runner.run(self._read(request)) for request in requests]

    def close(self) -> None:
        """Stop the service and its loop."""
        if self._runner is not None:
            self._runner.run(self._service.cleanup())
            self._runner.close()

    async def _start(self) -> None:
        nobody: Any = None  # a worker of a pipeline, which there is none of
        setup = FrameProcessorSetup(SystemClock(), TaskManager(), nobody, audio_in_sample_rate=self._rate_hz)
        await self._service.setup(setup)
        await self._service.start(StartFrame(audio_in_sample_rate=self._rate_hz))

    async def _read(self, request: Request) -> Reading:
        audio = self._audio(request.audio)
        texts: list[str] = []
        async with asyncio.timeout(self._timeout_s):
            async for frame in self._service.run_stt(audio):
                if isinstance(frame, ErrorFrame):
                    raise PipecatError("the service reported an error")
                if isinstance(frame, TranscriptionFrame):
                    texts.append(frame.text)
        text = believed(plain_words(" ".join(texts)), no_speech=0.0, log_probability=0.0)
        return reading_of(text, request.audio, _UNKNOWN if text else 0.0)

    def _audio(self, audio: Pcm) -> bytes:
        pcm = soxr.resample(audio, SAMPLE_RATE_HZ, self._rate_hz).tobytes()
        pcm += bytes(2 * int(self._rate_hz * _TRAILING_SILENCE_S))
        return pcm_to_wav(pcm, self._rate_hz) if self._service.wants_wav_segments else pcm
