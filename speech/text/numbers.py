"""Numbers: written out as spoken in each region, and read back from speech, colloquial forms included.

Regional choices (north / south, central): linh / lẻ, nghìn / ngàn. Understood everywhere: mốt, tư, lăm, nhăm, hăm,
swallowed "mươi" (ba lăm), rưỡi, bare tails (triệu hai = 1.200.000, trăm hai = 120).
"""

from __future__ import annotations

from collections.abc import Sequence

from speech.types import Dialect

DIGIT_WORDS: tuple[str, ...] = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
MAX_NUMBER = 10**18

_ONES = {w: d for d, w in enumerate(DIGIT_WORDS) if d} | {"bẩy": 7}
_AFTER_TENS = _ONES | {"mốt": 1, "tư": 4, "lăm": 5, "nhăm": 5}
_ONLY_AFTER_TENS = {"mốt": 1, "tư": 4, "lăm": 5, "nhăm": 5}
_BILLION = ("tỷ", "tỉ")
_SCALE = {"nghìn": 10**3, "ngàn": 10**3, "triệu": 10**6, "tỷ": 10**9, "tỉ": 10**9}
SCALE_WORDS: frozenset[str] = frozenset(("trăm", "mươi", "chục", *_SCALE))
Read = tuple[int, int]
"""(value, position after it)"""


def speak_digits(digits: str) -> str:
    """Digit by digit, as phone numbers and codes are read: "0900" → "không chín không không"."""
    return " ".join(DIGIT_WORDS[int(d)] for d in digits if d.isdigit())


def _below_hundred(n: int) -> str:
    tens, ones = divmod(n, 10)
    if tens == 0:
        return DIGIT_WORDS[ones]
    head = "mười" if tens == 1 else f"{DIGIT_WORDS[tens]} mươi"
    if ones == 0:
        return head
    last = "lăm" if ones == 5 else DIGIT_WORDS[ones]
    if tens > 1:
        last = {1: "mốt", 4: "tư"}.get(ones, last)
    return f"{head} {last}"


def _below_thousand(n: int, dialect: Dialect, full: bool) -> str:
    """``full`` names the hundreds even when there are none (inside a longer number)."""
    hundreds, rest = divmod(n, 100)
    if not hundreds and not full:
        return _below_hundred(rest)
    head = f"{DIGIT_WORDS[hundreds]} trăm"
    if not rest:
        return head
    return (
        f"{head} {'linh' if dialect == 'north' else 'lẻ'} {DIGIT_WORDS[rest]}"
        if rest < 10
        else (f"{head} {_below_hundred(rest)}")
    )


def speak_number(n: int, dialect: Dialect = "north") -> str:
    """A whole number as a cardinal: 1005 → "một nghìn không trăm linh năm".

    Raises ValueError beyond ±10^18.
    """
    if abs(n) > MAX_NUMBER:
        raise ValueError(f"number too large to read out: {n}")
    if n < 0:
        return "âm " + speak_number(-n, dialect)
    if n >= 10**9:
        high, low = divmod(n, 10**9)
        head = speak_number(high, dialect) + " tỷ"
        return f"{head} {_below_billion(low, dialect, full=True)}" if low else head
    return _below_billion(n, dialect, full=False)


def _below_billion(n: int, dialect: Dialect, full: bool) -> str:
    thousand = "nghìn" if dialect == "north" else "ngàn"
    millions, thousands, rest = n // 10**6, n // 1000 % 1000, n % 1000
    parts = []
    if millions:
        parts.append(f"{_below_thousand(millions, dialect, full)} triệu")
        full = True
    if thousands:
        parts.append(f"{_below_thousand(thousands, dialect, full)} {thousand}")
        full = True
    elif full and rest >= 100:  # "hai triệu ba trăm" would be heard as 2.300.000
        parts.append(f"không {thousand}")
    if rest or not parts:
        parts.append(_below_thousand(rest, dialect, full))
    return " ".join(parts)


def speak_month(month: int) -> str:
    """4 → "tư", as months and weekdays are called."""
    return "tư" if month == 4 else speak_number(month)


def _read_small(words: Sequence[str], k: int) -> Read | None:
    """Below one hundred, colloquial tens included."""
    n = len(words)
    if k >= n:
        return None
    word = words[k]
    follow = words[k + 1] if k + 1 < n else ""
    if word == "mười":
        if follow in _AFTER_TENS and follow not in ("mốt",) and not _starts_group(words, k + 1):
            return 10 + _AFTER_TENS[follow], k + 2
        return 10, k + 1
    if word == "hăm":
        return (20 + _AFTER_TENS[follow], k + 2) if follow in _AFTER_TENS else None
    if word not in _ONES:
        return (4, k + 1) if word == "tư" else None
    digit = _ONES[word]
    if follow in ("mươi", "mười", "chục"):
        if k + 2 < n and words[k + 2] in _AFTER_TENS and not _starts_group(words, k + 2):
            return digit * 10 + _AFTER_TENS[words[k + 2]], k + 3
        return digit * 10, k + 2
    if follow in _ONLY_AFTER_TENS and digit > 1:
        return digit * 10 + _ONLY_AFTER_TENS[follow], k + 2
    return digit, k + 1


def _starts_group(words: Sequence[str], k: int) -> bool:
    """Is the digit at ``k`` itself counted ("hai mươi | hai trăm", "mười | năm chục")?"""
    return k + 1 < len(words) and words[k + 1] in ("trăm", "mươi", "chục") and words[k] not in _ONLY_AFTER_TENS


def _read_hundreds(words: Sequence[str], k: int) -> Read | None:
    """Below one thousand: [digit] trăm [linh d | rưỡi | tail]."""
    n, at = len(words), k
    if k + 1 < n and words[k + 1] == "trăm" and (words[k] in _ONES or words[k] == "không"):
        value, at = _ONES.get(words[k], 0) * 100, k + 2
    elif k < n and words[k] == "trăm":
        value, at = 100, k + 1
    elif k + 1 < n and words[k] in ("linh", "lẻ") and words[k + 1] in _AFTER_TENS:
        return _AFTER_TENS[words[k + 1]], k + 2  # only reached inside a longer number
    else:
        return _read_small(words, k)
    if at < n and words[at] in ("rưỡi", "rưởi"):
        return value + 50, at + 1
    if at + 1 < n and words[at] in ("linh", "lẻ") and words[at + 1] in _AFTER_TENS:
        return value + _AFTER_TENS[words[at + 1]], at + 2
    tail = _read_small(words, at)
    if tail is None and at < n and words[at] in _ONLY_AFTER_TENS:
        tail = _ONLY_AFTER_TENS[words[at]], at + 1
    if tail is None or (tail[1] < n and words[tail[1]] in ("trăm",)):
        return value, at
    bare = tail[1] == at + 1 and tail[0] < 10  # trăm hai = 120
    return value + tail[0] * (10 if bare and value else 1), tail[1]


def read_number(words: Sequence[str], k: int, *, thousands: bool = False) -> Read | None:
    """The longest cardinal that starts at ``words[k]``: (value, position after it), or None.

    A bare digit after a scale counts tenths of it (triệu hai = 1.200.000). With ``thousands`` so do bare hundreds
    and tens count thousands, as people do with money (hai triệu ba trăm = 2.300.000). "không" alone is no number.
    """
    if k >= len(words) or words[k] in ("linh", "lẻ"):
        return None
    high, low, last, at = 0, 0, 0, k  # high: everything already multiplied by a billion; last: scale just read
    while at < len(words):
        group = _read_group(words, at, last)
        if group is None:
            if words[at] == "mốt" and last and not _ACTS & set(words[at + 1 : at + 3]):
                return high + low + last // 10, at + 1  # hai triệu mốt; in "hai triệu, mốt trả" it is a day
            break
        value, after = group
        scale = _SCALE.get(words[after], 1) if after < len(words) else 1
        if scale == 1:
            if last and after == at + 1 and after < len(words) and counts_on(words[at], words[after]):
                return high + low, at  # hai triệu | một tháng
            return high + low + _tail(words, at, after, value, last, thousands), after
        if scale < 10**9:
            if last and scale >= last:
                break
            low, last, after = low + value * scale, scale, after + 1
        else:
            low += value
        while after < len(words) and words[after] in _BILLION:
            high, low, last, after = (high + low) * 10**9, 0, 10**9, after + 1
        at = after
        if at < len(words) and words[at] in ("rưỡi", "rưởi"):
            return high + low + last // 2, at + 1
    return (high + low, at) if last else None


def _read_group(words: Sequence[str], k: int, last: int) -> Read | None:
    if words[k] in _SCALE:  # "triệu rưỡi": one of it, only at the start
        return None if last else (1, k)
    if words[k] == "không":
        if not last:
            return None
        if k + 1 < len(words) and words[k + 1] in _SCALE:
            return 0, k + 1
    if not last and words[k] in ("linh", "lẻ"):
        return None
    return _read_hundreds(words, k)


_ACTS = frozenset("trả đóng nộp chuyển gửi đưa tính lấy đi ra qua về có thanh".split())  # noqa: SIM905
"""Next to "mốt" they tell the day after tomorrow from a tenth."""
_PER_ONE = frozenset("tháng năm ngày người đêm suất cái lần tuần giờ phòng căn chiếc con hộ buổi ca kỳ".split())  # noqa: SIM905
_THINGS = frozenset("người đêm suất cái lần phòng căn chiếc con hộ đứa khách".split())  # noqa: SIM905


def counts_on(digit: str, follow: str) -> bool:
    """Does the digit after a scale count what follows ("hai triệu | một tháng") rather than go on the number?"""
    return follow in (_PER_ONE if digit == "một" else _THINGS)


def _tail(words: Sequence[str], start: int, after: int, value: int, scale: int, thousands: bool) -> int:
    """What a last group without a scale of its own is worth after ``scale`` (0: it is the whole number)."""
    if not scale or words[start] in ("không", "linh", "lẻ"):
        return value
    if after == start + 1 and value < 10 and words[start] not in ("trăm", "mười"):
        return value * scale // 10
    return value * scale // 1000 if thousands and scale >= 10**6 else value


def read_small_number(words: Sequence[str], k: int, most: int) -> tuple[int, int] | None:
    """A number 1 … ``most``. In "ngày hai mươi hai triệu" the last digit belongs to the money: it is left alone."""
    for end in range(min(k + 3, len(words)), k, -1):
        read = read_number(words[k:end], 0)
        if read is None or read[1] != end - k or not 1 <= read[0] <= most:
            continue
        if end < len(words) and words[end] in SCALE_WORDS - {"mươi"}:
            continue
        return read[0], end
    return None
