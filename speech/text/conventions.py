"""House conventions of reading and writing, as data. Regional words follow the dialect; these follow the house."""

from __future__ import annotations

from dataclasses import dataclass

from speech.types import Dialect


@dataclass(frozen=True, slots=True)
class Convention:
    """Choices where several are right. ``docs/text.md`` says why each default was chosen."""

    name: str
    named_hundreds: bool = False
    """1095: "một nghìn không trăm chín mươi lăm" (True) or "một nghìn chín mươi lăm"."""
    early_day: str = ""
    """Put before the days 1–10 of a month: "" or "mùng "."""
    minute_word: bool = True
    """14:30: "mười bốn giờ ba mươi phút" or, when there are ten minutes or more, without "phút"."""
    bare_slash_is_date: bool = False
    """15/12 without "ngày" or another cue: the date rather than the fraction."""
    national_phone: bool = False
    """+84 90… is read as 090…"""
    scheme: bool = True
    """https:// is read too."""
    decimal_mark: str = "."
    """Between the whole and the fraction when writing down."""


STANDARD = Convention("standard")
"""What ``alo text`` speaks and writes, and what is measured."""
CALLS = Convention(
    "calls",
    named_hundreds=True,
    early_day="mùng ",
    minute_word=False,
    bare_slash_is_date=True,
    national_phone=True,
    scheme=False,
)
"""What the bot says in a call: nothing that could be heard as another number, dates as people say them."""
VIETNAMESE = Convention("vietnamese", decimal_mark=",")
"""Writes decimals with a comma, as Vietnamese print does."""

DIGITS: tuple[str, ...] = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")

REGIONAL: dict[str, dict[Dialect, str]] = {
    "zero tens": {"north": "linh", "central": "lẻ", "south": "lẻ"},
    "thousand": {"north": "nghìn", "central": "ngàn", "south": "ngàn"},
}
"""Where the regions differ when speaking; all forms are understood everywhere when writing."""

LETTERS: dict[str, str] = {
    "a": "a", "ă": "á", "â": "ớ", "b": "bê", "c": "xê", "d": "dê", "đ": "đê", "e": "e", "ê": "ê", "f": "ép",
    "g": "gờ", "h": "hát", "i": "i", "j": "di", "k": "ca", "l": "lờ", "m": "mờ", "n": "nờ", "o": "o", "ô": "ô",
    "ơ": "ơ", "p": "pê", "q": "quy", "r": "rờ", "s": "ét", "t": "tê", "u": "u", "ư": "ư", "v": "vê", "w": "vê kép",
    "x": "ích", "y": "i dài", "z": "dét",
}  # fmt: skip
"""Names of the letters as codes are spelt over the telephone."""
