"""Patterns to sentences: alternatives, slots, regional wording."""

from __future__ import annotations

import random
import re

_SELF = ("tôi", "anh", "chị", "mình", "em", "cô", "chú", "bác", "tui", "")
_BOT = ("em", "em ơi", "cháu", "con", "bạn", "chị", "anh")
_END = ("nhé", "ạ", "nha", "nhá", "đấy", "đó", "mà", "nhỉ", "nghe em", "nha em", "nghen")
_NAMES = (
    "hùng", "lan", "minh", "hoa", "tuấn", "phương", "dũng", "mai", "sơn", "thảo", "quân", "hạnh", "bình", "ngọc",
    "long", "yến", "khánh", "trang", "đức", "nga", "thịnh", "vy", "tâm", "loan", "phúc", "hiền", "việt", "thủy",
    "nam", "xuân",
)  # fmt: skip
_DAYS = (
    "hôm nay", "mai", "ngày mai", "mốt", "ngày kia", "thứ hai", "thứ sáu", "thứ bảy tuần này", "chủ nhật", "cuối tuần",
    "cuối tháng", "đầu tháng sau", "tuần sau", "ngày mười lăm", "ngày hai mươi", "mùng năm", "ngày ba mươi",
    "mùng mười tây", "ngày hai mươi lăm tháng này", "chiều nay", "sáng mai", "tối nay",
    "ngày mười tám tháng mười hai", "ba ngày nữa",
)  # fmt: skip
_MONEY = (
    "một triệu", "hai triệu", "triệu rưỡi", "năm trăm nghìn", "một triệu hai", "ba triệu năm trăm nghìn", "hai củ",
    "một nửa", "năm trăm", "bốn triệu", "một phần", "tám trăm ngàn", "hai triệu đồng",
)  # fmt: skip
_TIMES = ("chín giờ", "hai giờ chiều", "mười giờ sáng", "ba giờ rưỡi", "tối", "chiều", "sáng", "khoảng bốn giờ", "trưa")
_RELATIONS = (
    "vợ", "chồng", "mẹ", "bố", "con trai", "con gái", "anh trai", "chị gái", "em trai", "em gái", "bạn", "đồng nghiệp",
    "ba", "má", "cháu", "em dâu", "chị dâu", "hàng xóm", "mạ", "anh hai", "bạn cùng phòng",
)  # fmt: skip
_SLOTS = {
    "s": _SELF, "b": _BOT, "e": _END, "n": _NAMES, "d": _DAYS, "m": _MONEY, "t": _TIMES, "r": _RELATIONS,
    "o": ("ngân hàng", "công ty tài chính"),
}  # fmt: skip
_REGIONAL = {
    "central": {"gì": "chi", "đâu": "mô", "thế": "rứa", "vậy": "rứa", "sao": "răng", "bây giờ": "chừ", "này": "ni",
                "tôi": "tui", "nhé": "nghe", "vâng": "dạ", "làm": "mần", "đó": "nớ"},
    "south": {"không": "hông", "thế": "vậy", "tôi": "tui", "nhé": "nha", "vâng": "dạ", "lĩnh": "lãnh", "nghìn": "ngàn",
              "ấy": "đó", "bố": "ba", "mẹ": "má", "muộn": "trễ", "đấy": "đó", "nhầm": "lộn", "hỏng": "hư"},
}  # fmt: skip
_LEADS = ("à ", "ờ ", "ừm ", "thì ", "dạ ", "ơ ", "alô ", "vâng ", "này ", "ủa ", "em ơi ", "nói thật là ")
_TAILS = (" em ạ", " nhé", " nha em", " em ơi", " đấy", " mà", " thôi", " cái đã", " nghe", " đó")


def expand(pattern: str, rng: random.Random) -> str:
    """One sentence of ``pattern``."""
    while "(" in pattern:
        pattern = re.sub(r"\(([^()]*)\)", lambda m: rng.choice(m.group(1).split("|")), pattern, count=1)
    text = re.sub(r"\{(\w)\}", lambda m: rng.choice(_SLOTS[m.group(1)]), pattern)
    return " ".join(text.split())


def regional(text: str, rng: random.Random) -> str:
    """``text`` in the words of a region, drawn at random."""
    words = _REGIONAL.get(rng.choice(("north", "central", "south")))
    if words is None:
        return text
    return " ".join(words.get(w, w) if rng.random() < 0.7 else w for w in text.split())


def decorate(text: str, rng: random.Random) -> str:
    """Now and then a filler in front or a particle behind."""
    lead = rng.choice(_LEADS) if rng.random() < 0.2 else ""
    tail = rng.choice(_TAILS) if rng.random() < 0.15 else ""
    return f"{lead}{text}{tail}"
