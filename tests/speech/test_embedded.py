"""The embedded recogniser over real audio from eSpeak NG through the shipped acoustic model."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.sounds import SOUNDS, sound
from core.artifacts import artifact
from core.errors import ConfigurationError
from speech.recognition.closed import grammar_set
from speech.recognition.closed_recognizer import ClosedRecognizer
from speech.recognition.embedded import EmbeddedRecognizer
from speech.synthesis.blocking import synthesize_blocking
from speech.types import DIALECTS, Dialect, Expectation, ExpectedKind, Voice


@pytest.fixture(scope="module")
def recognizer() -> EmbeddedRecognizer:
    try:
        artifact("models", "recogniser", "acoustic.onnx")
    except ConfigurationError:
        pytest.skip("no acoustic model shipped yet")
    return EmbeddedRecognizer()


def test_silence_and_noise_say_little(recognizer: EmbeddedRecognizer) -> None:
    rng = np.random.default_rng(1)
    stream = recognizer.open()
    for k in range(100):
        recognizer.step([stream], [(rng.normal(0, 3 + 0 * k, 160)).astype(np.int16)])
    heard = stream.finish()
    assert len(heard.words) <= 1
    assert abs(sum(heard.dialect.values()) - 1) < 1e-6


@pytest.mark.parametrize("kind", SOUNDS)
def test_music_and_tones_are_no_sure_answer(recognizer: EmbeddedRecognizer, kind: str) -> None:
    rng, sure, closed_sure = np.random.default_rng(4), [], []
    members = ClosedRecognizer(grammar_set("yes_no"), recognizer.acoustic)
    for _ in range(8):
        audio = sound(kind, rng)
        stream, closed = recognizer.open(), members.open()
        stream.expect(Expectation(("yes_no",)))
        recognizer.step([stream], [audio])
        members.step([closed], [audio])
        sure.append(stream.finish().confidence)
        closed_sure.append(closed.finish().confidence)
    assert sum(confidence >= 0.15 for confidence in closed_sure) <= 1
    assert sum(confidence >= 0.85 for confidence in sure) <= 1
    assert np.mean(sure) < 0.7


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("text", ["đúng rồi em", "dạ phải", "không phải", "sai rồi", "chưa"])
def test_a_spoken_answer_is_sure(recognizer: EmbeddedRecognizer, dialect: Dialect, text: str) -> None:
    members = ClosedRecognizer(grammar_set("yes_no"), recognizer.acoustic)
    stream, closed = recognizer.open(), members.open()
    stream.expect(Expectation(("yes_no",)))
    silence = np.zeros(3200, np.int16)
    audio = np.concatenate((silence, synthesize_blocking(text, Voice(dialect)), silence))
    recognizer.step([stream], [audio])
    members.step([closed], [audio])
    heard, member = stream.finish(), closed.finish()
    assert heard.text == member.text == text
    assert heard.confidence >= 0.75
    assert member.confidence >= 0.15


def test_batch_equals_alone_and_times_go_on(recognizer: EmbeddedRecognizer) -> None:
    rng = np.random.default_rng(2)
    audio = [(rng.normal(0, 2000, 8000)).astype(np.int16) for _ in range(3)]
    together = [recognizer.open() for _ in audio]
    alone = [recognizer.open() for _ in audio]
    for at in range(0, 8000, 160):
        recognizer.step(together, [a[at : at + 160] for a in audio])
    for stream, a in zip(alone, audio, strict=True):
        stream.expect(Expectation(("open",)))
        recognizer.step([stream], [a])
    for first, second in zip(together, alone, strict=True):
        assert first.partial().text == second.partial().text
        assert first.finish().text == second.finish().text
    recognizer.step(together, audio)
    for stream in together:
        assert all(1000 <= w.start_ms < w.end_ms <= 2040 for w in stream.finish().words)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("text", "kind"), [("ngày mười lăm tháng mười hai", "date"), ("hai triệu rưỡi", "money"), ("không phải", "yes_no")]
)
def test_real_audio(recognizer: EmbeddedRecognizer, dialect: Dialect, text: str, kind: ExpectedKind) -> None:
    stream = recognizer.open()
    silence = np.zeros(3200, np.int16)
    stream.expect(Expectation((kind,)))
    audio = np.concatenate((silence, synthesize_blocking(text, Voice(dialect)), silence))
    for at in range(0, len(audio), 160):
        recognizer.step([stream], [audio[at : at + 160]])
    assert stream.partial().text
    heard = stream.finish()
    assert heard.text == text
    assert heard.alternatives[0] == text
    assert heard.words[0].start_ms >= 200
    assert heard.words[-1].end_ms <= len(audio) / 8


def test_a_reading_ahead_has_the_last_syllables_and_changes_nothing(recognizer: EmbeddedRecognizer) -> None:
    audio = np.concatenate((synthesize_blocking("số của tôi là không chín tám bảy"), np.zeros(1600, np.int16)))
    plain, asked = recognizer.open(), recognizer.open()
    for at in range(0, len(audio) - 159, 160):
        recognizer.step([plain, asked], [audio[at : at + 160]] * 2)
        if at % 1600 == 0:
            asked.reading()
    whole = asked.reading().text
    assert whole.endswith("tám bảy")
    assert asked.partial() == plain.partial()
    final = plain.finish()
    assert asked.finish() == final
    assert whole == final.text


@pytest.mark.parametrize("dialect", DIALECTS)
def test_packets_of_20_ms_are_read_as_the_whole_is(recognizer: EmbeddedRecognizer, dialect: Dialect) -> None:
    silence = np.zeros(2400, np.int16)
    said = synthesize_blocking("mai chị chuyển hai triệu rưỡi cho em nhé", Voice(dialect))
    noise = np.random.default_rng(3).normal(0, 300, len(said) + 4800)
    audio = np.clip(np.concatenate((silence, said, silence)) + noise, -32768, 32767).astype(np.int16)
    offline, live = recognizer.open(), recognizer.open()
    recognizer.step([offline], [audio])
    others = [recognizer.open() for _ in range(5)]
    partials: list[tuple[int, str]] = []
    for at in range(0, len(audio), 160):
        recognizer.step([live, *others], [audio[at : at + 160]] * 6)
        partials.append((at // 8 + 20, live.partial().text))
    assert live.partial().text == offline.partial().text
    read, whole = live.finish(), offline.finish()
    assert (read.text, read.alternatives) == (whole.text, whole.alternatives)
    assert [(w.start_ms, w.end_ms) for w in read.words] == [(w.start_ms, w.end_ms) for w in whole.words]
    assert read.confidence == pytest.approx(whole.confidence, abs=1e-3)
    assert read.dialect == pytest.approx(whole.dialect, abs=1e-3)
    grown = [at for (at, text), (_, before) in zip(partials[1:], partials, strict=False) if text != before]
    assert len(grown) >= 5, "words show while they are said"
    assert len({at % 160 for at in grown}) == 1, "a new reading every 160 ms"
    spoken_ms = len(said) // 8 + 300
    assert grown[0] < spoken_ms / 2


def test_honest_about_itself(recognizer: EmbeddedRecognizer) -> None:
    assert "synthetic voices only" in recognizer.capabilities.trained_on
