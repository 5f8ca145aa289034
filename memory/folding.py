"""Vietnamese words without marks, so that "Hứa trả nợ", "hua tra no" and decomposed letters meet."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+")
_BARE: Final = str.maketrans({"đ": "d", "Đ": "d"})


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: ``start`` and ``end`` are offsets into the NFC text, ``folded`` is plain lower-case letters."""

    start: int
    end: int
    text: str
    folded: str


@lru_cache(maxsize=4096)
def fold_word(word: str) -> str:
    """ "Đồng" → "dong"; letters of other scripts and digits stay."""
    plain = unicodedata.normalize("NFKD", word.translate(_BARE).casefold()).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def words_of(text: str) -> Iterator[Word]:
    """Words in order; ``text`` must be NFC for the offsets to fit."""
    for found in _WORD.finditer(text):
        folded = fold_word(found.group())
        if folded:
            yield Word(found.start(), found.end(), found.group(), folded)


def fold(text: str) -> str:
    """Folded words with one blank between them."""
    return " ".join(word.folded for word in words_of(unicodedata.normalize("NFC", text)))
