"""E-mail addresses, written (an@vidu.vn) and spoken ("an chấm nguyễn a còng gờ mail chấm com")."""

from __future__ import annotations

import re
from bisect import bisect_left

from speech.text.personal.finding import Finding
from speech.text.scan import Word, words_of

_LOCAL = re.compile(r"[\w.+%-]{1,64}\Z")
_DOMAIN = re.compile(r"[\w-]{1,63}(?:\.[\w-]{1,63}){0,4}")
_DOTS = frozenset(("chấm", "dot"))
_ENDINGS = frozenset(
    ("com", "vn", "net", "org", "edu", "gov", "info", "vi", "vờ", "vê", "cơm", "côm", "io", "biz", "nét")
)
_STOP = frozenset(
    words_of(
        """
    là email mail thư i-mê-li gửi qua đến tới vào cho của em anh chị tôi tui mình dạ vâng địa chỉ theo về thì ạ nhé
    nha meo hộp liên hệ xin đọc ghi
    """
    )
)
_MAX_LOCAL, _MAX_DOMAIN = 12, 8


def find_emails(text: str, words: list[Word]) -> list[Finding]:
    """Written and spoken addresses, in order."""
    found = []
    at = text.find("@")
    while at >= 0:
        local = _LOCAL.search(text, max(0, at - 64), at)
        domain = _DOMAIN.match(text, at + 1)
        if local and domain:
            end = _spoken_ending(words, domain.end())
            if "." in domain.group() or end > domain.end():
                found.append(Finding("email", local.start(), end, text[local.start() : end]))
        at = text.find("@", at + 1)
    for k in range(1, len(words) - 2):
        sign = words[k].plain == "a" and words[k + 1].plain in ("còng", "móc", "cong", "vòng")
        ending = _domain_end(words, k + 2) if sign else None
        if ending is not None:
            first = words[_local_start(words, k)].start
            if first < words[k].start:
                found.append(Finding("email", first, ending, text[first:ending]))
    return found


def _spoken_ending(words: list[Word], end: int) -> int:
    """Where the address ends when its domain goes on in words ("gmail chấm com")."""
    k = bisect_left(words, end, key=lambda w: w.start)
    while k + 1 < len(words) and words[k].plain in _DOTS and words[k + 1].plain in _ENDINGS:
        end, k = words[k + 1].end, k + 2
    return end


def _local_start(words: list[Word], sign: int) -> int:
    k = sign
    while k > 0 and sign - k < _MAX_LOCAL and words[k - 1].plain not in _STOP and not words[k].first:
        k -= 1
    return k


def _domain_end(words: list[Word], k: int) -> int | None:
    """End of "gờ mail chấm com chấm vê nờ"; None without an ending."""
    end = None
    for n in range(k, min(k + _MAX_DOMAIN, len(words) - 1)):
        if words[n].plain in _DOTS and words[n + 1].plain in _ENDINGS:
            last = n + 1
            if words[last].plain in ("vờ", "vê") and last + 1 < len(words) and words[last + 1].plain in ("nờ", "en"):
                last += 1
            end = words[last].end
        elif end is not None and words[n].start > end and words[n].plain not in _DOTS:
            break
    return end
