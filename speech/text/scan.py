"""Words of a text as it was written, with their places: what dialects, chat and personal data are found in."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_WORD = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f])*")
_BREAK = re.compile(r"[.,;:!?…\n()\"“”]")


@dataclass(frozen=True, slots=True)
class Word:
    """One word: its place in the text, its plain form, and whether a clause starts here."""

    start: int
    end: int
    plain: str
    """NFC, lower case."""
    first: bool
    """A clause starts with it."""
    capital: bool
    """Written with a capital letter while not everything around is."""


def scan(text: str) -> list[Word]:
    """Words (letters and digits) of ``text`` in order; NFD, any script and control characters are fine. Linear."""
    shouted = text.isupper()
    words: list[Word] = []
    end = 0
    for match in _WORD.finditer(text):
        start = match.start()
        raw = match.group()
        first = not words or _BREAK.search(text, end, start) is not None
        plain = raw.lower() if raw.isascii() else unicodedata.normalize("NFC", raw).lower()
        words.append(Word(start, match.end(), plain, first, not shouted and raw[0].isupper()))
        end = match.end()
    return words


def like(source: str, result: str) -> str:
    """``result`` with the capitals of ``source``: "Răng" → "Sao", "RỨA" → "VẬY"."""
    if len(source) > 1 and source.isupper():
        return result.upper()
    return result[:1].upper() + result[1:] if source[:1].isupper() else result


def words_of(table: str) -> list[str]:
    """Words of a table in the code, separated by blanks or line ends."""
    return table.split()


def phrases_of(table: str) -> list[str]:
    """Phrases of a table in the code, separated by ";" and line ends."""
    return [" ".join(phrase.split()) for phrase in table.split(";")]
