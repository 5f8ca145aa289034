"""Everything that finds values in recognised text, under one roof.

Words overlap on purpose: in "ngày mười lăm à không hai mươi" ``parse_dates`` finds the fifteenth and
``parse_cardinal`` the twenty; which of them holds is the dialogue's decision.
"""

from __future__ import annotations

from speech.text.dates import parse_dates
from speech.text.money import parse_money
from speech.text.numbers import DIGIT_WORDS, read_number
from speech.text.spans import Span, tokens
from speech.text.times import parse_times

__all__ = ["Span", "parse_cardinal", "parse_dates", "parse_digits", "parse_money", "parse_times"]


def parse_cardinal(text: str) -> list[Span[int]]:
    """Whole numbers, single words included; "không" alone is never zero."""
    heard = tokens(text)
    found: list[Span[int]] = []
    k = 0
    while k < len(heard.words):
        read = read_number(heard.words, k)
        if read:
            found.append(heard.span(read[0], k, read[1]))
        k = read[1] if read else k + 1
    return found


def parse_digits(text: str, least: int = 3) -> list[Span[str]]:
    """Runs of at least ``least`` digits read one by one or in pairs ("chín mươi chín" = 99), as in phone numbers."""
    heard = tokens(text)
    found: list[Span[str]] = []
    k = 0
    while k < len(heard.words):
        digits, at = "", k
        while at < len(heard.words):
            piece = _piece(heard.words, at)
            if piece is None:
                break
            digits, at = digits + piece[0], piece[1]
        if len(digits) >= least:
            found.append(heard.span(digits, k, at))
        k = max(at, k + 1)
    return found


def _piece(words: tuple[str, ...], k: int) -> tuple[str, int] | None:
    """One digit or a two-digit number that is not written out further (no trăm, nghìn …)."""
    if words[k] in DIGIT_WORDS or words[k] in ("bẩy", "tư"):
        pair = read_number(words[k : k + 3], 0) if words[k] != "không" else None
        if pair and 20 <= pair[0] <= 99 and pair[1] > 1 and "trăm" not in words[k : k + pair[1]]:
            return str(pair[0]), k + pair[1]
        if words[k + 1 : k + 2] and words[k + 1] in ("trăm", "nghìn", "ngàn", "triệu", "tỷ"):
            return None
        word = {"bẩy": "bảy", "tư": "bốn"}.get(words[k], words[k])
        return str(DIGIT_WORDS.index(word)), k + 1
    if words[k] in ("mười", "hăm"):
        pair = read_number(words[k : k + 2], 0)
        return (str(pair[0]), k + pair[1]) if pair else None
    return None
