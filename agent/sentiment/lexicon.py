"""The lexicon of feelings: phrases with a strength and the feelings they show, found in tokens with their negation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).with_name("lexicon.txt")
NEGATIONS: Final = frozenset(["không", "chưa", "chẳng", "chả", "đâu", "đừng", "khỏi", "hổng", "hông", "nỏ", "chớ"])
STRONGER: Final = frozenset(
    [
        "quá",
        "lắm",
        "rất",
        "cực",
        "cực kỳ",
        "thật",
        "ghê",
        "hết",
        "vô",
        "siêu",
        "kinh",
        "vãi",
        "thiệt",
        "dữ",
        "hoàn",
        "vô",
    ]
)
WEAKER: Final = frozenset(["hơi", "tạm", "khá", "cũng", "chút", "ít"])
BREAKS: Final = frozenset(["nhưng", "mà", "tuy", "song", "còn", "thì", ".", ",", "!", "?", ";", "...", "..", ":"])
REACH: Final = 3
"""How many words a negation reaches: "không hề thấy vui"."""
_DOUBLE: Final = frozenset(["phải", "chỉ", "những"])
"""Negation words followed by these deny nothing here: "không chỉ hay mà còn …"."""


@dataclass(frozen=True, slots=True)
class Entry:
    """``strength`` −1 … 1, ``feelings`` by name."""

    strength: float
    feelings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found in tokens ``start`` up to ``end``. ``strength`` has negation and intensifiers in it."""

    phrase: str
    start: int
    end: int
    strength: float
    negated: bool
    feelings: tuple[str, ...]


@lru_cache(maxsize=1)
def entries() -> dict[tuple[str, ...], Entry]:
    """Every phrase of the lexicon as words."""
    found: dict[tuple[str, ...], Entry] = {}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        head, bar, phrases = line.partition(" | ")
        if line.startswith("#") or not bar:
            continue
        feeling, strength = head.split()
        for phrase in phrases.split("; "):
            key = tuple(phrase.split())
            old = found.get(key)
            feelings = (feeling,) if old is None else tuple(dict.fromkeys((*old.feelings, feeling)))
            found[key] = Entry(float(strength) if old is None else old.strength, feelings)
    return found


@lru_cache(maxsize=1)
def feelings() -> tuple[str, ...]:
    """Names of all feelings, sorted."""
    return tuple(sorted({name for entry in entries().values() for name in entry.feelings}))


@lru_cache(maxsize=1)
def _longest() -> int:
    return max(len(key) for key in entries())


def denied(words: Sequence[str]) -> list[bool]:
    """For each word: does a negation before it, in the same clause, reach it?"""
    made, left = [], 0
    for k, word in enumerate(words):
        if word in BREAKS or not word[:1].isalpha():  # marks, emoji and emoticons are denied by nobody
            left = 0
        made.append(left > 0)
        left = max(0, left - 1)
        following = words[k + 1] if k + 1 < len(words) else ""
        if word in NEGATIONS and following and following not in _DOUBLE:
            left = REACH
    return made


def find(words: Sequence[str]) -> list[Hit]:
    """Phrases of the lexicon in ``words``, longest first, from left to right."""
    table, made, k = entries(), [], 0
    under = denied(words)
    while k < len(words):
        for n in range(min(_longest(), len(words) - k), 0, -1):
            entry = table.get(tuple(words[k : k + n]))
            if entry is not None:
                made.append(_hit(words, k, n, entry, under[k]))
                k += n
                break
        else:
            k += 1
    return made


def _hit(words: Sequence[str], k: int, n: int, entry: Entry, negated: bool) -> Hit:
    near = {*words[max(0, k - 2) : k], *words[k + n : k + n + 2]}
    strength = entry.strength
    if near & STRONGER:
        strength *= 1.4
    elif near & WEAKER:
        strength *= 0.7
    if negated:
        strength *= -0.5 if strength < 0 else -0.8
    return Hit(" ".join(words[k : k + n]), k, k + n, max(-1.2, min(1.2, strength)), negated, entry.feelings)
