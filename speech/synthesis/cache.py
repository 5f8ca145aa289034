"""Remembers what was synthesised lately: greetings, notices and questions are the same words in most calls."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import TypeVar

import numpy as np

from speech.synthesis.base import AudioChunk, Synthesizer
from speech.synthesis.disk import DiskPhrases
from speech.types import SAMPLE_RATE_HZ, Voice

T = TypeVar("T")


class CachedSynthesizer:
    """A synthesizer in front of another one; the least recently used phrases make room for new ones."""

    def __init__(self, inner: Synthesizer, *, seconds: float = 600.0, disk: DiskPhrases | None = None) -> None:
        """Keeps up to ``seconds`` of audio (16 kB each) in memory; prompts on ``disk`` as well."""
        self.capabilities = inner.capabilities
        self._inner = inner
        self._phrases: OrderedDict[tuple[str, Voice], tuple[AudioChunk, ...]] = OrderedDict()
        self._disk = disk
        self._samples = 0
        self._limit = round(seconds * SAMPLE_RATE_HZ)
        self.hits = 0
        self.misses = 0

    @property
    def keeps_prompts(self) -> bool:
        """Are prompts worth being asked for piece by piece?"""
        return self._disk is not None

    def synthesize(self, text: str, voice: Voice) -> AsyncIterator[AudioChunk]:
        """As the synthesizer behind; a phrase is remembered once it was made to its end."""
        return self._speak(text, voice, None)

    def prompt(self, text: str, voice: Voice) -> AsyncIterator[AudioChunk]:
        """As ``synthesize``, for words that are the same for every customer: they are kept on disk too."""
        return self._speak(text, voice, self._disk)

    async def _speak(self, text: str, voice: Voice, disk: DiskPhrases | None) -> AsyncGenerator[AudioChunk, None]:
        key = (text, voice)
        known = self._phrases.get(key)
        if known is None and disk is not None:
            found = await asyncio.to_thread(disk.get, text, voice)
            if found is not None:
                known = (found,)
                self._remember(key, known)
        if known is not None:
            self.hits += 1
            if key in self._phrases:
                self._phrases.move_to_end(key)
            for chunk in known:
                yield chunk
            return
        self.misses += 1
        made: list[AudioChunk] = []
        async with contextlib.aclosing(generator(self._inner.synthesize(text, voice))) as chunks:
            async for chunk in chunks:
                made.append(chunk)
                yield chunk
        self._remember(key, tuple(made))
        if disk is not None and made:
            await asyncio.to_thread(disk.put, text, voice, whole(made))

    async def start(self) -> None:
        """As the synthesizer behind."""
        await self._inner.start()

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


def whole(chunks: Sequence[AudioChunk]) -> AudioChunk:
    """All of an utterance in one."""
    pcm = np.concatenate([chunk.pcm for chunk in chunks]) if chunks else np.zeros(0, np.int16)
    return AudioChunk(pcm, tuple(mark for chunk in chunks for mark in chunk.marks))


async def generator(chunks: AsyncIterator[T]) -> AsyncGenerator[T, None]:
    """``chunks`` with an ``aclose`` that reaches through, whatever kind of iterator it is."""
    try:
        async for chunk in chunks:
            yield chunk
    finally:
        close = getattr(chunks, "aclose", None)
        if close is not None:
            await close()
