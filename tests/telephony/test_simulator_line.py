"""What the simulated line does to speech: losses, delays, noise, gain, coding."""

import itertools
from random import Random

import numpy as np
import pytest

from speech import codecs
from speech.types import FRAME_SAMPLES
from telephony.simulator.line import SPEECH_RMS, Line, LineProfile, active_rms, noise, ringback_tone


def _tone(seconds: float) -> np.ndarray:
    t = np.arange(int(8000 * seconds)) / 8000
    return (6000 * np.sin(2 * np.pi * 440 * t)).astype(np.int16)


def _run(profile: LineProfile, packets: int, seed: int = 3) -> list[tuple[int, int]]:
    """(tick, sequence) of what comes out of a line that is fed ``packets`` packets, one every 20 ms."""
    line = Line(profile, "pcma", Random(seed))
    out = []
    for tick in range(packets + 50):
        if tick < packets:
            line.send(line.background(), tick * 20)
        out += [(tick, packet.sequence) for packet in line.arrived(tick * 20)]
    return out


def test_a_clean_line_delivers_everything_at_once() -> None:
    assert _run(LineProfile(), 100) == [(k, k) for k in range(100)]


def test_loss_comes_in_the_share_asked_for_and_in_bursts() -> None:
    arrived = {sequence for _, sequence in _run(LineProfile(loss=0.05), 20_000)}
    lost = [k for k in range(20_000) if k not in arrived]
    assert len(lost) / 20_000 == pytest.approx(0.05, abs=0.006)
    runs = sum(1 for a, b in itertools.pairwise(lost) if b == a + 1)
    assert runs / len(lost) == pytest.approx(0.3, abs=0.06)


def test_jitter_delays_and_reorders_but_loses_nothing() -> None:
    out = _run(LineProfile(jitter_ms=15.0), 5000)
    delays = [tick * 20 - sequence * 20 for tick, sequence in out]
    assert len(out) == 5000
    assert min(delays) >= 0
    assert max(delays) <= 8 * 15 + 20
    assert 15 <= np.mean(delays) <= 35  # mean delay plus half a tick of waiting
    order = [sequence for _, sequence in out]
    assert order != sorted(order)


@pytest.mark.parametrize("kind", ["white", "babble", "street"])
def test_noise_is_at_the_asked_distance_and_never_the_same(kind: str) -> None:
    loop = noise(kind, 1)  # type: ignore[arg-type]
    assert np.sqrt(np.mean(loop**2)) == pytest.approx(1.0, rel=1e-3)
    assert not np.array_equal(loop, noise(kind, 2))  # type: ignore[arg-type]
    line = Line(LineProfile(noise=kind, snr_db=10.0), "pcmu", Random(1))  # type: ignore[arg-type]
    heard = []
    for tick in range(400):
        line.send(line.background(), tick * 20)
        heard += [codecs.decode(packet.payload, "pcmu") for packet in line.arrived(tick * 20)]
    level = np.sqrt(np.mean(np.concatenate(heard).astype(float) ** 2))
    assert 20 * np.log10(SPEECH_RMS / level) == pytest.approx(10.0, abs=0.7)


def test_speech_is_brought_to_telephone_level_and_survives_coding() -> None:
    tone = _tone(1.0)
    for codec in ("pcma", "pcmu"):
        line = Line(LineProfile(gain_db=-6.0), codec, Random(1))  # type: ignore[arg-type]
        heard = np.concatenate([codecs.decode(p, codec) for p in line.voice(tone)])  # type: ignore[arg-type]
        assert len(heard) == len(tone)
        assert active_rms(heard) == pytest.approx(SPEECH_RMS * 10 ** (-6 / 20), rel=0.02)


def test_background_goes_on_under_speech() -> None:
    line = Line(LineProfile(noise="white", snr_db=20.0), "pcma", Random(1))
    silence = np.zeros(FRAME_SAMPLES * 3, np.int16)
    expected = [line.background()]
    assert line.voice(silence)[:1] == expected


def test_ringback_is_425_hz() -> None:
    tone = ringback_tone()
    spectrum = np.abs(np.fft.rfft(tone[:8000].astype(float)))
    assert len(tone) == 5 * 8000
    assert np.argmax(spectrum) == 425
    assert not tone[8000:].any()
