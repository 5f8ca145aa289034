"""Text as people type and say it, in tokens: words in one spelling, emoji, emoticons and runs of punctuation.

Drawn-out words ("quáaaa"), chat spellings ("ko", "dc") and both placements of tone marks ("hoà", "hòa") come out alike.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from speech.recognition.units import canonical, is_vietnamese_syllable
from speech.text.normalize import strip_marks
from speech.text.teencode import short_forms

_EMOTICON: Final = (
    r"<3+|[:;=]['\-^]?[)(\]\[dpvo3*/\\><|]+(?![a-z0-9])|\^[_.\-]*\^|t[_.]t|-[_.]+-|=_=|>[_.]<|o[_.]o|0_0|xd+(?![a-z])"
)
_EMOJI: Final = r"[\U0001F000-\U0001FAFF\u2600-\u27BF\u203C\u2049\u2B50\u2764\u2665\u263A]"
_PIECE: Final = re.compile(
    rf"(?P<emoticon>{_EMOTICON})|(?P<emoji>{_EMOJI})|(?P<number>\d+(?:[.,:/\-]\d+)*)"
    r"|(?P<word>[^\W\d_]+(?:\d+[^\W\d_]*|_[^\W_]+)*)|(?P<mark>(?P<sign>[^\w\s])(?P=sign)*)|_+"
)
_KINDS: Final = ("word", "mark", "emoji", "emoticon", "number")
_STRETCH: Final = re.compile(r"(.)\1{2,}")


@dataclass(frozen=True, slots=True)
class Token:
    """``text`` as it counts, ``kind`` word, number, emoji, emoticon or mark; ``stretched`` if drawn out or shouted."""

    text: str
    kind: str
    stretched: bool = False


def tokenize(text: str) -> list[Token]:
    """Tokens of ``text`` in order. Linear in its length."""
    text = unicodedata.normalize("NFC", text)
    shouted = _is_shouted(text)
    made: list[Token] = []
    for match in _PIECE.finditer(text.lower()):
        kind, piece = _kind(match), match.group()
        if kind == "word":
            raw = text[match.start() : match.end()] if len(text) == len(match.string) else piece
            loud = not shouted and len(raw) > 1 and raw.isupper()
            for part in piece.split("_"):
                words, stretched = _spelt(part)
                made += [Token(word, "word", stretched or loud) for word in words]
        elif kind == "number":
            made.append(Token(_number(piece), "number"))
        elif kind == "emoticon":
            made.append(Token(_STRETCH.sub(r"\1\1", piece), "emoticon", len(piece) > 3))
        elif kind:
            made.append(Token(piece[:3], kind))
    return made


def _kind(match: re.Match[str]) -> str:
    return next((kind for kind in _KINDS if match.group(kind) is not None), "")


def _is_shouted(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return len(letters) > 3 and sum(c.isupper() for c in letters) > 0.8 * len(letters)


def _number(piece: str) -> str:
    return piece if len(piece) <= 2 else "0" * min(len(piece), 6)


@lru_cache(maxsize=65536)
def _spelt(word: str) -> tuple[tuple[str, ...], bool]:
    """The words that ``word`` stands for, and whether it was drawn out."""
    short = short_forms().get(word)
    if short is not None:
        return tuple(short.split()), False
    squeezed = _squeezed(word)
    short = short_forms().get(squeezed)
    if short is not None:
        return tuple(short.split()), True
    found = squeezed if squeezed != word and is_vietnamese_syllable(squeezed) else _STRETCH.sub(r"\1\1", word)
    if is_vietnamese_syllable(found):
        return (canonical(found),), squeezed != word
    return (found,), squeezed != word


def _squeezed(word: str) -> str:
    """Runs of one base letter as its first: "quáaaa" → "quá", "vuiii" → "vui"; a true syllable is left alone."""
    if is_vietnamese_syllable(word):
        return word
    made = ""
    before = ""
    for c in word:
        base = strip_marks(c)
        if base != before:
            made += c
        elif c != base and strip_marks(made[-1]) == made[-1]:  # "quaá": the mark came late
            made = made[:-1] + c
        before = base
    return made
