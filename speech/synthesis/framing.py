"""The words spoken between Alô and its eSpeak worker process over a pipe: length-prefixed frames, pure functions."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from speech.synthesis.base import AudioChunk, WordMark

HEADER: Final = struct.Struct("<IBI")
"""Payload length in bytes, kind, request number."""

RATE: Final = struct.Struct("<I")
"""Coqui's AUDIO payload: the model's rate in Hz, then int16 PCM."""
_COUNT: Final = struct.Struct("<H")
_MARK: Final = struct.Struct("<III")


class Kind(IntEnum):
    """What a frame is. The first two go to the worker, the others come from it."""

    SPEAK = 1
    """JSON: text, voice (eSpeak's name), rate, pitch."""
    CANCEL = 2
    AUDIO = 3
    """Marks, then int16 PCM at 8 kHz."""
    DONE = 4
    FAILED = 5
    """UTF-8 reason, in English; empty if the engine crashed."""
    READY = 6


def frame(kind: Kind, request: int, payload: bytes = b"") -> bytes:
    """One frame, ready to write."""
    return HEADER.pack(len(payload), kind, request) + payload


class Frames:
    """Cuts a byte stream into frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[tuple[Kind, int, bytes]]:
        """Add what was read; the frames (kind, request, payload) that are now complete."""
        self._buffer += data
        complete = []
        while len(self._buffer) >= HEADER.size:
            length, kind, request = HEADER.unpack_from(self._buffer)
            end = HEADER.size + length
            if len(self._buffer) < end:
                break
            complete.append((Kind(kind), request, bytes(self._buffer[HEADER.size : end])))
            del self._buffer[:end]
        return complete


def pack_audio(pcm: NDArray[np.int16], marks: Sequence[WordMark]) -> bytes:
    """Payload of an AUDIO frame."""
    packed = b"".join(_MARK.pack(mark.at_sample, mark.start, mark.end) for mark in marks)
    return _COUNT.pack(len(marks)) + packed + pcm.astype("<i2").tobytes()


def unpack_audio(payload: bytes) -> AudioChunk:
    """Inverse of ``pack_audio``."""
    (count,) = _COUNT.unpack_from(payload)
    end = _COUNT.size + count * _MARK.size
    marks = tuple(WordMark(*fields) for fields in _MARK.iter_unpack(payload[_COUNT.size : end]))
    return AudioChunk(np.frombuffer(payload, "<i2", offset=end).astype(np.int16), marks)
