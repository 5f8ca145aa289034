"""Writers for e-mail and web addresses: "nguyễn văn an một hai ba a còng gờ mail chấm com"."""

from __future__ import annotations

from speech.text.classes.heard import DIGIT, JOINED, Heard
from speech.text.classes.written import Line
from speech.text.normalize import strip_marks

SAID = frozenset(["còng", "móc"])
_STOP = frozenset(
    """mail email meo là cho qua ra va về của gửi chỉ dia vào web trang site em anh chị tôi mình ạ dạ nhé nha vâng và
    đến tới theo""".split()  # noqa: SIM905
)
_INSIDE = frozenset(["gạch", "ngang", "dưới", "chấm"])
"""Beside these a word is part of an address: "minh gạch ngang anh a còng …"."""
_CUES = frozenset(["mail", "email", "meo", "là", "chỉ", "qua", "vào", "gửi", "đến", "tới", "theo", "cho"])
_MARKS = {"chấm": ".", "còng": "@", "móc": "@", "gạch": "-", "dưới": "_", "chéo": "/", "xẹt": "/", "sẹc": "/"}
_DOMAINS = frozenset(["com", "vn", "net", "org", "edu", "gov", "io", "info", "me", "app", "ai", "biz", "xyz", "asia"])
_HEARD: dict[tuple[str, str], str] = {
    ("gờ", "mail"): "gmail", ("gờ", "meo"): "gmail", ("gi", "meo"): "gmail", ("g", "meo"): "gmail",
    ("gi", "mail"): "gmail", ("gờ", "meow"): "gmail", ("da", "hu"): "yahoo", ("ya", "hu"): "yahoo",
    ("ao", "lúc"): "outlook", ("hót", "meo"): "hotmail", ("hót", "mail"): "hotmail", ("ai", "cao"): "icloud",
    ("vê", "nờ"): "vn", ("vờ", "nờ"): "vn", ("vi", "en"): "vn",
}  # fmt: skip
_ENDINGS = {"cơm": "com", "côm": "com", "nét": "net", "dot": "."}
_QUERY = {"hỏi": "?", "bằng": "=", "và": "&", "cộng": "+"}


def electronic(heard: Heard) -> list[tuple[int, Line]]:
    """E-mails and web addresses anywhere in the line, as (first word, line)."""
    found: list[tuple[int, Line]] = []
    done = 0
    for j, word in enumerate(heard.words):
        if j < done:
            continue
        at_sign = word in SAID and heard.word(j - 1) == "a"
        dot = word == "chấm" and heard.next(j + 1) and _ends_in_domain(heard, j)
        if not at_sign and not dot:
            continue
        first = _backwards(heard, j - (2 if at_sign else 1), done, marked=at_sign)
        text, end = _forwards(heard, first)
        if end > j + 1 and not text.startswith(("@", ".")) and not text.endswith("@") and "." in text:
            found.append((first, Line(end, "email" if "@" in text else "url", text)))
            done = end
    return found


def _ends_in_domain(heard: Heard, k: int) -> bool:
    """Does a domain follow the dot at ``k`` before anything that could not belong to an address?"""
    words = heard.words[k + 1 : k + 8]
    for n, word in enumerate(words):
        known = word in _DOMAINS or words[n : n + 2] in (("v", "n"), ("vê", "nờ"), ("vờ", "nờ"))
        if word in SAID or known or (word in _ENDINGS and n == 0):
            before = k - 1
            while heard.word(before) in DIGIT and k - before < 8:  # shop hai bốn chấm v n
                before -= 1
            return (
                _asciis(heard.word(before)) and heard.word(before) not in _ENDINGS and heard.word(before) not in _STOP
            )
        if not (_asciis(word) or word in DIGIT or word in _MARKS):
            return False
    return False


def _asciis(word: str) -> bool:
    return word.isascii() and word.isalnum()


def _backwards(heard: Heard, k: int, floor: int, *, marked: bool) -> int:
    """First word of the address that ends before ``k``; ``marked``: words with marks belong to it, when something
    before says that an address comes (or nothing stands before)."""
    if marked:
        reach = range(k, max(floor - 1, k - 12), -1)
        start = next((j for j in reach if heard.word(j) in _STOP), -1)
        marked = (start < 0 and k - floor < 8) or heard.word(start) in _CUES
    first = k
    while first >= floor and k - first < 40:
        word = heard.word(first)
        plain = _asciis(word) or word in DIGIT or word in _MARKS or (marked and word.isalpha())
        inside = _is_letter_pair(heard, first) or heard.word(first - 1) in _INSIDE or heard.word(first + 1) in _INSIDE
        if not plain or (word in _STOP and not inside):
            break
        first -= 1
        if heard.gaps[first + 1] != JOINED:
            break
    return first + 1


def _is_letter_pair(heard: Heard, k: int) -> bool:
    """The "mail" of "g mail" is part of an address."""
    return (heard.word(k - 1), heard.word(k)) in _HEARD


def _forwards(heard: Heard, k: int) -> tuple[str, int]:
    out, at = "", k
    seen = False
    while at < len(heard.words) and (at == k or heard.gaps[at] == JOINED) and at - k < 60:
        word, follow = heard.word(at), heard.next(at + 1)
        if word == "a" and follow in SAID:
            out, at, seen = out + "@", at + 2, True
        elif word == "gạch":
            mark = {"ngang": "-", "dưới": "_", "chéo": "/"}.get(follow)
            out, at = out + (mark or "-"), at + (2 if mark else 1)
        elif word in ("xẹt", "sẹc", "xuyệt") and out:
            out, at = out + "/", at + 1
        elif word == "hai" and follow == "chấm" and _is_colon(heard, at, out):
            out, at = out + ":", at + 2
        elif (word, follow) in _HEARD and out[-1:] in ("@", "."):
            out, at = out + _HEARD[word, follow], at + 2
        elif word in DIGIT:
            out, at = out + str(DIGIT[word]), at + 1
        elif word in ("chấm", "dot"):
            out, at, seen = out + ".", at + 1, True
        elif word in _ENDINGS and out.endswith("."):
            out, at = out + _ENDINGS[word], at + 1
        elif word in _QUERY and "/" in out.partition("://")[2] + out.partition("://")[0]:
            out, at = out + _QUERY[word], at + 1
        elif _asciis(word) or (word.isalpha() and not _complete(out)):
            if seen and _complete(out) and (len(word) > 1 or not follow):
                break
            out, at = out + strip_marks(word), at + 1
        else:
            break
    return out.rstrip(".:?=&"), at


def _is_colon(heard: Heard, k: int, out: str) -> bool:
    """ "hai chấm" after https, or between a host and its port."""
    after = heard.next(k + 2)
    return (out in ("http", "https") and after in ("gạch", "xẹt", "sẹc", "xuyệt")) or (
        _complete(out) and after in DIGIT
    )


def _complete(out: str) -> bool:
    """Has the address already ended in a domain (so that the next word is ordinary)?"""
    return out.rsplit(".", 1)[-1] in _DOMAINS and "." in out
