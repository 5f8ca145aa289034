"""How one cell of a contact file is read. Pure; each reader raises CellError with what is wrong."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from core.errors import InputError
from memory.phones import normalise_phone


class CellError(InputError):
    """A cell that cannot be understood; ``vi`` and ``en`` are the reason."""


def plain(text: str) -> str:
    """Lower case, without tone marks and punctuation, ``đ`` as ``d``: what headers and fixed words are compared by."""
    lowered = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    kept = "".join(char for char in lowered if not unicodedata.combining(char))
    return " ".join(re.sub(r"[\W_]+", " ", kept).split())


def as_text(cell: Any) -> str:
    """The cell as trimmed NFC text; whole floats without ``.0``, as spreadsheets show them."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, datetime):
        cell = cell.date().isoformat() if cell.time() == time.min else cell.isoformat(" ")
    return " ".join(unicodedata.normalize("NFC", str(cell)).split())


_SHORTEST_PHONE = 8
_BETWEEN_PHONES = re.compile(r"\s*(?:[,;/|\n\r]|\bhoặc\b|\bvà\b|\s-\s|(?<=\d{9})-(?=[+0]))\s*")


def read_phone(cell: Any) -> str:
    """E.164, the first of several. Raises PhoneError."""
    return _phones(cell)[0]


def further_phones(cell: Any) -> list[str]:
    """E.164 of the numbers that follow the first in the same cell: "0901234567 / 0912345678"."""
    return _phones(cell)[1:]


def _phones(cell: Any) -> list[str]:
    parts = [part for part in _BETWEEN_PHONES.split(cell.strip()) if part] if isinstance(cell, str) else []
    if len(parts) > 1 and all(len(re.sub(r"\D", "", part)) >= _SHORTEST_PHONE for part in parts):
        return [normalise_phone(part).number for part in parts]
    return [normalise_phone(cell).number]


_OLD_FONT = re.compile(r"[¢£¤¥¦§¨©«¬®µ¶·¸¹»¼½¾]")
"""What Vietnamese typed for the fonts of TCVN3 (.VnTime …) looks like in Unicode; no name holds these."""


def read_name(cell: Any) -> str:
    """A name as written; all capitals or all small letters become capitalised words."""
    text = as_text(cell)
    if not any(char.isalpha() for char in text):
        raise CellError("tên không có chữ cái nào", "the name has no letters")
    if _OLD_FONT.search(text):
        raise CellError(
            "tên gõ bằng phông chữ cũ (TCVN3), hãy chuyển sang Unicode",
            "the name is typed for an old font (TCVN3), convert it to Unicode",
        )
    if text.isupper() or text.islower():
        return " ".join(word.capitalize() for word in text.split(" "))
    return text


_UNITS = {
    **dict.fromkeys(("ty", "ti"), 10**9),
    **dict.fromkeys(("trieu", "tr", "m"), 10**6),
    **dict.fromkeys(("nghin", "ngan", "k"), 10**3),
}
_CURRENCY = re.compile(r"(vnd|vnđ|đồng|dong|đ|d|₫)\.?$")
_WITH_UNIT = re.compile(r"(\d+(?:[.,]\d+)?) ?(ty|ti|trieu|tr|m|nghin|ngan|k) ?(\d{1,3})?")
_GROUPED = re.compile(r"\d{1,3}(?:([.,' ])\d{3})(?:\1\d{3})*(?:[.,]\d{1,2})?")
_WHOLE = re.compile(r"\d+(?:[.,]0+)?")
_MOST_VND = 10**13


def read_money(cell: Any) -> int:
    """Whole đồng: 2500000.0, "2.500.000 đ", "2,500,000", "2,5 triệu", "2tr5", "500k"."""
    amount = round(cell) if isinstance(cell, int | float) and math.isfinite(cell) else _money_of_text(as_text(cell))
    if not 0 < amount <= _MOST_VND:
        raise CellError("số tiền phải lớn hơn 0", "the amount must be greater than 0")
    return amount


def _money_of_text(text: str) -> int:
    written = _CURRENCY.sub("", text.lower().strip()).strip()
    if _WHOLE.fullmatch(written):
        return int(re.split("[.,]", written)[0]) if not _GROUPED.fullmatch(written) else _ungroup(written)
    if _GROUPED.fullmatch(written):
        return _ungroup(written)
    match = _WITH_UNIT.fullmatch(unicodedata.normalize("NFC", _no_marks(written)))
    if not match:
        raise CellError("số tiền không đọc được", "the amount cannot be read")
    number, unit, rest = match.groups()
    amount = Decimal(number.replace(",", ".")) * _UNITS[unit]
    if rest:  # 2tr5 is 2.5 million, 1tr250 is 1.25 million
        amount += Decimal(f"0.{rest}") * _UNITS[unit]
    return round(amount)


def _ungroup(written: str) -> int:
    """Thousands separators and a decimal part away."""
    return int(re.sub(r"\D", "", re.sub(r"[.,]\d{1,2}$", "", written)))


def _no_marks(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))


_DAY_FIRST = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4}|\d{2})(?: \d{1,2}:\d{2}(?::\d{2})?)?")
_YEAR_FIRST = re.compile(r"(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?")
_NO_YEAR = re.compile(r"\d{1,2}[/.\-]\d{1,2}")
_EXCEL_EPOCH = date(1899, 12, 30)
_SERIALS = range(20_000, 80_000)
"""Excel's day numbers from 1954 to 2119."""


def read_date(cell: Any) -> date:
    """dd/mm/yyyy, yyyy-mm-dd, a spreadsheet's date or its day number."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = as_text(cell)
    if isinstance(cell, int | float) or text.isdigit():
        if text.isdigit() and int(text) in _SERIALS:
            return _EXCEL_EPOCH + timedelta(days=int(text))
        raise CellError("ngày không đọc được, hãy viết ngày/tháng/năm", "unreadable date, write day/month/year")
    if match := _DAY_FIRST.fullmatch(text):
        day, month, year = (int(part) for part in match.groups())
        return _real_date(year + 2000 if year < 100 else year, month, day)
    if match := _YEAR_FIRST.fullmatch(text):
        year, month, day = (int(part) for part in match.groups())
        return _real_date(year, month, day)
    if _NO_YEAR.fullmatch(text):
        raise CellError("ngày thiếu năm", "the date has no year")
    raise CellError("ngày không đọc được, hãy viết ngày/tháng/năm", "unreadable date, write day/month/year")


def _real_date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        if month > 12 >= day:
            raise CellError(
                f"không có tháng {month}; hãy viết ngày trước, tháng sau",
                f"there is no month {month}; write the day first, then the month",
            ) from None
        raise CellError(
            f"ngày {day:02}/{month:02}/{year} không có thật", f"{day:02}/{month:02}/{year} does not exist"
        ) from None


_CLOCK = re.compile(
    r"(\d{1,2}) ?(?::|h|g|gio) ?(\d{1,2})?(?:[: ]?(?:\d{2})?(?:ph|phut|p)?)? ?(am|pm|sang|trua|chieu|toi)?"
)


def read_time(cell: Any) -> str:
    """HH:MM of "14:30", "14h30", "2 giờ 30 chiều", a spreadsheet's time or its day fraction."""
    if isinstance(cell, datetime):
        cell = cell.time()
    if isinstance(cell, time):
        return cell.strftime("%H:%M")
    if isinstance(cell, float) and 0 <= cell < 1:
        minutes = round(cell * 24 * 60)
        return f"{minutes // 60 % 24:02}:{minutes % 60:02}"
    match = _CLOCK.fullmatch(_no_marks(as_text(cell).lower()))
    if match:
        hour, minute, part = int(match[1]), int(match[2] or 0), match[3]
        if part in ("pm", "chieu", "toi") and hour < 12:
            hour += 12
        if part in ("am", "sang") and hour == 12:
            hour = 0
        if hour < 24 and minute < 60:
            return f"{hour:02}:{minute:02}"
    raise CellError("giờ không đọc được, hãy viết 14:30", "unreadable time, write 14:30")


def read_year(cell: Any) -> int:
    """A birth year, also out of a birth date."""
    text = as_text(cell)
    year = int(text) if re.fullmatch(r"\d{4}", text) else read_date(cell).year
    if not 1900 <= year <= 2020:
        raise CellError("năm sinh không hợp lý", "the birth year is not plausible")
    return year


_GENDERS = {
    "male": ("nam", "m", "male", "anh", "ong", "chu", "1", "trai"),
    "female": ("nu", "f", "female", "chi", "ba", "co", "0", "gai"),
}
_REGIONS = {
    "north": ("bac", "mien bac", "mb", "north", "n", "bac bo"),
    "central": ("trung", "mien trung", "mt", "central", "c", "trung bo"),
    "south": ("nam", "mien nam", "mn", "south", "s", "nam bo"),
}
_ADDRESSES = ("anh", "chị", "cô", "chú", "bác", "ông", "bà", "em")


def read_gender(cell: Any) -> str:
    """male or female."""
    return _one_of(cell, _GENDERS, "giới tính phải là nam hoặc nữ", "the gender must be nam or nữ")


def read_region(cell: Any) -> str:
    """north, central or south."""
    return _one_of(cell, _REGIONS, "vùng phải là Bắc, Trung hoặc Nam", "the region must be Bắc, Trung or Nam")


def _one_of(cell: Any, table: Mapping[str, tuple[str, ...]], vi: str, en: str) -> str:
    word = plain(as_text(cell))
    for value, words in table.items():
        if word in words:
            return value
    raise CellError(vi, en)


def read_address_as(cell: Any) -> str | None:
    """anh, chị, cô, …; "anh/chị" says nothing."""
    text = as_text(cell).lower()
    if plain(text) in ("anh chi", "quy khach", "khach hang"):
        return None
    for address in _ADDRESSES:
        if text == address:
            return address
    matches = [address for address in _ADDRESSES if plain(address) == plain(text)]
    if len(matches) == 1:
        return matches[0]
    raise CellError("xưng hô phải là anh, chị, cô, chú, bác, ông hoặc bà", "the title must be anh, chị, cô, chú, …")


READERS: Mapping[str, Callable[[Any], Any]] = {
    "phone": read_phone,
    "name": read_name,
    "gender": read_gender,
    "year": read_year,
    "address_as": read_address_as,
    "region": read_region,
    "money": read_money,
    "date": read_date,
    "time": read_time,
    "code": as_text,
    "text": as_text,
}
"""Kind of rules/columns.yaml → reader."""
