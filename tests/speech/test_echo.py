"""The bot's own voice on the line is no interruption; somebody else's is."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from speech import codecs
from speech.echo import EchoGuard, repeats
from speech.types import FRAME_SAMPLES

Frames = NDArray[np.int16]


def levels(seed: int, frames: int) -> list[float]:
    """Loudness of made-up speech: syllables of 100 to 300 ms with pauses, dB below full scale."""
    rng = np.random.default_rng(seed)
    out: list[float] = []
    while len(out) < frames:
        top = rng.uniform(-26, -16)
        length = int(rng.integers(5, 15))
        out += [top - 14 * (1 - math.sin(math.pi * k / length)) for k in range(length)]
        out += [-60.0] * int(rng.integers(0, 6))
    return out[:frames]


def sound(levels_db: list[float], seed: int) -> Frames:
    """Noise of these levels, (frames, 160)."""
    noise = np.random.default_rng(seed).standard_normal((len(levels_db), FRAME_SAMPLES))
    return np.round(noise * 32768 * 10 ** (np.array(levels_db)[:, None] / 20)).astype(np.int16)


def delayed(frames: Frames, samples: int, weaker_db: float) -> Frames:
    moved = np.concatenate((np.zeros(samples), frames.ravel() * 10 ** (-weaker_db / 20)))[: frames.size]
    return np.round(moved + np.random.default_rng(9).normal(0, 10, frames.size)).astype(np.int16).reshape(frames.shape)


def answers(sent: Frames, heard: Frames, guard: EchoGuard | None = None) -> list[bool | None]:
    guard = guard or EchoGuard(lambda: "", "pcma")
    found = []
    for ours, theirs in zip(sent, heard, strict=True):
        guard.update(codecs.encode(ours, "pcma"), theirs)
        found.append(guard.echo())
    return found


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 40), st.integers(500, 4600), st.floats(8, 25))
def test_what_comes_back_later_and_weaker_is_an_echo(seed: int, delay: int, weaker_db: float) -> None:
    sent = sound(levels(seed, 120), seed)
    assert answers(sent, delayed(sent, delay, weaker_db))[60:].count(True) >= 54


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 40), st.integers(3, 28), st.floats(8, 25))
def test_an_echo_whose_waves_were_bent_is_known_by_its_loudness(seed: int, delay: int, weaker_db: float) -> None:
    sent = levels(seed, 200)
    heard = [max(level - weaker_db, -58.0) for level in [-58.0] * delay + sent][: len(sent)]
    assert answers(sound(sent, seed), sound(heard, seed + 1))[90:].count(True) >= 90


def test_somebody_else_is_none() -> None:
    found = [answers(sound(levels(k, 200), k), sound(levels(k + 1000, 200), k + 1000))[40:] for k in range(12)]
    assert np.mean([row.count(True) for row in found]) / 160 < 0.06


def test_too_early_it_cannot_be_told_unless_the_line_is_known_to_echo() -> None:
    guard = EchoGuard(lambda: "", "pcma")
    assert guard.echo() is None
    sent = sound(levels(1, 60), 1)
    assert answers(sent, delayed(sent, 800, 10), guard)[-1] is True
    guard.clear()
    assert guard.echo() is True


def test_on_a_line_whose_echo_matches_somebody_louder_is_heard_at_once() -> None:
    guard = EchoGuard(lambda: "", "pcma")
    sent = sound(levels(1, 120), 1)
    heard = delayed(sent, 800, 14)
    heard[80:] += sound(levels(2, 40), 2)
    found = answers(sent, heard, guard)
    assert found[60:80].count(True) >= 18
    assert found[90:].count(False) >= 25


def test_words_of_the_bot() -> None:
    said = "Dạ em gọi từ phòng chăm sóc khách hàng để nhắc mình về lịch hẹn"
    assert repeats("phòng chăm sóc khách hàng", said)
    assert repeats("phong cham soc khach hang", said)
    assert not repeats("lịch hẹn", said)  # two syllables may be an answer
    assert not repeats("em gọi nhầm số rồi", said)
