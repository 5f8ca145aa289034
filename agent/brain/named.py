"""Values by name: a choice of the flow, a person, a place, free words; matched by sound where letters differ."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from agent.brain.hearing import REPAIR, chosen, without_fillers
from speech.text.normalize import common_words, fold, strip_marks
from speech.text.personal.syllables import NAMES, SURNAMES
from speech.text.phonology import best_match
from speech.text.places import place_names, province
from speech.text.scan import words_of
from speech.text.spans import Span
from speech.types import Dialect

_NEAR: Final = 0.3
"""Greatest distance per syllable at which an answer to the open question is believed."""
_NEAR_UNASKED: Final = 0.12
_FAR: Final = 0.5
"""The same for the whole phrase: in "bác sĩ Minh" for "bác sĩ Hùng" two syllables of three are right."""
_CLOSE: Final = 0.08
"""Nearer than this a phrase needs not be said back."""
_SURE_MARGIN: Final = 0.12
"""A second choice this near makes the first one doubtful."""
_NEAR_PLACE: Final = 0.16
_MOST_WORDS: Final = 12
"""Longer sentences are matched by letters only: in many words something sounds like everything."""
_ORDER: Final = (
    r"\b(?:cái|loại|gói|phương án|lựa chọn|số|ý|khung giờ|chuyến|mẫu)?\s?(?:thứ nhất|đầu tiên|số một|số 1|thứ 1)\b",
    r"\b(?:thứ hai|thứ nhì|số hai|số 2|thứ 2)\b",
    r"\b(?:thứ ba|số ba|số 3|thứ 3)\b",
    r"\b(?:thứ tư|số bốn|số 4|thứ 4)\b",
)
_LAST: Final = re.compile(r"\b(?:cái|loại|gói|phương án|chuyến)? ?(?:cuối cùng|sau cùng|chót|cuối)\b")
_SELF: Final = "(?:tôi|tui|anh|chị|em|mình|cô|chú|bác|con|cháu|ông|bà|tớ)"
_NAME_LEAD: Final = re.compile(
    rf"^.*\b(?:(?:họ (?:và )?tên|tên)(?: (?:đầy đủ|đệm|thật|khách|người \w+|của {_SELF}|{_SELF}))*(?: là)?|"
    rf"{_SELF} tên(?: là)?|{_SELF} là|đây là|gọi {_SELF} là|đặt tên|đứng tên)\s+"
)
_TITLES: Final = frozenset(words_of("anh chị cô chú bác ông bà em bạn bé cháu con cậu dì thầy"))
_NAME_END: Final = frozenset(words_of("""
    ạ nhé nha nhá nghe đây đó đấy nè nì em anh chị ơi rồi đặt muốn cần có là thì mà với và ở số sinh được cho của hen
    nghen luôn thôi đi gọi
"""))  # fmt: skip
_BEFORE_NAME: Final = frozenset(words_of("thì là dạ vâng à tên"))
_MOST_NAME: Final = 5
_TEXT_LEAD: Final = re.compile(
    r"^(?:(?:dạ|vâng|ừ|à|ờ|ừm|thì|là|tại|vì|do|bởi vì|tại vì|em ơi|nói thật là|thật ra|thực ra)\s+)+"
)
_TEXT_TAIL: Final = re.compile(r"(?:\s+(?:ạ|nhé|nha|em|em ơi|đó|đấy|mà|thôi|nghe|vậy|vậy đó|em nhé|em ạ))+$")
_NOTHING: Final = re.compile(r"(?:dạ |à |ờ |thôi )*(?:không|không có|không có gì|không cần|chưa|khỏi)(?: \w+){0,2}")


def choice(
    text: str,
    choices: Mapping[str, Sequence[str]],
    region: Dialect | None = None,
    *,
    asked: bool,
    closed: bool = False,
) -> Span[str] | None:
    """The value whose phrase was said, or sounds nearest to what was said; by its place in the list if asked."""
    plain = without_fillers(fold(text))
    found = chosen(plain, _said(plain, choices), closed=closed)
    if found is not None:
        return found
    if _said(plain, choices):
        return None  # said, but with "không phải" before it
    if asked:
        place = _by_order(plain, list(choices))
        if place is not None:
            return place
    return _heard(plain, choices, region, asked=asked)


def _said(plain: str, choices: Mapping[str, Sequence[str]]) -> list[Span[str]]:
    """Every phrase in the words, longer ones first where two share a place; without marks if the words have none."""
    words = plain.split()
    bare = plain.isascii()
    found: list[Span[str]] = []
    for phrase, value in _phrases(tuple((v, tuple(p)) for v, p in choices.items()), bare):
        size = len(phrase)
        for k in range(len(words) - size + 1):
            if tuple(words[k : k + size]) == phrase and not any(s.start < k + size and k < s.end for s in found):
                found.append(Span(value, k, k + size))
    return sorted(found, key=lambda span: span.start)


@lru_cache(maxsize=256)
def _phrases(choices: tuple[tuple[str, tuple[str, ...]], ...], bare: bool) -> list[tuple[tuple[str, ...], str]]:
    listed: dict[tuple[str, ...], str] = {}
    for value, phrases in choices:
        for phrase in phrases:
            folded = fold(phrase)
            for form in (folded, common_words(folded)):
                listed.setdefault(tuple((strip_marks(form) if bare else form).split()), value)
    return sorted(listed.items(), key=lambda item: -len(item[0]))


def _by_order(plain: str, values: Sequence[str]) -> Span[str] | None:
    spans = [Span(values[k], len(plain[: m.start()].split()), len(plain[: m.end()].split()))
             for k, pattern in enumerate(_ORDER[: len(values)]) for m in re.finditer(pattern, plain)]  # fmt: skip
    last = _LAST.search(plain)
    if last:
        spans.append(Span(values[-1], len(plain[: last.start()].split()), len(plain[: last.end()].split())))
    return chosen(plain, sorted(spans, key=lambda span: span.start))


def _heard(
    plain: str, choices: Mapping[str, Sequence[str]], region: Dialect | None, *, asked: bool
) -> Span[str] | None:
    repairs = list(REPAIR.finditer(plain))
    tail = plain[repairs[-1].end() :].strip() if repairs else ""
    for part in (tail, plain):
        if not part or len(part.split()) > _MOST_WORDS:
            continue
        by_value = {}
        for value, phrases in choices.items():
            match = best_match(part, [fold(phrase) for phrase in phrases], region, _NEAR if asked else _NEAR_UNASKED)
            if match is not None and (apart := match.distance * len(match.choice.split())) <= _FAR:
                by_value[value] = apart
        if by_value:
            ranked = sorted(by_value, key=lambda value: by_value[value])
            sure = len(ranked) < 2 or by_value[ranked[1]] - by_value[ranked[0]] >= _SURE_MARGIN
            return Span(ranked[0], 0, 1, exact=sure and by_value[ranked[0]] <= _CLOSE)
    return None


def person(text: str, *, asked: bool) -> Span[str] | None:
    """A person's name with capitals: after "tên là" …, or the whole short answer. Not exact without a known surname."""
    plain = without_fillers(fold(text))
    repairs = list(REPAIR.finditer(plain))
    for part in (*(plain[repair.end() :].strip() for repair in reversed(repairs)), plain):
        lead = _NAME_LEAD.match(part)
        if lead is None and not asked:
            continue
        words = _name_words((part[lead.end() :] if lead else part).split())
        if not words or not all(_may_name(word) for word in words):
            continue
        if len(words) > 1:
            words[0] = _COMMON_SURNAMES.get(strip_marks(words[0]), words[0])
        known = words[0] in SURNAMES and len(words) > 1
        if known or lead is not None or len(words) <= 3:
            return Span(" ".join(word.capitalize() for word in words), 0, 1, exact=known)
    return None


def _name_words(words: list[str]) -> list[str]:
    while len(words) > 1 and words[0] in _BEFORE_NAME:
        words = words[1:]
    while len(words) > 1 and words[0] in _TITLES and words[1] not in _NAME_END:
        words = words[1:]
    end = next((k for k, word in enumerate(words) if k and word in _NAME_END), len(words))
    return words[: min(end, _MOST_NAME)] if words[:1] and words[0] not in _NAME_END else []


@lru_cache(maxsize=4096)
def _may_name(word: str) -> bool:
    """A syllable that names people, or one that differs from such a one only in its tone mark."""
    return word in NAMES or word in SURNAMES or strip_marks(word) in _PLAIN_NAMES


_COMMON_SURNAMES: Final = {
    strip_marks(name): name for name in words_of("nguyễn trần phạm huỳnh đặng bùi đỗ ngô đinh trương trịnh")
}
"""Surnames that no other syllable could be: "nguyên văn hung" is a Nguyễn."""
_PLAIN_NAMES: Final = frozenset(strip_marks(name) for name in (*NAMES, *SURNAMES))


def place(text: str, region: Dialect | None = None, *, asked: bool) -> Span[str] | None:
    """A province or a well-known town, by its own name or a former or everyday one; misheard ones only if asked for."""
    plain = without_fillers(fold(text))
    words = plain.split()
    names = place_names()
    bare = plain.isascii()
    spans: list[Span[str]] = []
    k = 0
    while k < len(words):
        for n in range(min(4, len(words) - k), 0, -1):
            part = " ".join(words[k : k + n])
            name = names.get(part) if not bare else names.get(part) if n > 1 or len(part) > 3 else None
            if name is not None:
                spans.append(Span(name, k, k + n))
                k += n
                break
        else:
            k += 1
    found = chosen(plain, spans)
    if found is not None or spans or not asked or len(words) > _MOST_WORDS:
        return found
    match = best_match(plain, tuple(dict.fromkeys(names.values())), region, _NEAR_PLACE)
    if match is not None:
        return Span(match.choice, 0, 1, exact=False)
    near = province(plain, region)
    return Span(near.said, 0, 1, exact=False) if near else None


def free_text(text: str) -> Span[str] | None:
    """The words themselves without polite words around them, after a repair what follows it. None for a no."""
    said = " ".join(text.split())
    folded = fold(said)
    if not folded or _NOTHING.fullmatch(folded):
        return None
    repairs = [m for m in REPAIR.finditer(folded) if m.group().split()[0] in ("à", "ờ", "ý", "nói", "sửa")]
    if repairs and folded[repairs[-1].end() :].strip():
        said = folded[repairs[-1].end() :].strip()
    while True:
        shorter = _TEXT_TAIL.sub("", _TEXT_LEAD.sub("", said))
        if shorter == said or not shorter:
            break
        said = shorter
    return Span(said, 0, 1) if said else None
