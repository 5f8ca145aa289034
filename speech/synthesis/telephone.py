"""Any engine as a ``Synthesizer`` for calls: shaped for the line, one loudness, with estimated marks of words."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

import numpy as np

from speech.synthesis.base import AudioChunk, WordMark
from speech.synthesis.cache import generator
from speech.synthesis.cleaning import silent, speakable
from speech.synthesis.raw import RawVoice
from speech.synthesis.shaping import Loudness, Shaper
from speech.types import SAMPLE_RATE_HZ, Voice

_WORD: Final = re.compile(r"\w+")
_LETTER_SAMPLES: Final = SAMPLE_RATE_HZ * 6 // 100
"""A letter of Vietnamese takes about 60 ms until a voice has shown its own pace."""
_BLOCK: Final = SAMPLE_RATE_HZ // 10


class TelephoneVoice:
    """A raw voice in front of the line. Say phrase by phrase (``speaker``), so that sound begins early."""

    def __init__(self, raw: RawVoice) -> None:
        self.capabilities = raw.capabilities
        self.version = raw.version
        self._raw = raw
        self._loudness: dict[tuple[str, str | None], Loudness] = {}
        self._pace: dict[tuple[str, str | None], float] = {}

    async def synthesize(self, text: str, voice: Voice) -> AsyncIterator[AudioChunk]:
        """Speak one phrase. Raises SynthesisError or ConfigurationError as the engine does."""
        clean = speakable(text)
        if silent(clean):
            return
        key = (voice.dialect, voice.variant)
        words = _Words(clean, self._pace.get(key, _LETTER_SAMPLES) / voice.rate)
        shaper: Shaper | None = None
        async with contextlib.aclosing(generator(self._raw.stream(" ".join(clean.split()), voice))) as raws:
            async for raw in raws:
                shaper = shaper or Shaper(raw.rate_hz, self._loudness.setdefault(key, Loudness()))
                pcm = shaper.feed(raw.pcm)
                for start in range(0, len(pcm), _BLOCK):
                    yield words.chunk(pcm[start : start + _BLOCK])
        if shaper is not None:
            yield words.chunk(shaper.finish(), last=True)
            pace = words.made / words.letters * voice.rate
            self._pace[key] = 0.7 * self._pace.get(key, pace) + 0.3 * pace

    async def start(self) -> None:
        """Get the engine ready."""
        await self._raw.start()

    async def aclose(self) -> None:
        """Stop the engine."""
        await self._raw.aclose()


class _Words:
    """Marks for a phrase whose engine tells none: words take as long as they have letters."""

    def __init__(self, text: str, letter_samples: float) -> None:
        self._waiting: list[WordMark] = []
        self.made = 0
        self.letters = 0
        for match in _WORD.finditer(text):
            self._waiting.append(WordMark(round(self.letters * letter_samples), match.start(), match.end()))
            self.letters += match.end() - match.start() + 1

    def chunk(self, pcm: np.ndarray, *, last: bool = False) -> AudioChunk:
        """``pcm`` with the marks that lie in it; the last one takes all that wait, at its end."""
        self.made += len(pcm)
        end = self.made
        ready = len(self._waiting) if last else sum(mark.at_sample < end for mark in self._waiting)
        marks = tuple(replace(mark, at_sample=min(mark.at_sample, max(end - 1, 0))) for mark in self._waiting[:ready])
        del self._waiting[:ready]
        return AudioChunk(pcm, marks)
