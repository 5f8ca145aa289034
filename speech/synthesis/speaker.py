"""What a call speaks with: phrase by phrase, the best voice that is well, another one when it fails or is too slow.

A failing voice is left for the rest of the call, since a bot that changes its voice twice confuses; other calls
leave it alone for a while. The phrase that broke off is said again from its beginning by the next voice.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import numpy as np

from core.clock import Clock
from core.errors import AloError
from core.logging import get_logger
from speech.recognition.base import Switch
from speech.synthesis import splice
from speech.synthesis.base import AudioChunk, Synthesizer, SynthesizerCapabilities, WordMark
from speech.synthesis.cache import CachedSynthesizer, generator, whole
from speech.synthesis.phrasing import Phrase, phrases, unmarked
from speech.types import SAMPLE_RATE_HZ, Voice

_log = get_logger("speech.synthesis")
_EMBEDDED_STREAMS: Final = "eSpeak NG"


@dataclass(frozen=True, slots=True)
class SpeakerOptions:
    """``slow_ms``: how long the customer may hear nothing before another voice speaks."""

    slow_ms: int = 1500
    rest_s: float = 60.0
    """How long new calls do without a voice that failed."""


class Speaker:
    """Voices, best first, for all calls of a process; ``for_call`` is one call's."""

    def __init__(self, voices: Sequence[Synthesizer], clock: Clock, options: SpeakerOptions = SpeakerOptions()) -> None:
        if not voices:
            raise ValueError("a speaker needs a voice")
        self.voices = tuple(voices)
        self.options = options
        self._clock = clock
        self._rests_until = [clock.now()] * len(voices)
        first = voices[0].capabilities
        names = " → ".join(voice.capabilities.name for voice in voices)
        self.capabilities = SynthesizerCapabilities(names, first.streaming, first.word_marks, first.dialects)

    def for_call(self) -> CallVoice:
        """A new call's."""
        return CallVoice(self)

    def synthesize(self, text: str, voice: Voice) -> AsyncIterator[AudioChunk]:
        """One text outside calls."""
        return self.for_call().synthesize(text, voice)

    async def start(self) -> None:
        """Get all voices ready. Raises AloError for one that cannot be used: better now than in a call."""
        for voice in self.voices:
            await voice.start()

    async def aclose(self) -> None:
        """Stop all voices."""
        for voice in self.voices:
            await voice.aclose()

    def best(self) -> int:
        """The first voice that is not resting; the last one never rests."""
        now = self._clock.now()
        return next((k for k, until in enumerate(self._rests_until[:-1]) if until <= now), len(self.voices) - 1)

    def rest(self, at: int) -> None:
        """Leave a voice alone for a while."""
        self._rests_until[at] = self._clock.now() + timedelta(seconds=self.options.rest_s)


class CallVoice:
    """One call's voice. Says one text at a time."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker
        self._at = 0
        self._switches: list[Switch] = []
        best = speaker.best()
        if best:
            self._go(best, "resting", "")

    def switches(self) -> list[Switch]:
        """Changes of voice since the last time."""
        told, self._switches = self._switches, []
        return told

    def synthesize(self, text: str, voice: Voice) -> AsyncIterator[AudioChunk]:
        """As ``Synthesizer.synthesize``; ``text`` may hold marks of ``speech.synthesis.phrasing``."""
        return self.say(text, voice)

    async def say(self, text: str, voice: Voice, fixed: Sequence[str] = ()) -> AsyncGenerator[AudioChunk, None]:
        """Speak ``text`` with the voice that is well; the ``fixed`` words of it are the same for every customer.

        Raises what the last voice raises.
        """
        clean = unmarked(text)
        known = splice.spans(clean, fixed)
        position = 0
        for phrase in phrases(text, sentences=not self._embedded):
            async with contextlib.aclosing(self._phrase(clean, phrase, voice, known)) as chunks:
                begun = position
                async for chunk in chunks:
                    yield _moved(chunk, begun, phrase.start)
                    position += len(chunk.pcm)
            if phrase.pause_ms:
                pause = np.zeros(phrase.pause_ms * SAMPLE_RATE_HZ // 1000, np.int16)
                yield AudioChunk(pause)
                position += len(pause)

    @property
    def _embedded(self) -> bool:
        return self._speaker.voices[self._at].capabilities.name == _EMBEDDED_STREAMS

    async def _phrase(
        self, text: str, phrase: Phrase, voice: Voice, fixed: Sequence[splice.Span]
    ) -> AsyncGenerator[AudioChunk, None]:
        if phrase.start == phrase.end:
            return
        voice = replace(voice, rate=voice.rate * phrase.rate)
        made = 0
        while True:
            last = self._at == len(self._speaker.voices) - 1
            begun = made
            try:
                async with contextlib.aclosing(self._attempt(text, phrase, voice, fixed)) as chunks:
                    async for chunk in chunks:
                        made += len(chunk.pcm)
                        yield _moved(chunk, begun, 0)
                return
            except TimeoutError:
                if last:
                    raise
                reason, detail = "slow", ""
            except Exception as error:  # the boundary of a voice, which may raise anything
                if last:
                    raise
                reason, detail = "error", error.en if isinstance(error, AloError) else type(error).__name__
            self._speaker.rest(self._at)
            self._go(self._at + 1, reason, detail)

    async def _attempt(
        self, text: str, phrase: Phrase, voice: Voice, fixed: Sequence[splice.Span]
    ) -> AsyncGenerator[AudioChunk, None]:
        """A phrase by the voice of now. Raises TimeoutError as soon as the customer has waited ``slow_ms`` in all."""
        clock = asyncio.get_running_loop().time
        begun_s, made = clock(), 0
        last = self._at == len(self._speaker.voices) - 1
        async with contextlib.aclosing(self._made(text, phrase, voice, fixed)) as chunks:
            while True:
                due_s = begun_s + made / SAMPLE_RATE_HZ + self._speaker.options.slow_ms / 1000
                try:
                    async with asyncio.timeout_at(None if last else due_s):
                        chunk = await anext(chunks)
                except StopAsyncIteration:
                    break
                made += len(chunk.pcm)
                yield chunk
        if not made and not last:
            raise ValueError("no sound")

    def _made(
        self, text: str, phrase: Phrase, voice: Voice, fixed: Sequence[splice.Span]
    ) -> AsyncGenerator[AudioChunk, None]:
        """A phrase by the voice of now: in one go, or put together of prompts that are kept and words that are not."""
        engine = self._speaker.voices[self._at]
        words = text[phrase.start : phrase.end]
        if not isinstance(engine, CachedSynthesizer) or not engine.keeps_prompts:
            return generator(engine.synthesize(words, voice))
        pieces = splice.parts(text, phrase.start, phrase.end, fixed)
        if len(pieces) <= 1:
            return generator((engine.prompt if pieces and pieces[0].fixed else engine.synthesize)(words, voice))
        return _spliced(engine, text, phrase.start, pieces, voice)

    def _go(self, after: int, reason: str, detail: str) -> None:
        names = [voice.capabilities.name for voice in self._speaker.voices]
        self._switches.append(Switch(names[self._at], names[after], reason, detail))
        if reason != "resting":
            _log.warning("synthesis.switched", before=names[self._at], after=names[after], reason=reason, detail=detail)
        self._at = after


async def _spliced(
    engine: CachedSynthesizer, text: str, start: int, pieces: Sequence[splice.Part], voice: Voice
) -> AsyncGenerator[AudioChunk, None]:
    joiner = splice.Joiner()
    for piece in pieces:
        words = text[piece.start : piece.end].rstrip()
        made = (engine.prompt if piece.fixed else engine.synthesize)(words, voice)
        async with contextlib.aclosing(generator(made)) as chunks:
            audio = whole([chunk async for chunk in chunks])
        audio = _moved(audio, 0, piece.start - start)
        yield joiner.add(text[piece.start : piece.end], audio, last=piece is pieces[-1])


def _moved(chunk: AudioChunk, samples: int, characters: int) -> AudioChunk:
    """``chunk`` with its marks shifted."""
    if not chunk.marks or not (samples or characters):
        return chunk
    marks = tuple(WordMark(m.at_sample + samples, m.start + characters, m.end + characters) for m in chunk.marks)
    return AudioChunk(chunk.pcm, marks)
