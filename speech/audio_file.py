"""Audio files of any format and rate that libsndfile reads, as telephone audio, block by block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from core.errors import InputError
from speech.types import SAMPLE_RATE_HZ

_BLOCK_S: Final = 5
_SAME: Final = 1e-3
"""Two channels that never differ by more are one recording in stereo."""
_RATES_HZ: Final = (2_000, 768_000)
_MOST_CHANNELS: Final = 32
"""Headers beyond are damaged: at 1 Hz a second of samples would be hours of sound."""


@dataclass(frozen=True, slots=True)
class AudioFile:
    """What is in a file. ``channels`` are those that ``blocks`` gives: 2 for two speakers, else 1."""

    path: Path
    duration_ms: int
    rate_hz: int
    channels: int
    recorded_here: bool
    """Looks like a recording of ours: 8 kHz 16-bit stereo WAV, customer left, bot right."""

    def blocks(self) -> Iterator[NDArray[np.int16]]:
        """int16 (samples, channels) at 8 kHz, a few seconds each. Raises InputError if the data are damaged."""
        resampler = soxr.ResampleStream(self.rate_hz, SAMPLE_RATE_HZ, self.channels, dtype="float32")
        same_rate = self.rate_hz == SAMPLE_RATE_HZ
        for block in _read(self.path):
            mixed = block[:, : self.channels] if self.channels == 2 else block.mean(axis=1, keepdims=True)
            yield _pcm(mixed if same_rate else resampler.resample_chunk(mixed))
        if not same_rate:
            yield _pcm(resampler.resample_chunk(np.zeros((0, self.channels), np.float32), last=True))


def open_audio(path: Path) -> AudioFile:
    """Look into a file. Raises InputError if it is missing, no audio, damaged or empty."""
    if path.is_dir():
        raise InputError("đây là thư mục, không phải tệp âm thanh", "this is a folder, not a file", where=str(path))
    if not path.exists():
        raise InputError("không tìm thấy tệp", "no such file", where=str(path))
    with _opened(path) as source:
        frames, rate, channels = source.frames, source.samplerate, source.channels
        telephone = (source.format, source.subtype, rate) == ("WAV", "PCM_16", SAMPLE_RATE_HZ)
    if frames <= 0:
        raise InputError("tệp không có âm thanh nào", "there is no audio in the file", where=str(path))
    if not _RATES_HZ[0] <= rate <= _RATES_HZ[1] or channels > _MOST_CHANNELS:
        raise InputError(
            f"phần đầu tệp ghi {rate} Hz, {channels} kênh, không thể đúng; hãy ghi hoặc chuyển lại tệp",
            f"its header says {rate} Hz and {channels} channels, which cannot be; record or convert the file anew",
            where=str(path),
        )
    two = channels == 2 and _differ(path)
    return AudioFile(path, frames * 1000 // rate, rate, 2 if two else 1, two and telephone)


def _opened(path: Path) -> Any:
    try:
        return soundfile.SoundFile(path)
    except (OSError, soundfile.SoundFileError, TypeError) as error:
        if isinstance(error, OSError):
            reason = (f"không đọc được tệp ({error.strerror})", f"the file cannot be read ({error.strerror})")
        else:
            reason = (
                "không phải tệp âm thanh đọc được (WAV, FLAC, OGG, MP3 …)",
                "not an audio file that can be read (WAV, FLAC, OGG, MP3 …)",
            )
        raise InputError(*reason, where=str(path)) from error


def _read(path: Path) -> Iterator[NDArray[np.float32]]:
    """float32 (frames, channels); what is not a number becomes silence."""
    with _opened(path) as source:
        while True:
            try:
                block = source.read(source.samplerate * _BLOCK_S, dtype="float32", always_2d=True)
            except soundfile.SoundFileError as error:
                raise InputError("tệp âm thanh bị hỏng", "the audio is damaged", where=str(path)) from error
            if not len(block):
                return
            yield np.clip(np.nan_to_num(block, nan=0.0, posinf=0.0, neginf=0.0), -1.0, 1.0)


def _differ(path: Path) -> bool:
    """Are there two different channels?"""
    return any(bool((np.abs(block[:, 0] - block[:, 1]) > _SAME).any()) for block in _read(path))


def _pcm(block: NDArray[np.float32]) -> NDArray[np.int16]:
    return np.clip(np.rint(block * 32768.0), -32768, 32767).astype(np.int16)
