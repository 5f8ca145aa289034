"""Reading aloud: written Vietnamese → words to be spoken, with the span of every decision.

One pass from left to right. Where something may begin (a digit, a capital, a sign, a word that announces a numeral) the
recognisers are asked in the order of the tables below; the first that accepts has it. So overlaps are settled by
position, then by this priority: what names (addresses, phones, codes) before what counts, the longer form before the
shorter. Every recogniser looks at a bounded stretch of text, so the pass is linear.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from speech.text.alignment import composed
from speech.text.classes import calendar, codes, names, quantities, signs
from speech.text.classes.context import Context, Offer
from speech.text.classes.reading import Reader
from speech.text.classes.words import BRANDS, ROMAN_CUES
from speech.text.conventions import STANDARD, Convention
from speech.text.decisions import Piece, Spoken, assemble
from speech.types import Dialect

Recogniser = Callable[[Context, int], Offer | None]
_AT_DIGIT: tuple[Recogniser, ...] = (
    names.electronic, codes.phone, signs.law, codes.hyphened, calendar.date, codes.version, codes.plate, signs.tour,
    signs.always,    names.house, calendar.clock,
    calendar.month, codes.cued, quantities.fraction, quantities.quantity,
)  # fmt: skip
_AT_SIGN: tuple[Recogniser, ...] = (
    codes.phone, quantities.money_prefixed, quantities.fraction, quantities.quantity, signs.sign,
)  # fmt: skip
_AT_WORD: tuple[Recogniser, ...] = (
    names.electronic, quantities.ordinal, quantities.money_prefixed, names.roman, signs.labelled, names.brand,
    codes.flight, names.abbreviation, names.ward, names.house, codes.mixed, names.letters,
)  # fmt: skip
_START = re.compile(
    r"[+\-−]?\d|[xX](?=\d)|[$€£¥₫₩]\s?\d|[½¼¾⅓⅔⅛]|\(\+?\d|[=×÷*<>≤≥±≈~^](?=\s?[-+$€]?\d)|#(?=\d)|[^\W\d_]+"
)
_DASH = re.compile(r"\s?[-–—~]\s?(?=[$€\d]|T[2-7]\b|CN\b|thứ\s\d|[IVXLC]{1,8}\b)")
_RANGED = frozenset(
    ["cardinal", "decimal", "scale", "percent", "measure", "money", "time", "date", "ordinal", "roman", "weekday"]
)
_LONG_RUN = re.compile(r"\d{41,}")


def speak_spans(text: str, dialect: Dialect = "north", convention: Convention = STANDARD) -> Spoken:
    """``text`` as it is read aloud, in linear time; ordinary words stay as they came. Never raises."""
    plain, origin = composed(text)
    ctx = Context(plain, _reader(dialect, convention))
    pieces: list[Piece] = []
    at = 0
    while match := _START.search(plain, at):
        start = match.start()
        offer = _offer(ctx, match)
        if offer is None or offer.end <= start:
            at = match.end() if match.group()[0].isalpha() else start + 1
            continue
        offer = _range(ctx, start, offer)
        apart = not (pieces and pieces[-1].end == start and pieces[-1].result.endswith(" "))
        pieces.append(_spaced(plain, start, offer, apart))
        at = offer.end
    if origin is not None:
        pieces = [Piece(origin[p.start], origin[p.end], p.kind, p.result) for p in pieces]
    return Spoken(*assemble(text, pieces))


@lru_cache(maxsize=16)
def _reader(dialect: Dialect, convention: Convention) -> Reader:
    return Reader(dialect, convention)


def _offer(ctx: Context, match: re.Match[str]) -> Offer | None:
    found, start = match.group(), match.start()
    first = found[0]
    if first.isalpha():
        end = match.end()
        follow = ctx.text[end] if end < len(ctx.text) else " "
        low = found.lower()
        if (
            follow in " ,!?;\n)"
            and found[-1:].islower()
            and low not in _WORDS
            and (len(found) > 8 or not _after_cue(ctx, low, start))
        ):
            return None
        if low == "x" and _between_digits(ctx.text, start, end):
            return Offer(end, "sign", "nhân")
        recognisers = _AT_WORD
    elif first.isdigit():
        if not first.isascii():
            return _foreign_digits(ctx, start)
        if start and ctx.text[start - 1].isalnum():
            return codes.mixed(ctx, start) or quantities.quantity(ctx, start)
        long = _LONG_RUN.match(ctx.text, start)
        if long:
            return Offer(long.end(), "digits", ctx.reader.digits(long.group()))
        recognisers = _AT_DIGIT
    else:
        recognisers = _AT_SIGN if first != "(" else (codes.phone,)
    for recogniser in recognisers:
        offer = recogniser(ctx, start)
        if offer is not None:
            return offer
    return None


_ROMAN_LETTERS = frozenset("ivxlcdm")
_WORDS = frozenset(BRANDS) | {"tp", "tphcm", "thứ", "vs", "usd", "vnd", "eur"}


def _after_cue(ctx: Context, low: str, start: int) -> bool:
    """May this be a Roman numeral: only its letters, after a word that announces one?"""
    return set(low) <= _ROMAN_LETTERS and bool(ctx.before(start)) and ctx.before(start)[-1] in ROMAN_CUES


def _between_digits(text: str, start: int, end: int) -> bool:
    """3x4: the x says "nhân"."""
    return start > 0 and text[start - 1].isdigit() and end < len(text) and text[end].isdigit()


_RAISED = frozenset("⁰¹²³⁴⁵⁶⁷⁸⁹")


def _foreign_digits(ctx: Context, start: int) -> Offer:
    """Digits of other scripts (full width, Arabic, Thai …) are read one by one."""
    end = start
    out: list[str] = []
    while end < len(ctx.text) and (value := unicodedata.digit(ctx.text[end], None)) is not None:
        if ctx.text[end] in _RAISED and end == start and start and ctx.text[start - 1].isalnum():
            out.append("mũ")
        out.append(ctx.reader.digits(str(value)))
        end += 1
    return Offer(max(end, start + 1), "digits", " ".join(out) or ctx.text[start])


def _range(ctx: Context, start: int, offer: Offer) -> Offer:
    """50.000đ-100.000đ, 10-15 ngày, 8h-17h: one span, "đến" between. Going down (2-1) it is no range."""
    dash = _DASH.match(ctx.text, offer.end) if offer.kind in _RANGED else None
    if dash is None:
        return offer
    match = _START.match(ctx.text, dash.end())
    second = (names.roman_numeral(ctx, dash.end()) if offer.kind == "roman" else _offer(ctx, match)) if match else None
    if second is None or second.kind not in _RANGED:
        return offer
    if offer.kind == "cardinal":
        if not _rises(ctx.text[start : offer.end], ctx.text[dash.end() : second.end]):
            return offer
    elif second.kind != offer.kind and {offer.kind, second.kind} - {"scale", "money", "decimal", "measure", "percent"}:
        return offer
    return Offer(second.end, "range" if second.kind != "date" else "date", f"{offer.spoken} đến {second.spoken}")


def _rises(first: str, second: str) -> bool:
    low, high = (re.match(r"[\d.]+", s) for s in (first, second))
    if not low or not high:
        return False
    return int(low.group().replace(".", "")) < int(high.group().replace(".", "") or 0)


def _spaced(text: str, start: int, offer: Offer, apart: bool) -> Piece:
    """The offer with blanks where it would run into its neighbours; ``apart``: none stands before it yet."""
    spoken, end = offer.spoken.strip(), offer.end
    if start and apart and (text[start - 1].isalnum() or text[start - 1] in "-–_/"):
        spoken = " " + spoken
    if end < len(text) and (
        text[end].isalpha() or text[end] in "–_/" or (offer.kind == "sign" and text[end].isdigit())
    ):
        spoken += " "
    return Piece(start, end, offer.kind, spoken)
