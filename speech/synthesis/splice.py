"""A sentence put together: the words that are the same for everybody from the cache, what is this customer's made anew.

Joints lie between words. Most of the silence around them is cut, and the two sides are faded into one another over
10 ms, so that no step is heard.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from speech.synthesis.base import AudioChunk, WordMark
from speech.types import SAMPLE_RATE_HZ

Span = tuple[int, int]

FADE: Final = SAMPLE_RATE_HZ // 100
_PAUSE: Final = SAMPLE_RATE_HZ * 3 // 100
_COMMA_PAUSE: Final = SAMPLE_RATE_HZ * 10 // 100
"""Silence left on each side of a joint, at the most: voices end a piece as they end a sentence."""
_SILENT: Final = 160
"""Of 32767."""
_FEWEST_WORDS: Final = 3
"""A shorter fixed piece costs two joints and saves nothing."""
_SIGNS: Final = " ,;:.!?…"
_COMMA: Final = re.compile(r"[,;:.!?…]\s*$")


@dataclass(frozen=True, slots=True)
class Part:
    """``text[start:end]``; ``fixed``: the same for every customer."""

    start: int
    end: int
    fixed: bool


def spans(text: str, fixed: Sequence[str]) -> list[Span]:
    """Where the ``fixed`` words stand in ``text``, in order and as whole words; those that do not are left out."""
    found = []
    at = 0
    for words in fixed:
        match = re.compile(rf"(?<!\w){re.escape(words.strip(_SIGNS))}(?!\w)", re.IGNORECASE).search(text, at)
        if match is not None and len(words.split()) >= _FEWEST_WORDS:
            at = match.end()
            found.append(match.span())
    return found


def parts(text: str, start: int, end: int, fixed: Sequence[Span]) -> list[Part]:
    """The phrase ``text[start:end]`` in pieces, each with words in it, given what of ``text`` is fixed."""
    found: list[Part] = []
    for low, high, known in _stretches(start, end, fixed):
        lead = len(text[low:high]) - len(text[low:high].lstrip())
        if any(c.isalnum() for c in text[low:high]):
            found.append(Part(low + lead, high, known))
        elif found:  # A full stop or the like: belongs to the piece before.
            found[-1] = Part(found[-1].start, high, found[-1].fixed)
    return found


def _stretches(start: int, end: int, fixed: Sequence[Span]) -> Iterator[tuple[int, int, bool]]:
    at = start
    for low, high in fixed:
        low, high = max(low, at), min(high, end)
        if low < high:
            yield at, low, False
            yield low, high, True
            at = high
    yield at, end, False


class Joiner:
    """The pieces of one phrase, one after the other, as one sound."""

    def __init__(self) -> None:
        self._tail = np.zeros(0, np.float32)
        self._position = 0
        """Samples given out."""
        self._latest = 0
        """Where the last word begins."""
        self._pause: int | None = None
        """Silence that the next piece may begin with."""

    def add(self, words: str, audio: AudioChunk, *, last: bool) -> AudioChunk:
        """The next piece, made of ``words``; what may be played by now, with marks from the phrase's beginning."""
        pause = _COMMA_PAUSE if _COMMA.search(words) else _PAUSE
        begin, end = _sound(audio.pcm, self._pause, None if last else pause)
        self._pause = pause
        piece = audio.pcm[begin:end].astype(np.float32)
        fade = min(FADE, len(self._tail), len(piece))
        before = len(self._tail) - fade
        rise = np.linspace(0, 1, fade, dtype=np.float32)
        mixed = self._tail[before:] * (1 - rise) + piece[:fade] * rise
        joined = np.concatenate((self._tail[:before], mixed, piece[fade:]))
        marks = [self._mark(mark, before - begin, len(joined)) for mark in audio.marks]
        ready = len(joined) if last else max(len(joined) - FADE, 0)
        self._tail = joined[ready:]
        self._position += ready
        return AudioChunk(np.rint(joined[:ready]).astype(np.int16), tuple(marks))

    def _mark(self, mark: WordMark, shift: int, length: int) -> WordMark:
        """``mark`` of a piece in the whole phrase; never before an earlier word, never after the end."""
        here = self._position + min(max(mark.at_sample + shift, 0), max(length - 1, 0))
        self._latest = max(here, self._latest)
        return WordMark(self._latest, mark.start, mark.end)


def _sound(pcm: NDArray[np.int16], before: int | None, after: int | None) -> Span:
    """First and last sample to keep, with at most so much silence on either side; None keeps all of it."""
    loud = np.flatnonzero((pcm > _SILENT) | (pcm < -_SILENT))
    if not len(loud):
        return 0, min(len(pcm), *(side for side in (before, after) if side is not None), len(pcm))
    begin = 0 if before is None else max(int(loud[0]) - before, 0)
    end = len(pcm) if after is None else min(int(loud[-1]) + 1 + after, len(pcm))
    return begin, end
