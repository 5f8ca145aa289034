"""G.711 (ITU-T G.711, 1988): 8-bit companded telephone audio, µ-law and A-law, to and from int16 PCM.

Both ways are table look-ups, so a packet of 160 samples costs about two microseconds. PCM is left-justified as
usual on computers: µ-law's 14 bits and A-law's 13 bits fill the upper bits of int16.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Codec = Literal["pcma", "pcmu"]

_ULAW_BIAS: Final = 0x84
_ULAW_CLIP: Final = 8158
"""Greatest 14-bit magnitude that still fits after the bias is added."""


def _ulaw_decode_table() -> NDArray[np.int16]:
    code = ~np.arange(256) & 0xFF
    magnitude = (((code & 0x0F) << 3) + _ULAW_BIAS) << ((code & 0x70) >> 4)
    value = np.where(code & 0x80, _ULAW_BIAS - magnitude, magnitude - _ULAW_BIAS)
    return value.astype(np.int16)


def _alaw_decode_table() -> NDArray[np.int16]:
    code = np.arange(256) ^ 0x55
    segment = (code & 0x70) >> 4
    magnitude = (code & 0x0F) << 4
    magnitude = np.where(segment == 0, magnitude + 8, (magnitude + 0x108) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


def _segments(magnitude: NDArray[np.int64], first_bits: int) -> NDArray[np.int64]:
    """Number of the segment (0…7) whose first one is ``first_bits`` bits wide."""
    return np.searchsorted(1 << (first_bits + np.arange(7)), magnitude, side="right")


def _ulaw_encode_table() -> NDArray[np.uint8]:
    pcm = np.arange(65536).astype(np.uint16).view(np.int16).astype(np.int64) >> 2
    magnitude = np.minimum(np.abs(pcm), _ULAW_CLIP) + (_ULAW_BIAS >> 2)
    segment = _segments(magnitude, 6)
    code = (segment << 4) | ((magnitude >> (segment + 1)) & 0x0F)
    return (~np.where(pcm < 0, code | 0x80, code) & 0xFF).astype(np.uint8)


def _alaw_encode_table() -> NDArray[np.uint8]:
    pcm = np.arange(65536).astype(np.uint16).view(np.int16).astype(np.int64) >> 3
    # One's complement for negatives, as in the reference code of ITU-T G.191: -1 … -16 share the first step.
    magnitude = np.where(pcm < 0, ~pcm, pcm)
    segment = _segments(magnitude, 5)
    code = (segment << 4) | ((magnitude >> np.maximum(segment, 1)) & 0x0F)
    return (np.where(pcm < 0, code, code | 0x80) ^ 0x55).astype(np.uint8)


_DECODE: Final[dict[Codec, NDArray[np.int16]]] = {"pcmu": _ulaw_decode_table(), "pcma": _alaw_decode_table()}
_ENCODE: Final[dict[Codec, NDArray[np.uint8]]] = {"pcmu": _ulaw_encode_table(), "pcma": _alaw_encode_table()}

SILENCE: Final[dict[Codec, int]] = {"pcmu": 0xFF, "pcma": 0xD5}
"""The byte of digital silence."""


def decode(payload: bytes, codec: Codec) -> NDArray[np.int16]:
    """G.711 bytes as int16 PCM, one sample per byte."""
    return _DECODE[codec][np.frombuffer(payload, np.uint8)]


def encode(pcm: NDArray[np.int16], codec: Codec) -> bytes:
    """int16 PCM of any shape (C order) as G.711, one byte per sample."""
    return _ENCODE[codec][np.ascontiguousarray(pcm, np.int16).view(np.uint16)].tobytes()


def silence(samples: int, codec: Codec) -> bytes:
    """``samples`` bytes of silence."""
    return bytes([SILENCE[codec]]) * samples


@lru_cache(maxsize=8)
def softening(gain_db: float, codec: Codec) -> bytes:
    """A table for ``bytes.translate`` that makes coded audio louder or softer by ``gain_db``."""
    return encode(np.round(decode(bytes(range(256)), codec) * 10 ** (gain_db / 20)).astype(np.int16), codec)
