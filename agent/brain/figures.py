"""What a text states that could be wrong: figures, names and negations. For comparing texts, not for reading them."""

from __future__ import annotations

import re
from typing import Final

from speech.text.normalize import fold, strip_marks
from speech.text.scan import words_of
from speech.text.write import parse_cardinal, parse_money

_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")
_UNITS: Final = {
    "nghìn": 1_000, "ngàn": 1_000, "k": 1_000, "triệu": 1_000_000, "tr": 1_000_000, "tỷ": 1_000_000_000,
    "tỉ": 1_000_000_000,
}  # fmt: skip
_UNIT: Final = re.compile(rf"\s*({'|'.join(sorted(_UNITS, key=len, reverse=True))})\b", re.IGNORECASE)
_HALF: Final = re.compile(r"\s*(?:rưỡi|rưởi)")
_WITH_UNIT: Final = re.compile(_NUMBER.pattern + rf"(?:{_UNIT.pattern})?", re.IGNORECASE)
_GROUPED: Final = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_LOOSE: Final = frozenset(words_of("một năm ba không lần tư nhất"))
"""Words that are often no numbers when they stand alone."""
_NO: Final = frozenset(words_of("không chưa chẳng chả đừng hết miễn cấm ngoài trừ"))
_WEAK_NO: Final = re.compile(r"\bkhông (?:ạ|nhỉ|vậy|em|anh|chị|cô|chú|bác)?$|\b(?:phải|được|đúng) không\b")
"""The end of a question, no negation."""
_SIGNS: Final = re.compile(r"[^\w]")


def figures(text: str) -> set[str]:
    """Numbers in one form each: "36 triệu", "36.000.000" and "ba mươi sáu triệu" are all "36000000"."""
    return _written(text) | {str(n) for n, _ in _spelt(text)}


def stated_figures(text: str) -> set[str]:
    """Figures that ``text`` surely states: without single words such as "năm", which is a year as often as a five."""
    return _written(text) | {str(n) for n, words in _spelt(text) if len(words) > 1 or words[0] not in _LOOSE}


def _written(text: str) -> set[str]:
    found: set[str] = set()
    for number in _NUMBER.finditer(text):
        digits = number.group()
        unit = _UNIT.match(text, number.end())
        if _GROUPED.fullmatch(digits) and not unit:
            found.add(re.sub(r"\D", "", digits).lstrip("0") or "0")
        elif unit:
            scale = _UNITS[unit.group(1).lower()]
            half = scale // 2 if _HALF.match(text, unit.end()) else 0
            found.add(str(int(_scaled(digits, scale)) + half))
        else:
            found.add(digits.replace(",", ".").lstrip("0") or "0")
    return found


def _scaled(digits: str, unit: int) -> str:
    whole, _, part = digits.replace(",", ".").partition(".")
    return str(int(whole) * unit + (int(part) * unit // 10 ** len(part) if part.isdigit() else 0))


def _spelt(text: str) -> list[tuple[int, list[str]]]:
    """Numbers in words, with the words they stand in."""
    folded = fold(_WITH_UNIT.sub(" ; ", text))
    words = folded.split()
    spans = [*parse_cardinal(folded), *parse_money(folded)]
    return [(span.value, words[span.start : span.end]) for span in spans]


def names(text: str) -> set[str]:
    """Capitalised words inside a sentence, folded without marks; the first word of a sentence may be any."""
    found: set[str] = set()
    first = True
    for word in text.split():
        letters = _SIGNS.sub("", word)
        if letters[:1].isupper() and not first:
            found.add(strip_marks(letters.lower()))
        first = word[-1] in ".!?:…"
    return found


def negations(text: str) -> int:
    """How often a text says no; "phải không ạ?" at its end asks."""
    folded = _WEAK_NO.sub("", fold(text))
    return sum(word in _NO for word in folded.split())
