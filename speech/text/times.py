"""Times of day: spoken out, and found in speech."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time

from speech.text.numbers import read_number, speak_number
from speech.text.spans import Span, tokens
from speech.types import Dialect

_PARTS = ("sáng", "trưa", "chiều", "tối", "đêm", "khuya")
_USUAL = {"sáng": time(9), "trưa": time(11, 30), "chiều": time(15), "tối": time(19)}
"""What a part of the day alone is taken for; never exact."""


def speak_time(moment: time, dialect: Dialect = "north") -> str:
    """As one says it: 14:30 → "hai giờ rưỡi chiều", 0:05 → "mười hai giờ năm phút đêm"."""
    hour, minute = moment.hour, moment.minute
    if hour == 0 or hour >= 22:
        part = "đêm"
    else:
        part = "sáng" if hour < 11 else "trưa" if hour < 13 else "chiều" if hour < 18 else "tối"
    spoken = f"{speak_number(hour % 12 or 12, dialect)} giờ"
    if minute == 30:
        spoken += " rưỡi"
    elif minute:
        spoken += f" {speak_number(minute, dialect)} phút" if minute < 10 else f" {speak_number(minute, dialect)}"
    return f"{spoken} {part}"


def speak_clock(hour: int, minute: int = 0, second: int = 0, dialect: Dialect = "north") -> str:
    """As written on a clock, 24 hours: 14:30 → "mười bốn giờ ba mươi phút"."""
    parts = [f"{speak_number(hour, dialect)} giờ"]
    if minute:
        parts.append(f"{speak_number(minute, dialect)} phút")
    if second:
        parts.append(f"{speak_number(second, dialect)} giây")
    return " ".join(parts)


def parse_times(text: str) -> list[Span[time]]:
    """Times in ``text``. Not exact when half of the day is guessed (two o'clock is taken for the afternoon, nine for
    the morning) or only a part of the day was said ("chiều mai": about three)."""
    heard = tokens(text)
    found: list[Span[time]] = []
    k = 0
    while k < len(heard.words):
        read = _clock(heard.words, k) or _part_alone(heard.words, k)
        if read:
            found.append(heard.span(read[0], k, read[1], read[2]))
        k = read[1] if read else k + 1
    return found


def _clock(words: Sequence[str], k: int) -> tuple[time, int, bool] | None:
    hour = (0, k + 1) if words[k] == "không" else read_number(words, k)
    if hour is None or hour[0] > 24 or hour[1] >= len(words):
        return None
    if words[hour[1]] == "giờ":
        minutes, at = _minutes(words, hour[1] + 1)
    elif words[hour[1]] in ("rưỡi", "rưởi") and {*words[max(0, k - 3) : k], *words[hour[1] + 1 :][:1]} & {*_PARTS}:
        minutes, at = 30, hour[1] + 1  # chín rưỡi sáng, tối mai bảy rưỡi
    else:
        return None
    value = hour[0] % 24 * 60 + minutes
    part = next((p for p in words[at : at + 1] if p in _PARTS), None)
    if part:
        at += 1
    else:  # "chiều mai hai giờ", "sáng thứ bảy lúc chín giờ"
        part = next((p for p in reversed(words[max(0, k - 5) : k]) if p in _PARTS), None)
    value, exact = _on_the_day(value, part)
    return time(value // 60 % 24, value % 60), at, exact


def _minutes(words: Sequence[str], k: int) -> tuple[int, int]:
    """Minutes after the hour (negative with "kém") and the position after them."""
    if k < len(words) and words[k] in ("rưỡi", "rưởi"):
        return 30, k + 1
    less = k < len(words) and words[k] == "kém"
    if k < len(words) and words[k] == "không" and not less:  # hai giờ không năm
        k += 1
    read = read_number(words, k + less)
    if read is None or read[0] > 59 or _counts_something_else(words, read[1]):
        return 0, k
    at = read[1] + (read[1] < len(words) and words[read[1]] == "phút")
    return -read[0] if less else read[0], at


def _counts_something_else(words: Sequence[str], k: int) -> bool:
    return k < len(words) and words[k] in ("triệu", "nghìn", "ngàn", "ngày", "tháng", "giờ", "trăm", "người")


def _on_the_day(minutes: int, part: str | None) -> tuple[int, bool]:
    hour = minutes // 60
    if part is None:
        if hour >= 13 or minutes <= 0:
            return minutes % 1440, True
        return (minutes if hour >= 7 else minutes + 720), False
    if part in ("chiều", "tối") and hour < 12:
        return minutes + 720, True
    if part == "trưa" and hour < 4:
        return minutes + 720, True
    if part in ("đêm", "khuya"):
        if hour == 12:
            return minutes - 720, True
        return (minutes + 720 if 6 <= hour < 12 else minutes % 1440), True
    return minutes % 1440, True


def _part_alone(words: Sequence[str], k: int) -> tuple[time, int, bool] | None:
    usual = _USUAL.get(words[k])
    if usual is None or (k and words[k - 1] == "giờ"):
        return None
    return usual, k + 1, False
