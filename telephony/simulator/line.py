"""A telephone line that is not perfect: gain, background noise, G.711, lost and late packets. All seeded.

Noise is generated (never recorded): white, babble-like (several modulated voiced talkers) and street-like (rumble,
passing engines, horns). It is encoded once per call as a loop and once per utterance with the speech mixed in, so a
packet of 20 ms costs a slice of bytes.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from speech import codecs
from speech.types import FRAME_SAMPLES, SAMPLE_RATE_HZ
from telephony.carrier import Codec, MediaPacket

NoiseKind = Literal["none", "white", "babble", "street"]
Pcm = NDArray[np.int16]
_Signal = NDArray[np.float32]

SPEECH_RMS = 2000.0
"""Level to which a customer's speech is brought before the line's gain: -24 dBFS, a usual telephone level."""
_LOOP_FRAMES = 400
"""The background repeats every 8 s."""
_LOOP = _LOOP_FRAMES * FRAME_SAMPLES
_LOOPS = 2
"""Different loops per kind of noise, shared by all calls of the process."""
_BURST = 0.3
"""Chance that the packet after a lost one is lost as well (Gilbert model): losses come in bursts."""


@dataclass(frozen=True, slots=True)
class LineProfile:
    """How bad a line is."""

    noise: NoiseKind = "none"
    snr_db: float = 30.0
    """Speech to noise, before coding."""
    loss: float = 0.0
    """Share of packets that never arrive."""
    jitter_ms: float = 0.0
    """Mean of the exponential delay of a packet; packets may overtake each other."""
    gain_db: float = 0.0
    """Louder or softer than usual, speech and noise alike."""


def prepare(profile: LineProfile) -> None:
    """Make the noise that lines of this kind share. Takes up to half a second, so call it outside the event loop."""
    for seed in range(_LOOPS):
        noise(profile.noise, seed)


@lru_cache(maxsize=12)
def noise(kind: NoiseKind, seed: int) -> _Signal:
    """A loop of 8 s of noise at 8 kHz with RMS 1."""
    rng = np.random.default_rng(seed)
    if kind == "none":
        return np.zeros(_LOOP, np.float32)
    made = _MAKERS[kind](rng)
    return (made / np.sqrt(np.mean(made**2) + 1e-12)).astype(np.float32)


def _shaped(rng: np.random.Generator, gain_of_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gaussian noise whose spectrum has ``gain_of_hz`` over the bins of an FFT of the loop."""
    spectrum = rng.standard_normal(_LOOP // 2 + 1) + 1j * rng.standard_normal(_LOOP // 2 + 1)
    return np.fft.irfft(spectrum * gain_of_hz, _LOOP).astype(np.float64)


def _hz() -> NDArray[np.float64]:
    return np.linspace(0, SAMPLE_RATE_HZ / 2, _LOOP // 2 + 1, dtype=np.float64)


def _white(rng: np.random.Generator) -> NDArray[np.float64]:
    hz = _hz()
    return _shaped(rng, ((hz > 200) & (hz < 3600)).astype(float))


def _envelope(rng: np.random.Generator, low_hz: float, high_hz: float) -> NDArray[np.float64]:
    """A slow random curve between 0 and about 2."""
    hz = _hz()
    curve = _shaped(rng, ((hz >= low_hz) & (hz <= high_hz)).astype(float))
    return np.clip(0.6 + curve / (curve.std() + 1e-9), 0, None)


def _babble(rng: np.random.Generator) -> NDArray[np.float64]:
    """Seven talkers: harmonics of a wandering pitch and breath noise, coloured like speech, opening and closing at the
    rate of syllables."""
    hz = _hz()
    colour = 1 / (1 + (hz / 600) ** 2) ** 0.75 * (hz > 120)
    time_s = np.arange(_LOOP) / SAMPLE_RATE_HZ
    total = np.zeros(_LOOP)
    for _ in range(7):
        sway = 1 + 0.12 * np.sin(2 * np.pi * rng.uniform(0.3, 0.9) * time_s + rng.uniform(0, 6))
        phase = 2 * np.pi * np.cumsum(rng.uniform(95, 240) * sway) / SAMPLE_RATE_HZ
        voiced = sum(np.sin(k * phase) / k for k in range(1, 9))
        coloured = np.fft.irfft(np.fft.rfft(voiced + 0.4 * rng.standard_normal(_LOOP)) * colour, _LOOP)
        total += coloured * _envelope(rng, 2, 6) * rng.uniform(0.4, 1.0)
    return total


def _street(rng: np.random.Generator) -> NDArray[np.float64]:
    """Rumble, engines that swell and pass, now and then a horn."""
    hz = _hz()
    total = _shaped(rng, 1 / (1 + (hz / 250) ** 2) * (hz > 60))
    total /= total.std()
    time_s = np.arange(_LOOP) / SAMPLE_RATE_HZ
    engine = _shaped(rng, (1 / (1 + ((hz - 700) / 500) ** 2)))
    total += 1.2 * engine / engine.std() * _envelope(rng, 0.1, 0.4)
    for _ in range(rng.integers(1, 3)):
        start, tone = rng.uniform(0, 7), rng.uniform(380, 520)
        window = ((time_s > start) & (time_s < start + rng.uniform(0.2, 0.6))).astype(float)
        total += 1.5 * window * (np.sin(2 * np.pi * tone * time_s) + 0.6 * np.sin(2 * np.pi * 2.5 * tone * time_s))
    return total


_MAKERS: Mapping[str, Callable[[np.random.Generator], NDArray[np.float64]]] = {
    "white": _white, "babble": _babble, "street": _street,
}  # fmt: skip


def active_rms(pcm: Pcm) -> float:
    """RMS over the frames that hold speech (within 25 dB of the loudest frame); 0.0 for silence."""
    whole = pcm[: len(pcm) // FRAME_SAMPLES * FRAME_SAMPLES].astype(np.float64).reshape(-1, FRAME_SAMPLES)
    if not len(whole):
        return float(np.sqrt(np.mean(pcm.astype(np.float64) ** 2))) if len(pcm) else 0.0
    power = np.mean(whole**2, axis=1)
    return float(np.sqrt(power[power >= power.max() * 10**-2.5].mean()))


class Line:
    """The way from the customer to us. ``now_ms`` is the leg's own time."""

    def __init__(self, profile: LineProfile, codec: Codec, rng: Random) -> None:
        self._profile = profile
        self._codec = codec
        self._rng = rng
        self._gain = 10 ** (profile.gain_db / 20)
        self._noise = noise(profile.noise, rng.randrange(_LOOPS))
        self._noise_rms = np.float32(SPEECH_RMS * self._gain / 10 ** (profile.snr_db / 20))
        self._background = _cut(codecs.encode(_clip(self._noise * self._noise_rms), codec))
        self._sequence = 0
        self._lost_last = False
        self._in_flight: list[tuple[float, int, bytes]] = []

    def background(self) -> bytes:
        """The next packet's payload while nobody speaks."""
        return self._background[self._sequence % _LOOP_FRAMES]

    def voice(self, pcm: Pcm, *, level: bool = True) -> list[bytes]:
        """Payloads of speech over the background, from the next packet on. ``level`` brings it to telephone level."""
        frames = -(-len(pcm) // FRAME_SAMPLES)
        speech = np.zeros(frames * FRAME_SAMPLES, np.float32)
        rms = active_rms(pcm)
        scale = SPEECH_RMS / rms if level and rms > 0 else 1.0
        speech[: len(pcm)] = pcm * np.float32(scale * self._gain)
        start = self._sequence % _LOOP_FRAMES * FRAME_SAMPLES
        speech += np.take(self._noise, np.arange(start, start + len(speech)), mode="wrap") * self._noise_rms
        return _cut(codecs.encode(_clip(speech), self._codec))

    def send(self, payload: bytes, now_ms: int) -> None:
        """Put one packet on the wire."""
        sequence, self._sequence = self._sequence, self._sequence + 1
        if self._loses():
            return
        delay = self._rng.expovariate(1 / self._profile.jitter_ms) if self._profile.jitter_ms > 0 else 0.0
        heapq.heappush(self._in_flight, (now_ms + min(delay, 8 * self._profile.jitter_ms), sequence, payload))

    def arrived(self, now_ms: int) -> list[MediaPacket]:
        """Packets that have come out by ``now_ms``, in the order in which they did."""
        out = []
        while self._in_flight and self._in_flight[0][0] <= now_ms:
            _, sequence, payload = heapq.heappop(self._in_flight)
            out.append(MediaPacket(sequence, payload))
        return out

    def _loses(self) -> bool:
        loss = self._profile.loss
        if loss <= 0:
            return False
        # Gilbert: enter a burst so often that the long-run share of lost packets is `loss`.
        enter = loss * (1 - _BURST) / (1 - loss)
        self._lost_last = self._rng.random() < (_BURST if self._lost_last else enter)
        return self._lost_last


def _clip(signal: _Signal) -> Pcm:
    return np.clip(np.rint(signal), -32768, 32767).astype(np.int16)


def _cut(payload: bytes) -> list[bytes]:
    return [payload[k : k + FRAME_SAMPLES] for k in range(0, len(payload), FRAME_SAMPLES)]


def ringback_tone() -> Pcm:
    """One period of the Vietnamese ring-back tone: 425 Hz, 1 s on, 4 s off (ITU-T E.180 national tones)."""
    time_s = np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    tone = 3000 * np.sin(2 * np.pi * 425 * time_s)
    return np.concatenate([tone, np.zeros(4 * SAMPLE_RATE_HZ)]).astype(np.int16)
