"""Dates, lunar dates, months and clock times as they are written, and how they are read."""

from __future__ import annotations

import re
from calendar import monthrange

from speech.text.classes.context import Context, Offer
from speech.text.classes.reading import Reader

_FULL = re.compile(r"(?P<d>\d{1,2})(?P<sep>[/.-])(?P<m>\d{1,2})(?P=sep)(?P<y>\d{4}|\d{2}(?=\D|$))(?![\w/]|\.\d)")
_ISO = re.compile(r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})(?![\w/-])")
_SHORT = re.compile(r"(?P<d>\d{1,2})(?P<sep>[/-])(?P<m>\d{1,2})(?![\w/])(?!-\d)")
_SPAN = re.compile(
    r"(?P<d>\d{1,2})/(?P<m>\d{1,2})(?:/(?P<y>\d{4}))?\s?[-–]\s?(?P<d2>\d{1,2})/(?P<m2>\d{1,2})(?:/(?P<y2>\d{4}))?(?![\w/])"
)
_MONTH_YEAR = re.compile(r"(?P<m>\d{1,2})[/-](?P<y>[12]\d{3})(?![\w/-])")
_MONTH = re.compile(r"(?P<n>0?[1-9]|1[0-2])(?![\w/%]|[.,]\d)")
_DAY_CUES = frozenset(
    """ngày hôm sáng trưa chiều tối đêm bữa hạn mùng mồng nhật bảy hai ba tư năm sáu bẩy cn t2 t3 t4 t5 t6 t7 lễ
    sinh rằm""".split()  # noqa: SIM905
)
_ADDRESS_CUES = frozenset(["số", "nhà", "hẻm", "ngõ", "kiệt", "ngách", "căn", "phòng", "lô"])
_CLOCK = re.compile(
    r"(?P<h>[01]?\d|2[0-4])(?::(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d))?(?![\d:]|(?!\s?[ap]m)\w|[.,]\d)"
    r"|(?-i:\s?[hHg])(?P<hm>[0-5]\d)?(?:(?:min|[p'm])(?:(?P<hs>[0-5]?\d)s?)?)?(?!\w|/))"
    r"(?:\s?(?P<half>[ap]m)(?!\w))?(?P<zone>\s(?:utc|gmt|jst|cst|est|edt|pst|pdt|ict|cet|kst|ist|bst)(?:\s?[+-]\d{1,2})?(?!\w))?",
    re.IGNORECASE,
)
_MINUTES = re.compile(r"(?P<m>\d{1,3})\s?(?:p|ph|')(?P<s>[0-5]?\d)?(?P<unit>s|\"|'')?(?!\w|/)", re.IGNORECASE)
_SECONDS = re.compile(r"(?P<s>\d{1,6})s(?!\w|/)")


_FEASTS = frozenset(["30/4", "19/5", "27/7", "20/10", "20/11", "22/12", "25/12", "27/2"])
"""Days that everybody calls by their date, even alone."""


_SMALL_FEASTS = frozenset(["2/9", "8/3", "1/6", "1/5", "1/1", "10/3", "14/2", "3/2", "13/10", "27/7", "9/5"])
"""Days that may be fractions too: dates beside a word of feasts."""
_FEAST_WORDS = frozenset(
    "lễ tết nghỉ dịp mừng quà khánh phụ nhi giỗ niệm mãi hoa tặng bé chơi dương động khuyến valentine".split()  # noqa: SIM905
)
_PARTED = re.compile(r"\s(?:số|của|phần|khoản|giá|tổng|tiền|ngày|tháng|giờ|cái|lít|kg|cân|chiếc|dư|lương)(?!\w)")


def _small_feast(ctx: Context, match: re.Match[str], before: list[str]) -> bool:
    if match.group() not in _SMALL_FEASTS or _PARTED.match(ctx.text, match.end()):
        return False
    after = [w.strip(".,!?;:") for w in ctx.text[match.end() : match.end() + 30].lower().split()[:5]]
    return not _FEAST_WORDS.isdisjoint(before[-4:]) or not _FEAST_WORDS.isdisjoint(after)


def possible(day: int, month: int, year: int = 2024) -> bool:
    """Does the day exist? 2024 is a leap year, so that 29/02 without a year does."""
    return 1 <= month <= 12 and year >= 1 and 1 <= day <= monthrange(min(year, 9999), month)[1]


def date(ctx: Context, at: int) -> Offer | None:
    """15/01/2024, 10.05.2000, 2026-11-23, 15/12 after a cue, 12/2025 after "tháng" or when it is no day and month.

    Days that do not exist (31/02/2026) are read digit by digit.
    """
    match = _FULL.match(ctx.text, at)
    if match and not _SPAN.match(ctx.text, at):
        if len(match["y"]) == 2 and (match["sep"] != "/" or not possible(int(match["d"]), int(match["m"]))):
            return None
        year = int(match["y"]) + (2000 if len(match["y"]) == 2 else 0)
        return _read(ctx, at, match, int(match["d"]), int(match["m"]), year)
    span = _span(ctx, at)
    if span:
        return span
    match = _ISO.match(ctx.text, at)
    if match:
        return _read(ctx, at, match, int(match["d"]), int(match["m"]), int(match["y"]))
    before = ctx.before(at)
    last = before[-1] if before else ""
    match = _MONTH_YEAR.match(ctx.text, at)
    if match and last not in _ADDRESS_CUES and 1 <= int(match["m"]) <= 12:
        head = "" if last in ("tháng", "kỳ", "quý") else "tháng "
        spoken = f"{head}{ctx.reader.month(int(match['m']))} năm {ctx.reader.cardinal(match['y'])}"
        return Offer(match.end(), "date", spoken)
    match = _SHORT.match(ctx.text, at)
    if match is None or not _is_short_date(ctx, match, before):
        return None
    return _read(ctx, at, match, int(match["d"]), int(match["m"]), None)


def _span(ctx: Context, at: int) -> Offer | None:
    """30/4-1/5, 28/12/2025 - 2/1/2026: from day to day."""
    match = _SPAN.match(ctx.text, at)
    if match is None or (ctx.before(at)[-1:] and ctx.before(at)[-1] in (*_ADDRESS_CUES, "đường")):
        return None
    days = [(int(match["d" + k]), int(match["m" + k]), match["y" + k]) for k in ("", "2")]
    if not all(possible(day, month, int(year or 2024)) for day, month, year in days):
        return None
    first = _day_said(ctx, at, *days[0])
    return Offer(match.end(), "date", f"{first} đến {_day_said(ctx, -1, *days[1])}")


def _day_said(ctx: Context, at: int, day: int, month: int, year: str | None) -> str:
    """The day in words, "ngày" in front unless it stands there already (``at`` −1: it cannot)."""
    last = ctx.before(at)[-1:] if at >= 0 else []
    head = "" if last and last[0] in ("ngày", "hôm", "mùng", "mồng", "bữa") else "ngày "
    early = ctx.reader.convention.early_day if day <= 10 and last[:1] not in (["mùng"], ["mồng"]) else ""
    spoken = f"{head}{early}{ctx.reader.cardinal(day)} tháng {ctx.reader.month(month)}"
    return f"{spoken} năm {ctx.reader.cardinal(year)}" if year else spoken


def _is_short_date(ctx: Context, match: re.Match[str], before: list[str]) -> bool:
    last = before[-1] if before else ""
    if last in _ADDRESS_CUES or (last == "đường"):
        return False
    cued = (
        last in ("ngày", "hôm", "mùng", "mồng", "hạn", "cn", "từ", "đến", "vào", "trước", "sau", "dịp", "lễ")
        or "ngày" in before[-4:]
    )
    if last in _DAY_CUES and (
        (last != "sáu" and last not in ("hai", "ba", "tư", "năm", "bảy")) or "thứ" in before[-2:]
    ):
        cued = True
    if match["sep"] == "-":
        return cued and last in ("ngày", "hôm") and int(match["m"]) <= 12 and int(match["d"]) > int(match["m"])
    exists = possible(int(match["d"]), int(match["m"]))
    if ctx.reader.convention.bare_slash_is_date:
        return exists or cued
    if len(match["d"]) + len(match["m"]) == 4 and "0" in (match["d"][0], match["m"][0]):
        return True  # 05/04, and 31/02 to be read digit by digit
    if len(match["d"]) + len(match["m"]) == 4 and " " in ctx.text.strip():
        return exists or cued  # 15/12 inside a sentence
    if last in ("và", "hoặc", "hay") and re.fullmatch(r"\d{1,2}/\d{1,2}", before[-2] if len(before) > 1 else ""):
        return exists  # lễ 30/4 và 1/5
    if re.match(r"\s(?:này|tới|sắp tới|năm nay|năm sau|năm ngoái)(?!\w)", ctx.text[match.end() : match.end() + 10]):
        return exists
    if match.group() in _FEASTS or _small_feast(ctx, match, before):
        return True
    late = int(match["d"]) > 12 and int(match["d"]) > int(match["m"]) and match.group() != "24/7"
    return cued or (exists and late and " " in ctx.text.strip())


def _read(ctx: Context, at: int, match: re.Match[str], day: int, month: int, year: int | None) -> Offer:
    reader = ctx.reader
    if not possible(day, month, year or 2024):
        return Offer(match.end(), "digits", reader.grouped(re.findall(r"\d+", match.group())))
    return Offer(match.end(), "date", _day_said(ctx, at, day, month, str(year) if year is not None else None))


def month(ctx: Context, at: int) -> Offer | None:
    """The 4 of "tháng 4" is "tư"."""
    match = _MONTH.match(ctx.text, at)
    if match is None or ctx.before(at)[-1:] != ["tháng"] or re.match(r"\s?[-–]\s?\d", ctx.text[match.end() :][:4]):
        return None
    return Offer(match.end(), "date", ctx.reader.month(int(match["n"])))


def clock(ctx: Context, at: int) -> Offer | None:
    """8:10, 23:59:59, 09g05, 12h jst, 4p30s, 30p, 45s."""
    match = _CLOCK.match(ctx.text, at)
    if match:
        minute, second = int(match["m"] or match["hm"] or 0), int(match["s"] or match["hs"] or 0)
        zone = (match["zone"] or "").upper() + _half(match["half"] or "", int(match["h"]))
        return Offer(match.end(), "time", _time(ctx.reader, int(match["h"]), minute, second) + zone)
    match = _MINUTES.match(ctx.text, at)
    if match and not (match["unit"] and not match["s"]):
        minute, second = int(match["m"]), int(match["s"] or 0)
        spoken = f"{ctx.reader.cardinal(minute)} phút"
        return Offer(match.end(), "time", f"{spoken} {ctx.reader.cardinal(second)} giây" if second else spoken)
    match = _SECONDS.match(ctx.text, at)
    return Offer(match.end(), "time", f"{ctx.reader.cardinal(match['s'])} giây") if match else None


def _half(written: str, hour: int) -> str:
    if not written:
        return ""
    if written.lower() == "am":
        return " sáng" if hour < 12 else " đêm"
    return " trưa" if hour == 12 else " chiều" if hour < 6 else " tối"


def _time(reader: Reader, hour: int, minute: int, second: int) -> str:
    spoken = f"{reader.cardinal(hour)} giờ"
    if minute:
        spoken += f" {reader.cardinal(minute)}"
        if reader.convention.minute_word or minute < 10 or second:
            spoken += " phút"
    return f"{spoken} {reader.cardinal(second)} giây" if second else spoken
