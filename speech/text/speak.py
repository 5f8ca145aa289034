"""Written Vietnamese → words to be spoken: no digit is left. First cut: numbers, money, dates, times, phones, codes."""

from __future__ import annotations

import re
from datetime import date

from speech.text.numbers import speak_digits, speak_month, speak_number
from speech.types import Dialect

_LETTERS = {
    "A": "a", "B": "bê", "C": "xê", "D": "dê", "Đ": "đê", "E": "e", "F": "ép", "G": "gờ", "H": "hát", "I": "i",
    "J": "di", "K": "ca", "L": "lờ", "M": "mờ", "N": "nờ", "O": "o", "P": "pê", "Q": "quy", "R": "rờ", "S": "ét",
    "T": "tê", "U": "u", "V": "vê", "W": "vê kép", "X": "ích", "Y": "i dài", "Z": "dét",
}  # fmt: skip
_UNITS = {
    "%": "phần trăm",
    "km": "ki lô mét",
    "kg": "ki lô gam",
    "m2": "mét vuông",
    "m²": "mét vuông",
    "cm": "xăng ti mét",
}
_GROUPED = r"\d{1,3}(?:[.]\d{3})+|\d{1,3}(?:,\d{3}){2,}"
_NUMBER = rf"(?:{_GROUPED}|\d+)"
_PATTERN = re.compile(
    rf"""
    (?P<date>\b(?:ngày\s+|hôm\s+)?\d{{1,2}}[/\-.]\d{{1,2}}[/\-.]\d{{4}}\b)
  | (?P<short_date>\b(?:ngày\s+|hôm\s+)\d{{1,2}}[/\-]\d{{1,2}}\b|\b\d{{1,2}}/\d{{1,2}}\b(?!/))
  | (?P<time>\b\d{{1,2}}:\d{{2}}(?::\d{{2}})?\b|\b\d{{1,2}}(?:h|g)(?:\d{{2}})?\b)
  | (?P<phone>(?:\+84|\b0)[\s.]?\d(?:[\s.]?\d){{7,9}}\b)
  | (?P<money>(?:{_NUMBER})(?:,\d+)?\s?(?:vnđ|vnd|đồng|đ|₫)(?!\w))
  | (?P<short_money>\b\d+(?:[.,]\d+)?\s?(?:k|tr|triệu|tỷ|nghìn|ngàn)\d*(?!\w))
  | (?P<code>(?<=hợp\sđồng\s)\d+|(?<=mã\s)\d+|(?<=mã\ssố\s)\d+|(?<=số\scuối\s)\d+|(?<=tài\skhoản\s)\d+
      |(?<=đơn\shàng\s)\d+|(?<=otp\s)\d+|(?<=căn\scước\s)\d+)
  | (?P<unit>(?:{_NUMBER})(?:,\d+)?\s?(?:%|km|kg|m2|m²|cm)(?!\w))
  | (?P<mixed>\b(?=\w*\d)(?=\w*[^\W\d_])\w+\b)
  | (?P<number>(?<!\w)-?(?:{_NUMBER})(?:,\d+)?)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_LEFT = re.compile(r"\d+")


def speak(text: str, dialect: Dialect = "north") -> str:
    """``text`` with everything written in digits spelt out; text without digits comes back unchanged."""
    if not any(c.isdigit() for c in text):
        return text
    out = _PATTERN.sub(lambda m: _one(m, dialect), text)
    out = _LEFT.sub(lambda m: " " + speak_digits(m.group()) + " ", out)
    return re.sub(r" {2,}", " ", out).strip() if out != text else out


def _one(match: re.Match[str], dialect: Dialect) -> str:
    kind, found = match.lastgroup or "", match.group()
    readers = {
        "date": _date, "short_date": _date, "time": _time, "money": _money, "short_money": _short_money, "unit": _unit,
        "number": _number, "mixed": _mixed,
    }  # fmt: skip
    if kind in readers:
        return readers[kind](found, dialect)
    digits = re.sub(r"\D", "", found)
    return _phone("0" + digits[2:] if found.startswith("+84") else digits) if kind == "phone" else speak_digits(digits)


def _phone(digits: str) -> str:
    """In groups of 4-3-3, separated by commas so that the voice pauses."""
    groups = [digits[:4], *(digits[k : k + 3] for k in range(4, len(digits), 3))]
    return ", ".join(speak_digits(g) for g in groups)


def _date(found: str, dialect: Dialect) -> str:
    prefix, numbers = re.match(r"(\D*)(.*)", found).groups()  # type: ignore[union-attr]
    parts = [int(p) for p in re.split(r"[/\-.]", numbers)]
    day, month = parts[0], parts[1]
    if not _exists(day, month, parts[2] if len(parts) > 2 else 2024):
        return prefix + " trên ".join(speak_number(p, dialect) for p in parts)
    spoken = f"{'mùng ' if day <= 10 else ''}{speak_number(day, dialect)} tháng {speak_month(month)}"
    if len(parts) > 2:
        spoken += f" năm {speak_number(parts[2], dialect)}"
    return f"{prefix or 'ngày '}{spoken}"


def _exists(day: int, month: int, year: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _time(found: str, dialect: Dialect) -> str:
    parts = [int(p) for p in re.split(r"\D", found) if p]
    hour, minute = parts[0], parts[1] if len(parts) > 1 else 0
    if hour > 24 or minute > 59:
        return " ".join(speak_number(p, dialect) for p in parts)
    spoken = f"{speak_number(hour, dialect)} giờ"
    if minute:
        spoken += f" {speak_number(minute, dialect)}" + (" phút" if minute < 10 else "")
    return spoken + (f" {speak_number(parts[2], dialect)} giây" if len(parts) > 2 and parts[2] else "")


def _plain(found: str) -> int:
    return int(re.sub(r"\D", "", found))


def _number(found: str, dialect: Dialect) -> str:
    """A number: grouped 1.250.000, decimal 2,5, leading zeros or more than ten digits one by one."""
    whole, comma, fraction = found.partition(",")
    if re.fullmatch(r"\d{1,3}(?:,\d{3}){2,}", found):
        whole, comma, fraction = found, "", ""
    digits = re.sub(r"\D", "", whole)
    if (len(digits) > 1 and digits[0] == "0") or (len(digits) > 9 and "." not in whole and "," not in whole):
        spoken = speak_digits(digits)
    else:
        spoken = speak_number(int(digits), dialect)
    if whole.startswith("-"):
        spoken = "âm " + spoken
    return f"{spoken} phẩy {speak_digits(fraction)}" if comma else spoken


def _money(found: str, dialect: Dialect) -> str:
    number = re.match(rf"({_NUMBER})(?:,\d+)?", found)
    return f"{_number(number.group(), dialect) if number else ''} đồng"


def _short_money(found: str, dialect: Dialect) -> str:
    """500k, 2tr5, 1,5 triệu."""
    match = re.fullmatch(r"(\d+)(?:[.,](\d+))?\s?(\D+?)(\d*)", found)
    if match is None:
        return found
    whole, fraction, unit, tail = match.groups()
    name = {"k": "nghìn", "tr": "triệu"}.get(unit.lower(), unit.lower())
    if name in ("nghìn", "ngàn"):
        name = "nghìn" if dialect == "north" else "ngàn"
    spoken = speak_number(int(whole), dialect)
    if fraction:
        spoken += f" phẩy {speak_digits(fraction)}"
    return f"{spoken} {name}" + (f" {speak_number(int(tail), dialect)}" if tail else "")


def _unit(found: str, dialect: Dialect) -> str:
    match = re.fullmatch(rf"((?:{_NUMBER})(?:,\d+)?)\s?(\D.*)", found)
    if match is None:
        return found
    return f"{_number(match.group(1), dialect)} {_UNITS[match.group(2).lower()]}"


def _mixed(found: str, dialect: Dialect) -> str:
    """HD8841, 29A1: capitals letter by letter, digits one by one; small letters stay a word."""
    out = []
    for piece in re.findall(r"\d+|[^\W\d_]+", found):
        if piece.isdigit():
            out.append(speak_digits(piece))
        else:
            out.append(" ".join(_LETTERS.get(c, c) for c in piece) if piece.isupper() else piece)
    return " ".join(out)
