"""What a telephone carries besides words: a tune in the background. Generated, never recorded."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from speech.types import SAMPLE_RATE_HZ

MUSIC = "♪"
"""A line of a script that starts with this is played, not spoken; in text nobody hears it."""

_PENTATONIC_HZ = (220.0, 246.9, 293.7, 329.6, 392.0, 440.0)
_NOTE_S = 0.35
_NOTES = 14
_LEVEL = 6000.0


def is_sound(text: str | None) -> bool:
    """Is this line of a script a sound rather than words?"""
    return text is not None and text.startswith(MUSIC)


@lru_cache(maxsize=1)
def sound(text: str) -> NDArray[np.int16]:
    """Five seconds of a made-up tune, int16 at 8 kHz."""
    rng = np.random.default_rng(5)
    t = np.arange(int(_NOTE_S * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    notes = []
    for hz in rng.choice(_PENTATONIC_HZ, _NOTES):
        wave = sum(np.sin(2 * np.pi * hz * k * t) / k**1.5 for k in (1, 2, 3, 5))
        notes.append(wave * np.exp(-3 * t))
    tune = np.concatenate(notes)
    return (tune / np.abs(tune).max() * _LEVEL).astype(np.int16)
