"""Recognisers that read stretches of audio as a whole (Whisper, remote services): the small seam behind ``windows``.

A reader knows nothing of calls, turns or threads: audio in, words out, as slowly as it must.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from speech.recognition.base import Pcm
from speech.recognition.units import canonical, is_vietnamese_syllable
from speech.text.speak import speak
from speech.types import OPEN, SAMPLE_RATE_HZ, Expectation, Word

_TAG: Final = re.compile(r"<[^<>]{0,40}>")
_WORD: Final = re.compile(r"[^\W_]+(?:['’.@][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Request:
    """A stretch of audio to read: int16 at 8 kHz."""

    audio: Pcm
    expectation: Expectation = OPEN
    final: bool = True
    """The speaker has paused; else only a look at a turn that goes on."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a stretch of audio says: plain lower-case words as spoken. Times are ms from its beginning."""

    text: str
    confidence: float = 0.0
    words: tuple[Word, ...] = ()


class Reader(Protocol):
    """One per process. ``read`` may take seconds and is called from one thread at a time."""

    name: str
    trained_on: str
    expectations: bool
    """Does it make use of ``Request.expectation``?"""
    batch: int
    """How many requests it likes to read at once."""

    def read(self, requests: Sequence[Request]) -> list[Reading]:
        """One reading per request, in order. May raise anything; the requests then count as failed."""
        ...

    def close(self) -> None:
        """Give everything back."""
        ...


def plain_words(text: str) -> str:
    """Written text as the agent expects it: lower-case words as spoken, numbers spelt out, no punctuation."""
    spoken = speak(" ".join(unicodedata.normalize("NFC", text).split())).lower()
    words = _WORD.findall(_TAG.sub(" ", spoken))
    return " ".join(canonical(word) if is_vietnamese_syllable(word) else word for word in words)


def spread(text: str, audio_ms: int, confidence: float) -> tuple[Word, ...]:
    """Words with estimated times: ``audio_ms`` shared out by their letters. For readers that tell no times."""
    words = text.split()
    letters = sum(len(word) + 1 for word in words)
    found, done = [], 0
    for word in words:
        start = done * audio_ms // letters
        done += len(word) + 1
        found.append(Word(word, start, done * audio_ms // letters, confidence))
    return tuple(found)


def reading_of(text: str, audio: Pcm, confidence: float) -> Reading:
    """A reading of written ``text`` whose word times are estimated."""
    plain = plain_words(text)
    return Reading(plain, confidence, spread(plain, len(audio) * 1000 // SAMPLE_RATE_HZ, confidence))
