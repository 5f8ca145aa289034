"""Whisper on tiny models made here: from transformers' files over conversion to streaming partials on calls' ears.

They know nothing, so nothing here tells how well Whisper hears; ``models`` of one's own do (docs/speech.md).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.errors import AloError, ConfigurationError, InputError
from speech.engine import SpeechEngine
from speech.recognition.choice import RecognizerChoice, close_recognizer, open_recognizer
from speech.recognition.reading import Request
from speech.synthesis.blocking import synthesize_blocking
from speech.transcription import Transcriber, recognizer_for
from speech.types import FRAME_SAMPLES, Expectation
from tests.speech.tiny_whisper import converted_whisper

SPEECH = synthesize_blocking("hôm nay tôi sẽ trả hai triệu đồng và mai trả tiếp")
QUIET = np.zeros(8000, np.int16)


@pytest.fixture(scope="module")
def speaks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return converted_whisper(tmp_path_factory, "dạ đúng rồi")


@pytest.fixture(scope="module")
def random_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return converted_whisper(tmp_path_factory)


def test_partials_stream_while_the_caller_speaks(speaks: Path) -> None:
    recognizer = open_recognizer(RecognizerChoice(f"whisper:{speaks}", threads=1), inline=True)
    engine = SpeechEngine(recognizer)
    stream = engine.open("a")
    stream.expect(Expectation(("money",), ("Nguyễn Thuý Hoà",)))
    partials, spoke = [], False
    audio = np.concatenate((QUIET, SPEECH, QUIET))
    for at in range(0, len(audio) - FRAME_SAMPLES, FRAME_SAMPLES):
        stream.push(audio[at : at + FRAME_SAMPLES])
        engine.tick()
        spoke = spoke or stream.activity.speaking
        if stream.activity.speaking:
            partials.append(stream.partial().text)
    assert spoke
    assert "" in partials
    assert partials[-1] == "dạ đúng rồi"  # stable before the caller has finished
    assert not stream.behind
    final = stream.finish()
    assert final.text == "dạ đúng rồi"
    assert 800 < final.words[0].start_ms < final.words[-1].end_ms < 1300 + len(SPEECH) // 8
    assert final.confidence > 0.9
    assert final.prosody is not None
    close_recognizer(recognizer)


def test_a_short_window_costs_less_and_batches_agree(speaks: Path) -> None:
    from speech.recognition.whisper import WhisperReader

    short, full = WhisperReader(speaks, threads=1), WhisperReader(speaks, window="full", threads=1)
    assert short._features(Request(SPEECH), len(SPEECH) / 8000).shape[1] < 800
    assert full._features(Request(SPEECH), len(SPEECH) / 8000).shape == (80, 3000)
    requests = [
        Request(SPEECH), Request(SPEECH[:12000], Expectation(("yes_no",))), Request(SPEECH[:9000], final=False),
    ]  # fmt: skip
    assert [reading.text for reading in short.read(requests)] == ["dạ đúng rồi"] * 3
    assert full.read(requests[:1])[0].text == "dạ đúng rồi"
    loudest = np.full(8000 * 31, 32767, np.int16)  # longer than Whisper hears
    assert short.read([Request(loudest)])[0].text == "dạ đúng rồi"


def test_random_weights_do_no_harm(random_weights: Path, tmp_path: Path) -> None:
    import soundfile

    file = tmp_path / "a.wav"
    soundfile.write(file, np.concatenate((QUIET, SPEECH, QUIET)), 8000)
    transcriber = Transcriber(recognizer_for(f"whisper:{random_weights}"))
    for segment in transcriber.transcribe(file).segments:
        assert segment.text == segment.text.lower()
    assert transcriber.transcribe(file).model == "whisper:tiny"


def test_what_is_no_model_is_refused(speaks: Path, tmp_path: Path) -> None:
    from speech.recognition.whisper import WhisperReader

    empty, broken, source = tmp_path / "empty", tmp_path / "broken", speaks.parents[1] / "source"
    empty.mkdir()
    broken.mkdir()
    for file in speaks.iterdir():
        (broken / file.name).write_bytes(file.read_bytes()[: 1000 if file.name == "model.bin" else None])
    for folder in (empty, broken, source, tmp_path / "none"):
        with pytest.raises(ConfigurationError) as refused:
            WhisperReader(folder)
        assert refused.value.where == str(folder)
    with pytest.raises(ConfigurationError, match="alo models pull"):
        WhisperReader(source)


@pytest.mark.parametrize(
    "spec", ["whisper:nowhere", "ctc:nowhere", "nowhere", "openai", "whisper", "pipecat:os:nothing"]
)
def test_unknown_choices_are_told(spec: str, tmp_path: Path) -> None:
    with pytest.raises(AloError) as refused:
        open_recognizer(RecognizerChoice(spec, models_dir=tmp_path))
    assert refused.value.vi
    assert refused.value.en


def test_a_chain_and_a_name_of_the_models_folder(speaks: Path) -> None:
    recognizer = open_recognizer(RecognizerChoice("tiny, embedded", models_dir=speaks.parent), inline=True)
    assert recognizer.capabilities.name == "whisper:tiny → embedded"
    close_recognizer(recognizer)
    with pytest.raises(InputError):
        open_recognizer(RecognizerChoice("source", models_dir=speaks.parent))
