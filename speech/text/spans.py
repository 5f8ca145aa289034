"""Something found in a text, and where: the common currency of all parsers here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from speech.text.normalize import fold
from speech.text.speak import speak

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Span(Generic[T]):
    """A value at the words ``start`` … ``end`` (exclusive) of ``fold(text).split()``."""

    value: T
    start: int
    end: int
    exact: bool = True
    """False when the words leave room ("cuối tuần", "hai trăm", "hai giờ"): say it back before relying on it."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Words as spoken (digits written out) and the position of each in the folded text."""

    words: tuple[str, ...]
    origin: tuple[int, ...]

    def span(self, value: T, start: int, end: int, exact: bool = True) -> Span[T]:
        """A span over the spoken words ``start`` … ``end``, in positions of the folded text."""
        return Span(value, self.origin[start], self.origin[end - 1] + 1, exact)


@lru_cache(maxsize=256)
def tokens(text: str) -> Tokens:
    """Words of ``text`` as spoken, so that "2.500.000đ" and "hai triệu rưỡi" are read alike."""
    words: list[str] = []
    origin: list[int] = []
    for position, word in enumerate(fold(text).split()):
        spoken = fold(speak(word)).split() if any(c.isdigit() for c in word) else [word]
        words += spoken
        origin += [position] * len(spoken)
    return Tokens(tuple(words), tuple(origin))
