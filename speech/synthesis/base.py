"""The seam of synthesis: text in, a stream of telephone audio out, with marks of which words have sounded."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from speech.types import Voice


@dataclass(frozen=True, slots=True)
class WordMark:
    """Word ``text[start:end]`` of the request begins ``at_sample`` samples (8 kHz) into the audio."""

    at_sample: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """int16 mono PCM at 8 kHz and the marks of the words that begin in it (absolute sample positions)."""

    pcm: NDArray[np.int16]
    marks: tuple[WordMark, ...] = ()


@dataclass(frozen=True, slots=True)
class SynthesizerCapabilities:
    name: str
    streaming: bool
    word_marks: bool
    dialects: tuple[str, ...]


class Synthesizer(Protocol):
    """Shared by all calls of a process."""

    capabilities: SynthesizerCapabilities

    def synthesize(self, text: str, voice: Voice) -> AsyncIterator[AudioChunk]:
        """Speak ``text`` (already written out as spoken). Closing the iterator stops the work at once.

        Raises ConfigurationError if the engine cannot be used.
        """
        ...

    async def start(self) -> None:
        """Get ready, so that the first call does not wait. Raises AloError where that shows that it cannot be used."""
        ...

    async def aclose(self) -> None:
        """Stop the engine."""
        ...
