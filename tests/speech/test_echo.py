"""The bot's own voice on the line is no interruption; somebody else's is."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from speech.echo import EchoGuard, repeats


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


def answers(sent: list[float], heard: list[float]) -> list[bool | None]:
    guard = EchoGuard(lambda: "")
    found = []
    for ours, theirs in zip(sent, heard, strict=True):
        guard.update(ours, theirs)
        found.append(guard.echo())
    return found


@given(st.integers(0, 40), st.integers(3, 28), st.floats(8, 25))
def test_what_comes_back_later_and_weaker_is_an_echo(seed: int, delay: int, weaker_db: float) -> None:
    sent = levels(seed, 200)
    heard = [max(level - weaker_db, -58.0) for level in [-58.0] * delay + sent][: len(sent)]
    assert answers(sent, heard)[90:].count(True) >= 100


def test_somebody_else_is_none() -> None:
    found = [answers(levels(seed, 200), levels(seed + 1000, 200))[40:] for seed in range(40)]
    assert np.mean([row.count(True) for row in found]) / 160 < 0.05


def test_too_early_it_cannot_be_told_unless_the_line_is_known_to_echo() -> None:
    sent = levels(1, 120)
    guard = EchoGuard(lambda: "")
    for ours, theirs in zip(sent, [-58.0] * 5 + [level - 10 for level in sent], strict=False):
        guard.update(ours, theirs)
        last = guard.echo()
    assert last is True
    guard.clear()
    assert guard.echo() is True
    assert EchoGuard(lambda: "").echo() is None


def test_words_of_the_bot() -> None:
    said = "Dạ em gọi từ phòng chăm sóc khách hàng để nhắc mình về lịch hẹn"
    assert repeats("phòng chăm sóc khách hàng", said)
    assert repeats("phong cham soc khach hang", said)
    assert not repeats("lịch hẹn", said)  # two syllables may be an answer
    assert not repeats("em gọi nhầm số rồi", said)
