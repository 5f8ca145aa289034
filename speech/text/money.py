"""Amounts in đồng: spoken out, and found in speech with all the ways people shorten them."""

from __future__ import annotations

from collections.abc import Sequence

from speech.text.dates import read_day
from speech.text.numbers import DIGIT_WORDS, read_number, speak_number
from speech.text.spans import Span, tokens
from speech.types import Dialect

_SLANG = {"củ": 10**6, "chai": 10**6, "lít": 10**5, "xị": 10**5, "tỏi": 10**9, "cành": 10**3, "loét": 10**5}
"""củ: a million everywhere, chai: South; lít and xị: a hundred thousand; tỏi: a billion."""
_SCALES = ("nghìn", "ngàn", "triệu", "tỷ", "tỉ")
# After these a number counts something else than money; before those it is a label.
_OTHER_UNITS = frozenset(
    "ngày tháng năm tuần giờ phút giây người lần kỳ đợt cái mét cân ký kí tuổi phần hôm bữa bộ căn hộ số lượt".split()  # noqa: SIM905
)
_LABELS = frozenset("số nhà ngõ hẻm kiệt quận phường phím ngày tháng năm thứ mùng mồng hôm bữa mã".split())  # noqa: SIM905


def speak_money(amount_vnd: int, dialect: Dialect = "north") -> str:
    """2500000 → "hai triệu năm trăm nghìn đồng"."""
    return f"{speak_number(amount_vnd, dialect)} đồng"


def parse_money(text: str) -> list[Span[int]]:
    """Amounts in đồng. Understands triệu rưỡi, triệu hai, hai triệu ba trăm, hai trăm rưỡi, năm chục, củ, lít, xị.

    Not exact where thousands were only meant ("hai trăm" = 200.000).
    """
    heard = tokens(text)
    found: list[Span[int]] = []
    k = 0
    while k < len(heard.words):
        if heard.words[k] in ("ngày", "mùng", "mồng"):  # "ngày hai mươi hai triệu": the twentieth, two million
            day = read_day(heard.words, k + 1)
            k = day[1] if day else k + 1
            continue
        read = _amount(heard.words, k)
        if read:
            found.append(heard.span(read[0], k, read[1], read[2]))
        k = read[1] if read else k + 1
    return found


def _amount(words: Sequence[str], k: int) -> tuple[int, int, bool] | None:
    slang = _half(words, k) or _slang(words, k) or _decimal(words, k)
    if slang:
        return slang[0], _skip_currency(words, slang[1]), True
    read = read_number(words, k, thousands=True)
    if read is None or (read[0] < 1000 and k and words[k - 1] in _LABELS):
        return None
    value, at = read
    end = _skip_currency(words, at)
    if end > at:
        return value, end, True
    counted = at < len(words) and words[at] in _OTHER_UNITS and not (words[at] == "số" or _is_year(words, at))
    spoken = words[k:at]
    if any(w in _SCALES for w in spoken):
        return None if counted and value < 10**5 else (value, at, True)
    if counted or not ("trăm" in spoken or "chục" in spoken):
        return None
    return value * 1000, at, False


def _is_year(words: Sequence[str], k: int) -> bool:
    return words[k] == "năm" and k + 1 < len(words) and words[k + 1] in ("chục", "trăm")


def _skip_currency(words: Sequence[str], k: int) -> int:
    if k < len(words) and words[k] in ("đồng", "đ", "vnd", "vnđ", "₫"):
        return k + 1
    if words[k : k + 2] == ("việt", "nam"):
        return k + 2
    return k


def _half(words: Sequence[str], k: int) -> tuple[int, int] | None:
    """nửa triệu, nửa củ."""
    unit = words[k + 1] if words[k] == "nửa" and k + 1 < len(words) else ""
    scale = _SLANG.get(unit) or {"triệu": 10**6, "tỷ": 10**9, "tỉ": 10**9}.get(unit)
    return (scale // 2, k + 2) if scale else None


def _slang(words: Sequence[str], k: int) -> tuple[int, int] | None:
    """hai củ, hai củ rưỡi, hai củ ba, ba lít."""
    read = read_number(words, k)
    if read is None or read[1] >= len(words) or words[read[1]] not in _SLANG:
        return None
    scale, at = _SLANG[words[read[1]]], read[1] + 1
    if at < len(words) and words[at] in ("rưỡi", "rưởi"):
        return read[0] * scale + scale // 2, at + 1
    if at < len(words) and words[at] in DIGIT_WORDS[1:] and words[at + 1 : at + 2] != ("ngày",) and scale > 1000:
        tail = read_number(words, at)
        if tail and tail[0] < 10:
            return read[0] * scale + tail[0] * scale // 10, tail[1]
        if tail and scale >= 10**6 and tail[0] < 1000:
            return read[0] * scale + tail[0] * scale // 1000, tail[1]
    return read[0] * scale, at


def _decimal(words: Sequence[str], k: int) -> tuple[int, int] | None:
    """hai phẩy năm triệu."""
    read = read_number(words, k)
    if read is None or read[1] + 2 >= len(words) or words[read[1]] not in ("phẩy", "chấm"):
        return None
    at, digits = read[1] + 1, ""
    while at < len(words) and (words[at] in DIGIT_WORDS or words[at] in ("lăm", "tư", "mốt")):
        word = {"lăm": "năm", "tư": "bốn", "mốt": "một"}.get(words[at], words[at])
        digits += str(DIGIT_WORDS.index(word))
        at += 1
    scale = {"nghìn": 10**3, "ngàn": 10**3, "triệu": 10**6, "tỷ": 10**9, "tỉ": 10**9}.get(
        words[at] if at < len(words) else "", 0
    )
    if not digits or not scale:
        return None
    return read[0] * scale + int(digits) * scale // 10 ** len(digits), at + 1
