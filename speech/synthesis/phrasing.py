"""Text cut into phrases: sentence by sentence, digit groups slower and apart, as the marks in it say.

Marks, of which none is heard: ``<break ms=300>`` is a pause, ``<slow>…</slow>`` is said slowly. Runs of digit words
("không chín không không, không không không") need none: they are found and said as a person dictates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from speech.synthesis.cleaning import silent, speakable

_MARK: Final = re.compile(r"<break\s+ms=\"?(\d{1,5})\"?\s*/?>|<(/?)slow>")
_END: Final = re.compile(r"[.!?…;]+[\"”’)]*(?=\s|$)|\n+")
_DIGIT: Final = r"(?:không|một|hai|ba|bốn|năm|sáu|bảy|tám|chín)"
_DIGITS: Final = re.compile(rf"\b{_DIGIT}(?:,? {_DIGIT}){{4,}}\b")
_GROUP: Final = re.compile(rf"{_DIGIT}(?: {_DIGIT}){{0,7}}")
_SLOW: Final = 0.85
_GROUP_PAUSE_MS: Final = 220
_DIGIT_PAUSE_MS: Final = 120
"""Between digits dictated one by one ("bốn, tám, ba"), which are many pauses."""
_LONGEST_BREAK_MS: Final = 3000
LONGEST: Final = 240
"""Characters of a phrase that every engine takes at once."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """``text[start:end]`` of a request, made in one piece; ``rate`` multiplies the voice's."""

    start: int
    end: int
    rate: float = 1.0
    pause_ms: int = 0
    """Silence after it, besides what the voice itself puts there."""


def phrases(text: str, *, sentences: bool = True) -> Iterator[Phrase]:
    """The phrases of ``text`` in order; what cannot be read aloud is left out.

    ``sentences``: cut at their ends too, for engines that give no sound before the whole of a request is made.
    """
    slow, at, waiting = False, 0, None
    for match in [*_MARK.finditer(text), None]:
        end = match.start() if match else len(text)
        for phrase in _stretch(text, at, end, _SLOW if slow else 1.0, sentences):
            if waiting is not None:
                yield waiting
            waiting = phrase
        if match is None:
            break
        at = match.end()
        if match.group(1) is not None:
            waiting = _longer(waiting, min(int(match.group(1)), _LONGEST_BREAK_MS), match.start())
        else:
            slow = not match.group(2)
    if waiting is not None:
        yield waiting


def unmarked(text: str) -> str:
    """``text`` with blanks for its marks; as long as before."""
    return _MARK.sub(lambda match: " " * len(match.group()), text)


def outside_marks(text: str, change: Callable[[str], str]) -> str:
    """``text`` with ``change`` done to the stretches between its marks, and tags and emoji gone."""
    parts, at = [], 0
    for match in _MARK.finditer(text):
        parts += [change(speakable(text[at : match.start()])), match.group()]
        at = match.end()
    return " ".join([*parts, change(speakable(text[at:]))])


def _longer(phrase: Phrase | None, pause_ms: int, at: int) -> Phrase:
    if phrase is None:
        return Phrase(at, at, pause_ms=pause_ms)
    return Phrase(phrase.start, phrase.end, phrase.rate, phrase.pause_ms + pause_ms)


def _stretch(text: str, start: int, end: int, rate: float, sentences: bool) -> Iterator[Phrase]:
    """Phrases of a stretch without marks."""
    longest = LONGEST if sentences else end - start + 1
    at = start
    for cut in [*(match.end() for match in _END.finditer(text, start, end) if sentences), end]:
        yield from _sentence(text, at, cut, rate, longest)
        at = cut


def _sentence(text: str, start: int, end: int, rate: float, longest: int) -> Iterator[Phrase]:
    at = start
    for run in _DIGITS.finditer(text, start, end):
        yield from _cut(text, at, run.start(), rate, longest)
        groups = list(_GROUP.finditer(text, run.start(), run.end()))
        pause = _DIGIT_PAUSE_MS if len(groups) == len(run.group().split()) else _GROUP_PAUSE_MS
        for group in groups:
            last = group is groups[-1]
            yield Phrase(group.start(), group.end(), rate * _SLOW, 0 if last else pause)
        at = run.end()
    yield from _cut(text, at, end, rate, longest)


def _cut(text: str, start: int, end: int, rate: float, longest: int) -> Iterator[Phrase]:
    """No piece longer than an engine takes: cut at a comma, else at a blank, else anywhere."""
    while end - start > longest:
        window = text[start : start + longest]
        cut = max(window.rfind(", ") + 1, 0) or window.rfind(" ") or longest
        cut = cut if cut > 0 else longest
        yield from _piece(text, start, start + cut, rate)
        start += cut
    yield from _piece(text, start, end, rate)


def _piece(text: str, start: int, end: int, rate: float) -> Iterator[Phrase]:
    while start < end and text[start] in " ,\t\n":
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if not silent(speakable(text[start:end])):
        yield Phrase(start, end, rate)
