"""Files of all kinds → utterances."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from numpy.typing import NDArray

from core.errors import InputError
from speech.synthesis.blocking import synthesize_blocking
from speech.transcription import Transcriber, recognizer_for
from speech.types import Voice

CUSTOMER = "mai chị trả hai triệu rưỡi"
BOT = "dạ em cảm ơn chị"
GAP = np.zeros(8000, np.int16)


@pytest.fixture(scope="module")
def transcriber() -> Transcriber:
    return Transcriber()


@pytest.fixture(scope="module")
def conversation() -> NDArray[np.int16]:
    customer, bot = synthesize_blocking(CUSTOMER, Voice("south")), synthesize_blocking(BOT)
    left = np.concatenate((GAP, np.zeros_like(bot), GAP, customer, GAP))
    right = np.concatenate((GAP, bot, GAP, np.zeros_like(customer), GAP))
    return np.stack((left, right), axis=1)


def test_our_recording_has_customer_and_bot(
    transcriber: Transcriber, conversation: NDArray[np.int16], tmp_path: Path
) -> None:
    file = tmp_path / "call.wav"
    soundfile.write(file, conversation, 8000)
    done: list[tuple[int, int]] = []
    heard = transcriber.transcribe(file, lambda *at: done.append(at))
    assert [(s.speaker, s.text) for s in heard.segments] == [("bot", BOT), ("customer", CUSTOMER)]
    assert 700 <= heard.segments[0].start_ms <= 1100
    assert all(s.start_ms <= s.words[0].start_ms < s.words[-1].end_ms <= s.end_ms for s in heard.segments)
    assert heard.segments[-1].end_ms <= heard.duration_ms == len(conversation) // 8
    assert max(heard.segments[1].dialect, key=heard.segments[1].dialect.__getitem__) == "south"
    assert done[-1] == (heard.duration_ms, heard.duration_ms)
    assert "synthetic" in heard.trained_on
    assert heard.plain().splitlines()[0].endswith(f"Bot: {BOT}")
    assert heard.srt().startswith("1\n00:00:0")
    assert heard.srt().count(" --> ") == 2
    assert heard.mapping()["segments"][1]["words"][-1]["text"] == "rưỡi"
    assert transcriber.transcribe(file) == heard


@pytest.mark.parametrize(("suffix", "rate"), [("flac", 44100), ("wav", 96000), ("ogg", 16000), ("mp3", 24000)])
def test_other_formats_and_rates(
    transcriber: Transcriber, conversation: NDArray[np.int16], tmp_path: Path, suffix: str, rate: int
) -> None:
    file = tmp_path / f"call.{suffix}"
    soundfile.write(file, soxr.resample(conversation.astype(np.float32) / 32768, 8000, rate), rate)
    heard = transcriber.transcribe(file)
    assert [(s.speaker, s.text) for s in heard.segments] == [("right", BOT), ("left", CUSTOMER)]


def test_one_voice_in_both_channels_is_one_speaker(
    transcriber: Transcriber, conversation: NDArray[np.int16], tmp_path: Path
) -> None:
    file = tmp_path / "mono.wav"
    soundfile.write(file, conversation[:, [0, 0]], 8000)
    assert transcriber.transcribe(file).plain() == CUSTOMER


def test_silence_and_broken_samples_say_nothing(transcriber: Transcriber, tmp_path: Path) -> None:
    for name, audio in (("silence", np.zeros(48000)), ("nan", np.full(24000, np.nan)), ("short", np.zeros(1))):
        file = tmp_path / f"{name}.wav"
        soundfile.write(file, audio.astype(np.float32), 16000, "FLOAT")
        heard = transcriber.transcribe(file)
        assert heard.segments == ()
        assert heard.plain() == heard.srt() == ""


def test_a_few_broken_samples_in_studio_sound_cost_no_word(
    transcriber: Transcriber, conversation: NDArray[np.int16], tmp_path: Path
) -> None:
    file = tmp_path / "studio.wav"
    sound = soxr.resample(conversation.astype(np.float32) / 32768, 8000, 96000)
    sound[::9601, 0], sound[5::9601, 1] = np.nan, np.inf
    soundfile.write(file, sound, 96000, "FLOAT")
    heard = transcriber.transcribe(file)
    assert [(s.speaker, s.text) for s in heard.segments] == [("right", BOT), ("left", CUSTOMER)]


def test_what_is_no_audio_is_refused_by_name(transcriber: Transcriber, tmp_path: Path) -> None:
    text, nothing, empty = tmp_path / "notes.wav", tmp_path / "nothing.wav", tmp_path / "empty.wav"
    text.write_text("không phải âm thanh", encoding="utf-8")
    nothing.touch()
    soundfile.write(empty, np.zeros(0, np.int16), 8000)
    for file in (text, nothing, empty, tmp_path, tmp_path / "none.wav"):
        with pytest.raises(InputError) as refused:
            transcriber.transcribe(file)
        assert refused.value.where == str(file)


@pytest.mark.parametrize(("rate", "channels"), [(1, 1), (2_000_000_000, 1), (8000, 1023)])
def test_a_header_that_cannot_be_is_refused(
    transcriber: Transcriber, rate: int, channels: int, tmp_path: Path
) -> None:
    file = tmp_path / "odd.wav"
    soundfile.write(file, np.zeros((800, channels), np.int16), rate)
    with pytest.raises(InputError, match="không thể đúng") as caught:
        transcriber.transcribe(file)
    assert f"{rate} Hz" in str(caught.value)
    assert "odd.wav" in str(caught.value)


def test_a_file_cut_short(transcriber: Transcriber, conversation: NDArray[np.int16], tmp_path: Path) -> None:
    file = tmp_path / "cut.flac"
    soundfile.write(file, conversation, 8000)
    file.write_bytes(file.read_bytes()[:-3000])
    with pytest.raises(InputError) as refused:
        transcriber.transcribe(file)
    assert refused.value.where == str(file)


def test_no_such_model() -> None:
    with pytest.raises(InputError, match="embedded"):
        recognizer_for("nope")
