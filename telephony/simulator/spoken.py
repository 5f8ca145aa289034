"""How customers say numbers, money, dates and times: in words only, colloquially, by region.

The bot reads numbers in one canonical way (``speech.text``); people do not, so the choice here is deliberately wide:
"hai triệu rưỡi", "triệu hai", "mùng năm", "bữa mốt", "sinh năm tám lăm".
"""

from __future__ import annotations

from datetime import date, datetime
from random import Random

from speech.types import Dialect

DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
WEEKDAYS = ("thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu", "thứ bảy", "chủ nhật")


def digits(text: str) -> str:
    """Digit by digit, as identifiers are said: "0412" → "không bốn một hai"."""
    return " ".join(DIGITS[int(c)] for c in text if c.isdigit())


def thousand(region: Dialect) -> str:
    return "nghìn" if region == "north" else "ngàn"


def below_hundred(n: int) -> str:
    """0…99 with mốt, tư, lăm."""
    tens, ones = divmod(n, 10)
    if tens == 0:
        return DIGITS[ones]
    if tens == 1:
        return "mười" if ones == 0 else "mười " + ("lăm" if ones == 5 else DIGITS[ones])
    if ones == 0:
        return f"{DIGITS[tens]} mươi"
    return f"{DIGITS[tens]} mươi " + {1: "mốt", 4: "tư", 5: "lăm"}.get(ones, DIGITS[ones])


def below_thousand(n: int, region: Dialect, *, leading_zero: bool = False) -> str:
    """0…999; ``leading_zero`` says "không trăm" where the group is not the first."""
    hundreds, rest = divmod(n, 100)
    if hundreds == 0 and not leading_zero:
        return below_hundred(rest)
    head = f"{DIGITS[hundreds]} trăm"
    if rest == 0:
        return head
    if rest < 10:
        return f"{head} {'linh' if region == 'north' else 'lẻ'} {DIGITS[rest]}"
    return f"{head} {below_hundred(rest)}"


def number(n: int, region: Dialect) -> str:
    """0…999 999 999 999 in full."""
    if n < 1000:
        return below_thousand(n, region)
    scales = ((1_000_000_000, "tỷ"), (1_000_000, "triệu"), (1000, thousand(region)), (1, ""))
    parts: list[str] = []
    for size, name in scales:
        group, n = divmod(n, size)
        if group:
            parts.append(f"{below_thousand(group, region, leading_zero=bool(parts))} {name}".strip())
    return " ".join(parts)


def money(amount: int, region: Dialect, rng: Random) -> str:
    """``amount`` in đồng as people say it; always exactly this amount."""
    forms = [number(amount, region), number(amount, region) + (" đồng" if rng.random() < 0.5 else "")]
    millions, rest = divmod(amount, 1_000_000)
    if millions and rest == 500_000:
        forms += [f"{number(millions, region)} triệu rưỡi"] * 2
    elif millions and rest and rest % 100_000 == 0:
        forms.append(f"{number(millions, region)} triệu {DIGITS[rest // 100_000]}")
    if millions == 0 and amount % 1000 == 0:
        forms.append(f"{number(amount // 1000, region)} {thousand(region)}")
    return rng.choice(forms)


def day_of_month(day: int, rng: Random) -> str:
    return ("mùng " if day <= 10 and rng.random() < 0.4 else "") + below_hundred(day)


def month(n: int) -> str:
    return "tư" if n == 4 else below_hundred(n)


def full_date(day: date, rng: Random) -> str:
    """ "ngày hai mươi tháng mười một": nothing left to guess."""
    return f"ngày {day_of_month(day.day, rng)} tháng {month(day.month)}"


def near_date(day: date, today: date, region: Dialect, rng: Random) -> str:
    """A day at most a few weeks away, said in a way that has only one meaning on ``today``."""
    ahead = (day - today).days
    if ahead == 0:
        return "hôm nay" if region != "central" or rng.random() < 0.5 else "bữa ni"
    if ahead == 1:
        return rng.choice(("mai", "ngày mai"))
    forms = [full_date(day, rng)]
    if ahead == 2:
        forms.append("ngày kia" if region == "north" else "ngày mốt")
    if 0 < (day - today).days < 25 and day.day > today.day:
        forms += [f"ngày {day_of_month(day.day, rng)}", f"ngày {day_of_month(day.day, rng)} này"]
    if 3 <= ahead <= 9:
        forms.append(f"{DIGITS[ahead]} {'ngày' if region == 'north' else 'bữa' if region == 'south' else 'hôm'} nữa")
    weeks = ahead + today.weekday()
    if weeks < 7:
        forms.append(f"{WEEKDAYS[day.weekday()]} {'tuần này' if region == 'north' else 'này'}")
    if 7 <= weeks < 14:
        forms.append(f"{WEEKDAYS[day.weekday()]} tuần sau")
    return rng.choice(forms)


def clock_time(moment: datetime, rng: Random) -> str:
    """ "ba giờ chiều", "chín giờ rưỡi sáng"; hours 6…21, minutes 0 or 30."""
    hour, half = moment.hour, moment.minute == 30
    part = "sáng" if hour < 11 else "trưa" if hour < 13 else "chiều" if hour < 18 else "tối"
    shown = hour if hour <= 12 else hour - 12
    return f"{below_hundred(shown)} giờ{' rưỡi' if half else ''} {part}"


def birth_year(year: int, region: Dialect, rng: Random) -> str:
    """A year of birth: in full, "một chín tám lăm", "tám mươi lăm", "tám lăm"."""
    if year >= 2000:
        low = year - 2000
        if low == 0:
            return f"hai {thousand(region)}"
        link = "linh " if region == "north" else "lẻ "
        return f"hai {thousand(region)} không trăm " + (link + DIGITS[low] if low < 10 else below_hundred(low))
    low = year - 1900
    return rng.choice((number(year, region), f"một chín {_short(low)}", below_hundred(low), _short(low)))


def _short(n: int) -> str:
    """21…99 without mươi: "tám lăm", "chín mốt"; round tens keep it."""
    return below_hundred(n).replace(" mươi ", " ")
