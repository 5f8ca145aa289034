"""Dates of birth: a date or year right after "sinh ngày", "ngày sinh", "sinh năm" …"""

from __future__ import annotations

from speech.text.personal.finding import Finding
from speech.text.scan import Word, phrases_of, words_of

_CUES = tuple(
    tuple(cue.split())
    for cue in phrases_of(
        """
    ngày tháng năm sinh; ngày sinh; năm sinh; sinh ngày; sinh năm; sinh nhật; sinh vào ngày; sinh hôm; sinh tháng;
    sanh năm; sanh ngày; sinh mùng; dob; ns; date of birth; sinh
    """
    )
)
_BY_FIRST = {first: tuple(c for c in _CUES if c[0] == first) for first in {c[0] for c in _CUES}}
_NUMERALS = frozenset(
    words_of(
        """
    không hông một hai ba bốn tư năm sáu bảy bẩy tám chín mười mươi mốt lăm nhăm linh lẻ trăm nghìn ngàn hăm
    """
    )
)
_GLUE = frozenset(["ngày", "tháng", "năm", "mùng", "mồng", "hôm", "giêng", "chạp"])
_LINKS = frozenset(
    words_of(
        """
    là của em anh chị tôi tui mình con cháu cô chú bác vào ạ dạ thì ông bà khách hàng ngày hôm
    """
    )
)
_MOST = 18


def find_births(text: str, words: list[Word]) -> list[Finding]:
    """Dates and years of birth behind their cues."""
    found: list[Finding] = []
    k = 0
    while k < len(words):
        cues = _BY_FIRST.get(words[k].plain, ())
        size = next((len(c) for c in cues if tuple(w.plain for w in words[k : k + len(c)]) == c), 0)
        if not size:
            k += 1
            continue
        at = k + size
        while at < len(words) and at - k - size < 4 and words[at].plain in _LINKS:
            at += 1
        end = _date_end(text, words, at)
        if end is not None:
            found.append(
                Finding("birth", words[at].start, words[end - 1].end, text[words[at].start : words[end - 1].end])
            )
        k = max(at, end or 0, k + 1)
    return found


def _date_end(text: str, words: list[Word], at: int) -> int | None:
    end = at
    numerals = digits = 0
    while end < len(words) and end - at < _MOST:
        plain = words[end].plain
        if end > at and not set(text[words[end - 1].end : words[end].start]) <= set(" ,/.-\u00a0\t"):
            break
        if plain.isdecimal() and len(plain) <= 8:
            digits += len(plain)
        elif plain in _NUMERALS:
            numerals += 1
        elif plain not in _GLUE:
            break
        end += 1
    while end > at and words[end - 1].plain in _GLUE - {"năm", "giêng", "chạp"}:
        end -= 1
    return end if 2 <= digits <= 8 or numerals >= 2 else None
