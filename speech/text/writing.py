"""Writing down: spoken words → numerals and symbols, with the span of every decision.

One pass from left to right over the words. Only a word that can begin a numeral or announces one is looked at; the
writers are asked in the order of ``_IN_ORDER`` and the first that accepts has the words. "không" is a zero only inside
something longer, single digit words only with a unit or a label: one span, one numeral or nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from speech.text.alignment import composed
from speech.text.classes import (
    written,
    written_calendar,
    written_codes,
    written_electronic,
    written_names,
    written_ranges,
)
from speech.text.classes.heard import STARTS, Heard, hear
from speech.text.classes.written import Line
from speech.text.conventions import STANDARD, Convention
from speech.text.decisions import Piece, Written, assemble
from speech.types import Dialect

Expected = Literal["money", "digits", "date", "time"]
_ANNOUNCES = frozenset(("tháng", "ngày", "hôm", "bữa", "mùng", "mồng", "mung"))
_CODE_STARTS = frozenset(written_codes.LETTER_NAMES)
_NAMES = written_names.STARTS_NAME
_INTEREST = STARTS | _ANNOUNCES | _CODE_STARTS | _NAMES | {"thứ", "cộng", "triệu", "tỷ", "tư"}
_IN_ORDER: tuple[Callable[[Heard, int], Line | None], ...] = (
    written_names.law, written_codes.code, written_calendar.date, written_calendar.time, written_codes.house,
    written_codes.digits, written_ranges.span,
)  # fmt: skip


def write_spans(
    text: str, dialect: Dialect = "north", convention: Convention = STANDARD, *, expected: Expected | None = None
) -> Written:
    """``text`` as it is written down, in linear time; ordinary words stay as they came. Never raises.

    The forms of every region are understood whatever ``dialect`` says. ``expected``: what the customer was asked for
    ("money" lets "hai triệu rưỡi" alone be 2.500.000 đồng).
    """
    plain, origin = composed(text)
    heard = hear(plain)
    words = heard.words
    addresses = (
        dict(written_electronic.electronic(heard))
        if not written_electronic.SAID.isdisjoint(words) or "chấm" in words
        else {}
    )
    pieces: list[Piece] = []
    k = 0
    while k < len(words):
        line = addresses.get(k)
        if line is None and words[k] in _INTEREST:
            line = _line(heard, k, convention, expected)
        if line is None or line.end <= k:
            k += 1
            continue
        start, end = heard.starts[k], heard.ends[line.end - 1]
        if line.kind != "words" and line.text != plain[start:end]:
            pieces.append(Piece(start, end, line.kind, line.text, line.value))
        k = line.end
    if origin is not None:
        pieces = [Piece(origin[p.start], origin[p.end], p.kind, p.result, p.value) for p in pieces]
    return Written(*assemble(text, pieces))


def _line(heard: Heard, k: int, convention: Convention, expected: Expected | None) -> Line | None:
    word = heard.words[k]
    if word in _NAMES:
        line = written_names.named(heard, k)
        if line is not None or word not in _CODE_STARTS:
            return line
    if word == "thứ":
        return written.ordinal(heard, k)
    if word in _ANNOUNCES:
        return written_calendar.date(heard, k)
    if word == "tư":
        return written.fourth(heard, k)
    if word == "cộng":
        return written_codes.digits(heard, k)
    if word in _CODE_STARTS and word not in STARTS:
        return written_codes.code(heard, k)
    for writer in _IN_ORDER:
        line = writer(heard, k)
        if line is not None:
            return line
    return written.money(heard, k, convention, expected == "money") or written.counted(heard, k, convention)
