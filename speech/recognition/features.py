"""Acoustic features for the embedded recogniser: 40 log-mel bands and 6 pitch inputs every 10 ms at 8 kHz.

Vietnamese tones live in the pitch, so it gets inputs of its own: log-F0 relative to the speaker (mean and spread are
carried over the whole call), two differences, periodicity and a voicing flag. The tracker is a normalised
cross-correlation followed by a leaky forward pass over a log-spaced grid of lags: causal, no backtrace.

Everything is vectorised over streams in numpy; one call with a long chunk equals many calls with short ones.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from speech.types import SAMPLE_RATE_HZ

Floats = NDArray[np.float32]

HOP = SAMPLE_RATE_HZ // 100
FRAME_MS = 10
N_MELS = 40
N_PITCH = 6
N_FEATURES = N_MELS + N_PITCH

_WINDOW, _FFT = 200, 256
_CORR, _CORR_FFT = 240, 512  # 30 ms against itself shifted; 240 + 130 < 512, so nothing wraps round
_MIN_LAG, _MAX_LAG = 19, 128  # 421 … 62.5 Hz
# A frame's mel window is [0, 200) and its correlation reads [-50, 320): both are centred on sample ~100.
_BEHIND, _AHEAD = 50, 320
_BINS = 56
_GRID = np.geomspace(_MIN_LAG + 1, _MAX_LAG - 1, _BINS)
_GRID_LOW = np.floor(_GRID).astype(np.int64)
_GRID_PART = (_GRID - _GRID_LOW).astype(np.float32)
# The correlation also peaks at every multiple of the period; a small price per octave prefers the shortest.
_OCTAVE = (0.06 * np.log2(_GRID / _GRID[0])).astype(np.float32)
_LEAK = np.float32(0.75)
_VOICED, _SURE = 0.5, 0.65
_PRIOR_MEAN, _PRIOR_SPREAD = float(np.log(160.0)), 0.18
_PRIOR_MEAN_FRAMES, _PRIOR_SPREAD_FRAMES = 8.0, 60.0
_MAX_FRAMES = 3000.0  # the speaker's statistics forget over 30 s of voiced speech
_LEAST_VOICED = 8.0  # 80 ms of clear voice
_MEL_MEAN, _MEL_SCALE = -5.0, 4.0  # rough centre and spread of log energies of speech at telephone level
_FLOOR = 1e-7


def _mel_matrix() -> Floats:
    """Triangles from 150 to 3700 Hz, (129, 40)."""

    def mel(hz: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(1127.0 * np.log1p(hz / 700.0))

    low, high = mel(np.array([150.0, 3700.0])).tolist()
    edges = np.linspace(low, high, N_MELS + 2)
    bins = mel(np.arange(_FFT // 2 + 1) * SAMPLE_RATE_HZ / _FFT)[:, None]
    rise = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    return np.maximum(0.0, np.minimum(rise, fall)).astype(np.float32)


_MEL = _mel_matrix()
_HANN = np.hanning(_WINDOW).astype(np.float32)


@dataclass(slots=True)
class FeatureState:
    """What one stream carries between chunks (about 2 kB)."""

    tail: Floats = field(default_factory=lambda: np.zeros(_BEHIND, np.float32))
    """Samples not yet behind every window."""
    score: Floats = field(default_factory=lambda: np.zeros(_BINS, np.float32))
    """The tracker's leaky forward score by lag."""
    recent: Floats = field(default_factory=lambda: np.zeros((6, 2), np.float32))
    """(log-F0, weight) of the last six frames."""
    speaker: NDArray[np.float64] = field(
        default_factory=lambda: np.array([_PRIOR_MEAN_FRAMES, _PRIOR_MEAN, _PRIOR_SPREAD**2])
    )
    """Voiced frames counted, mean and variance of log-F0 of this caller."""
    voiced: NDArray[np.float64] = field(default_factory=lambda: np.zeros(2))
    """Surely voiced frames of this utterance and the sum of their log-F0."""

    @property
    def pitch_hz(self) -> float | None:
        """Mean pitch of the utterance so far; None where too little of it was voiced."""
        frames, total = self.voiced.tolist()
        return float(np.exp(total / frames)) if frames >= _LEAST_VOICED else None


def reset(state: FeatureState, keep_speaker: bool = True) -> None:
    """Forget the audio; keep the caller's pitch statistics unless told otherwise."""
    fresh = FeatureState()
    state.tail, state.score, state.recent, state.voiced = fresh.tail, fresh.score, fresh.recent, fresh.voiced
    if not keep_speaker:
        state.speaker = fresh.speaker


def extract(
    states: Sequence[FeatureState], audio: Sequence[NDArray[np.int16]], take: Sequence[int] | None = None
) -> list[Floats]:
    """Feed each stream its new samples (int16, any length); returns the new frames (T_i, 46) of each.

    A frame appears once 320 samples from its start are there, so features lag the audio by 30 ms. ``take`` is how many
    frames each stream gives now, at most ``ready``; the rest wait. Streams that give the same number are done at once:
    eight streams with 16 frames each cost little more than one.
    """
    tails = [
        np.concatenate((state.tail, chunk.astype(np.float32) * np.float32(1 / 32768)))
        for state, chunk in zip(states, audio, strict=True)
    ]
    counts = [_frames_in(len(tail)) for tail in tails] if take is None else take
    out = [np.zeros((0, N_FEATURES), np.float32)] * len(tails)
    for count in set(counts):
        members = [k for k, n in enumerate(counts) if n == count]
        if count:
            used = _BEHIND + _AHEAD + (count - 1) * HOP
            block = np.stack([tails[k][:used] for k in members])
            frames = _frames(block, count, [states[k] for k in members])
            for k, rows in zip(members, frames, strict=True):
                out[k] = rows
        for k in members:
            states[k].tail = tails[k][count * HOP :].copy()
    return out


def ready(state: FeatureState, samples: int) -> int:
    """Frames there would be after ``samples`` more."""
    return _frames_in(len(state.tail) + samples)


def _frames_in(samples: int) -> int:
    return max(0, (samples - _BEHIND - _AHEAD) // HOP + 1)


def flush(states: Sequence[FeatureState]) -> list[Floats]:
    """The frames still waiting for audio, as if silence followed."""
    silence = np.zeros(_AHEAD - HOP, np.int16)
    return extract(states, [silence] * len(states))


def _frames(block: Floats, count: int, states: Sequence[FeatureState]) -> Floats:
    """(S, samples) → (S, count, 46)."""
    out = np.empty((len(states), count, N_FEATURES), np.float32)
    windows = sliding_window_view(block[:, _BEHIND:], _WINDOW, axis=1)[:, : count * HOP : HOP]
    spectrum = np.fft.rfft(windows * _HANN, _FFT)
    power = spectrum.real**2 + spectrum.imag**2
    out[..., :N_MELS] = (np.log(power @ _MEL + np.float32(_FLOOR)) - np.float32(_MEL_MEAN)) * np.float32(1 / _MEL_SCALE)
    out[..., N_MELS:] = _pitch(_correlation(block, count), states)
    return out


def _correlation(block: Floats, count: int) -> Floats:
    """Normalised cross-correlation of each frame with itself shifted by _MIN_LAG … _MAX_LAG: (S, count, 110)."""
    long = sliding_window_view(block, _CORR + _MAX_LAG + 1, axis=1)[:, : count * HOP : HOP]
    long = long - long.mean(axis=-1, keepdims=True)
    short = np.fft.rfft(long[..., :_CORR], _CORR_FFT)
    cross = np.fft.irfft(np.conj(short) * np.fft.rfft(long, _CORR_FFT), _CORR_FFT)[..., _MIN_LAG : _MAX_LAG + 1]
    energy = np.cumsum(np.square(long), axis=-1, dtype=np.float64)
    shifted = energy[..., _CORR + _MIN_LAG - 1 : _CORR + _MAX_LAG] - energy[..., _MIN_LAG - 1 : _MAX_LAG]
    # The constant keeps line noise at the last bit or two from looking periodic.
    scale = np.sqrt(energy[..., _CORR - 1 : _CORR] * shifted) + 1e-5
    return np.asarray(cross / scale, np.float32)


def _pitch(corr: Floats, states: Sequence[FeatureState]) -> Floats:
    """Six inputs from the correlation, updating tracker and speaker statistics: (S, count, 6)."""
    streams, count, _ = corr.shape
    low = corr[..., _GRID_LOW - _MIN_LAG]
    local = low + (corr[..., _GRID_LOW - _MIN_LAG + 1] - low) * _GRID_PART - _OCTAVE
    best = _track(np.ascontiguousarray(local.transpose(1, 0, 2)), states).argmax(axis=-1).T
    lag, peak = _refine(corr, best)
    log_f0 = np.log(np.float32(SAMPLE_RATE_HZ) / lag)
    weight = np.clip((peak - 0.3) / 0.4, 0.0, 1.0)
    relative = _speaker_relative(log_f0, peak, states)
    past = np.concatenate((np.stack([s.recent for s in states]), np.stack((log_f0, weight), axis=-1)), axis=1)
    out = np.empty((streams, count, N_PITCH), np.float32)
    out[..., 0] = relative[..., 0] * weight
    out[..., 1] = relative[..., 1] * weight
    for column, back in ((2, 3), (3, 6)):
        before = past[:, 6 - back : 6 - back + count]
        slope = np.clip((log_f0 - before[..., 0]) * 8, -2, 2)
        out[..., column] = slope * np.minimum(weight, before[..., 1])
    out[..., 4] = peak
    out[..., 5] = peak > _VOICED
    for k, state in enumerate(states):
        state.recent = past[k, -6:].copy()
    return out


def _track(local: Floats, states: Sequence[FeatureState]) -> Floats:
    """Scores by lag of every frame, (count, S, bins) like ``local``, the frames' own."""
    scores = np.empty_like(local)
    padded = np.full((local.shape[1], _BINS + 4), -1.0, np.float32)
    score = padded[:, 2:-2]
    score[:] = [state.score for state in states]
    # The pitch moves by at most two bins (10 %) in 10 ms.
    far_low, low, high, far_high = padded[:, :-4], padded[:, 1:-3], padded[:, 3:-1], padded[:, 4:]
    best, near = np.empty_like(local[0]), np.empty_like(local[0])
    for own, kept in zip(local, scores, strict=True):
        np.maximum(far_low, far_high, out=best)
        np.maximum(low, high, out=near)
        np.maximum(best, near, out=best)
        np.maximum(best, score, out=best)
        np.multiply(best, _LEAK, out=best)
        np.add(own, best, out=kept)
        score[:] = kept
    for k, state in enumerate(states):
        state.score = scores[-1, k].copy()
    return scores


def _refine(corr: Floats, best: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Lag between samples (parabola through the best whole lag near the tracked bin) and the correlation there."""
    centre = np.rint(_GRID[best]).astype(np.int64) - _MIN_LAG
    near = np.clip(centre[..., None] + np.arange(-2, 3), 1, corr.shape[-1] - 2)
    top = np.take_along_axis(near, np.take_along_axis(corr, near, -1).argmax(-1)[..., None], -1)
    left, mid, right = (np.take_along_axis(corr, top + d, -1)[..., 0] for d in (-1, 0, 1))
    bend = left - 2 * mid + right
    shift = np.where(bend < -1e-6, 0.5 * (left - right) / np.minimum(bend, -1e-6), 0.0)
    lag = top[..., 0] + _MIN_LAG + np.clip(shift, -0.5, 0.5)
    return lag.astype(np.float32), np.clip(mid, 0.0, 1.0).astype(np.float32)


def _speaker_relative(log_f0: Floats, peak: Floats, states: Sequence[FeatureState]) -> Floats:
    """(log-F0 - mean) / spread and twice (log-F0 - mean), with the mean and spread known at each frame."""
    rows = zip(states, log_f0.tolist(), (peak > _SURE).tolist(), strict=True)
    return np.array([_follow_speaker(state, values, sure) for state, values, sure in rows], np.float32)


def _follow_speaker(state: FeatureState, log_f0: list[float], sure: list[bool]) -> list[tuple[float, float]]:
    """One stream's rows of ``_speaker_relative``; plain numbers, since arrays of a few streams cost more."""
    n, mean, var = state.speaker.tolist()
    frames, total = state.voiced.tolist()
    rows = []
    for value, voiced in zip(log_f0, sure, strict=True):
        if voiced:
            frames, total = frames + 1.0, total + value
            n = min(n + 1.0, _MAX_FRAMES)
            mean += (value - mean) / n
        off = min(max(value - mean, -0.7), 0.7)
        if voiced:
            var += (off * off - var) / (n + _PRIOR_SPREAD_FRAMES)
        rows.append((min(max(off / math.sqrt(var), -4.0), 4.0), 2 * off))
    state.speaker, state.voiced = np.array((n, mean, var)), np.array((frames, total))
    return rows
