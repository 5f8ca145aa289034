"""Recognisers that read stretches of audio as a whole (Whisper, remote services): the small seam behind ``windows``.

A reader knows nothing of calls, turns or threads: audio in, words out, as slowly as it must.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from speech.recognition.base import Pcm
from speech.recognition.units import canonical, is_vietnamese_syllable
from speech.text.speak import speak
from speech.types import FRAME_MS, FRAME_SAMPLES, OPEN, SAMPLE_RATE_HZ, Expectation, Word

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


def spread(text: str, audio: Pcm, confidence: float) -> tuple[Word, ...]:
    """Words with estimated times: the sounding part of ``audio`` shared out by their letters.

    For readers that tell no times.
    """
    words = text.split()
    letters = sum(len(word) + 1 for word in words)
    start_ms, end_ms = _sounding(audio)
    found, done = [], 0
    for word in words:
        start = start_ms + done * (end_ms - start_ms) // letters
        done += len(word) + 1
        found.append(Word(word, start, start_ms + done * (end_ms - start_ms) // letters, confidence))
    return tuple(found)


def _sounding(audio: Pcm) -> tuple[int, int]:
    """From the first to the last 20 ms that come within 30 dB of the loudest."""
    frames = audio[: len(audio) - len(audio) % FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES).astype(np.float32)
    power = (frames**2).mean(axis=1)
    loud = np.flatnonzero(power > max(float(power.max(initial=0.0)) / 1000, 1.0))
    if not len(loud):
        return 0, len(audio) * 1000 // SAMPLE_RATE_HZ
    return int(loud[0]) * FRAME_MS, (int(loud[-1]) + 1) * FRAME_MS


def reading_of(text: str, audio: Pcm, confidence: float) -> Reading:
    """A reading of written ``text`` whose word times are estimated."""
    plain = plain_words(text)
    return Reading(plain, confidence, spread(plain, audio, confidence))
