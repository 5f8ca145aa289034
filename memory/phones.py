"""Vietnamese phone numbers as people and spreadsheets write them → E.164. Rules: vietnam_rules §5."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

from core.errors import InputError

PhoneKind = Literal["mobile", "fixed"]

_MOBILE = re.compile(r"0(3[2-9]|5[25689]|7[06-9]|8[1-9]|9[0-46-9])\d{7}")
_FIXED = re.compile(r"02(4|8)\d{8}|02(0[3-9]|1[0-689]|2[0-25-9]|3[2-9]|5[124-9]|6[0-39]|7[0-7]|9[0-4679])\d{7}")
_SERVICE = re.compile(r"(1800|1900)\d{4,6}")

_CONVERTED_2018 = {
    "120": "70",
    "121": "79",
    "122": "77",
    "126": "76",
    "128": "78",
    "123": "83",
    "124": "84",
    "125": "85",
    "127": "81",
    "129": "82",
    **{f"16{digit}": f"3{digit}" for digit in range(2, 10)},
    "186": "56",
    "188": "58",
    "199": "59",
}
"""Mobile prefixes of eleven digits before 15 September 2018 → today's."""

_SEPARATORS = re.compile(r"[\s.\-()\u00a0\u200b\u2010-\u2015_/]")
_FLOAT = re.compile(r"\d+\.0+")
_SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d{1,2}")


@dataclass(frozen=True, slots=True)
class Phone:
    """A number that can be dialled. ``number`` is E.164."""

    number: str
    kind: PhoneKind


class PhoneError(InputError):
    """A text that is no dialable Vietnamese number. ``code``: empty, letters, scientific, service, short, length,
    foreign, prefix."""

    def __init__(self, code: str, vi: str, en: str) -> None:
        self.code = code
        super().__init__(vi, en)


def normalise_phone(raw: object) -> Phone:
    """The number in ``raw`` (text, or what Excel made of it). Raises PhoneError."""
    digits = _national(_digits(raw))
    if _MOBILE.fullmatch(digits):
        return Phone("+84" + digits[1:], "mobile")
    if _FIXED.fullmatch(digits):
        return Phone("+84" + digits[1:], "fixed")
    raise _refusal(digits)


def _digits(raw: object) -> str:
    """ASCII digits, perhaps after a plus sign."""
    if isinstance(raw, bool) or raw is None:
        raise _error("empty")
    if isinstance(raw, float):
        if not math.isfinite(raw) or raw <= 0 or raw != int(raw):
            raise _error("letters")
        raw = int(raw)
    text = unicodedata.normalize("NFKC", str(raw)).strip().lstrip("'’").strip()
    if not text:
        raise _error("empty")
    if _SCIENTIFIC.fullmatch(text):
        text = _from_scientific(text)
    if _FLOAT.fullmatch(text):
        text = text.split(".")[0]
    text = _SEPARATORS.sub("", text)
    if not re.fullmatch(r"\+?\d+", text, re.ASCII):
        raise _error("letters")
    return text


def _from_scientific(text: str) -> str:
    """``9.12345678E+8`` still holds every digit, ``9.12E+08`` has lost some for good."""
    try:
        value = Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise _error("letters") from None
    mantissa = text.lower().split("e")[0].replace(".", "").replace(",", "")
    if value != value.to_integral_value() or len(mantissa) < 9:
        raise _error("scientific")
    return str(int(value))


def _national(digits: str) -> str:
    """Starting with 0 where it can be; old prefixes converted."""
    plus = digits.startswith("+")
    digits = digits.lstrip("+")
    if digits.startswith("0084"):
        digits, plus = digits[2:], True
    if plus and not digits.startswith("84"):
        raise _error("foreign")
    if digits.startswith("84") and (plus or len(digits) in (11, 12, 13)):
        digits = "0" + digits[2:].removeprefix("0")
    elif len(digits) == 9 and digits[0] in "35789":
        digits = "0" + digits
    if len(digits) == 10 and digits[0] == "1" and digits[:3] in _CONVERTED_2018:
        digits = "0" + digits
    if len(digits) == 11 and digits[1:4] in _CONVERTED_2018 and digits[0] == "0":
        digits = "0" + _CONVERTED_2018[digits[1:4]] + digits[4:]
    return digits


def _refusal(digits: str) -> PhoneError:
    if _SERVICE.fullmatch(digits):
        return _error("service")
    if len(digits) < 7:
        return _error("short")
    right_length = len(digits) == (11 if digits.startswith("02") else 10)
    return _error("prefix" if digits.startswith("0") and right_length else "length")


_MESSAGES = {
    "empty": ("thiếu số điện thoại", "the phone number is missing"),
    "letters": ("số điện thoại có ký tự lạ", "the phone number has strange characters"),
    "scientific": (
        "Excel đã làm mất chữ số (dạng 9.12E+08); hãy định dạng cột thành Văn bản rồi nhập lại",
        "Excel has lost digits (9.12E+08); format the column as text and enter it again",
    ),
    "service": ("đầu số dịch vụ 1800/1900 không gọi ra được", "service numbers (1800/1900) cannot be dialled"),
    "short": ("số khẩn cấp hoặc số ngắn, không được gọi", "emergency and short numbers are never dialled"),
    "length": ("số điện thoại thừa hoặc thiếu chữ số", "the phone number has too many or too few digits"),
    "foreign": ("không phải số Việt Nam", "not a Vietnamese number"),
    "prefix": ("đầu số không có ở Việt Nam", "no such prefix in Vietnam"),
}


def _error(code: str) -> PhoneError:
    return PhoneError(code, *_MESSAGES[code])
