"""Writers for digits read one by one: phones, OTPs, identity numbers, accounts, cards, plates, codes, addresses of
machines and people (IP, e-mail, web)."""

from __future__ import annotations

import re

from speech.text.classes.heard import BREAK, COMMA, DIGIT, JOINED, Heard, number
from speech.text.classes.written import LABELS, Line
from speech.text.conventions import LETTERS

LETTER_NAMES: dict[str, str] = {name: c.upper() for c, name in LETTERS.items() if " " not in name} | {
    "giê": "G", "hắt": "H", "sờ": "S", "xờ": "X", "bờ": "B", "cờ": "C", "đờ": "Đ", "tờ": "T", "vờ": "V", "ký": "",
}  # fmt: skip
LETTER_NAMES = {k: v for k, v in LETTER_NAMES.items() if v and k not in ("á", "ớ")}
_TWO = {("vê", "kép"): "W", ("i", "dài"): "Y", ("i", "ngắn"): "I"}
_CODE_CUES = frozenset(
    """mã otp pin khoản cccd cmnd cước thẻ đồng đơn cuối đuôi thuế stk bay số seri hiểm chiếu""".split()  # noqa: SIM905
)
_PLAIN_CUES = _CODE_CUES | {"minh"}
_PAIRS = {"tư": 4, "mốt": 1, "lăm": 5}
_COUNTED = frozenset(["trăm", "mươi", "nghìn", "ngàn", "triệu", "tỷ", "tỉ", "chục", "phần"])
SAID = frozenset(["còng", "móc"])


def digits(heard: Heard, k: int) -> Line | None:
    """Three digits or more read one by one, pauses included; IP addresses; +84 …"""
    at = k
    plus = ""
    if heard.word(k) == "cộng":
        at, plus = k + 1, "+"
        if heard.next(at) not in DIGIT:
            return None
    groups, end = _run(heard, at)
    count = sum(map(len, groups))
    if heard.next(end) == "chấm":
        address = _machine(heard, at)
        if address:
            return address
    found = "".join(groups)
    cue = _cue(heard, k)
    if count < 3 or _counts(heard, at, end, found, cue):
        return None
    if plus:
        return Line(end, "phone", "+" + _abroad(found, groups))
    if heard.next(end) in LETTER_NAMES and len(groups) == 1:
        return None
    kind, text = _layout(found, cue)
    return Line(end, kind, text)


def _run(heard: Heard, k: int) -> tuple[list[str], int]:
    """Groups of digits from ``k`` on, cut at commas, and where they end. A digit that begins a number is left out."""
    groups: list[str] = [""]
    at = k
    while at < len(heard.words) and (at == k or heard.gaps[at] != BREAK):
        word = heard.word(at)
        digit = DIGIT.get(word)
        if digit is None and word in _PAIRS and groups[-1] and heard.gaps[at] == JOINED:
            digit = _PAIRS[word]
        if digit is None or heard.next(at + 1) in _COUNTED:
            break
        if at > k and heard.gaps[at] == COMMA:
            groups.append("")
        groups[-1] += str(digit)
        at += 1
    return groups, at


def _counts(heard: Heard, k: int, end: int, found: str, cue: str) -> bool:
    """Is a short run no code at all: "ba bốn năm nay", "một, hai, ba", "không không không"?"""
    if len(found) >= 6 or cue:
        return False
    words = heard.words[k:end]
    if not found.strip("0") or any(heard.gaps[j] == COMMA for j in range(k + 1, end)):
        return True
    if words[-1] == "năm" and (len(found) == 3) and heard.next(end) in ("nay", "nữa", "trước", "sau", "liền", "rồi"):
        return True
    return len(found) == 3 and "không" in (words[0], words[-1]) and k > 0 and heard.gaps[k] == JOINED


def _cue(heard: Heard, k: int) -> str:
    for j in range(k - 1, max(-1, k - 6), -1):
        if heard.word(j) in _CODE_CUES and not (heard.word(j) == "số" and j == k - 1 and heard.word(j - 1) == ""):
            return heard.word(j)
        if heard.word(j) in ("phone", "thoại", "gọi", "máy", "hotline", "phải"):
            return ""
    return ""


def _layout(found: str, cue: str) -> tuple[str, str]:
    n = len(found)
    if cue and cue not in ("số",):
        if n == 16:
            return "card", " ".join(found[j : j + 4] for j in range(0, 16, 4))
        return {"otp": "otp", "pin": "otp", "khoản": "account", "stk": "account", "thẻ": "card"}.get(cue, "code"), found
    if n == 10 and found[0] == "0":
        return "phone", f"{found[:3]}-{found[3:6]}-{found[6:]}"
    if found.startswith(("1800", "1900")) and 8 <= n <= 10:
        return "phone", f"{found[:4]} {found[4:]}"
    if n == 16:
        return "card", " ".join(found[j : j + 4] for j in range(0, 16, 4))
    if n == 15:
        return "card", f"{found[:4]} {found[4:10]} {found[10:]}"
    return "phone" if found[0] == "0" and n == 11 else "digits", found


def _abroad(found: str, groups: list[str]) -> str:
    if len(groups) > 1:
        return " ".join(groups)
    for size in (1, 2, 3):
        rest = found[size:]
        if rest.startswith("0") and len(rest) == 10:
            return f"{found[:size]} {rest[:3]}-{rest[3:6]}-{rest[6:]}"
    if found.startswith("84") and len(found) == 11:
        return f"84 {found[2:5]} {found[5:8]} {found[8:]}"
    return found


def _machine(heard: Heard, k: int) -> Line | None:
    """một chín hai chấm một sáu tám chấm không chấm một."""
    parts: list[str] = []
    at = k
    while len(parts) < 4:
        groups, end = _run(heard, at)
        if len(groups) != 1 or not 1 <= len(groups[0]) <= 3:
            return None
        parts.append(groups[0])
        at = end
        if len(parts) < 4:
            if heard.next(end) != "chấm":
                return None
            at = end + 1
    return Line(at, "ip", ".".join(parts))


def _element(heard: Heard, k: int) -> tuple[str, int] | None:
    """A letter or digit of a code at ``k``."""
    pair = _TWO.get((heard.word(k), heard.next(k + 1)))
    if pair:
        return pair, k + 2
    word = heard.word(k)
    if word in DIGIT and heard.next(k + 1) not in _COUNTED:
        return str(DIGIT[word]), k + 1
    if word in _PAIRS and k and heard.word(k - 1) in DIGIT:
        return str(_PAIRS[word]), k + 1
    if word in LETTER_NAMES or (len(word) == 1 and word.isalpha()):
        return LETTER_NAMES.get(word, word.upper()), k + 1
    return None


def code(heard: Heard, k: int) -> Line | None:
    """Letters and digits spelt after "mã", "chuyến bay", "biển số" …; two digits, a letter and digits are a plate."""
    out: list[str] = []
    breaks: list[int] = []
    at = k
    while at < len(heard.words) and (at == k or heard.gaps[at] != BREAK) and len(out) < 40:
        element = _element(heard, at)
        if element is None:
            break
        if at > k and heard.gaps[at] == COMMA:
            breaks.append(len(out))
        out.append(element[0])
        at = element[1]
    found = "".join(out)
    plain = re.fullmatch(r"(\d\d)([A-ZĐ]{1,2})(\d{5}|\d{4})", found)
    series = re.fullmatch(r"(\d\d)([A-ZĐ]\d)(\d{5}|\d{4})", found)
    plate = series if series and (4 in breaks or plain is None) else plain
    if plate:
        number = plate[3] if len(plate[3]) == 4 else f"{plate[3][:3]}.{plate[3][3:]}"
        return Line(at, "plate", f"{plate[1]}{plate[2]}-{number}")
    letters, numerals = sum(c.isalpha() for c in found), sum(c.isdigit() for c in found)
    if not letters or not numerals or len(found) < 3 or not _code_cue(heard, k):
        return None
    while found and out[-1].isalpha() and heard.word(at - 1) in ("a", "ạ", "e", "i", "o", "u"):  # "… a": a particle
        at -= 1
        out.pop()
        found = "".join(out)
    return Line(at, "code", found) if len(found) >= 3 and any(c.isdigit() for c in found) else None


def _code_cue(heard: Heard, k: int) -> bool:
    words = heard.words[max(0, k - 4) : k]
    return any(w in ("mã", "đơn", "chuyến", "bay", "biển", "hiệu", "seri", "vé", "code") for w in words)


def house(heard: Heard, k: int) -> Line | None:
    """mười hai trên ba bê after "số", "hẻm" …: 12/3B."""
    if not k or heard.word(k - 1) not in LABELS or heard.gaps[k] != JOINED:
        return None
    parts: list[str] = []
    at = k
    while True:
        read = number(heard, at)
        if read is None or read.scale:
            return None
        part, at = str(read.value), read.end
        if heard.next(at) in LETTER_NAMES and heard.next(at + 1) not in ("chấm",):
            part, at = part + LETTER_NAMES[heard.word(at)], at + 1
        parts.append(part)
        if heard.next(at) not in ("trên", "xuyệt", "xẹt", "sẹt", "gạch"):
            break
        at += 1
    text = "/".join(parts)
    return Line(at, "address", text) if len(parts) > 1 or not text.isdigit() else None


_STOP = frozenset(
    """mail email meo là cho qua ra va về của gửi chỉ dia vào web trang site""".split()  # noqa: SIM905
)
_MARKS = {"chấm": ".", "còng": "@", "móc": "@", "gạch": "-", "dưới": "_"}
_DOMAINS = frozenset(["com", "vn", "net", "org", "edu", "gov", "io", "info"])


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
        first = _backwards(heard, j - (2 if at_sign else 1), done)
        text, end = _forwards(heard, first)
        if end > j + 1 and not text.startswith(("@", ".")) and not text.endswith("@"):
            found.append((first, Line(end, "email" if "@" in text else "url", text)))
            done = end
    return found


def _ends_in_domain(heard: Heard, k: int) -> bool:
    """Does a domain follow the dot at ``k`` before anything that could not belong to an address?"""
    words = heard.words[k + 1 : k + 8]
    for n, word in enumerate(words):
        if word in ("còng", "móc") or word in _DOMAINS or words[n : n + 2] == ("v", "n"):
            return _asciis(heard.word(k - 1))
        if not (_asciis(word) or word in DIGIT or word in _MARKS):
            return False
    return False


def _asciis(word: str) -> bool:
    return word.isascii() and word.isalnum()


def _backwards(heard: Heard, k: int, floor: int) -> int:
    first = k
    while first >= floor and k - first < 40:
        word = heard.word(first)
        if word in _STOP or not (_asciis(word) or word in DIGIT or word in _MARKS):
            break
        first -= 1
        if heard.gaps[first + 1] != JOINED:
            break
    return first + 1


def _forwards(heard: Heard, k: int) -> tuple[str, int]:
    out, at = "", k
    seen = False
    while at < len(heard.words) and (at == k or heard.gaps[at] == JOINED) and at - k < 60:
        word = heard.word(at)
        if word == "a" and heard.next(at + 1) in SAID:
            out, at, seen = out + "@", at + 2, True
            continue
        if word == "gạch":
            mark = {"ngang": "-", "dưới": "_", "chéo": "/"}.get(heard.next(at + 1))
            out, at = out + (mark or "-"), at + (2 if mark else 1)
            continue
        if word in DIGIT:
            out += str(DIGIT[word])
        elif word == "chấm":
            out += "."
        elif _asciis(word):
            if seen and _complete(out) and len(word) > 1:
                break
            out += word
        else:
            break
        seen = seen or word == "chấm"
        at += 1
    return out.rstrip("."), at


def _complete(out: str) -> bool:
    """Has the address already ended in a domain (so that the next word is ordinary)?"""
    return out.rsplit(".", 1)[-1] in _DOMAINS and "." in out
