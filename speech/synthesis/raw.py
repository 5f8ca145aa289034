"""What an engine must do to become a voice on the telephone: raw audio at its own rate."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import AloError
from speech.synthesis.base import SynthesizerCapabilities
from speech.types import Voice


@dataclass(frozen=True, slots=True)
class RawAudio:
    """Mono float32 samples, full scale ±1.0, at the engine's rate."""

    pcm: NDArray[np.float32]
    rate_hz: int


class SynthesisError(AloError):
    """An engine or service that could not make this audio now; another voice may."""


class RawVoice(Protocol):
    """An engine. Shared by all calls of a process."""

    capabilities: SynthesizerCapabilities
    version: str
    """Engine, model and settings: audio made under another version is made again."""

    def stream(self, text: str, voice: Voice) -> AsyncIterator[RawAudio]:
        """Speak a phrase of at most ``phrasing.LONGEST`` characters. Closing the iterator stops the work.

        Raises SynthesisError when it fails now, ConfigurationError when it never can.
        """
        ...

    async def start(self) -> None:
        """Load models and the like before the first call. Raises SynthesisError or ConfigurationError."""
        ...

    async def aclose(self) -> None:
        """Stop the engine."""
        ...


def pcm16(data: bytes) -> NDArray[np.float32]:
    """Little-endian 16-bit samples as float."""
    return np.frombuffer(data, "<i2").astype(np.float32) / np.float32(32768)
