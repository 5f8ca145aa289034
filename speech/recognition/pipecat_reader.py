"""Any Pipecat speech-to-text service as a reader: those that read segments, and those that listen to a stream.

Pipecat is imported here for what comes in; ``pipecat_service`` publishes what goes out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import soxr
from pipecat.audio.utils import pcm_to_wav
from pipecat.clocks.system_clock import SystemClock
from pipecat.frames.frames import (
    EndFrame,
    ErrorFrame,
    Frame,
    InputAudioRawFrame,
    StartFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor, FrameProcessorSetup
from pipecat.services.stt_service import SegmentedSTTService, STTService
from pipecat.utils.asyncio.task_manager import TaskManager

from speech.recognition.base import Pcm
from speech.recognition.hallucinations import believed
from speech.recognition.reading import Reading, Request, plain_words, reading_of
from speech.types import SAMPLE_RATE_HZ

_TRAILING_SILENCE_S: Final = 0.5
_UNKNOWN: Final = 0.8
_DOWN: Final = FrameDirection.DOWNSTREAM
_FRAMES_PER_S: Final = 50
_FIRST_WORDS_S: Final = 1.0
"""A service that listens to a stream and has said nothing so long after its end has heard nothing."""
_MORE_WORDS_S: Final = 0.3


class PipecatError(RuntimeError):
    """The service reported an error."""


class PipecatReader:
    """Asks ``service`` for one stretch of audio after the other, in an event loop of its own.

    Use from one thread at a time, never from one whose event loop runs.
    """

    expectations = False
    batch = 1

    def __init__(self, service: STTService, *, rate_hz: int = 16_000, timeout_s: float = 4.0) -> None:
        """``rate_hz``: what the service hears."""
        self.name = f"pipecat:{type(service).__name__}"
        self.trained_on = "whatever the service uses; not measured here"
        self._service, self._rate_hz, self._timeout_s = service, rate_hz, timeout_s
        self._runner: asyncio.Runner | None = None
        self._told: asyncio.Queue[Frame] = asyncio.Queue()

    def read(self, requests: Sequence[Request]) -> list[Reading]:
        """The service's transcription of each. Raises PipecatError, TimeoutError or what the service raises."""
        if self._runner is None:
            self._runner = asyncio.Runner()
            self._runner.run(self._start())
        return [self._runner.run(self._read(request)) for request in requests]

    def close(self) -> None:
        """Stop the service and its loop."""
        if self._runner is not None:
            self._runner.run(self._stop())
            self._runner.close()

    async def _start(self) -> None:
        nobody: Any = None  # a worker of a pipeline, which there is none of
        setup = FrameProcessorSetup(SystemClock(), TaskManager(), nobody, audio_in_sample_rate=self._rate_hz)
        before, after = _Neighbour(self._told), _Neighbour(self._told)
        before.link(self._service)
        self._service.link(after)
        for processor in (before, self._service, after):
            await processor.setup(setup)
        await self._service.process_frame(StartFrame(audio_in_sample_rate=self._rate_hz), _DOWN)

    async def _stop(self) -> None:
        await self._service.process_frame(EndFrame(), _DOWN)
        await self._service.cleanup()

    async def _read(self, request: Request) -> Reading:
        async with asyncio.timeout(self._timeout_s):
            if isinstance(self._service, SegmentedSTTService):
                texts = await self._segment(self._service, request.audio)
            else:
                texts = await self._streamed(request.audio)
        text = believed(plain_words(" ".join(texts)), no_speech=0.0, log_probability=0.0)
        return reading_of(text, request.audio, _UNKNOWN if text else 0.0)

    async def _segment(self, service: SegmentedSTTService, audio: Pcm) -> list[str]:
        pcm = self._bytes(audio)
        texts: list[str] = []
        async for frame in service.run_stt(pcm_to_wav(pcm, self._rate_hz) if service.wants_wav_segments else pcm):
            texts += _words(frame)
        return texts

    async def _streamed(self, audio: Pcm) -> list[str]:
        while not self._told.empty():
            self._told.get_nowait()  # Too late for the turn before.
        pcm = self._bytes(audio)
        await self._service.process_frame(VADUserStartedSpeakingFrame(), _DOWN)
        step = self._rate_hz // _FRAMES_PER_S * 2
        for at in range(0, len(pcm), step):
            await self._service.process_frame(InputAudioRawFrame(pcm[at : at + step], self._rate_hz, 1), _DOWN)
        await self._service.process_frame(VADUserStoppedSpeakingFrame(), _DOWN)
        texts: list[str] = []
        while True:
            try:
                async with asyncio.timeout(_MORE_WORDS_S if texts else _FIRST_WORDS_S):
                    frame = await self._told.get()
            except TimeoutError:
                return texts
            texts += _words(frame)
            if isinstance(frame, TranscriptionFrame) and frame.finalized:
                return texts

    def _bytes(self, audio: Pcm) -> bytes:
        heard: bytes = soxr.resample(audio, SAMPLE_RATE_HZ, self._rate_hz).tobytes()
        return heard + bytes(2 * int(self._rate_hz * _TRAILING_SILENCE_S))


class _Neighbour(FrameProcessor):
    """Stands where the rest of a pipeline would be, and passes on what it is told."""

    def __init__(self, told: asyncio.Queue[Frame]) -> None:
        super().__init__(enable_direct_mode=True)
        self._told_here = told

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Words and errors are kept."""
        if isinstance(frame, TranscriptionFrame | ErrorFrame):
            self._told_here.put_nowait(frame)


def _words(frame: Frame | None) -> list[str]:
    """Raises PipecatError for an error frame."""
    if isinstance(frame, ErrorFrame):
        raise PipecatError("the service reported an error")
    return [frame.text] if isinstance(frame, TranscriptionFrame) else []
