"""Our recognisers as a Pipecat service: drops into any Pipecat pipeline with voice activity detection.

stt = AloSTTService(EmbeddedRecognizer())      # one recogniser for all pipelines of the process
Pipeline([transport.input(), VADProcessor(...), stt, ...])
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import numpy as np
from pipecat.audio.utils import create_stream_resampler
from pipecat.frames.frames import (
    Frame,
    InterimTranscriptionFrame,
    StartFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.settings import STTSettings
from pipecat.services.stt_service import STTService
from pipecat.transcriptions.language import Language
from pipecat.utils.time import time_now_iso8601

from speech.recognition.base import Recognizer
from speech.types import OPEN, SAMPLE_RATE_HZ, Expectation


class AloSTTService(STTService):
    """Interim transcriptions while somebody speaks, one final one when they stop."""

    def __init__(self, recognizer: Recognizer[Any], **kwargs: Any) -> None:
        """``recognizer`` must answer at once (the embedded one does); it is shared between services."""
        settings = STTSettings(model=recognizer.capabilities.name, language=Language.VI)
        super().__init__(settings=settings, **kwargs)
        self._recognizer = recognizer
        self._ear = recognizer.open()
        self._resampler = create_stream_resampler()
        self._speaking = False
        self._said = ""

    def expect(self, expectation: Expectation = OPEN) -> None:
        """What the dialogue awaits; see ``speech.types.Expectation``."""
        self._ear.expect(expectation)

    async def start(self, frame: StartFrame) -> None:
        """Pipecat's start of a pipeline."""
        await super().start(frame)

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        """int16 mono audio at the pipeline's rate; yields an interim frame when the words so far have changed."""
        if self.sample_rate != SAMPLE_RATE_HZ:
            audio = await self._resampler.resample(audio, self.sample_rate, SAMPLE_RATE_HZ)
        pcm = np.frombuffer(audio, np.int16)
        if len(pcm):
            self._recognizer.step([self._ear], [pcm])
        text = self._ear.partial().text
        if self._speaking and text and text != self._said:
            self._said = text
            yield InterimTranscriptionFrame(text, self._user_id, time_now_iso8601(), Language.VI)
        else:
            yield None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Turns begin and end with the pipeline's voice activity."""
        await super().process_frame(frame, direction)
        if isinstance(frame, VADUserStartedSpeakingFrame):
            self._speaking = True
        elif isinstance(frame, VADUserStoppedSpeakingFrame):
            self._speaking, self._said = False, ""
            final = self._ear.finish()
            if final.text:
                said = TranscriptionFrame(final.text, self._user_id, time_now_iso8601(), Language.VI, result=final)
                await self.push_frame(said)
