"""Recordings → text, with the ears of the calls: the same voice activity, the same recogniser seam.

A file is read block by block, so its length costs time but no memory. Both sides of a stereo file are heard together
in one batch, as two calls would be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.errors import InputError
from speech.audio_file import AudioFile, open_audio
from speech.engine import EngineStream, SpeechEngine
from speech.recognition.acoustic import AcousticModel
from speech.recognition.base import Recognizer
from speech.recognition.choice import RecognizerChoice, file_recognizer
from speech.recognition.closed import ClosedSet
from speech.recognition.closed_recognizer import ClosedRecognizer
from speech.transcript import Segment, Transcript
from speech.types import SAMPLE_RATE_HZ
from speech.voice_activity import WINDOW_SAMPLES

PAUSE_MS: Final = 600
"""Silence that ends an utterance; nobody waits for an answer here, so it is longer than on a call."""
LONGEST_MS: Final = 30_000
"""An utterance without a pause is cut here."""
_CHUNK_MS: Final = 320

Progress = Callable[[int, int], None]
"""Milliseconds done, milliseconds in all."""


def recognizer_for(
    choice: RecognizerChoice | str = "embedded", members: ClosedSet | None = None, *, reject: float = 0.0
) -> Recognizer[Any]:
    """A recogniser for files; with ``members`` one that answers with nothing else, or with nothing below ``reject``.

    Raises InputError for an unknown choice, ConfigurationError if what is chosen cannot be loaded.
    """
    if isinstance(choice, str):
        choice = RecognizerChoice(choice)
    if members is None:
        return file_recognizer(choice)
    if choice.spec != "embedded":
        raise InputError(
            "--grammar chỉ dùng được với mô hình nhúng",
            "--grammar works with the embedded model only",
            where="--grammar",
        )
    return ClosedRecognizer(members, AcousticModel(chunk_ms=_CHUNK_MS), reject=reject)


def transcribe(path: Path, recognizer: Recognizer[Any] | None = None, progress: Progress | None = None) -> Transcript:
    """One file; see ``Transcriber`` for several."""
    return Transcriber(recognizer).transcribe(path, progress)


@dataclass(slots=True)
class _Side:
    """A speaker of a file and what was heard of them."""

    name: str | None
    ear: EngineStream
    segments: list[Segment]
    rest: np.ndarray
    """Samples that do not fill a window yet."""


class Transcriber:
    """One recogniser and one voice activity for any number of files, one after the other. Use from one thread."""

    def __init__(self, recognizer: Recognizer[Any] | None = None) -> None:
        """Raises ConfigurationError if a shipped model is missing."""
        self._engine = SpeechEngine(recognizer or recognizer_for())

    def transcribe(self, path: Path, progress: Progress | None = None) -> Transcript:
        """The utterances of a file. Raises InputError if it is missing, no audio, damaged or empty."""
        audio = open_audio(path)
        sides = [
            _Side(name, self._engine.open(f"{path}:{name}"), [], np.zeros(0, np.int16)) for name in _speakers(audio)
        ]
        try:
            done = 0
            for block in audio.blocks():
                self._hear(sides, block, audio.duration_ms)
                done += len(block)
                if progress:
                    progress(min(done * 1000 // SAMPLE_RATE_HZ, audio.duration_ms), audio.duration_ms)
            quiet = np.zeros((PAUSE_MS * 2 * SAMPLE_RATE_HZ // 1000, len(sides)), np.int16)
            self._hear(sides, quiet, audio.duration_ms)
            for side in sides:
                _close(side, audio.duration_ms)
        finally:
            for side in sides:
                side.ear.close()
        told = sorted((s for side in sides for s in side.segments), key=lambda s: (s.start_ms, s.end_ms))
        about = self._engine.recognizer.capabilities
        return Transcript(str(path), audio.duration_ms, tuple(told), about.name, about.trained_on)

    def _hear(self, sides: list[_Side], block: np.ndarray, duration_ms: int) -> None:
        """Window by window: whether an utterance is over must be known before more of it is heard."""
        for side, pcm in zip(sides, block.T, strict=True):
            side.rest = np.concatenate((side.rest, pcm))
        windows = len(sides[0].rest) // WINDOW_SAMPLES
        for k in range(windows):
            for side in sides:
                side.ear.push(side.rest[k * WINDOW_SAMPLES : (k + 1) * WINDOW_SAMPLES])
            self._engine.tick()
            for side in sides:
                heard = side.ear.activity
                if heard.turn_open and (
                    (not heard.speaking and heard.silence_ms >= PAUSE_MS)
                    or heard.now_ms - heard.turn_start_ms >= LONGEST_MS
                ):
                    _close(side, duration_ms)
        for side in sides:
            side.rest = side.rest[windows * WINDOW_SAMPLES :]


def _speakers(audio: AudioFile) -> tuple[str | None, ...]:
    if audio.channels == 1:
        return (None,)
    return ("customer", "bot") if audio.recorded_here else ("left", "right")


def _close(side: _Side, duration_ms: int) -> None:
    """End the open utterance, if any, and keep what was heard."""
    activity = side.ear.activity
    start, end = activity.turn_start_ms, min(activity.end_ms, duration_ms)
    heard = side.ear.finish()
    if heard.text:
        if heard.words:  # A word's sound may begin a little before the voice activity is sure of it.
            start = max(0, min(start, heard.words[0].start_ms))
            end = max(end, min(heard.words[-1].end_ms, duration_ms))
        segment = Segment(start, max(end, start), side.name, heard.text, heard.confidence, heard.words, heard.dialect)
        side.segments.append(segment)
