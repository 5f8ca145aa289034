"""An engine's audio → the telephone's: 8 kHz, the band of a line, one loudness for every voice, no clipping. Streaming.

The resampler is fed in small steps and gives what it has at once, so no bursts: its delay is made up for at the end.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from speech.types import SAMPLE_RATE_HZ

TARGET_RMS: Final = 0.1
"""−20 dB below full scale over the active parts, as eSpeak's voices are brought to."""
LOW_HZ, HIGH_HZ = 200, 3500
"""Half-power edges; a line carries 300–3400 Hz."""
_TAPS: Final = 129
_DELAY: Final = _TAPS // 2
_ACTIVE: Final = 0.01
"""Of a voice's mean power: what is less is pause or breath."""
_FLOOR: Final = 1e-7
_LISTEN: Final = SAMPLE_RATE_HZ * 3 // 10
"""Active samples to hear before the first gain of an unknown voice is set."""
_MEMORY: Final = SAMPLE_RATE_HZ * 20
_LEAST_GAIN, _MOST_GAIN = 0.1, 20.0
_KNEE: Final = 0.8


def _band() -> NDArray[np.float32]:
    """A linear-phase FIR, flat in the band: windowed difference of two low passes."""
    n = np.arange(_TAPS) - _DELAY

    def low_pass(hz: float) -> NDArray[np.float64]:
        return 2 * hz / SAMPLE_RATE_HZ * np.sinc(2 * hz / SAMPLE_RATE_HZ * n)

    taps = (low_pass(HIGH_HZ) - low_pass(LOW_HZ)) * np.hamming(_TAPS)
    return taps.astype(np.float32)


_BAND: Final = _band()
Samples = NDArray[np.float32]


class BandPass:
    """300–3400 Hz pass; the filter's delay of 8 ms is taken off the beginning."""

    def __init__(self) -> None:
        self._past = np.zeros(_TAPS - 1, np.float32)
        self._skip = _DELAY

    def feed(self, audio: Samples) -> Samples:
        """Filtered audio, late by the delay."""
        if not len(audio):
            return audio
        joined = np.concatenate((self._past, audio))
        self._past = joined[-(_TAPS - 1) :]
        out = np.convolve(joined, _BAND, "valid").astype(np.float32)
        skipped = min(self._skip, len(out))
        self._skip -= skipped
        return out[skipped:]

    def finish(self) -> Samples:
        """What the delay held back."""
        return self.feed(np.zeros(_DELAY, np.float32))


class Loudness:
    """How loud a voice is, from what it has said lately. One per voice."""

    def __init__(self) -> None:
        self._power = 0.0
        self._samples = 0

    def hear(self, audio: Samples) -> None:
        """Take audio before any gain into account."""
        power = np.square(audio, dtype=np.float64)
        level = self._power / self._samples if self._samples else float(power.mean()) if len(power) else 0.0
        active = audio[power > max(level * _ACTIVE, _FLOOR)]
        self._power += float(np.square(active, dtype=np.float64).sum())
        self._samples += len(active)
        if self._samples > _MEMORY:
            self._power, self._samples = self._power / 2, self._samples // 2

    @property
    def known(self) -> bool:
        """Enough was heard for a gain."""
        return self._samples >= _LISTEN

    @property
    def gain(self) -> float:
        """What brings the voice to ``TARGET_RMS``; 1.0 if nothing was heard."""
        if not self._samples:
            return 1.0
        return min(max(TARGET_RMS / (self._power / self._samples) ** 0.5, _LEAST_GAIN), _MOST_GAIN)


class Shaper:
    """One phrase on its way to the line."""

    def __init__(self, rate_hz: int, loudness: Loudness) -> None:
        """Raises ValueError for a rate that no engine has."""
        if not 4000 <= rate_hz <= 192_000:
            raise ValueError(f"sampling rate {rate_hz}")
        self._resampler = soxr.ResampleStream(rate_hz, SAMPLE_RATE_HZ, 1, dtype="float32", quality="HQ")
        self._step = rate_hz // 50
        self._band = BandPass()
        self._loudness = loudness
        self._held: list[Samples] = []
        self._gain: float | None = None

    def feed(self, audio: Samples) -> NDArray[np.int16]:
        """The next samples at the engine's rate; what is ready at 8 kHz. NaN counts as silence."""
        audio = np.nan_to_num(audio, nan=0.0, posinf=0.0, neginf=0.0)
        parts = [
            self._resampler.resample_chunk(audio[start : start + self._step])
            for start in range(0, len(audio), self._step)
        ]
        return self._level(self._band.feed(_joined(parts)), last=False)

    def finish(self) -> NDArray[np.int16]:
        """The rest."""
        rest = self._band.feed(self._resampler.resample_chunk(np.zeros(0, np.float32), last=True))
        return self._level(np.concatenate((rest, self._band.finish())), last=True)

    def _level(self, audio: Samples, *, last: bool) -> NDArray[np.int16]:
        self._loudness.hear(audio)
        if not self._loudness.known and not last:
            self._held.append(audio)  # Too little was heard of this voice to know how loud it is.
            return np.zeros(0, np.int16)
        audio = np.concatenate((*self._held, audio))
        self._held = []
        wanted = self._loudness.gain
        before = wanted if self._gain is None else self._gain
        self._gain = wanted
        ramp = np.linspace(before, wanted, len(audio), dtype=np.float32)
        return to_pcm(audio * ramp)


def to_pcm(audio: Samples) -> NDArray[np.int16]:
    """int16 samples; peaks over the knee are rounded off instead of cut."""
    size = np.abs(audio)
    over = size > _KNEE
    if over.any():
        room = 1 - _KNEE
        audio = np.where(over, np.sign(audio) * (_KNEE + room * np.tanh((size - _KNEE) / room)), audio)
    return np.rint(audio * 32767).astype(np.int16)


def _joined(parts: list[Samples]) -> Samples:
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)
