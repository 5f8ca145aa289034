"""Writers for "từ … đến": 3-5 ngày, 10-15%, 5-7 triệu. Times and dates keep their words."""

from __future__ import annotations

from speech.text.classes.heard import DIGIT, SCALE, Heard, number
from speech.text.classes.units import COUNT_NOUNS
from speech.text.classes.written import TITLES, Line, unit_at

_TO = frozenset(("đến", "tới"))
_FROM = frozenset(("từ", "khoảng từ"))


def span(heard: Heard, k: int) -> Line | None:
    """Two rising numbers with "đến" between, and what they count: "ba đến năm ngày" → 3-5 ngày.

    After "từ" the word "đến" is kept (từ 3 đến 5 ngày). Without something counted the words stay: "anh ba đến năm giờ".
    """
    if (
        heard.words[max(0, k - 2) : k] in (("tỉ", "số"), ("tỷ", "số"))
        and heard.word(k) in DIGIT
        and heard.next(k + 1) in DIGIT
    ):
        return Line(k + 2, "score", f"{DIGIT[heard.word(k)]}-{DIGIT[heard.word(k + 1)]}")
    before = heard.word(k - 1)
    if before in TITLES or before in ("thứ", "ngày", "mùng", "tháng", "số", "lớp"):
        return None
    low = number(heard, k)
    if low is None or heard.next(low.end) not in _TO:
        return None
    high = number(heard, low.end + 1) if heard.next(low.end + 1) else None
    if high is None:
        return None
    scaled = bool(high.scale) and not low.scale
    if not scaled and (low.scale or high.scale or low.value >= high.value):
        return None
    first, second = str(low.value), high.text() if scaled else str(high.value)
    if scaled:
        shared = SCALE.get(heard.word(high.end - 1), 0)
        if not shared or low.value >= 1000 or low.value * shared >= high.value:
            return None
    counted = _counted(heard, high.end)
    if counted is None and not scaled:
        return None
    end, unit = counted or (high.end, "")
    joined = f"{first} đến {second}" if before in _FROM else f"{first}-{second}"
    return Line(end, "range", joined + unit)


def _counted(heard: Heard, k: int) -> tuple[int, str] | None:
    """What stands behind a range: (where it ends, as written)."""
    word = heard.next(k)
    if word == "phần" and heard.next(k + 1) == "trăm":
        return k + 2, "%"
    if word == "đồng":
        return k + 1, " đồng"
    unit = unit_at(heard, k)
    if unit:
        return unit[1], f" {unit[0]}"
    return (k, "") if word in COUNT_NOUNS else None
