"""Runs of digits, written or spoken one by one: "0900 000 012", "không chín không ba, một hai ba", "chín mươi chín".

Amounts are not runs: what a scale word (trăm, nghìn, triệu …) counts or trails is left out.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from speech.text.scan import Word

_DIGITS = {
    "không": "0", "hông": "0", "một": "1", "hai": "2", "ba": "3", "bốn": "4", "tư": "4", "năm": "5", "lăm": "5",
    "sáu": "6", "bảy": "7", "bẩy": "7", "tám": "8", "chín": "9",
}  # fmt: skip
_AFTER_TENS = _DIGITS | {"mốt": "1", "nhăm": "5"}
_SCALES = frozenset(
    ("trăm", "nghìn", "ngàn", "triệu", "tỷ", "tỉ", "chục", "rưỡi", "củ", "tr", "k", "vạn", "phần", "lẻ")
)
MOBILE = re.compile(r"(?:0|84|0084)(?:3[2-9]|5[25689]|7[06-9]|8[1-9]|9\d)\d{7}")
"""Vietnamese mobile numbers; portability makes the prefix no sign of the operator."""
_FILLERS = frozenset(("ờ", "à", "ừ", "ừm", "rồi", "dạ", "ạ", "xong", "tiếp"))
_SEPARATORS = frozenset(" .,-()\u2013\u00a0\t+…")


@dataclass(frozen=True, slots=True)
class Run:
    """Digits one after the other; ``first`` … ``last`` are word positions (inclusive)."""

    digits: str
    first: int
    last: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Item:
    digits: str
    first: int
    last: int
    spoken: bool


def runs(text: str, words: list[Word]) -> list[Run]:
    """Every run of digits, in order; single digits too. Linear."""
    found: list[Run] = []
    current: list[_Item] = []
    k = size = 0

    def close() -> None:
        if current:
            first, last = current[0].first, current[-1].last
            start = words[first].start
            if start and text[start - 1] == "+":
                start -= 1
            if start and text[start - 1] == "(" and ")" in text[start : words[last].end]:
                start -= 1
            found.append(Run("".join(i.digits for i in current), first, last, start, words[last].end))
        current.clear()

    while k < len(words):
        item = _item(words, k)
        if item is None:
            if words[k].plain in _SCALES:
                if current and current[-1].last == k - 1:
                    current.pop()  # "hai" of "hai triệu"
                close()
                tail = _item(words, k + 1) if k + 1 < len(words) else None
                k = tail.last if tail is not None and tail.spoken else k  # "năm" of "triệu năm"
            elif not (words[k].plain in _FILLERS and current and current[-1].last == k - 1):
                close()
            k += 1
            continue
        phone = size == 10 and bool(MOBILE.fullmatch("".join(i.digits for i in current)))
        if current and not _joined(text, words, current[-1], item, size, phone):
            close()
        size = size + len(item.digits) if current else len(item.digits)
        current.append(item)
        k = item.last + 1
    close()
    return found


def _joined(text: str, words: list[Word], before: _Item, item: _Item, size: int, phone: bool) -> bool:
    gap = text[words[before.last].end : words[before.last + 1].start]
    gap += text[words[item.first - 1].end : words[item.first].start] if item.first - 1 > before.last else ""
    if len(gap) > 8 or any(c not in _SEPARATORS for c in gap):
        return False
    pause = "," in gap or item.first - 1 > before.last
    if pause and size >= 10 and (phone or not before.spoken):
        return False  # two numbers one after the other
    if size >= 9 and not item.spoken and len(item.digits) >= 9:
        return False
    return "+" not in gap


def _item(words: list[Word], k: int) -> _Item | None:
    plain = words[k].plain
    if plain.isdecimal():
        digits = plain if plain.isascii() else "".join(str(unicodedata.decimal(c)) for c in plain)
        return _Item(digits, k, k, False)
    following = words[k + 1].plain if k + 1 < len(words) else ""
    third = words[k + 2].plain if k + 2 < len(words) else ""
    if plain in ("mười", "hăm"):
        tens = "1" if plain == "mười" else "2"
        if following in _AFTER_TENS and following != "không":
            return _Item(tens + _AFTER_TENS[following], k, k + 1, True)
        return _Item(tens + "0", k, k, True) if plain == "mười" else None
    digit = _DIGITS.get(plain)
    if digit is None:
        return None
    if following == "mươi" and digit != "0":
        if third in _AFTER_TENS and third != "không":
            return _Item(digit + _AFTER_TENS[third], k, k + 2, True)
        return _Item(digit + "0", k, k + 1, True)
    if following in ("số", "con") and third in _DIGITS and digit in "2345":
        return _Item(_DIGITS[third] * int(digit), k, k + 2, True)  # ba số không
    return _Item(digit, k, k, True)
