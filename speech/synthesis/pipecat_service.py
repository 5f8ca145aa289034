"""Our voices as a Pipecat service: drops into any Pipecat pipeline.

tts = AloTTSService(EspeakSynthesizer(), Voice("south"))      # one synthesizer for all pipelines of the process
Pipeline([..., llm, tts, transport.output(), ...])

Numbers, amounts, dates and codes are read as on Alô's own calls. docs/speech.md has a whole example.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, Final

from pipecat.frames.frames import ErrorFrame, Frame
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService
from pipecat.transcriptions.language import Language

from core.errors import AloError
from speech.synthesis.base import Synthesizer
from speech.synthesis.cache import generator
from speech.synthesis.phrasing import outside_marks
from speech.synthesis.speaker import Speaker
from speech.text.speak import speak
from speech.types import SAMPLE_RATE_HZ, Voice

_NORTHERN: Final = Voice()


class AloTTSService(TTSService):
    """Sound as it is made, at the pipeline's rate; an interruption stops the engine's work too."""

    def __init__(self, synthesizer: Synthesizer | Speaker, voice: Voice = _NORTHERN, **kwargs: Any) -> None:
        """``synthesizer`` is shared between services and closed by its owner."""
        name = synthesizer.capabilities.name
        settings = TTSSettings(model=name, voice=voice.variant or voice.dialect, language=Language.VI)
        super().__init__(push_start_frame=True, push_stop_frames=True, settings=settings, **kwargs)
        self._synthesizer = synthesizer
        self._speaks_as = voice

    def can_generate_metrics(self) -> bool:
        """Time to the first sound is measured."""
        return True

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        """Speak a sentence; yields audio, or an error frame in the engine's own words."""
        spoken = outside_marks(text, lambda part: speak(part, self._speaks_as.dialect))
        try:
            await self.start_tts_usage_metrics(text)
            sound = self._bytes(spoken)
            async with contextlib.aclosing(sound):
                async for frame in self._stream_audio_frames_from_iterator(
                    sound, in_sample_rate=SAMPLE_RATE_HZ, context_id=context_id
                ):
                    await self.stop_ttfb_metrics()
                    yield frame
        except AloError as error:
            yield ErrorFrame(error.en)
        finally:
            await self.stop_ttfb_metrics()

    async def _bytes(self, spoken: str) -> AsyncGenerator[bytes, None]:
        chunks: AsyncIterator[Any] = self._synthesizer.synthesize(spoken, self._speaks_as)
        async with contextlib.aclosing(generator(chunks)) as audio:
            async for chunk in audio:
                yield chunk.pcm.tobytes()
