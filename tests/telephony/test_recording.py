"""Recordings: written as the call goes on, by one thread for all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from core.errors import ConfigurationError
from speech import codecs
from speech.types import FRAME_SAMPLES
from telephony.recording import RecordingWriter


def test_customer_left_bot_right(tmp_path: Path) -> None:
    writer = RecordingWriter(tmp_path / "recordings")
    recorder = writer.open("conv_1", "pcma")
    tone = (8000 * np.sin(np.arange(FRAME_SAMPLES) / 5)).astype(np.int16)
    for k in range(300):
        recorder.hear(tone if k % 2 else np.zeros(FRAME_SAMPLES, np.int16))
        recorder.say(codecs.encode(tone, "pcma") if k < 10 else None)
    recorder.close()
    writer.close()
    audio, rate_hz = soundfile.read(tmp_path / "recordings" / "conv_1.wav", dtype="int16")
    assert rate_hz == 8000
    assert audio.shape == (300 * FRAME_SAMPLES, 2)
    assert np.array_equal(audio[FRAME_SAMPLES : 2 * FRAME_SAMPLES, 0], tone)
    assert np.abs(audio[:1600, 1] - tone[np.arange(1600) % FRAME_SAMPLES].astype(int)).max() < 500
    assert np.abs(audio[10 * FRAME_SAMPLES :, 1]).max() <= 8
    assert recorder.duration_ms == 6000


def test_a_call_under_way_is_already_playable(tmp_path: Path) -> None:
    writer = RecordingWriter(tmp_path)
    recorder = writer.open("conv_2", "pcmu")
    for _ in range(600):
        recorder.say(None)
    other = writer.open("conv_3", "pcmu")
    other.say(None)
    other.close()
    assert other.written.wait(5)
    assert soundfile.info(tmp_path / "conv_2.wav").frames == 500 * FRAME_SAMPLES
    recorder.close()
    writer.close()
    assert soundfile.info(tmp_path / "conv_2.wav").frames == 600 * FRAME_SAMPLES


def test_a_folder_that_cannot_be_written_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="ghi âm") as caught:
        RecordingWriter(tmp_path / "file")
    assert caught.value.where == str(tmp_path / "file")
