"""Spoken words with their places, and the numbers among them: shared by all writers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from speech.text.numbers import counts_on

_WORD = re.compile(r"[^\W_]+")
JOINED, COMMA, BREAK = 0, 1, 2
ONES: dict[str, int] = {
    "một": 1, "hai": 2, "ba": 3, "bốn": 4, "năm": 5, "sáu": 6, "bảy": 7, "bẩy": 7, "tám": 8, "chín": 9,
}  # fmt: skip
DIGIT: dict[str, int] = {"không": 0, **ONES}
AFTER_TENS: dict[str, int] = {**ONES, "mốt": 1, "tư": 4, "lăm": 5, "nhăm": 5}
TAIL_ONLY: dict[str, int] = {"mốt": 1, "tư": 4, "lăm": 5, "nhăm": 5}
SCALE: dict[str, int] = {"nghìn": 10**3, "ngàn": 10**3, "vạn": 10**4, "triệu": 10**6, "tỷ": 10**9, "tỉ": 10**9}
MOST = 10**27
"""Scales are piled up no further."""
LINH = ("linh", "lẻ")
HALF = ("rưỡi", "rưởi")
CONTINUES = frozenset(("trăm", "mươi", "chục", *SCALE, *TAIL_ONLY))
STARTS = frozenset((*DIGIT, "mười", "hăm", "âm", "trừ"))


@dataclass(frozen=True, slots=True)
class Heard:
    """Lower-case words, where each stands in the text, and what lies before it (blank, comma, other punctuation)."""

    text: str
    words: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    gaps: tuple[int, ...]

    def word(self, k: int) -> str:
        """The word at ``k``, or "" beyond either end."""
        return self.words[k] if 0 <= k < len(self.words) else ""

    def next(self, k: int) -> str:
        """The word at ``k`` if only a blank lies before it, else ""."""
        return self.words[k] if 0 < k < len(self.words) and self.gaps[k] == JOINED else ""


def hear(text: str) -> Heard:
    """``text`` (NFC) taken apart into words."""
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    gaps: list[int] = []
    at = 0
    for match in _WORD.finditer(text):
        start, end = match.span()
        gap = text[at:start]
        gaps.append(JOINED if gap.isspace() and "\n" not in gap else COMMA if gap.strip() == "," else BREAK)
        words.append(match.group().lower())
        starts.append(start)
        ends.append(end)
        at = end
    return Heard(text, tuple(words), tuple(starts), tuple(ends), tuple(gaps))


@dataclass(frozen=True, slots=True)
class Amount:
    """A number heard: its value, where it ends, and how it is kept when it ends in a big scale ("460 triệu")."""

    value: int
    end: int
    coefficient: str = ""
    """"10.5" in "mười triệu rưỡi"; with ``scale`` "triệu"."""
    scale: str = ""
    pair: bool = False
    """Two digits without "mươi" (bốn ba): a number only where nothing speaks against it."""

    def text(self, mark: str = ".") -> str:
        """As written: "460 triệu", else plain digits."""
        return f"{self.coefficient.replace('.', mark)} {self.scale}" if self.scale else str(self.value)


def number(heard: Heard, k: int) -> Amount | None:
    """The longest whole number that starts at word ``k`` ("không" never starts one)."""
    group = _hundreds(heard, k)
    if group is None:
        return None
    value, at, pair = group
    total, last, big = 0, 0, 0
    kept: list[str] = []
    first = group
    begin = k
    while True:
        scale = SCALE.get(heard.next(at), 0)
        if scale and last and scale >= last and not (scale == 10**9 and last < 10**9 and total < 10**9):
            return Amount(total, begin)  # "một tỷ | hai tỷ": the next amount begins
        if not scale:
            total += value
            break
        if scale == 10**9:
            total = (total + value) * scale
            big += 1
        else:
            total += value * scale
            big += scale == 10**6
        kept = [heard.word(at)] if scale > 1000 else []
        value, pair, last = 0, False, scale
        at += 1
        while SCALE.get(heard.next(at)) == 10**9 and total < MOST:  # nghìn tỷ, tỷ tỷ
            total, last = total * 10**9, 10**9
            big += scale == 10**3
            kept.append(heard.word(at))
            at += 1
        half = heard.next(at)
        if half in HALF:
            return _with_half(total, last, big, kept, at + 1)
        tail = _bare_tail(heard, at)
        if tail:
            return _with_tail(total, last, big, kept, tail, at + 1)
        more = _inner(heard, at, last)
        if more is None:
            break
        kept, begin = [], at
        value, at, pair = more
    if kept and big == 1:
        unit = 1
        for word in kept:
            unit *= SCALE[word]
        return Amount(total, at, str(total // unit), " ".join(kept))
    return Amount(total, at, pair=pair and at == first[1])


def _with_half(total: int, last: int, big: int, kept: list[str], end: int) -> Amount:
    value = total + last // 2
    if big == 1 and len(kept) == 1:
        return Amount(value, end, f"{total // last}.5", kept[0])
    return Amount(value, end)


def _with_tail(total: int, last: int, big: int, kept: list[str], digit: int, end: int) -> Amount:
    value = total + digit * last // 10
    if big == 1 and len(kept) == 1:
        return Amount(value, end, f"{total // last}.{digit}", kept[0])
    return Amount(value, end)


def _bare_tail(heard: Heard, k: int) -> int:
    """triệu hai, nghìn mốt: a tenth digit, not "năm" (years) and not the beginning of another number; 0 for none."""
    word = heard.next(k)
    if word == "năm" or word not in AFTER_TENS:
        return 0
    follow = heard.next(k + 1)
    if counts_on(word, follow):
        return 0
    if follow in CONTINUES or follow in ONES or follow in ("mười", "linh", "lẻ", "phẩy", "chấm"):
        return 0
    return AFTER_TENS[word]


def _inner(heard: Heard, k: int, last: int) -> tuple[int, int, bool] | None:
    """A group inside a longer number: "không trăm linh năm", "linh năm", "không nghìn", or a plain one."""
    word = heard.next(k)
    if word in LINH and heard.next(k + 1) in AFTER_TENS:
        return AFTER_TENS[heard.word(k + 1)], k + 2, False
    if word == "không":
        follow = heard.next(k + 1)
        if follow in ("nghìn", "ngàn", "triệu"):
            return 0, k + 1, False
        return _hundreds(heard, k) if follow == "trăm" else None
    if not word:
        return None
    group = _hundreds(heard, k)
    if group is not None and group[1] == k + 1 and counts_on(word, heard.next(group[1])):
        return None
    if group is None or (word == "năm" and group[1] == k + 1 and heard.next(k + 1) not in SCALE):
        return None
    return group


def _hundreds(heard: Heard, k: int) -> tuple[int, int, bool] | None:
    word = heard.word(k)
    if heard.next(k + 1) != "trăm" or word not in DIGIT:
        return small(heard, k)
    value, at = DIGIT[word] * 100, k + 2
    follow = heard.next(at)
    if follow in HALF:
        return value + 50, at + 1, False
    if follow in LINH and heard.next(at + 1) in AFTER_TENS:
        return value + AFTER_TENS[heard.word(at + 1)], at + 2, False
    if follow in TAIL_ONLY:
        return value + 10 * TAIL_ONLY[follow], at + 1, False
    second = heard.next(at + 1)
    if follow in ONES and second in ONES and second != "năm" and heard.next(at + 2) == "năm":  # một trăm sáu tám năm …
        return value + 10 * ONES[follow] + ONES[second], at + 2, False
    tail = small(heard, at) if follow else None
    if tail is None or heard.next(tail[1]) == "trăm":
        return value, at, False
    if tail[1] == at + 1 and tail[0] < 10 and counts_on(follow, heard.next(tail[1])):
        return value, at, False
    if tail[1] == at + 1 and tail[0] < 10:  # trăm hai: 120; trăm năm: a hundred years
        return (value, at, False) if follow == "năm" or not value else (value + tail[0] * 10, at + 1, False)
    return value + tail[0], tail[1], False


def small(heard: Heard, k: int) -> tuple[int, int, bool] | None:
    """Below one hundred: (value, end, two digits without "mươi")."""
    word, follow = heard.word(k), heard.next(k + 1)
    if word == "mười":
        years = follow == "năm" and heard.next(k + 2) not in (*SCALE, "phần", "phẩy")  # mười năm: ten years
        if follow in AFTER_TENS and follow != "mốt" and not years and not _counted(heard, k + 1):
            return 10 + AFTER_TENS[follow], k + 2, False
        return 10, k + 1, False
    if word == "hăm":
        return (20 + AFTER_TENS[follow], k + 2, False) if follow in AFTER_TENS else None
    if word not in ONES:
        return None
    digit = ONES[word]
    if follow == "mươi" or (follow == "mười" and digit < 9) or (follow == "chục" and digit > 1):
        third = heard.next(k + 2)
        if third in AFTER_TENS and third != "năm" and not _counted(heard, k + 2):
            return digit * 10 + AFTER_TENS[third], k + 3, False
        return digit * 10, k + 2, False
    if digit > 1 and follow in TAIL_ONLY:
        return digit * 10 + TAIL_ONLY[follow], k + 2, False
    third = heard.next(k + 2)
    paired = digit > 1 and follow in ONES and follow != "năm"
    if paired and third not in DIGIT and third not in ("trăm", "mươi", "chục", "mười"):
        return digit * 10 + ONES[follow], k + 2, True
    return digit, k + 1, False


def _counted(heard: Heard, k: int) -> bool:
    """Does the digit at ``k`` begin a number of its own (mười | hai trăm; mười | năm chục)?"""
    return heard.word(k) in ONES and heard.next(k + 1) in ("trăm", "mươi", "chục")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A signed number with or without a fraction, as digits, and the scale that it keeps."""

    text: str
    end: int
    value: int | None
    """The whole value; None with a fraction."""
    plain: bool = False
    """A single digit word or a pair of them: a number only with something behind or before it."""
    scale: str = ""


def quantity(heard: Heard, k: int, mark: str = ".", *, zero: bool = False) -> Quantity | None:
    """[âm] whole [phẩy fraction] [scale]. ``zero``: "không" may be the whole number without a fraction."""
    sign = ""
    at = k
    if heard.word(k) in ("âm", "trừ"):
        if heard.word(k) == "trừ" and k and heard.gaps[k] == JOINED and heard.word(k - 1) not in ("là", "bằng"):
            return None
        sign, at = "-", k + 1
        if heard.gaps[at : at + 1] != (JOINED,):
            return None
    if heard.word(at) == "không":
        amount: Amount | None = Amount(0, at + 1)
        if heard.next(at + 1) not in ("phẩy", "chấm") and not zero:
            return None
    else:
        amount = number(heard, at)
    if amount is None:
        return None
    fraction = _fraction(heard, amount.end) if heard.next(amount.end) in ("phẩy", "chấm") else None
    if fraction:
        digits, end = fraction
        scale = ""
        while heard.next(end) in SCALE:
            scale, end = f"{scale} {heard.word(end)}", end + 1
        return Quantity(f"{sign}{amount.value}{mark}{digits}{scale}", end, None, scale=scale.strip())
    single = amount.end == at + 1 and amount.value < 10
    return Quantity(
        sign + amount.text(mark), amount.end, amount.value, (single or amount.pair) and not sign, amount.scale
    )


def _fraction(heard: Heard, k: int) -> tuple[str, int] | None:
    """Digits after "phẩy" or "chấm": one by one, or a number below a hundred said as one (phẩy hai mươi lăm)."""
    at = k + 1
    first = heard.next(at)
    if first in ("mười", "hăm") or (first in ONES and heard.next(at + 1) in ("mươi", "mười")):
        read = small(heard, at)
        return (str(read[0]), read[1]) if read else None
    digits = ""
    while (word := heard.next(at)) in DIGIT or (digits and word in TAIL_ONLY):
        if heard.next(at + 1) in ("trăm", "mươi"):
            break
        digits += str(DIGIT.get(word, TAIL_ONLY.get(word)))
        at += 1
    return (digits, at) if digits and heard.next(at) not in ("chấm",) else None
