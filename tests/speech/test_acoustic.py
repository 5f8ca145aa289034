"""The shipped acoustic model: cutting and batching change nothing, and it hears synthetic voices of three dialects."""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from core.artifacts import artifact
from core.errors import ConfigurationError
from models.recogniser.score import distance, greedy
from models.recogniser.voices import HELDOUT_VARIANTS, VOICES
from speech.recognition.acoustic import AcousticModel, Floats
from speech.recognition.units import text_to_units
from speech.types import DIALECTS

SENTENCES = {
    "north": "cuối tuần này chị chuyển hai triệu rưỡi nhé",
    "central": "chừ tui bận lắm hai giờ chiều gọi lại sau",
    "south": "dạ thứ sáu tui đóng tiền cho em nha",
}
_SAY = """
import sys, numpy as np, soxr
from models.recogniser.espeak import Espeak
engine = Espeak()
said = engine.speak(sys.argv[1], sys.argv[2])
audio = soxr.resample(said.audio.astype(np.float32), engine.sample_rate, 8000)
quiet = np.zeros(2400, np.float32)
sys.stdout.buffer.write((np.concatenate((quiet, audio, quiet)) * 0.4).astype(np.int16).tobytes())
"""


@functools.cache
def spoken(text: str, voice: str) -> NDArray[np.int16]:
    """eSpeak NG in a child process: the library is a singleton and some of its voices crash."""
    done = subprocess.run([sys.executable, "-c", _SAY, text, voice], capture_output=True, check=True)
    return np.frombuffer(done.stdout, np.int16)


@pytest.fixture(scope="module")
def model() -> AcousticModel:
    return AcousticModel()


def call(dialect: str) -> NDArray[np.int16]:
    return spoken(SENTENCES[dialect], f"{VOICES[dialect]}+{HELDOUT_VARIANTS[0]}")


def whole(model: AcousticModel, audio: NDArray[np.int16]) -> Floats:
    state = model.new_state()
    return np.concatenate((*model.step([state], [audio]), *model.flush([state])))


@pytest.mark.parametrize("chunk_ms", [160, 320])
def test_streaming_in_random_pieces_equals_offline(model: AcousticModel, chunk_ms: int) -> None:
    audio, rng = call("north"), np.random.default_rng(2)
    other = AcousticModel(chunk_ms=chunk_ms)
    state, parts, at = other.new_state(), [], 0
    while at < len(audio):
        size = int(rng.integers(0, 900))
        parts += other.step([state], [audio[at : at + size]])
        at += size
    parts += other.flush([state])
    wanted = whole(model, audio)
    assert wanted.shape == (-(-(len(audio) // 80) // 4), model.n_units)
    np.testing.assert_allclose(np.concatenate(parts), wanted, atol=1e-3)


def test_a_batch_equals_single_streams(model: AcousticModel) -> None:
    calls = [call(dialect)[offset:] for dialect, offset in zip(DIALECTS, (0, 777, 2000), strict=True)]
    states = [model.new_state() for _ in calls]
    parts: list[list[Floats]] = [[], [], []]
    for at in range(0, max(map(len, calls)), 480):
        for got, rows in zip(parts, model.step(states, [audio[at : at + 480] for audio in calls]), strict=True):
            got.append(rows)
    for got, rows in zip(parts, model.flush(states), strict=True):
        got.append(rows)
    for audio, got in zip(calls, parts, strict=True):
        np.testing.assert_allclose(np.concatenate(got), whole(model, audio), atol=1e-3)


@pytest.mark.parametrize("chunk_ms", [160, 320])
def test_new_frames_come_with_every_chunk_of_packets(chunk_ms: int) -> None:
    other, audio = AcousticModel(chunk_ms=chunk_ms), call("south")
    state, came = other.new_state(), []
    for at in range(0, len(audio), 160):
        if len(other.step([state], [audio[at : at + 160]])[0]):
            came.append(at // 8 + 20)
    assert came[0] <= other.lookahead_ms + 30 + 2 * chunk_ms
    assert set(np.diff(came).tolist()) == {chunk_ms}


def test_posteriors_are_normalised_and_arrive_in_time(model: AcousticModel) -> None:
    state, audio = model.new_state(), call("south")
    (rows,) = model.step([state], [audio])
    np.testing.assert_allclose(np.exp(rows).sum(axis=1), 1.0, atol=1e-4)
    late_ms = len(audio) / 8 - len(rows) * model.frame_ms
    assert late_ms <= model.lookahead_ms + 30 + 160 + model.frame_ms


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_sentence_of_a_voice_never_heard_is_read(model: AcousticModel, dialect: str) -> None:
    """Loose bounds: the card has the figures; this only catches a broken model or feature."""
    wanted = text_to_units(SENTENCES[dialect]) or []
    heard = greedy(whole(model, call(dialect)))
    wrong = distance([unit[:2] for unit in wanted], [unit[:2] for unit in heard])
    assert wrong / len(wanted) < 0.5


def test_dialect_starts_even_and_is_kept_between_utterances(model: AcousticModel) -> None:
    state = model.new_state()
    assert model.dialect(state) == pytest.approx(dict.fromkeys(DIALECTS, 1 / 3))
    model.step([state], [call("south")])
    model.flush([state])
    heard = model.dialect(state)
    assert sum(heard.values()) == pytest.approx(1.0)
    model.reset_utterance(state)
    assert model.dialect(state) == heard
    assert state.start == 0
    model.reset_utterance(state, keep_speaker=False)
    assert model.dialect(state) == pytest.approx(dict.fromkeys(DIALECTS, 1 / 3))


def test_a_reset_utterance_reads_like_a_fresh_one(model: AcousticModel) -> None:
    state, audio = model.new_state(), call("north")
    first = np.concatenate((*model.step([state], [audio]), *model.flush([state])))
    model.reset_utterance(state, keep_speaker=False)
    again = np.concatenate((*model.step([state], [audio]), *model.flush([state])))
    np.testing.assert_allclose(again, first, atol=1e-4)


def test_a_model_for_other_units_is_refused(tmp_path: Path) -> None:
    folder = artifact("models", "recogniser", "acoustic.onnx").parent
    for name in ("acoustic.onnx", "acoustic.json"):
        shutil.copy(folder / name, tmp_path / name)
    facts = json.loads((tmp_path / "acoustic.json").read_text())
    (tmp_path / "acoustic.json").write_text(json.dumps({**facts, "units": "other"}))
    with pytest.raises(ConfigurationError, match="không khớp"):
        AcousticModel(tmp_path).new_state()


def test_odd_chunks_are_refused() -> None:
    with pytest.raises(ConfigurationError):
        AcousticModel(chunk_ms=100)


def test_many_streams_at_once_are_taken_in_turns_and_lose_nothing(model: AcousticModel) -> None:
    """Twelve callers who began at the same moment: no step reads them all, and each is read as if alone."""
    pcm = call("south")
    states = [model.new_state() for _ in range(12)]
    rows: list[list[np.ndarray]] = [[] for _ in states]
    at_once = []
    for at in range(0, len(pcm) - 256, 256):
        made = model.step(states, [pcm[at : at + 256]] * 12)
        at_once.append(sum(len(each) > 0 for each in made))
        for kept, new in zip(rows, made, strict=True):
            kept.append(new)
    assert 0 < max(at_once) <= 3
    for kept, rest in zip(rows, model.flush(states), strict=True):
        kept.append(rest)
    alone = model.new_state()
    wanted = np.concatenate((model.step([alone], [pcm[: at + 256]])[0], model.flush([alone])[0]))
    for kept in rows:
        np.testing.assert_allclose(np.concatenate(kept), wanted, atol=2e-3)
