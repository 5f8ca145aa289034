"""Signs between and before numbers (+ = < ≥ ± #), and whole forms that only look like numbers: laws, tours, roads."""

from __future__ import annotations

import re

from speech.text.classes.context import Context, Offer
from speech.text.classes.words import ABBREVIATIONS

SIGNS: dict[str, str] = {
    "+": "cộng", "=": "bằng", "*": "nhân", "×": "nhân", "÷": "chia", ">": "lớn hơn", "<": "nhỏ hơn",
    "≥": "lớn hơn hoặc bằng", "≤": "nhỏ hơn hoặc bằng", "±": "cộng trừ", "≈": "khoảng", "~": "khoảng", "^": "mũ",
}  # fmt: skip
_NUMBERED = re.compile(r"#(\d{1,24})(?![\d])")
_USSD = re.compile(r"\*\d{1,6}(?:\*\d{1,20}){0,5}#")
_ALWAYS = re.compile(r"24h?/(24h?|7)(?![\w/])")
_LAW = re.compile(
    r"(?P<n>\d{1,4})/(?P<y>(?:19|20)\d{2})/(?P<by>[A-ZĐ][A-ZĐa-z0-9]{1,11}(?:-[A-ZĐ][A-ZĐa-z0-9]{1,11}){0,4})(?!\w)"
)
_TOUR = re.compile(r"(?P<d>\d{1,2})N(?P<n>\d{1,2})Đ(?!\w)")
_ROAD = re.compile(r"(?P<r>QL|TL|HL|ĐT)\.?[ -]?(?P<n>\d{1,3})(?P<l>[A-Z])?(?!\w|[.,/]\d)")
_ROADS = {"QL": "quốc lộ", "TL": "tỉnh lộ", "HL": "hương lộ", "ĐT": "đường tỉnh"}
_ROOM = re.compile(r"P\.?\s?(?P<n>\d{3,4})(?!\w|[.,/-]\d)")
_MONTH = re.compile(r"T(?P<m>1[0-2]|0?[1-9])[/-](?P<y>(?:19|20)\d{2})(?!\w)")


def sign(ctx: Context, at: int) -> Offer | None:
    """A sign before a number, said as a word; "#12345" is a code."""
    match = _NUMBERED.match(ctx.text, at)
    if match:
        digits = match[1]
        spoken = f"số {ctx.reader.cardinal(digits)}" if len(digits) < 3 else ctx.reader.grouped(ctx.groups(digits))
        return Offer(match.end(), "code", spoken)
    match = _USSD.match(ctx.text, at)
    if match:
        digits = [ctx.reader.digits(part) for part in match.group()[1:-1].split("*")]
        return Offer(match.end(), "code", f"sao {' sao '.join(digits)} thăng")
    word = SIGNS.get(ctx.text[at])
    return Offer(at + 1, "sign", word) if word else None


def law(ctx: Context, at: int) -> Offer | None:
    """91/2020/NĐ-CP: the number, the year and who made it, with "trên" between, as clerks say it."""
    match = _LAW.match(ctx.text, at)
    if match is None:
        return None
    reader = ctx.reader
    by = ABBREVIATIONS.get(match["by"]) or " ".join(
        ABBREVIATIONS.get(part)
        or " ".join(reader.spell(p) if p.isalpha() else reader.cardinal(p) for p in _parts(part))
        for part in match["by"].split("-")
    )
    number = reader.cardinal(match["n"]) if match["n"][0] != "0" else reader.digits(match["n"])
    return Offer(match.end(), "code", f"{number} trên {reader.cardinal(match['y'])} trên {by}")


def always(ctx: Context, at: int) -> Offer | None:
    """24/7, 24h/24h: round the clock."""
    match = _ALWAYS.match(ctx.text, at)
    if match is None:
        return None
    return Offer(
        match.end(), "fraction", f"{ctx.reader.cardinal('24')} trên {ctx.reader.cardinal(match[1].rstrip('h'))}"
    )


def _parts(part: str) -> list[str]:
    return re.findall(r"\d+|\D+", part)


def tour(ctx: Context, at: int) -> Offer | None:
    """3N2Đ: three days, two nights."""
    match = _TOUR.match(ctx.text, at)
    if match is None:
        return None
    return Offer(
        match.end(), "measure", f"{ctx.reader.cardinal(match['d'])} ngày {ctx.reader.cardinal(match['n'])} đêm"
    )


def labelled(ctx: Context, at: int) -> Offer | None:
    """QL1A, ĐT 743 (roads), P.302 (a room: wards have no three digits), T12/2024 (a month)."""
    match = _ROAD.match(ctx.text, at)
    if match and not (match["r"] == "ĐT" and len(match["n"]) < 3):
        letter = f" {ctx.reader.spell(match['l'])}" if match["l"] else ""
        return Offer(match.end(), "address", f"{_ROADS[match['r']]} {ctx.reader.cardinal(match['n'])}{letter}")
    match = _ROOM.match(ctx.text, at)
    if match:
        return Offer(match.end(), "address", f"phòng {ctx.reader.cardinal(match['n'])}")
    match = _MONTH.match(ctx.text, at)
    if match is None:
        return None
    spoken = f"tháng {ctx.reader.month(int(match['m']))} năm {ctx.reader.cardinal(match['y'])}"
    return Offer(match.end(), "date", spoken)
