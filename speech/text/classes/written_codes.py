"""Writers for digits read one by one: phones, OTPs, identity numbers, accounts, cards, plates, codes, addresses of
machines and people (IP, e-mail, web)."""

from __future__ import annotations

import re

from speech.text.classes.heard import BREAK, COMMA, DIGIT, JOINED, ONES, TAIL_ONLY, Heard, number, small
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
_SLASHES = frozenset(["trên", "xuyệt", "xẹt", "sẹt", "sẹc", "xẹc", "xược", "gạch"])
_HOUSE_LETTERS = frozenset(["a", "bê", "xê", "dê", "đê", "ép", "gờ", "hát", "b", "c", "d", "đ", "f", "g", "h"])


def digits(heard: Heard, k: int) -> Line | None:
    """Three digits or more read one by one, pauses included; IP addresses; +84 …"""
    called = _called(heard, k) or _room(heard, k)
    if called:
        return called
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


def _called(heard: Heard, k: int) -> Line | None:
    """Telephone numbers said in part as numbers: "không chín mười hai …", "một nghìn chín trăm …", "ba số không"."""
    hotline = heard.words[k : k + 4] in (("một", "nghìn", "chín", "trăm"), ("một", "nghìn", "tám", "trăm"))
    hotline = hotline or heard.words[k : k + 4] in (("một", "ngàn", "chín", "trăm"), ("một", "ngàn", "tám", "trăm"))
    if not hotline and (heard.word(k) != "không" or not heard.next(k + 1)):
        return None
    found, at = ("1900" if heard.word(k + 2) == "chín" else "1800", k + 4) if hotline else ("", k)
    compound = hotline
    while (at < len(heard.words) and len(found) < 12 and heard.gaps[at] != BREAK) or at == k:
        piece = _piece(heard, at)
        if piece is None:
            break
        compound = compound or len(piece[0]) > 1
        found, at = found + piece[0], piece[1]
    size = len(found)
    if not compound or (size not in (8, 10) if hotline else size != 10 + found.startswith("02")):
        return None
    return Line(at, *_layout(found, ""))


def _room(heard: Heard, k: int) -> Line | None:
    """căn hộ mười hai không năm: 1205."""
    if heard.word(k - 1) not in ("hộ", "phòng", "căn") or not k or heard.gaps[k] != JOINED:
        return None
    if heard.word(k) in ONES and heard.next(k + 1) in ("linh", "lẻ") and heard.next(k + 2) in ONES:  # một linh hai
        return Line(k + 3, "address", f"{ONES[heard.word(k)]}0{ONES[heard.word(k + 2)]}")
    floor = small(heard, k)
    if floor is None or floor[0] < 10 or heard.next(floor[1]) != "không" or heard.next(floor[1] + 1) not in ONES:
        return None
    return Line(floor[1] + 2, "address", f"{floor[0]}0{ONES[heard.word(floor[1] + 1)]}")


def _piece(heard: Heard, k: int) -> tuple[str, int] | None:
    """A digit, a number from 10 to 99, or "ba số không"."""
    word, follow = heard.word(k), heard.next(k + 1)
    if word in ONES and follow == "số" and heard.next(k + 2) in DIGIT and ONES[word] < 6:
        return str(DIGIT[heard.word(k + 2)]) * ONES[word], k + 3
    if word == "mười" or (word in ONES and (follow == "mươi" or follow in TAIL_ONLY)):
        read = small(heard, k)
        return (str(read[0]), read[1]) if read and heard.next(read[1]) not in _COUNTED else None
    return (str(DIGIT[word]), k + 1) if word in DIGIT and follow not in _COUNTED else None


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


_ACRONYMS: dict[tuple[str, ...], str] = {("ô", "tê", "pê"): "OTP", ("o", "tê", "pê"): "OTP"}


def code(heard: Heard, k: int) -> Line | None:
    """Letters and digits spelt after "mã", "chuyến bay", "biển số" …; two digits, a letter and digits are a plate."""
    acronym = _ACRONYMS.get(heard.words[k : k + 3])
    if acronym:
        return Line(k + 3, "abbreviation", acronym)
    out: list[str] = []
    breaks: list[int] = []
    at = k
    while at < len(heard.words) and (at == k or heard.gaps[at] != BREAK) and len(out) < 40:
        element = _element(heard, at) if out else _province(heard, at) or _element(heard, at)
        if element is None and len(out) > 1:
            element = _joint(heard, at)
        if element is None:
            break
        if at > k and heard.gaps[at] == COMMA:
            breaks.append(len(out))
        out.append(element[0])
        at = element[1]
    found = "".join(out)
    bare = re.sub(r"[.-]", "", found)
    plain = re.fullmatch(r"(\d\d)([A-ZĐ]{1,2})(\d{5}|\d{4})", bare)
    series = re.fullmatch(r"(\d\d)([A-ZĐ]\d)(\d{5}|\d{4})", bare)
    plate = series if series and (4 in breaks or plain is None) else plain
    if plate:
        number = plate[3] if len(plate[3]) == 4 else f"{plate[3][:3]}.{plate[3][3:]}"
        return Line(at, "plate", f"{plate[1]}{plate[2]}-{number}")
    letters, numerals = sum(c.isalpha() for c in found), sum(c.isdigit() for c in found)
    if letters >= 4 and letters == len(found) and {"mã", "code"} & set(heard.words[max(0, k - 5) : k]):
        return Line(at, "code", found)
    if not letters or not numerals or len(found) < 3 or not (_code_cue(heard, k) or _spelt(found)):
        return None
    while found and out[-1].isalpha() and heard.word(at - 1) in ("ạ", "e", "i", "o", "u"):  # a particle
        at -= 1
        out.pop()
        found = "".join(out)
    return Line(at, "code", found) if len(found) >= 3 and any(c.isdigit() for c in found) else None


def _province(heard: Heard, k: int) -> tuple[str, int] | None:
    """The province of a plate said as a number: "ba mươi a"."""
    read = small(heard, k)
    if read is None or read[1] == k + 1 or not 11 <= read[0] <= 99 or heard.next(read[1]) not in LETTER_NAMES:
        return None
    return str(read[0]), read[1]


def _joint(heard: Heard, k: int) -> tuple[str, int] | None:
    """The hyphen or dot inside a code: "gạch ngang", "gạch", "chấm"."""
    if heard.word(k) not in ("gạch", "chấm") or heard.gaps[k] != JOINED:
        return None
    if heard.word(k) == "chấm":
        return (".", k + 1) if heard.next(k + 1) in DIGIT else None
    at = k + 2 if heard.next(k + 1) in ("ngang", "nối") else k + 1
    return ("-", at) if heard.next(at) in DIGIT or heard.next(at) in LETTER_NAMES else None


def _spelt(found: str) -> bool:
    """Two letters or more and then three digits or more: a code even when nothing announces it."""
    return re.fullmatch(r"[A-ZĐ]{2,6}-?\d{3,}[A-Z]?", found) is not None


def _code_cue(heard: Heard, k: int) -> bool:
    words = heard.words[max(0, k - 4) : k]
    return any(w in ("mã", "đơn", "chuyến", "bay", "biển", "hiệu", "seri", "vé", "code") for w in words)


def house(heard: Heard, k: int) -> Line | None:
    """mười hai trên ba bê: 12/3B. Without "số", "hẻm" … only with a letter, three parts, or "xẹt" for the stroke."""
    cued = k > 0 and heard.word(k - 1) in LABELS and heard.gaps[k] == JOINED
    parts: list[str] = []
    at = k
    slash = ""
    while len(parts) < 8:
        read = number(heard, at)
        if read is None or read.scale:
            return None
        part, at = str(read.value), read.end
        letter = heard.next(at)
        if letter in (LETTER_NAMES if cued else _HOUSE_LETTERS) and heard.next(at + 1) not in ("chấm", "còng"):
            part, at = part + LETTER_NAMES.get(letter, letter.upper()), at + 1
        parts.append(part)
        if heard.next(at) not in _SLASHES or not heard.next(at + 1):
            break
        slash = heard.word(at)
        at += 2 if slash == "gạch" and heard.next(at + 1) == "chéo" else 1
    else:
        return None
    text = "/".join(parts)
    if not cued and (len(parts) < 2 or (text.replace("/", "").isdigit() and len(parts) < 3 and slash == "trên")):
        return None
    return Line(at, "address", text) if len(parts) > 1 or not text.isdigit() else None
