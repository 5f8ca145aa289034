"""Which of several results the customer means: "chuyến bảy giờ", "cái thứ hai", "rẻ nhất", "cái nào cũng được".

Pure: words and the options in, numbers of the options that fit out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from core.clock import vietnam_time
from speech.text.money import parse_money
from speech.text.normalize import common_words, fold, strip_marks
from speech.text.speak import speak
from speech.text.times import parse_times

ANY, MORE, NONE = "any", "more", "none"


class _Pattern:
    """Searches words as spoken, or as typed without marks."""

    def __init__(self, source: str) -> None:
        self._toned = re.compile(source)
        self._plain = re.compile(strip_marks(source))

    def search(self, words: str) -> re.Match[str] | None:
        return (self._plain if words.isascii() else self._toned).search(words)

    def fullmatch(self, words: str) -> re.Match[str] | None:
        return (self._plain if words.isascii() else self._toned).fullmatch(words)


_NOUN = "(?:cái|chuyến|ghế|chỗ|số|lịch|suất|giờ|món|lựa chọn|phương án|cách)"
_ORDINALS = {
    "nhất": 0, "một": 0, "1": 0, "hai": 1, "2": 1, "nhì": 1, "ba": 2, "3": 2, "tư": 3, "bốn": 3, "4": 3, "năm": 4,
    "5": 4, "nhat": 0, "mot": 0, "nhi": 1, "tu": 3, "bon": 3, "nam": 4,
}  # fmt: skip
"""How people count, with and without marks."""
_ORDINAL = _Pattern(rf"\b(?:{_NOUN} )?thứ ({'|'.join(_ORDINALS)})\b|\bsố ({'|'.join(_ORDINALS)})\b(?! giờ)")
_BARE_NUMBER = _Pattern(rf"(?:dạ |ừ |vâng |lấy |chọn |cho \w+ )*({'|'.join(_ORDINALS)})(?: (?:nhé|đi|ạ|em|nha))*")
_FIRST = _Pattern(rf"\bđầu tiên\b|\b{_NOUN} (?:đầu|trước)\b")
_LAST = _Pattern(rf"\b(?:{_NOUN} )?(?:cuối(?: cùng)?|sau cùng|chót)\b")
_ANY = _Pattern(
    r"\bnào cũng (?:được|ok|tốt)|\bsao cũng được|\bgì cũng được|\btùy (?:em|bạn|cháu|con)|\bbất kỳ|\bđại đi"
)
_MORE = _Pattern(
    rf"\bcòn (?:\w+ ){{0,3}}(?:khác|nữa|nào)\b|\b{_NOUN} (?:nào )?khác\b|\bkhác (?:không|đi|được không)\b|\bkhác cơ$"
)
_NONE = _Pattern(rf"\bkhông (?:{_NOUN} )?nào\b|\bkhông (?:ưng|hợp|được|lấy|chọn) {_NOUN}|\bkhông {_NOUN} nào")
_LEAST = _Pattern(r"\b(sớm|muộn|trễ|rẻ|đắt|mắc|gần) nhất\b")
_PARTS: Sequence[tuple[_Pattern, range]] = (
    (_Pattern(r"\bsáng\b"), range(11)),
    (_Pattern(r"\btrưa\b"), range(11, 14)),
    (_Pattern(r"\bchiều\b"), range(12, 18)),
    (_Pattern(r"\b(?:tối|đêm)\b"), range(18, 24)),
)
_TO_ANOTHER = _Pattern(r"\b(?:đổi|chuyển|dời|qua|bay) sang\b")
"""Without marks "sang" is also sáng."""
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})?)?")


@dataclass(frozen=True, slots=True)
class Option:
    """One result that may be chosen: its number in the tool's answer, and what it is known by."""

    number: int
    values: Mapping[str, Any]


def read_choice(text: str, options: Sequence[Option], shown: Sequence[int]) -> str | None:
    """Numbers of the options meant ("3", "1,4"), or ANY, MORE, NONE; None if the words choose nothing.

    ``shown`` are the numbers of the options just offered, in that order: "the second" counts among them.
    """
    words = common_words(fold(text))
    if not words or not options:
        return None
    found = _read(words, options, shown)
    return found or _read(strip_marks(words), options, shown)  # marks typed by nobody, or heard wrongly


def _read(words: str, options: Sequence[Option], shown: Sequence[int]) -> str | None:
    place = _place(words, len(shown))
    if place is not None:
        return str(shown[place])
    narrowed = _named(words, options)
    if narrowed is not None:
        return ",".join(str(option.number) for option in narrowed)
    for pattern, answer in ((_ANY, ANY), (_NONE, NONE), (_MORE, MORE)):
        if pattern.search(words):
            return answer
    return None


def typed(value: Any) -> Any:
    """ISO text, as tools give days and times, as date or local datetime; anything else unchanged."""
    if isinstance(value, datetime):
        return vietnam_time(value).replace(tzinfo=None) if value.tzinfo is not None else value
    if not isinstance(value, str) or not _ISO.fullmatch(value):
        return value
    try:
        return date.fromisoformat(value) if len(value) == 10 else typed(datetime.fromisoformat(value))
    except ValueError:
        return value


def _place(words: str, count: int) -> int | None:
    """Position among those offered."""
    found = _ORDINAL.search(words)
    if found is None and count > 1:
        found = _BARE_NUMBER.fullmatch(words)
    if found is not None:
        place = _ORDINALS[next(group for group in found.groups() if group)]
        return place if place < count else None
    if _LEAST.search(words):
        return None
    if _FIRST.search(words):
        return 0
    return count - 1 if _LAST.search(words) and count else None


def _named(words: str, options: Sequence[Option]) -> list[Option] | None:
    """Options that fit every description in the words; None if there is none, or nothing fits it."""
    left = list(options)
    said = False
    for test in (_by_time, _by_part, _by_amount, _by_label):
        keep = test(words, left)
        if keep is not None and keep:
            left, said = keep, True
    least = _by_least(words, left)
    if least is not None:
        left, said = [least], True
    return left if said else None


def _moments(option: Option) -> list[datetime]:
    return [v for v in map(typed, option.values.values()) if isinstance(v, datetime)]


def _by_time(words: str, options: list[Option]) -> list[Option] | None:
    spans = [span for span in parse_times(words) if span.exact or "giờ" in words or "h" in words]
    if not spans or not re.search(r"\d+h|\bgiờ\b|:", words):
        return None
    clock = spans[-1].value
    exact = [o for o in options if any(m.time().replace(second=0) == clock for m in _moments(o))]
    if exact or spans[-1].exact:
        hour = [o for o in options if any(m.hour == clock.hour for m in _moments(o))] if clock.minute == 0 else []
        return exact or hour
    other = clock.replace(hour=(clock.hour + 12) % 24)
    return [o for o in options if any(m.time().replace(second=0) == other for m in _moments(o))] or [
        o for o in options if any(m.hour in (clock.hour, other.hour) for m in _moments(o))
    ]


def _by_part(words: str, options: list[Option]) -> list[Option] | None:
    if _TO_ANOTHER.search(words):
        return None
    for pattern, hours in _PARTS:
        if pattern.search(words):
            return [o for o in options if any(m.hour in hours for m in _moments(o))]
    return None


def _by_amount(words: str, options: list[Option]) -> list[Option] | None:
    amounts = {span.value for span in parse_money(words)}
    return [o for o in options if amounts & {v for v in o.values.values() if type(v) is int}] if amounts else None


def _by_label(words: str, options: list[Option]) -> list[Option] | None:
    """Options one of whose texts is among the words, as written or as read aloud; the longest text decides."""
    joined = words.replace(" ", "")
    scored: list[tuple[int, Option]] = []
    for option in options:
        labels = [str(v) for v in option.values.values() if isinstance(v, str) and typed(v) is v and v.strip()]
        size = max((len(label) for label in labels if _says(words, joined, label)), default=0)
        if size:
            scored.append((size, option))
    best = max((size for size, _ in scored), default=0)
    return [option for size, option in scored if size == best] or None


def _says(words: str, joined: str, label: str) -> bool:
    plain = common_words(fold(label))
    if not plain:
        return False
    if re.search(rf"\b{re.escape(strip_marks(plain) if words.isascii() else plain)}\b", words):
        return True
    if any(c.isdigit() for c in plain):
        spoken = {common_words(fold(speak(f"ghế {label}"))).removeprefix("ghế "), common_words(fold(speak(label)))}
        return plain.replace(" ", "") in joined or any(re.search(rf"\b{re.escape(s)}\b", words) for s in spoken)
    return False


def _by_least(words: str, options: list[Option]) -> Option | None:
    found = _LEAST.search(words)
    if found is None or not options:
        return None
    kind = strip_marks(found[1])
    key: Callable[[Option], Any]
    if kind in ("som", "gan", "muon", "tre"):
        dated = [o for o in options if _moments(o)]
        key = lambda o: _moments(o)[0]  # noqa: E731 - two kinds of order
    else:
        dated = [o for o in options if _amounts(o)]
        key = lambda o: _amounts(o)[0]  # noqa: E731
    if not dated:
        return None
    return (max if kind in ("muon", "tre", "dat", "mac") else min)(dated, key=key)


def _amounts(option: Option) -> list[int]:
    return [v for v in option.values.values() if type(v) is int]
