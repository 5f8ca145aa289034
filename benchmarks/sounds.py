"""What a line carries besides words, generated: music of several kinds, tones, ring-back, noise. Int16 at 8 kHz."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from speech.types import SAMPLE_RATE_HZ

Wave = NDArray[np.float64]
SECONDS = 3.0
_LEVEL_DB = -22.0
_N = int(SECONDS * SAMPLE_RATE_HZ)
_T = np.arange(_N) / SAMPLE_RATE_HZ
_PENTATONIC = (0, 2, 4, 7, 9)
_CHORDS = ((0, 4, 7), (9, 12, 16), (5, 9, 12), (7, 11, 14))


def _hz(semitones: float) -> float:
    return 220.0 * 2.0 ** (semitones / 12)


def _note(hz: float, start_s: float, length_s: float, partials: int, decay: float) -> Wave:
    """A note in a clip of silence; its partials fall off, it fades by ``decay`` per second."""
    t = _T - start_s
    wave = sum(np.sin(2 * np.pi * hz * k * t) / k**1.4 for k in range(1, partials + 1) if hz * k < 3400)
    soft = np.clip(t / 0.01, 0, 1) * np.clip((start_s + length_s - _T) / 0.02, 0, 1)
    return np.asarray(np.where(t >= 0, wave * np.exp(-decay * np.maximum(t, 0)), 0.0) * soft)


def tune(rng: np.random.Generator) -> Wave:
    """A plucked melody."""
    length, shift = rng.uniform(0.2, 0.45), rng.integers(0, 12)
    return _sum(
        _note(_hz(rng.choice(_PENTATONIC) + shift), at, length, int(rng.integers(3, 8)), 3.0)
        for at in np.arange(0, SECONDS, length)
    )


def chords(rng: np.random.Generator) -> Wave:
    """Held chords, as hold music has them."""
    length, shift = rng.uniform(0.6, 1.2), rng.integers(-5, 7)
    return _sum(
        _note(_hz(tone + shift), at, length, int(rng.integers(2, 10)), 0.5)
        for k, at in enumerate(np.arange(0, SECONDS, length))
        for tone in _CHORDS[k % 4]
    )


def band(rng: np.random.Generator) -> Wave:
    """Chords, a melody and drums."""
    beat = rng.uniform(0.25, 0.5)
    drums = np.zeros(_N)
    for k, at in enumerate(np.arange(0, SECONDS - beat, beat)):
        size = int(0.08 * SAMPLE_RATE_HZ)
        hit = rng.standard_normal(size) if k % 2 else np.sin(2 * np.pi * 90 * np.arange(size) / SAMPLE_RATE_HZ) * 2
        begin = int(at * SAMPLE_RATE_HZ)
        drums[begin : begin + size] += hit * np.exp(-np.arange(size) / 200)
    return chords(rng) + tune(rng) + 2.0 * drums


def singing(rng: np.random.Generator) -> Wave:
    """A voice-like tone that glides and trembles under two formants, without words."""
    knots = _hz(0) * 2.0 ** (rng.choice(_PENTATONIC, 8) / 12)
    pitch = np.interp(_T, np.linspace(0, SECONDS, 8), knots) * (1 + 0.02 * np.sin(2 * np.pi * 5.5 * _T))
    phase, formants = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE_HZ, rng.uniform((300, 900), (800, 2200))
    wave = np.zeros(_N)
    for k in range(1, 14):
        height = sum(np.exp(-(((pitch * k - f) / 200) ** 2)) for f in formants) + 0.02
        wave += np.sin(k * phase) * height
    return wave * (0.6 + 0.4 * np.sin(2 * np.pi * rng.uniform(1, 3) * _T))


def tone(rng: np.random.Generator) -> Wave:
    """One sine, whole or in beeps."""
    wave = np.sin(2 * np.pi * rng.uniform(200, 2500) * _T)
    return np.asarray(wave if rng.random() < 0.5 else wave * (rng.uniform(0.1, 0.5) > _T % 0.7))


def ringback(rng: np.random.Generator) -> Wave:
    """425 Hz: ringing or busy."""
    on, period = ((1.0, 5.0), (0.5, 1.0), (0.25, 0.5))[int(rng.integers(3))]
    return np.asarray(np.sin(2 * np.pi * 425 * _T) * ((_T + rng.uniform(0, on)) % period < on))


def white(rng: np.random.Generator) -> Wave:
    """Noise in gusts."""
    return np.asarray(rng.standard_normal(_N) * np.interp(_T, np.linspace(0, SECONDS, 8), rng.uniform(0.05, 1, 8)))


SOUNDS: dict[str, Callable[[np.random.Generator], Wave]] = {
    f.__name__: f for f in (tune, chords, band, singing, tone, ringback, white)
}


def sound(kind: str, rng: np.random.Generator) -> NDArray[np.int16]:
    """Three seconds of a kind of ``SOUNDS``, half a second of silence behind."""
    wave = SOUNDS[kind](rng)
    wave = wave / max(float(np.sqrt(np.mean(wave**2))), 1e-9) * 32768 * 10 ** (_LEVEL_DB / 20)
    return np.concatenate((np.clip(wave, -32000, 32000), np.zeros(SAMPLE_RATE_HZ // 2))).astype(np.int16)


def _sum(notes: object) -> Wave:
    return np.sum(list(notes), axis=0)  # type: ignore[call-overload]
