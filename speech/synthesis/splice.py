"""A sentence put together: the words that are the same for everybody from the cache, what is this customer's made anew.

Joints lie between words. Silence around them is cut where no comma stands, and the two sides are faded into one another
over 10 ms from a zero crossing on, so that no step is heard.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from speech.synthesis.base import AudioChunk, WordMark
from speech.types import SAMPLE_RATE_HZ

Span = tuple[int, int]

_FADE: Final = SAMPLE_RATE_HZ // 100
_SEARCH: Final = SAMPLE_RATE_HZ // 50
"""How far a zero crossing is looked for on either side."""
_PAUSE: Final = SAMPLE_RATE_HZ * 3 // 100
"""Silence left at a joint without a comma, on each side."""
_SILENT: Final = 160
"""Of 32767."""
_FEWEST_WORDS: Final = 3
"""A shorter fixed piece costs two joints and saves nothing."""
_COMMA: Final = re.compile(r"[,;:.!?…]\s*$")


@dataclass(frozen=True, slots=True)
class Part:
    """``text[start:end]``; ``fixed``: the same for every customer."""

    start: int
    end: int
    fixed: bool


def parts(text: str, start: int, end: int, fixed: Sequence[Span]) -> list[Part]:
    """The phrase ``text[start:end]`` in pieces, given what of ``text`` is fixed; pieces hold whole words."""
    found: list[Part] = []
    at = start
    for low, high in fixed:
        low, high = _whole_words(text, max(low, at), min(high, end))
        if high <= low or len(text[low:high].split()) < _FEWEST_WORDS:
            continue
        _add(found, text, at, low, fixed=False)
        _add(found, text, low, high, fixed=True)
        at = high
    _add(found, text, at, end, fixed=False)
    return found


def _whole_words(text: str, low: int, high: int) -> Span:
    if 0 < low < len(text) and text[low - 1].isalnum() and text[low].isalnum():
        low = next((k for k in range(low, high) if not text[k].isalnum()), high)
    if 0 < high < len(text) and text[high - 1].isalnum() and text[high].isalnum():
        high = next((k for k in range(high, low, -1) if not text[k - 1].isalnum()), low)
    return low, high


def _add(found: list[Part], text: str, start: int, end: int, *, fixed: bool) -> None:
    """A piece without words goes to the one before it."""
    if start >= end:
        return
    if not any(c.isalnum() for c in text[start:end]):
        if found:
            found[-1] = Part(found[-1].start, end, found[-1].fixed)
        return
    lead = len(text[start:end]) - len(text[start:end].lstrip())
    found.append(Part(start + lead, end, fixed))


class Joiner:
    """The pieces of one phrase, one after the other, as one sound."""

    def __init__(self) -> None:
        self._tail = np.zeros(0, np.float32)
        self._position = 0
        self._apart = False
        """The last piece ended in a comma: its silence is meant."""

    def add(self, words: str, audio: AudioChunk, *, last: bool) -> AudioChunk:
        """The next piece, made of ``words``; what may be played by now, with marks from the phrase's beginning."""
        pcm = audio.pcm.astype(np.float32)
        sound = np.flatnonzero(np.abs(audio.pcm) > _SILENT)
        head = 0
        if len(self._tail) and not self._apart and len(sound):
            head = max(int(sound[0]) - _PAUSE, 0)
        self._apart = _COMMA.search(words) is not None
        end = len(pcm)
        if not last and not self._apart and len(sound):
            end = min(int(sound[-1]) + 1 + _PAUSE, end)
        joined, offset = _crossfade(self._tail, pcm[head:end])
        marks = tuple(
            WordMark(self._position + min(max(m.at_sample - head + offset, 0), max(len(joined) - 1, 0)), m.start, m.end)
            for m in audio.marks
        )
        held = 0 if last else min(_SEARCH + _FADE, len(joined))
        self._tail = joined[len(joined) - held :]
        ready = joined[: len(joined) - held]
        self._position += len(ready)
        return AudioChunk(np.clip(np.rint(ready), -32768, 32767).astype(np.int16), marks)


def _crossfade(tail: NDArray[np.float32], head: NDArray[np.float32]) -> tuple[NDArray[np.float32], int]:
    """Both as one, and where ``head`` begins in it (less what of it was left out)."""
    if len(tail) < _FADE or len(head) < _FADE:
        return np.concatenate((tail, head)), len(tail)
    leave = _crossings(tail[: len(tail) - _FADE + 1])
    cut = int(leave[-1]) if len(leave) else len(tail) - _FADE
    enter = _crossings(head[: min(_SEARCH, len(head) - _FADE + 1)])
    begin = int(enter[0]) if len(enter) else 0
    rise = np.linspace(0, 1, _FADE, dtype=np.float32)
    mixed = tail[cut : cut + _FADE] * (1 - rise) + head[begin : begin + _FADE] * rise
    return np.concatenate((tail[:cut], mixed, head[begin + _FADE :])), cut - begin


def _crossings(audio: NDArray[np.float32]) -> NDArray[np.intp]:
    """Where the wave rises through zero."""
    return np.flatnonzero((audio[:-1] <= 0) & (audio[1:] > 0)) + 1
