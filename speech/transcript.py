"""What a recording says: utterances with times and speakers, and how to show them (plain, SubRip, JSON)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from speech.types import Word

SPEAKERS_VI: Mapping[str, str] = {"customer": "Khách", "bot": "Bot", "left": "Trái", "right": "Phải"}


@dataclass(frozen=True, slots=True)
class Segment:
    """One utterance; times are milliseconds of the file."""

    start_ms: int
    end_ms: int
    speaker: str | None
    """``customer``/``bot`` in recordings of ours, ``left``/``right`` in other stereo files, None in mono ones."""
    text: str
    confidence: float
    words: tuple[Word, ...] = ()
    dialect: Mapping[str, float] = field(default_factory=dict)
    """Probabilities of the speaker's dialect from all that was heard of them so far."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """All utterances of a file in order of time."""

    file: str
    duration_ms: int
    segments: tuple[Segment, ...]
    model: str
    trained_on: str
    """What the model was trained on, to be shown with the text."""

    def plain(self) -> str:
        """One line per utterance with its time and speaker; the bare text if there is one utterance and no speaker."""
        if len(self.segments) == 1 and self.segments[0].speaker is None:
            return self.segments[0].text
        lines = []
        for segment in self.segments:
            speaker = f" {SPEAKERS_VI[segment.speaker]}:" if segment.speaker else ""
            lines.append(f"[{_clock(segment.start_ms, '.')}]{speaker} {segment.text}")
        return "\n".join(lines)

    def srt(self) -> str:
        """SubRip."""
        blocks = []
        for number, segment in enumerate(self.segments, 1):
            speaker = f"{SPEAKERS_VI[segment.speaker]}: " if segment.speaker else ""
            times = f"{_clock(segment.start_ms, ',')} --> {_clock(segment.end_ms, ',')}"
            blocks.append(f"{number}\n{times}\n{speaker}{segment.text}\n")
        return "\n".join(blocks)

    def mapping(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "file": self.file,
            "duration_ms": self.duration_ms,
            "model": self.model,
            "trained_on": self.trained_on,
            "segments": [_segment(segment) for segment in self.segments],
        }


def _segment(segment: Segment) -> dict[str, Any]:
    words = [
        {"text": w.text, "start_ms": w.start_ms, "end_ms": w.end_ms, "confidence": round(w.confidence, 3)}
        for w in segment.words
    ]
    return {
        "start_ms": segment.start_ms,
        "end_ms": segment.end_ms,
        "speaker": segment.speaker,
        "text": segment.text,
        "confidence": round(segment.confidence, 3),
        "words": words,
        "dialect": {name: round(p, 3) for name, p in segment.dialect.items()},
    }


def _clock(ms: int, point: str) -> str:
    seconds, ms = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{ms:03}"
