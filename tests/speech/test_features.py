"""Features: any way of cutting the audio gives the same numbers; the pitch tracker follows a known pitch."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from speech.recognition.features import HOP, N_FEATURES, N_MELS, FeatureState, Floats, extract, flush, reset


def glide(low: float, high: float, seconds: float, seed: int = 0) -> NDArray[np.int16]:
    """A buzz whose pitch glides from ``low`` to ``high`` Hz, with the fundamental taken away, and a little noise."""
    n = int(seconds * 8000)
    phase = 2 * np.pi * np.cumsum(np.linspace(low, high, n)) / 8000
    wave = sum(np.sin(k * phase) / k for k in range(2, 12))
    noise = np.random.default_rng(seed).standard_normal(n)
    return np.asarray(np.clip(6000 * np.asarray(wave) + 100 * noise, -32768, 32767), np.int16)


def whole(audio: NDArray[np.int16], state: FeatureState | None = None) -> Floats:
    state = state or FeatureState()
    return np.concatenate((*extract([state], [audio]), *flush([state])))


def test_streaming_equals_offline() -> None:
    audio, rng = glide(120, 200, 1.3), np.random.default_rng(1)
    state, parts, at = FeatureState(), [], 0
    while at < len(audio):
        size = int(rng.integers(0, 600))
        parts += extract([state], [audio[at : at + size]])
        at += size
    parts += flush([state])
    wanted = whole(audio)
    assert wanted.shape == (len(audio) // HOP, N_FEATURES)
    np.testing.assert_allclose(np.concatenate(parts), wanted, atol=1e-5)


def test_streams_of_different_length_do_not_touch_each_other() -> None:
    calls = [glide(100, 140, 0.7), glide(220, 180, 0.31, seed=3), np.zeros(0, np.int16), glide(90, 90, 0.02)]
    together = extract([FeatureState() for _ in calls], calls)
    for audio, rows in zip(calls, together, strict=True):
        np.testing.assert_allclose(rows, extract([FeatureState()], [audio])[0], atol=1e-5)
    assert len(together[2]) == len(together[3]) == 0


@pytest.mark.parametrize(("low", "high"), [(90.0, 130.0), (180.0, 260.0), (300.0, 220.0)])
def test_pitch_is_followed_without_its_fundamental(low: float, high: float) -> None:
    state = FeatureState()
    rows = whole(glide(low, high, 1.0), state)[8:-8]
    voiced = rows[:, N_MELS + 5] > 0
    assert voiced.mean() > 0.9
    assert np.exp(state.speaker[1]) == pytest.approx((low * high) ** 0.5, rel=0.08)
    rise = rows[voiced][-1, N_MELS + 1] - rows[voiced][40, N_MELS + 1]
    assert np.sign(rise) == np.sign(high - low)


def test_white_noise_is_not_voiced() -> None:
    noise = (1000 * np.random.default_rng(0).standard_normal(8000)).astype(np.int16)
    assert (whole(noise)[:, N_MELS + 5] > 0).mean() < 0.1


def test_silence_is_finite() -> None:
    assert np.isfinite(whole(np.zeros(4000, np.int16))).all()


def test_reset_keeps_the_caller_unless_told_otherwise() -> None:
    state = FeatureState()
    whole(glide(240, 260, 1.0), state)
    known = state.speaker.copy()
    reset(state)
    np.testing.assert_array_equal(state.speaker, known)
    np.testing.assert_array_equal(state.tail, FeatureState().tail)
    reset(state, keep_speaker=False)
    np.testing.assert_array_equal(state.speaker, FeatureState().speaker)
