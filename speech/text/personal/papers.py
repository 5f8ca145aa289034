"""Passports (a letter and seven digits, written or spelt) and passwords with letters: what digits alone do not show."""

from __future__ import annotations

import re

from speech.text.personal.finding import Finding, Kind
from speech.text.scan import Word, words_of

_CUES: dict[tuple[str, ...], Kind] = {
    ("hộ", "chiếu"): "id", ("passport",): "id", ("mật", "khẩu"): "otp", ("password",): "otp", ("pass",): "otp",
}  # fmt: skip
_FIRST = frozenset(cue[0] for cue in _CUES)
_FILLERS = frozenset(words_of("số là của tôi tui em anh chị mình ạ cháu con em wifi đăng nhập mới cũ tài khoản app"))
_NUMBER = re.compile(r"[a-z]\d{6,8}")
_HEALTH = re.compile(r"[a-zđ]{2}\d{13}")
"""A health insurance card."""
_SECRET = re.compile(r"(?=\w*\d)(?=\w*[a-z])\w{4,32}")
_DIGITS = frozenset(words_of("không một hai ba bốn tư năm lăm sáu bảy bẩy tám chín"))
_LETTERS = frozenset(words_of("a bê b cê xê c dê d ép f gờ g ca k lờ l mờ m nờ n pê p quy q rờ r ét s tê t vê v ích x"))


def find_papers(text: str, words: list[Word]) -> list[Finding]:
    """Passport numbers and passwords behind their cues, in order."""
    found: list[Finding] = []
    for k, word in enumerate(words):
        if _HEALTH.fullmatch(word.plain):
            found.append(Finding("id", word.start, word.end, text[word.start : word.end]))
        if word.plain not in _FIRST:
            continue
        cue = next((c for c in _CUES if tuple(w.plain for w in words[k : k + len(c)]) == c), None)
        if cue is None:
            continue
        at = k + len(cue)
        while at < len(words) and at < k + 8 and words[at].plain in _FILLERS:
            at += 1
        end = _end(words, at, _CUES[cue])
        if end > at:
            start, stop = words[at].start, words[end - 1].end
            found.append(Finding(_CUES[cue], start, stop, text[start:stop]))
    return found


def _end(words: list[Word], at: int, kind: Kind) -> int:
    """End of the number or password that begins at word ``at``; ``at`` when none does."""
    if at >= len(words):
        return at
    plain = words[at].plain
    if kind == "otp":
        return at + 1 if _SECRET.fullmatch(plain) else at
    if _NUMBER.fullmatch(plain):
        return at + 1
    end = at + 1
    if plain not in _LETTERS:
        return at
    count = 0
    while end < len(words) and count < 9 and (words[end].plain in _DIGITS or words[end].plain.isdecimal()):
        count += len(words[end].plain) if words[end].plain.isdecimal() else 1
        end += 1
    return end if 6 <= count <= 9 else at
