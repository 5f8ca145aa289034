"""Remembers what was synthesised lately: greetings, notices and questions are the same words in most calls."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator

from speech.synthesis.base import AudioChunk, Synthesizer
from speech.types import SAMPLE_RATE_HZ, Voice


class CachedSynthesizer:
    """A synthesizer in front of another one; the least recently used phrases make room for new ones."""

    def __init__(self, inner: Synthesizer, *, seconds: float = 600.0) -> None:
        """Keeps up to ``seconds`` of audio (16 kB each)."""
        self.capabilities = inner.capabilities
        self._inner = inner
        self._phrases: OrderedDict[tuple[str, Voice], tuple[AudioChunk, ...]] = OrderedDict()
        self._samples = 0
        self._limit = round(seconds * SAMPLE_RATE_HZ)
        self.hits = 0
        self.misses = 0

    async def synthesize(self, text: str, voice: Voice) -> AsyncIterator[AudioChunk]:
        """As the synthesizer behind; a phrase is remembered once it was made to its end."""
        key = (text, voice)
        known = self._phrases.get(key)
        if known is not None:
            self.hits += 1
            self._phrases.move_to_end(key)
            for chunk in known:
                yield chunk
            return
        self.misses += 1
        made: list[AudioChunk] = []
        async with contextlib.aclosing(_generator(self._inner.synthesize(text, voice))) as chunks:
            async for chunk in chunks:
                made.append(chunk)
                yield chunk
        self._remember(key, tuple(made))

    async def aclose(self) -> None:
        """Stop the synthesizer behind and forget everything."""
        self._phrases.clear()
        self._samples = 0
        await self._inner.aclose()

    def _remember(self, key: tuple[str, Voice], chunks: tuple[AudioChunk, ...]) -> None:
        if key in self._phrases:
            return
        self._phrases[key] = chunks
        self._samples += _length(chunks)
        while self._samples > self._limit:
            self._samples -= _length(self._phrases.popitem(last=False)[1])


def _length(chunks: tuple[AudioChunk, ...]) -> int:
    return sum(len(chunk.pcm) for chunk in chunks)


async def _generator(chunks: AsyncIterator[AudioChunk]) -> AsyncGenerator[AudioChunk, None]:
    """``chunks`` with an ``aclose`` that reaches through, whatever kind of iterator it is."""
    try:
        async for chunk in chunks:
            yield chunk
    finally:
        close = getattr(chunks, "aclose", None)
        if close is not None:
            await close()
