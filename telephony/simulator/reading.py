"""What a customer picks up from the bot's words: amounts, dates and clock times, written or spelt out.

Deliberately independent of ``speech.text`` and of the agent's grammars: a synthetic customer who shared their mistakes
would never notice a wrong recap.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

_ONES = {
    "không": 0, "một": 1, "mốt": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "lăm": 5, "nhăm": 5, "sáu": 6,
    "bảy": 7, "bẩy": 7, "tám": 8, "chín": 9,
}  # fmt: skip
_SCALES = {"nghìn": 1000, "ngàn": 1000, "triệu": 1_000_000, "tỷ": 1_000_000_000, "tỉ": 1_000_000_000}
_FILL = {"linh", "lẻ"}
_NUMBER_WORDS = set(_ONES) | set(_SCALES) | _FILL | {"mười", "mươi", "trăm", "rưỡi"}
_WORD = "(?:" + "|".join(sorted(_NUMBER_WORDS, key=len, reverse=True)) + ")"
_SPELT = re.compile(rf"(?<!\w)(?<!\d ){_WORD}(?: {_WORD})*(?!\w)")
_WRITTEN_MONEY = re.compile(r"(?<!\d)(\d{1,3}(?:[.,]\d{3})+|\d{4,})(?= ?(?:đồng|đ\b|vnd)|\b)")
_SHORT_MONEY = re.compile(r"(\d+)(?:[.,](\d))? ?(triệu|nghìn|ngàn)")
_NUMERIC_DATE = re.compile(r"(?<!\d)(\d{1,2})[/\-.](\d{1,2})(?:[/\-.](\d{4}))?(?!\d)")
_ISO_DATE = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
_DAY_MONTH = re.compile(r"(?:ngày |mùng )+(\d{1,2}) tháng (\d{1,2})(?: năm (\d{4}))?")


_AHEAD = {"hôm nay": 0, "ngày mai": 1, "sáng mai": 1, "chiều mai": 1, "ngày kia": 2, "ngày mốt": 2}


def spelt_number(words: str) -> int | None:
    """Value of Vietnamese number words ("hai triệu năm trăm nghìn"); None if they make no number."""
    total = group = 0
    last: int | None = None
    scale = 1
    for word in words.split():
        if word in _ONES:
            group, last = group + _ONES[word], _ONES[word]
        elif word == "mười":
            group, last = group + 10, None
        elif word == "mươi" and last is not None:
            group, last = group + 9 * last, None
        elif word == "trăm" and last is not None:
            group, last = group + 99 * last, None
        elif word in _SCALES:
            scale = _SCALES[word]
            total, group, last = total + max(group, 1) * scale, 0, None
        elif word == "rưỡi":
            total += scale // 2 if scale > 1 else 50
        elif word not in _FILL:
            return None
    if total and 0 < group < 10 and words.split()[-2:-1] == ["triệu"]:
        group *= 100_000  # "hai triệu tám" = 2.8 million
    return total + group


def plain(text: str) -> str:
    """Lower case, punctuation as spaces except inside numbers."""
    text = re.sub(r"[^\w\s.,/:-]", " ", text.lower())
    return " ".join(re.sub(r"(?<!\d)[.,:/-]|[.,:/-](?!\d)", " ", text).split())


def amounts(text: str) -> list[int]:
    """Sums of money of at least 10 000 đồng, in order of mention."""
    flat = plain(text)
    found = [(m.start(), int(re.sub(r"\D", "", m.group(1)))) for m in _WRITTEN_MONEY.finditer(flat)]
    for m in _SHORT_MONEY.finditer(flat):
        unit = _SCALES[m.group(3)]
        found.append((m.start(), int(m.group(1)) * unit + int(m.group(2) or 0) * unit // 10))
    for m in _SPELT.finditer(flat):
        value = spelt_number(m.group(0))
        if value is not None and (set(m.group(0).split()) & set(_SCALES)):
            found.append((m.start(), value))
    return [value for _, value in sorted(found) if value >= 10_000]


def dates(text: str, today: date) -> list[date]:
    """Calendar days mentioned, written (20/11/2026) or spelt (ngày hai mươi tháng mười một, ngày mai)."""
    flat = _spelt_days_to_figures(plain(text))
    found: list[tuple[int, date]] = []
    for m in _ISO_DATE.finditer(flat):
        _add(found, m.start(), int(m.group(3)), int(m.group(2)), int(m.group(1)), today)
    without_iso = _ISO_DATE.sub(lambda m: " " * len(m.group(0)), flat)
    for pattern in (_NUMERIC_DATE, _DAY_MONTH):
        for m in pattern.finditer(without_iso):
            _add(found, m.start(), int(m.group(1)), int(m.group(2)), int(m.group(3)) if m.group(3) else None, today)
    for words, ahead in _AHEAD.items():
        if words in flat:
            found.append((flat.index(words), today + timedelta(ahead)))
    return [day for _, day in sorted(found)]


def _add(found: list[tuple[int, date]], at: int, day: int, month: int, year: int | None, today: date) -> None:
    years = (year,) if year else (today.year, today.year + 1, today.year - 1)
    options = []
    for candidate in years:
        try:
            options.append(date(candidate, month, day))
        except ValueError:
            continue
    if options:
        found.append((at, min(options, key=lambda d: abs((d - today).days))))


def _spelt_days_to_figures(flat: str) -> str:
    """ "ngày hai mươi mốt tháng mười một năm hai nghìn …" → "ngày 21 tháng 11 năm 2026"."""

    def figure(m: re.Match[str]) -> str:
        return f"{m.group(1)} {spelt_number(m.group(2))}"

    flat = re.sub(rf"(năm) (hai (?:nghìn|ngàn)(?: {_WORD})*)(?!\w)", figure, flat)
    flat = re.sub(
        r"(ngày (?:mùng )?|mùng )((?:một|hai|ba|bốn|năm|sáu|bảy|tám|chín|mười|mươi|mốt|tư|lăm|nhăm)"
        r"(?: (?:một|hai|ba|bốn|năm(?! \d)|sáu|bảy|tám|chín|mười|mươi|mốt|tư|lăm|nhăm))*)(?= tháng)",
        lambda m: f"{m.group(1)}{spelt_number(m.group(2))}",
        flat,
    )
    return re.sub(r"(tháng) (mười hai|mười một|mười|một|hai|ba|bốn|tư|năm(?! \d)|sáu|bảy|tám|chín)(?!\w)", figure, flat)


_CLOCK = re.compile(r"(\d{1,2})(?: giờ|h|:)(?: ?(\d{2}))?(?P<half> rưỡi)?(?: (?P<part>sáng|trưa|chiều|tối))?")
_SPELT_CLOCK = re.compile(
    rf"((?:{_WORD} ?)+) ?giờ(?: (?P<minutes>(?:mười|mươi|hai|ba|bốn|năm|lăm|một)(?: {_WORD})*))?(?P<half> rưỡi)?"
    r"(?: (?P<part>sáng|trưa|chiều|tối))?"
)


def clock_times(text: str) -> list[tuple[int, int]]:
    """(hour, minute) of times mentioned, on the 24-hour clock when the part of the day is told."""
    flat = plain(text)
    found: list[tuple[int, tuple[int, int]]] = []
    for m in _CLOCK.finditer(flat):
        minute = 30 if m.group("half") else int(m.group(2) or 0)
        found.append((m.start(), _on_24(int(m.group(1)), minute, m.group("part"))))
    for m in _SPELT_CLOCK.finditer(flat):
        hour = spelt_number(m.group(1))
        minute = 30 if m.group("half") else spelt_number(m.group("minutes") or "") or 0
        if hour is not None and hour <= 24:
            found.append((m.start(), _on_24(hour, minute, m.group("part"))))
    return [moment for _, moment in sorted(found)]


def _on_24(hour: int, minute: int, part: str | None) -> tuple[int, int]:
    if part in ("chiều", "tối") and hour < 12:
        hour += 12
    if part == "trưa" and hour < 6:
        hour += 12
    return hour % 24, minute
