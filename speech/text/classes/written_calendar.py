"""Writers for dates, lunar dates, months, years and times."""

from __future__ import annotations

from speech.text.classes.heard import DIGIT, HALF, ONES, SCALE, Heard, number, small
from speech.text.classes.written import Line

_DAY_HEADS = frozenset(["ngày", "hôm", "bữa", "mùng", "mồng", "mung"])
_MONTH_HEADS = frozenset(("tháng",))
_NOT_MINUTES = frozenset(
    ["triệu", "nghìn", "ngàn", "tỷ", "trăm", "ngày", "tháng", "giờ", "người", "đồng", "phần", "tuổi"]
)
_FEAST_HEADS = frozenset(["lễ", "dịp", "khánh", "lao", "tết"])
_ZONES = frozenset(["cst", "gmt", "utc", "jst", "est", "pst", "edt", "pdt", "ict"])


def date(heard: Heard, k: int) -> Line | None:
    """[ngày|mùng] d [tháng m [năm y]], tháng m [năm y], năm y. Words between the numbers stay as they are said."""
    word = heard.word(k)
    if word == "tháng":
        if heard.next(k) and heard.word(k - 1) in ("mỗi", "mấy", "vài", "hàng", "từng", *ONES):
            return None
        found = _month(heard, k, after_day=False)
        return Line(found[1], "date", _head(heard, k) + found[0]) if found else None
    if word == "năm" and heard.word(k - 1) != "thứ":
        year = _year(heard, k + 1)
        if year:
            return Line(year[1], "date", f"{_head(heard, k)}{year[0]}")
    if word in _DAY_HEADS:
        at = k + 1
        head = _head(heard, k)
        if heard.next(at) in ("mùng", "mồng"):
            head, at = head + _head(heard, at), at + 1
        read = _day(heard, at)
        if read is None:
            return None
        month = _month(heard, read[1], after_day=True) if heard.next(read[1]) == "tháng" else None
        if month:
            return Line(month[1], "date", f"{head}{read[0]} tháng {month[0]}")
        if read[1] == at + 1 and heard.next(read[1]) in ("ngày", "lần", "hôm", "nào", "bữa", "chục", "tháng"):
            return None
        return Line(read[1], "date", f"{head}{read[0]}")
    return _bare_day(heard, k)


def _bare_day(heard: Heard, k: int) -> Line | None:
    """hai tư tháng bảy …: a single digit only before a month with a year, or after "đường" (đường ba tháng hai)."""
    street = k > 0 and heard.word(k - 1) in ("đường", "phố") and heard.next(k) != ""
    read = _day(heard, k) if heard.word(k) in (*ONES, "mười", "hăm") else None
    if read is None or heard.next(read[1]) != "tháng":
        return None
    month = _month(heard, read[1], after_day=True)
    if month is None:
        return None
    if street and month[1] <= read[1] + 3:
        return Line(month[1], "address", f"{read[0]}/{month[0]}")
    feast = k > 0 and heard.word(k - 1) in _FEAST_HEADS
    if read[0] < 10 and not feast and "năm" not in heard.words[read[1] + 2 : month[1]]:
        return None
    return Line(month[1], "date", f"{read[0]} tháng {month[0]}")


def _head(heard: Heard, k: int) -> str:
    return heard.text[heard.starts[k] : heard.ends[k]] + " "


def _day(heard: Heard, k: int) -> tuple[int, int] | None:
    read = small(heard, k)
    if read is None:
        return None
    value, end, pair = read
    if heard.next(end) in ("trăm", "triệu", "nghìn", "ngàn", "tỷ", "củ") or value > 31:  # ngày hai mươi | hai triệu
        words = heard.words[k:end]
        shorter = end - 1
        if shorter == k or (value <= 31 and words[-1] not in ONES and not pair):
            return None
        again = {1: ONES.get(words[0], 0)}.get(shorter - k)
        if again is None:
            again = ONES.get(words[0], 1) * 10 if words[1:2] == ("mươi",) else 10
        return (again, shorter) if 1 <= again <= 31 else None
    return (value, end) if value >= 1 else None


def _month(heard: Heard, k: int, *, after_day: bool) -> tuple[str, int] | None:
    """The month after "tháng" at ``k``, with its year: ("7 năm 2013", end)."""
    word = heard.next(k + 1)
    if word == "tư":
        value, end = 4, k + 2
    elif word in ("giêng", "chạp") and after_day:
        year = _year(heard, k + 3) if heard.next(k + 2) == "năm" else None
        return (f"{word} năm {year[0]}", year[1]) if year else (word, k + 2)
    elif word == "mười":
        second = heard.next(k + 2)
        two = second in ("một", "hai") and heard.next(k + 3) not in ("trăm", "mươi", "triệu", "nghìn", "ngàn", "chục")
        value, end = (10 + ONES[second], k + 3) if two else (10, k + 2)
    elif word in ONES:
        value, end = ONES[word], k + 2
        follow = heard.next(end)
        if follow in ("trăm", "mươi", "triệu", "nghìn", "ngàn", "chục", "lần", "buổi", "người", "cái", "bữa"):
            return None
    else:
        return None
    year = _year(heard, end + 1) if heard.next(end) == "năm" else None
    if year:
        return f"{value} năm {year[0]}", year[1]
    if word == "năm" and not after_day:  # "tháng năm": the fifth month, or months and years
        return None
    return str(value), end


def _year(heard: Heard, k: int) -> tuple[str, int] | None:
    """hai nghìn không trăm hai mươi bốn, hai không hai ba, hai không mười tám, một chín tám tư, ba trăm lẻ tám."""
    if heard.next(k) not in ONES:
        return None
    digits, at = "", k
    while len(digits) < 4 and heard.next(at) in DIGIT:
        digits, at = digits + str(DIGIT[heard.word(at)]), at + 1
        if len(digits) == 2:
            rest = _two_digits(heard, at)
            if rest and digits[0] in "12":
                return digits + rest[0], rest[1]
    if len(digits) == 4 and digits[0] in "12" and heard.next(at) not in ("trăm", "nghìn", "ngàn", "mươi", "triệu"):
        return digits, at
    read = number(heard, k)
    if read is None or read.scale or not 100 <= read.value <= 9999 or heard.next(read.end) in (*SCALE, "đồng", *HALF):
        return None
    spoken = heard.words[k : read.end]
    if len(spoken) < 2 or (spoken[1] == "trăm" and len(spoken) == 2 and heard.word(k - 2) != "tháng"):
        return (
            (str(read.value), read.end) if len(spoken) > 1 and heard.word(k - 2) in ("vào", "từ", "đến", "") else None
        )
    return str(read.value), read.end


def _two_digits(heard: Heard, k: int) -> tuple[str, int] | None:
    word = heard.next(k)
    if word in ("linh", "lẻ") and heard.next(k + 1) in ONES:
        return f"0{ONES[heard.word(k + 1)]}", k + 2
    if word == "mười" or (word in ONES and heard.next(k + 1) in ("mươi", "tư", "lăm", "mốt")):
        read = small(heard, k)
        if read and 10 <= read[0] <= 99:
            return str(read[0]), read[1]
    return None


def time(heard: Heard, k: int) -> Line | None:
    """h giờ [m [phút] [s giây]], rưỡi, kém; m phút s giây."""
    if heard.word(k) == "không":
        if heard.next(k + 1) != "giờ" or not (
            k == 0 or heard.gaps[k] or heard.word(k - 1) in ("lúc", "từ", "đến", "vào", "hồi", "trước", "sau", "là")
        ):
            return None
        return _after_hour(heard, 0, k + 2)
    about = _about(heard, k)
    if about:
        return about
    read = small(heard, k)
    if read is None:
        return None
    unit = heard.next(read[1])
    part = heard.next(read[1] + 1) in ("sáng", "trưa", "chiều", "tối", "đêm") or heard.word(k - 1) == "lúc"
    if unit in HALF and read[0] <= 12 and part:  # bảy rưỡi tối
        return Line(read[1] + 1, "time", f"{read[0]}:30")
    if unit == "giờ" and read[0] <= 24 and not (read[2] and read[0] > 24):
        return _after_hour(heard, read[0], read[1] + 1)
    if unit == "phút" and heard.next(read[1] + 1) in (*ONES, "mười", "hăm"):
        second = small(heard, read[1] + 1)
        if second and heard.next(second[1]) == "giây":
            return Line(second[1] + 1, "time", f"{read[0]}p{second[0]}s")
    return None


def _about(heard: Heard, k: int) -> Line | None:
    """tám chín giờ tối, chín mười giờ: between two hours; the words stay. "hai ba giờ" alone may be 23 o'clock."""
    low = ONES.get(heard.word(k), 0)
    high = ONES.get(heard.next(k + 1), 10 if heard.next(k + 1) == "mười" else 0)
    if not low or high != low + 1 or heard.next(k + 2) != "giờ":
        return None
    if (low, high) == (2, 3) and heard.next(k + 3) not in ("sáng", "chiều", "trưa"):
        return None
    return Line(k + 3, "words", "")


def _after_hour(heard: Heard, hour: int, k: int) -> Line:
    follow = heard.next(k)
    if follow == "không" and heard.next(k + 1) == "phút":
        return Line(k + 2, "time", f"{hour}:00")
    if follow in HALF:
        return Line(k + 1, "time", f"{hour}:30")
    if follow == "kém":
        read = small(heard, k + 1)
        if read and 0 < read[0] < 60 and heard.next(read[1]) not in _NOT_MINUTES:
            end = read[1] + (heard.next(read[1]) == "phút")
            return Line(end, "time", f"{(hour - 1) % 24}:{60 - read[0]:02}")
    minute = _minute(heard, k)
    if minute is None:
        return Line(k, "time", f"{hour}h")
    value, end, said = minute
    if heard.next(end) == "giây" and not said:
        return Line(end + 1, "time", f"{hour}h {value}s")
    second = _minute(heard, end) if heard.next(end) in (*ONES, "mười", "hăm") else None
    if second and heard.next(second[1]) == "giây" and not second[2]:
        return Line(second[1] + 1, "time", f"{hour}:{value:02}:{second[0]:02}")
    return Line(end, "time", f"{hour}:{value:02}")


def _minute(heard: Heard, k: int) -> tuple[int, int, bool] | None:
    """(minutes, end, "phút" said); a leading "không" or "linh" is understood."""
    at = k
    if heard.next(at) in ("không", "linh", "lẻ") and heard.next(at + 1) in ONES:
        at += 1
    if heard.next(at) not in (*ONES, "mười", "hăm"):
        return None
    read = small(heard, at)
    if read is None or read[0] > 59:
        return None
    follow = heard.next(read[1])
    said = follow == "phút"
    if follow == "ngày" and heard.next(read[1] + 1) in (*ONES, "mười", "hăm", "mùng", "mồng", "mai", "kia"):
        follow = ""  # "tám giờ hai mươi | ngày mười hai": a date begins
    if not said and at == k and read[0] < 10 and read[1] == at + 1 and not follow:
        return read[0], read[1], False  # "lúc sáu giờ năm" and nothing behind it
    if not said and (follow in _NOT_MINUTES or (read[1] == at + 1 and read[0] < 10 and at == k and follow != "giây")):
        return None
    return read[0], read[1] + said, said
