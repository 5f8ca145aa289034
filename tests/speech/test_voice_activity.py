"""Silero on real synthetic speech over G.711, clean and in noise; the decision on made-up probabilities."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from speech import codecs
from speech.synthesis.blocking import synthesize_blocking
from speech.types import Voice
from speech.voice_activity import WINDOW_MS, WINDOW_SAMPLES, SileroVad, SpeechDecision

WORDS = ("dạ", "không", "em trả hai triệu ngày mười lăm", "ừ đúng rồi em", "alo")


def _line(voice: Voice, snr_db: float | None) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """Speech with 1.2 s pauses over A-law; where speech is, in ms."""
    parts, truth, at = [np.zeros(8000)], [], 8000
    for words in WORDS:
        pcm = synthesize_blocking(words, voice) / 32768
        sound = np.flatnonzero(np.abs(pcm) > 0.02)
        truth.append(((at + sound[0]) // 8, (at + sound[-1]) // 8))
        parts += [pcm, np.zeros(9600)]
        at += len(pcm) + 9600
    audio = np.concatenate(parts)
    if snr_db is not None:
        audio = audio + np.random.default_rng(5).normal(0, 0.1 * 10 ** (-snr_db / 20), len(audio))
    pcm = np.clip(audio * 32768, -32768, 32767).astype(np.int16)
    return codecs.decode(codecs.encode(pcm, "pcma"), "pcma"), truth


def _segments(pcm: np.ndarray) -> list[tuple[int, int]]:
    vad, decision = SileroVad(), SpeechDecision()
    row, segments = vad.open(), []
    for i in range(len(pcm) // WINDOW_SAMPLES):
        window = pcm[i * WINDOW_SAMPLES : (i + 1) * WINDOW_SAMPLES]
        level_db = 10 * np.log10(np.mean(window.astype(float) ** 2) / 32768**2 + 1e-10)
        changed = decision.update(float(vad.step([row], window[None])[0]), level_db, (i + 1) * WINDOW_MS)
        if changed and not decision.speaking:
            segments.append((decision.start_ms, decision.end_ms))
    return segments


@pytest.mark.parametrize("snr_db", [None, 20, 10])
@pytest.mark.parametrize("voice", [Voice(), Voice("central", "f2"), Voice("south", "m3")], ids=str)
def test_finds_every_utterance_and_nothing_else(voice: Voice, snr_db: float | None) -> None:
    pcm, truth = _line(voice, snr_db)
    segments = _segments(pcm)
    for start_ms, end_ms in truth:
        inside = [s for s in segments if s[1] > start_ms and s[0] < end_ms]
        assert inside, f"missed {start_ms}…{end_ms}"
        assert abs(inside[0][0] - start_ms) <= 200
        assert -120 <= inside[-1][1] - end_ms <= (120 if snr_db is None else 500)
    assert all(any(s[1] > a and s[0] < b for a, b in truth) for s in segments)


def test_silence_and_noise_alone_are_not_speech() -> None:
    rng = np.random.default_rng(3)
    assert _segments(rng.normal(0, 1000, 80_000).astype(np.int16)) == []
    assert _segments(np.zeros(80_000, np.int16)) == []


def test_a_batch_decides_as_streams_alone_do() -> None:
    lines = [_line(Voice(), None)[0][:30_000], _line(Voice("south"), 10)[0][:30_000]]
    together = SileroVad(capacity=1)
    rows = [together.open(), together.open()]
    alone = [SileroVad(), SileroVad()]
    single = [vad.open() for vad in alone]
    for i in range(100):
        windows = np.stack([line[i * WINDOW_SAMPLES : (i + 1) * WINDOW_SAMPLES] for line in lines])
        batch = together.step(rows, windows)
        one = [vad.step([row], windows[k : k + 1])[0] for k, (vad, row) in enumerate(zip(alone, single, strict=True))]
        assert np.allclose(batch, one, atol=1e-4)


def test_a_row_is_fresh_when_used_again() -> None:
    vad = SileroVad(capacity=1)
    window = _line(Voice(), None)[0][9000:9256][None]
    row = vad.open()
    first = vad.step([row], window)[0]
    vad.step([row], window)
    vad.close(row)
    assert vad.open() == row
    assert vad.step([row], window)[0] == first


def test_the_model_is_found_without_importing_pipecat() -> None:
    look = (
        "import sys; from speech.voice_activity import silero_path as p; print(p().is_file(), 'pipecat' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["True", "False"]


def test_decision_has_hysteresis_and_ignores_clicks() -> None:
    decision = SpeechDecision()
    times = iter(range(WINDOW_MS, 100_000, WINDOW_MS))

    def feed(*probabilities: float, level_db: float = -20.0) -> bool:
        for probability in probabilities:
            decision.update(probability, level_db, next(times))
        return decision.speaking

    assert not feed(*[0.0] * 30, level_db=-60)
    assert not feed(0.9, 0.0, 0.0, 0.9)  # Two clicks.
    assert feed(0.0, 0.0, 0.9, 0.9)
    assert feed(*[0.4] * 20)  # Below the threshold that starts speech, above the one that ends it.
    assert feed(0.1, 0.1, 0.1, 0.9)  # A stop consonant.
    ended_at = decision.end_ms
    assert not feed(0.1, 0.1, 0.1, 0.1)
    assert decision.end_ms == ended_at


def test_decision_follows_the_line_s_noise() -> None:
    decision = SpeechDecision()
    for i in range(200):
        decision.update(0.45, -40.0, i * WINDOW_MS)  # A fan that sounds half like speech.
    for i in range(200, 210):
        decision.update(0.6, -40.0, i * WINDOW_MS)
    assert not decision.speaking
    for i in range(210, 215):
        decision.update(0.9, -20.0, i * WINDOW_MS)
    assert decision.speaking
