"""Shared by all readers: a voice (dialect and house convention) that says numbers, digits and letters."""

from __future__ import annotations

import re
from dataclasses import dataclass

from speech.text.conventions import DIGITS, LETTERS, REGIONAL, Convention
from speech.types import Dialect

MOST_DIGITS = 27
"""Longer whole numbers are read digit by digit: nobody can hold them."""
NUMBER = (
    r"(?:\d{1,3}(?:\.\d{3}){1,8}(?!\d)|\d{1,3}(?:,\d{3}){2,8}(?!\d)|\d{1,3},\d{3}(?=\.\d{1,2}(?![.,\d]))|\d{1,40})"
    r"(?:,\d{1,20}|\.\d{1,20}(?![.\d]))?"
)
"""A written number: 1250000, 1.250.000, 1,250,000, 12,5, 12.5. At most 60 characters, so that a match is bounded."""
_GROUPED = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*")


@dataclass(frozen=True, slots=True)
class Number:
    """A written number taken apart: digits before and after the mark, and the mark as it is read."""

    whole: str
    fraction: str = ""
    mark: str = "phẩy"


def parse(found: str) -> Number:
    """ "1.250.000" and "1,250,000" are grouped; "123,000" has a fraction; a dot before other than three digits too."""
    head, dot, tail = found.rpartition(".")
    if found.count(",") > 1 or (dot and "," in head):
        head, dot, tail = found.partition(".")
        return Number(head.replace(",", ""), tail, "chấm")
    whole, comma, fraction = found.partition(",")
    if comma and "." in fraction:  # 1,250.50
        return Number(whole + fraction.partition(".")[0], fraction.partition(".")[2], "chấm")
    if not comma and dot and (len(tail) != 3 or not _GROUPED.fullmatch(found) or found.startswith("0")):
        return Number(head.replace(".", ""), tail, "chấm")
    return Number(whole.replace(".", ""), fraction)


@dataclass(frozen=True, slots=True)
class Reader:
    """Says numbers in one dialect under one convention."""

    dialect: Dialect
    convention: Convention

    @property
    def thousand(self) -> str:
        """ "nghìn" or "ngàn"."""
        return REGIONAL["thousand"][self.dialect]

    def digits(self, digits: str) -> str:
        """One by one: "0900" → "không chín không không"."""
        return " ".join(DIGITS[int(d)] for d in digits if d.isascii() and d.isdigit())

    def grouped(self, groups: list[str]) -> str:
        """Groups of digits with a pause (comma) between them."""
        return ", ".join(self.digits(g) for g in groups if g)

    def spell(self, letters: str) -> str:
        """Letter by letter by name, digits one by one."""
        return " ".join(
            DIGITS[int(c)] if c.isascii() and c.isdigit() else LETTERS.get(c.lower(), c) for c in letters if c.isalnum()
        )

    def cardinal(self, digits: str | int) -> str:
        """A whole number, digit by digit beyond ``MOST_DIGITS``."""
        digits = str(digits).lstrip("0") or "0"
        if len(digits) > MOST_DIGITS:
            return self.digits(digits)
        return self._billions(int(digits), False)

    def _billions(self, n: int, inside: bool) -> str:
        high, low = divmod(n, 10**9)
        if not high:
            return self._millions(n, inside)
        head = self._billions(high, inside) + " tỷ"
        return f"{head} {self._millions(low, True)}" if low else head

    def _millions(self, n: int, inside: bool) -> str:
        parts: list[str] = []
        heard_as_thousands = 100 if self.convention.named_hundreds else 10  # "một triệu mười đồng" means 1.010.000
        for value, name in ((n // 10**6, " triệu"), (n // 1000 % 1000, " " + self.thousand), (n % 1000, "")):
            if value:
                if not name and inside and value >= heard_as_thousands and not (n // 1000 % 1000):
                    parts.append(f"không {self.thousand}")
                parts.append(self._group(value, inside) + name)
                inside = True
        return " ".join(parts) or "không"

    def _group(self, n: int, inside: bool) -> str:
        hundreds, rest = divmod(n, 100)
        linh = REGIONAL["zero tens"][self.dialect]
        if not hundreds:
            if not inside:
                return self._tens(rest)
            head = "không trăm " if self.convention.named_hundreds else ""
            return f"{head}{linh} {DIGITS[rest]}" if rest < 10 else head + self._tens(rest)
        head = f"{DIGITS[hundreds]} trăm"
        if not rest:
            return head
        return f"{head} {linh} {DIGITS[rest]}" if rest < 10 else f"{head} {self._tens(rest)}"

    @staticmethod
    def _tens(n: int) -> str:
        tens, ones = divmod(n, 10)
        if not tens:
            return DIGITS[ones]
        head = "mười" if tens == 1 else f"{DIGITS[tens]} mươi"
        if not ones:
            return head
        if ones == 5:
            return head + " lăm"
        return f"{head} {({1: 'mốt', 4: 'tư'} if tens > 1 else {}).get(ones, DIGITS[ones])}"

    def number(self, number: Number) -> str:
        """Whole part as a cardinal, the fraction digit by digit."""
        spoken = self.cardinal(number.whole)
        return f"{spoken} {number.mark} {self.digits(number.fraction)}" if number.fraction else spoken

    def month(self, month: int) -> str:
        """4 → "tư"."""
        return "tư" if month == 4 else self.cardinal(month)
