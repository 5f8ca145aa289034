"""An engine's audio on its way to the line: loudness, band, no clipping, whatever the engine's rate."""

from __future__ import annotations

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray

from speech.synthesis.blocking import synthesize_blocking
from speech.synthesis.shaping import BandPass, Loudness, Shaper

SPEECH = np.tile(synthesize_blocking("Dạ em chào anh, em gọi từ công ty ạ.").astype(np.float32) / 32768, 3)


def shaped(audio: NDArray[np.float32], rate_hz: int, step: int = 1000, loudness: Loudness | None = None) -> np.ndarray:
    shaper = Shaper(rate_hz, loudness or Loudness())
    parts = [shaper.feed(audio[at : at + step]) for at in range(0, len(audio), step)]
    return np.concatenate([*parts, shaper.finish()])


def active_db(pcm: np.ndarray) -> float:
    audio = pcm.astype(float) / 32768
    power = np.square(audio)
    return float(10 * np.log10(power[power > power.mean() / 100].mean()))


@pytest.mark.parametrize("rate_hz", [8000, 16_000, 22_050, 24_000, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("gain_db", [-24, 0, 3])
def test_every_voice_is_equally_loud_and_keeps_its_length(rate_hz: int, gain_db: int) -> None:
    audio = soxr.resample(SPEECH, 8000, rate_hz) * 10 ** (gain_db / 20)
    pcm = shaped(audio.astype(np.float32), rate_hz)
    assert pcm.dtype == np.int16
    assert active_db(pcm[8000:]) == pytest.approx(-20, abs=1.5)
    assert abs(len(pcm) - len(SPEECH)) <= 40
    assert np.abs(pcm.astype(int)).max() < 32767


def test_the_next_phrase_begins_at_the_loudness_that_was_learnt() -> None:
    loudness = Loudness()
    shaped(SPEECH * np.float32(0.05), 8000, loudness=loudness)
    shaper = Shaper(8000, loudness)
    first = shaper.feed(SPEECH[:800] * np.float32(0.05))
    assert len(first) > 600  # nothing is held back any more
    assert loudness.gain > 10


@pytest.mark.parametrize(("hz", "least_db", "most_db"), [
    (30, -99, -25), (50, -99, -20), (300, -3, 1), (1000, -0.5, 0.5), (3000, -1, 1), (3400, -6, 1), (3900, -99, -25),
])  # fmt: skip
def test_the_band_of_a_telephone(hz: int, least_db: float, most_db: float) -> None:
    tone = np.sin(2 * np.pi * hz * np.arange(16_000) / 8000).astype(np.float32)
    band = BandPass()
    out = np.concatenate([*(band.feed(tone[at : at + 160]) for at in range(0, len(tone), 160)), band.finish()])
    assert len(out) == len(tone)
    assert least_db <= 20 * np.log10(out[2000:-2000].std() / tone.std()) <= most_db


def test_the_band_filter_does_not_shift_the_sound() -> None:
    band = BandPass()
    out = np.concatenate((band.feed(SPEECH), band.finish()))
    lags = np.correlate(out[:8000], SPEECH[:8000], "full")
    assert abs(int(lags.argmax()) - 7999) <= 1


def test_how_it_is_cut_does_not_matter() -> None:
    loudness = [Loudness(), Loudness()]
    for each in loudness:
        each.hear(SPEECH)
    a, b = shaped(SPEECH, 8000, 160, loudness[0]), shaped(SPEECH, 8000, 4000, loudness[1])
    assert len(a) == len(b)
    assert np.abs(a.astype(int) - b.astype(int)).max() < 2500
    assert np.corrcoef(a, b)[0, 1] > 0.995


def test_nonsense_samples_are_silence() -> None:
    audio = SPEECH.copy()
    audio[100:200] = np.nan
    audio[300:310] = np.inf
    audio[400:410] = -np.inf
    pcm = shaped(audio, 8000)
    assert np.isfinite(pcm).all()
    assert active_db(pcm[8000:]) == pytest.approx(-20, abs=1.5)
    assert not shaped(np.zeros(8000, np.float32), 16_000).any()
    assert not len(shaped(np.zeros(0, np.float32), 16_000)) or not shaped(np.zeros(0, np.float32), 16_000).any()


@pytest.mark.parametrize("rate_hz", [0, -1, 3999, 400_000])
def test_a_rate_that_no_engine_has(rate_hz: int) -> None:
    with pytest.raises(ValueError, match="sampling rate"):
        Shaper(rate_hz, Loudness())
