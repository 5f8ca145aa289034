"""What a telephone call does to a voice: room, noise, band, codec, lost packets, gain. All at 8 kHz, float in ±1."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, oaconvolve, sosfilt

Audio = NDArray[np.float32]
RATE = 8000
_BAND = butter(4, (300, 3400), "bandpass", fs=RATE, output="sos")
_RUMBLE = butter(1, 400, "lowpass", fs=RATE, output="sos")


@dataclass(frozen=True, slots=True)
class Line:
    """One call's acoustics."""

    snr_db: float | None = None
    noise: str = "white"
    """white, pink, street or babble."""
    room_s: float = 0.0
    """Reverberation time; 0 is none."""
    band: bool = True
    codec: str | None = None
    """ulaw, alaw or None."""
    loss: float = 0.0
    """Share of 20 ms packets lost."""
    conceal: bool = True
    """Repeat the last packet instead of silence."""
    level_db: float = -22.0
    """RMS of the active speech relative to full scale."""


CLEAN = Line(band=False)
G711 = Line(codec="alaw")
BABBLE = Line(codec="ulaw", snr_db=10.0, noise="babble")
STREET = Line(codec="ulaw", snr_db=10.0, noise="street")
FAR = Line(codec="alaw", snr_db=12.0, noise="street", room_s=0.35, loss=0.02)
CONDITIONS: dict[str, Line] = {"clean": CLEAN, "g711": G711, "street": STREET, "babble": BABBLE, "far": FAR}


def line_of(name: str) -> Line:
    """A line by name: one of ``CONDITIONS``, alaw, ulaw, "loss 3" (percent of packets) or "street 10" (noise, dB)."""
    if name in CONDITIONS:
        return CONDITIONS[name]
    kind, _, amount = name.partition(" ")
    if not amount:
        return Line(codec=kind)
    if kind == "loss":
        return Line(codec="alaw", loss=float(amount) / 100)
    return Line(codec="ulaw", noise=kind, snr_db=float(amount))


def random_line(rng: np.random.Generator, hard: float, quiet_db: float = 30.0) -> Line:
    """A random call; ``hard`` 0 … 1 is the share of everything that hurts, ``quiet_db`` a noisy line's best ratio."""
    line = Line(level_db=float(rng.uniform(-34, -14)), band=bool(rng.random() < 0.85))
    if rng.random() < 0.7:
        line = replace(line, codec=str(rng.choice(("alaw", "ulaw"))))
    if rng.random() < 0.75 * hard:
        noise = str(rng.choice(("white", "pink", "street", "babble")))
        line = replace(line, noise=noise, snr_db=float(4 + (quiet_db - 4) * rng.random() ** 1.5))
    else:
        line = replace(line, snr_db=float(rng.uniform(30, 60)))
    if rng.random() < 0.35 * hard:
        line = replace(line, room_s=float(rng.uniform(0.08, 0.5)))
    if rng.random() < 0.3 * hard:
        line = replace(line, loss=float(rng.uniform(0, 0.03)), conceal=bool(rng.random() < 0.6))
    return line


def room(seconds: float, rng: np.random.Generator) -> Audio:
    """A synthetic impulse response: direct sound, then noise that decays by 60 dB in ``seconds``."""
    n = max(8, int(seconds * RATE))
    tail = rng.standard_normal(n) * np.exp(-6.9 * np.arange(n) / n)
    tail *= rng.uniform(0.2, 0.6) / np.sqrt(np.sum(tail**2))
    tail[: int(rng.integers(2, 8))] = 0
    tail[0] = 1.0
    return tail.astype(np.float32)


def companded(x: Audio, law: str) -> Audio:
    """Through G.711 and back (continuous companding curve, 8 bits)."""
    x = np.clip(x, -1, 1)
    if law == "ulaw":
        y = np.sign(x) * np.log1p(255 * np.abs(x)) / np.log(256)
        y = np.round(y * 127) / 127
        return np.asarray(np.sign(y) * (256 ** np.abs(y) - 1) / 255, np.float32)
    a, c = 87.6, 1 + np.log(87.6)
    m = np.abs(x)
    y = np.where(m < 1 / a, a * m, 1 + np.log(np.maximum(a * m, 1))) / c
    y = np.round(y * 127) / 127
    back = np.where(y < 1 / c, y * c / a, np.exp(y * c - 1) / a)
    return np.asarray(np.sign(x) * back, np.float32)


def _noise(kind: str, n: int, rng: np.random.Generator, babble: Audio) -> Audio:
    if kind == "babble" and len(babble) > n:
        at = int(rng.integers(0, len(babble) - n))
        return babble[at : at + n]
    noise = rng.standard_normal(n).astype(np.float32)
    if kind == "pink":
        spectrum = np.fft.rfft(noise)
        return np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 1)), n).astype(np.float32)
    if kind != "street":
        return noise
    knots = rng.uniform(0.3, 1.5, n // 4000 + 2)  # cars come and go
    swell = np.interp(np.arange(n), np.arange(len(knots)) * 4000, knots)
    return np.asarray(sosfilt(_RUMBLE, noise) * 3 * swell + 0.1 * noise, np.float32)


def _lose(x: Audio, share: float, conceal: bool, rng: np.random.Generator) -> Audio:
    out, size = x.copy(), RATE // 50
    for k in np.flatnonzero(rng.random(len(x) // size) < share):
        before = out[(k - 1) * size : k * size] if conceal and k else 0.0
        out[k * size : (k + 1) * size] = before
    return out


def pass_through(voice: Audio, line: Line, rng: np.random.Generator, babble: Audio) -> NDArray[np.int16]:
    """The voice as the far end receives it. ``babble`` is any long stretch of other people's talk."""
    loud = voice[np.abs(voice) > 0.02 * np.abs(voice).max()]
    active = np.sqrt(np.mean(np.square(loud))) + 1e-9 if len(loud) else 1.0
    x = voice * np.float32(10 ** (line.level_db / 20) / active)
    if line.room_s:
        x = oaconvolve(x, room(line.room_s, rng))[: len(x)].astype(np.float32)
    if line.snr_db is not None:
        noise = _noise(line.noise, len(x), rng, babble)
        power = np.sqrt(np.mean(np.square(noise))) + 1e-9
        x = x + noise * np.float32(10 ** ((line.level_db - line.snr_db) / 20) / power)
    if line.band:
        x = sosfilt(_BAND, x).astype(np.float32)
    if line.codec:
        x = companded(x, line.codec)
    if line.loss:
        x = _lose(x, line.loss, line.conceal, rng)
    return np.asarray(np.clip(np.round(x * 32767), -32768, 32767), np.int16)
