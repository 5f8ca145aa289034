"""Why a passage was found: the words around the match, what to highlight, how close it is to what was typed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from memory.folding import Word, words_of

_WINDOW: Final = 24
"""Words of a snippet."""
_MARKS, _ORDER = 0.6, 0.4
"""What the same marks and the same order of words are worth, beside at most 1 for how well the words fit."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """``text``: NFC. ``marks``: (start, end) of each word found in it."""

    text: str
    marks: tuple[tuple[int, int], ...]

    def parts(self) -> list[tuple[str, bool]]:
        """(words, found?) in order, for pages and terminals."""
        parts, last = [], 0
        for start, end in self.marks:
            parts += [(self.text[last:start], False), (self.text[start:end], True)]
            last = end
        return [one for one in (*parts, (self.text[last:], False)) if one[0]]


def snippet(text: str, folded: Sequence[str]) -> Snippet:
    """The stretch of ``text`` with most of the words ``folded``."""
    words, wanted = list(words_of(text)), set(folded)
    found = [place for place, word in enumerate(words) if word.folded in wanted]
    if not words:
        return Snippet(text[:200], ())
    first = _densest(words, found)
    last = min(first + _WINDOW, len(words))
    start = 0 if first == 0 else words[first].start
    end = len(text) if last == len(words) else words[last - 1].end
    before, after = ("" if start == 0 else "… "), ("" if end == len(text) else " …")
    moved = len(before) - start
    marks = tuple((w.start + moved, w.end + moved) for w in words[first:last] if w.folded in wanted)
    return Snippet(f"{before}{text[start:end]}{after}", _joined(marks))


def _densest(words: Sequence[Word], found: Sequence[int]) -> int:
    """First word of the window that holds the most different words found; a little before the first of them."""
    best, first = 0, 0
    for place in found:
        different = len({words[one].folded for one in found if place <= one < place + _WINDOW})
        if different > best:
            best, first = different, place
    return max(0, min(first - 4, len(words) - _WINDOW)) if len(words) > _WINDOW else 0


def _joined(marks: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Neighbouring words are highlighted as one."""
    joined: list[tuple[int, int]] = []
    for start, end in marks:
        if joined and start - joined[-1][1] <= 1:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple(joined)


def closeness(text: str, typed: Sequence[str], folded: Sequence[str]) -> float:
    """0 … 1: how many words have the marks that were typed, and how many stand side by side as typed.

    Words typed without marks fit any.
    """
    words = list(words_of(text))
    said = {word.text.lower() for word in words}
    plain = {word.folded for word in words}
    same = sum(one in said or (one == bare and bare in plain) for one, bare in zip(typed, folded, strict=True))
    pairs = {(one.folded, other.folded) for one, other in pairwise(words)}
    asked = list(pairwise(folded))
    beside = sum(pair in pairs for pair in asked) / len(asked) if asked else 0.0
    return _MARKS * same / len(typed) + _ORDER * beside
