"""Dates: spoken out, and found in speech, relative ones included. Weeks begin on Monday."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from speech.text.lunar_words import read_lunar_day
from speech.text.numbers import DIGIT_WORDS, read_number, read_small_number, speak_month, speak_number
from speech.text.spans import Span, tokens
from speech.types import Dialect

WEEKDAYS: tuple[str, ...] = ("thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu", "thứ bảy", "chủ nhật")

_Found = tuple[date, int, bool]
_RELATIVE: dict[tuple[str, ...], int] = {
    ("hôm", "nay"): 0, ("bữa", "nay"): 0, ("hôm", "ni"): 0, ("bữa", "ni"): 0, ("ngày", "hôm", "nay"): 0,
    ("sáng", "nay"): 0, ("trưa", "nay"): 0, ("chiều", "nay"): 0, ("tối", "nay"): 0, ("đêm", "nay"): 0,
    ("sáng", "ni"): 0, ("chiều", "ni"): 0, ("tối", "ni"): 0, ("hồi", "sáng"): 0, ("ngay", "bây", "giờ"): 0,
    ("ngày", "mai"): 1, ("bữa", "mai"): 1, ("hôm", "sau"): 1, ("bựa", "mai"): 1,
    ("sáng", "mai"): 1, ("trưa", "mai"): 1, ("chiều", "mai"): 1, ("tối", "mai"): 1, ("đêm", "mai"): 1,
    ("ngày", "mốt"): 2, ("bữa", "mốt"): 2, ("ngày", "kia"): 2, ("bữa", "kia"): 2, ("sáng", "mốt"): 2,
    ("chiều", "mốt"): 2, ("tối", "mốt"): 2, ("ngày", "kìa"): 3,
    ("hôm", "qua"): -1, ("bữa", "qua"): -1, ("tối", "qua"): -1, ("chiều", "qua"): -1, ("sáng", "qua"): -1,
    ("hôm", "kia"): -2, ("hôm", "kìa"): -3,
}  # fmt: skip
_NAME_BEFORE = frozenset(
    "tên thị ngọc thanh xuân hoàng phương như quỳnh tuyết trúc là bạch lê nguyễn trần phạm".split()  # noqa: SIM905
)
_NAME_AFTER = frozenset("đây nghe ơi".split())  # noqa: SIM905
_THIS, _NEXT = ("này", "nay", "ni"), ("sau", "tới")


def speak_date(day: date, dialect: Dialect = "north", *, with_weekday: bool = False, with_year: bool = True) -> str:
    """ "thứ ba ngày mười lăm tháng mười hai năm hai nghìn không trăm hai mươi sáu"; days 1–10 are "mùng"."""
    spoken = f"ngày {'mùng ' if day.day <= 10 else ''}{speak_number(day.day, dialect)} tháng {speak_month(day.month)}"
    if with_year:
        spoken += f" năm {speak_number(day.year, dialect)}"
    return f"{WEEKDAYS[day.weekday()]} {spoken}" if with_weekday else spoken


def parse_dates(text: str, today: date, *, past: bool = False) -> list[Span[date]]:
    """Dates in ``text`` as seen from ``today``, in order.

    A day without month or year is the next such day from today on, or with ``past`` the last one up to today.
    Days that do not exist (31 tháng 2) give nothing. Lunar days (rằm tháng bảy, mùng năm Tết) are told by their words
    and turned into solar ones. Not exact: cuối tuần, đầu tháng, tuần sau …
    """
    heard = tokens(text)
    readers: tuple[Callable[[Sequence[str], int, date, bool], _Found | None], ...] = (
        read_lunar_day, _relative, _after_some_days, _weekday, _part_of_period, _day_of_month, _next_period,
    )  # fmt: skip
    found: list[Span[date]] = []
    k = 0
    while k < len(heard.words):
        read = next((r for reader in readers if (r := reader(heard.words, k, today, past))), None)
        if read:
            found.append(heard.span(read[0], k, read[1], read[2]))
        k = read[1] if read else k + 1
    return found


def _relative(words: Sequence[str], k: int, today: date, past: bool) -> _Found | None:
    for n in (3, 2):
        key = tuple(words[k : k + n])
        days = _RELATIVE.get(key)
        if days is not None:
            return today + timedelta(days), k + len(key), True
    before, after = words[k - 1] if k else "", words[k + 1] if k + 1 < len(words) else ""
    if words[k] == "mai" and after != "mốt" and before not in _NAME_BEFORE and after not in _NAME_AFTER:
        return today + timedelta(1), k + 1, True
    if words[k] == "mốt" and before not in (*DIGIT_WORDS, "mươi", "mai", "hăm", "trăm", "ngàn", "nghìn", "triệu"):
        return today + timedelta(2), k + 1, True
    return None


def _after_some_days(words: Sequence[str], k: int, today: date, past: bool) -> _Found | None:
    """ba ngày nữa, hai ba hôm nữa (the later), một tuần nữa, hai tháng nữa; ba ngày trước."""
    if words[k] in ("tuần", "tháng") and words[k + 1 : k + 2] == ("nữa",):
        count, at = 1, k
    else:
        read = read_number(words, k)
        if read is None:
            return None
        count, at = read
        if at < len(words) and at == k + 1 and words[at] in DIGIT_WORDS:
            count, at = DIGIT_WORDS.index(words[at]), at + 1
    if count > 400 or at + 1 >= len(words) or words[at] not in ("ngày", "hôm", "bữa", "tuần", "tháng"):
        return None
    sign = 1 if words[at + 1] in ("nữa", "sau") else -1 if words[at + 1] == "trước" else 0
    if not sign or (words[at + 1] == "sau" and words[at] == "tháng"):  # hai tháng sau; "ngày hai tháng sau"
        return None
    if words[at] == "tháng":
        return _add_months(today, sign * count), at + 2, False
    return (
        today + timedelta(sign * count * (7 if words[at] == "tuần" else 1)),
        at + 2,
        count != 1 or words[at] != "tuần",
    )


def _weekday(words: Sequence[str], k: int, today: date, past: bool) -> _Found | None:
    pair = " ".join(words[k : k + 2])
    pair = {"thứ bẩy": "thứ bảy", "thứ bốn": "thứ tư", "chúa nhật": "chủ nhật"}.get(pair, pair)
    if pair not in WEEKDAYS:
        return None
    at, offset = k + 2, WEEKDAYS.index(pair) - today.weekday()
    if words[at : at + 1] == ("tuần",) and at + 1 < len(words):
        weeks = (
            0 if words[at + 1] in _THIS else 1 if words[at + 1] in _NEXT else -1 if words[at + 1] == "trước" else None
        )
        if weeks is not None:
            return today + timedelta(offset + 7 * weeks), at + 2, True
    if words[at : at + 1] in (("trước",), ("vừa",)) or past:
        return today + timedelta(offset - (7 if offset >= 0 else 0)), at + (words[at : at + 1] == ("trước",)), True
    if at < len(words) and words[at] in (*_THIS, *_NEXT):
        at += 1
    day = today + timedelta(offset + (7 if offset <= 0 else 0))
    return _same_day_of_month(words, at, day)


def _same_day_of_month(words: Sequence[str], at: int, day: date) -> _Found:
    """ "thứ ba ngày mười lăm tháng mười hai" is one date: the numbers decide."""
    if words[at : at + 1] == ("ngày",):
        stated = _day_of_month(words, at, day - timedelta(7), False)
        if stated:
            return stated
    return day, at, True


def _part_of_period(words: Sequence[str], k: int, today: date, past: bool) -> _Found | None:
    """đầu / giữa / cuối tuần or tháng, with này, sau or tới."""
    if words[k] not in ("đầu", "giữa", "cuối") or k + 1 >= len(words) or words[k + 1] not in ("tuần", "tháng", "năm"):
        return None
    at, ahead = k + 2, None
    if at < len(words) and words[at] in (*_THIS, *_NEXT):
        ahead = 1 if words[at] in _NEXT else 0
        at += 1
    if words[k + 1] == "tuần":
        day = today + timedelta({"đầu": 0, "giữa": 2, "cuối": 5}[words[k]] - today.weekday() + 7 * (ahead or 0))
        if day < today:
            day = today if words[k] == "cuối" else day + timedelta(7)
        return day, at, False
    if words[k + 1] == "năm":
        return (date(today.year, 12, 31), at, False) if words[k] == "cuối" and not ahead else None
    first = _add_months(today.replace(day=1), ahead or 0)
    last = monthrange(first.year, first.month)[1]
    day = first.replace(day={"đầu": 1, "giữa": 15, "cuối": last}[words[k]])
    if day < today and not past:
        day = _add_months(day, 1)
    return day, at, False


def _next_period(words: Sequence[str], k: int, today: date, past: bool) -> _Found | None:
    """tuần sau, tháng tới: about a week or a month on; tuần trước, tháng trước."""
    if words[k] not in ("tuần", "tháng") or k + 1 >= len(words):
        return None
    sign = 1 if words[k + 1] in _NEXT else -1 if words[k + 1] == "trước" else 0
    if not sign:
        return None
    day = today + timedelta(7 * sign) if words[k] == "tuần" else _add_months(today, sign)
    return day, k + 2, False


def _day_of_month(words: Sequence[str], k: int, today: date, past: bool) -> _Found | None:
    """[ngày|hôm|bữa] [mùng] d [tháng m [năm y] | tháng này/sau] or d tây; a bare number needs a month behind it."""
    at, marked = k, False
    if words[at] in ("ngày", "hôm", "bữa"):
        at, marked = at + 1, True
    if at < len(words) and words[at] in ("mùng", "mồng", "mung"):
        at, marked = at + 1, True
    read = read_day(words, at)
    if read is None:
        return None
    day, at = read
    month, year, at2 = _month_and_year(words, at, today)
    if at2 == at:
        if words[at : at + 1] == ("tây",):
            marked, at = True, at + 1
        if not marked:
            return None
        return _resolve(day, None, None, today, past, at)
    return _resolve(day, month, year, today, past, at2)


def read_day(words: Sequence[str], k: int) -> tuple[int, int] | None:
    """A day of the month at ``words[k]`` and the position after it."""
    return read_small_number(words, k, 31)


def _month_and_year(words: Sequence[str], k: int, today: date) -> tuple[int | None, int | None, int]:
    """Month, year and the position after them; the position stays when no month follows."""
    if words[k : k + 1] != ("tháng",) or k + 1 >= len(words):
        return None, None, k
    follow = words[k + 1]
    if follow in (*_THIS, *_NEXT, "trước"):
        first = _add_months(today.replace(day=1), 1 if follow in _NEXT else -1 if follow == "trước" else 0)
        return first.month, first.year, k + 2
    if follow in ("giêng", "chạp"):
        month, at = (1 if follow == "giêng" else 12), k + 2
    else:
        read = read_small_number(words, k + 1, 12)
        if read is None:
            return None, None, k
        month, at = read
    if words[at : at + 1] == ("năm",):
        year = _year(words, at + 1)
        if year:
            return month, year[0], year[1]
        if at + 1 < len(words) and words[at + 1] in ("nay", "sau", "tới", "ngoái", "trước"):
            return month, today.year + {"nay": 0, "sau": 1, "tới": 1}.get(words[at + 1], -1), at + 2
    return month, None, at


def _year(words: Sequence[str], k: int) -> tuple[int, int] | None:
    """hai nghìn không trăm hai mươi sáu, hai không hai sáu, hai ngàn hai sáu."""
    digits = ""
    for word in words[k : k + 4]:
        if word not in DIGIT_WORDS:
            break
        digits += str(DIGIT_WORDS.index(word))
    if len(digits) == 4 and digits[0] in "12":
        return int(digits), k + 4
    read = read_number(words, k)
    if read and words[k + 1 : k + 2] in (("nghìn",), ("ngàn",)) and len(words) > read[1] > k and read[0] % 1000 < 10:
        two = read_number(words, k + 2)  # hai nghìn hai sáu
        if two and words[two[1] : two[1] + 1] and words[two[1]] in DIGIT_WORDS and two[0] < 10:
            return 2000 + two[0] * 10 + DIGIT_WORDS.index(words[two[1]]), two[1] + 1
    return read if read and 1900 <= read[0] <= 2200 else None


def _resolve(day: int, month: int | None, year: int | None, today: date, past: bool, at: int) -> _Found | None:
    if month and year:
        return (date(year, month, day), at, True) if day <= monthrange(year, month)[1] else None
    step = -1 if past else 1
    for k in range(60):
        first = _add_months(today.replace(day=1), step * k)
        if (month and first.month != month) or day > monthrange(first.year, first.month)[1]:
            continue
        when = first.replace(day=day)
        if (when <= today) if past else (when >= today):
            return when, at, True
    return None


def _add_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
