"""Units and currencies: how each is written and read. Data, no decisions."""

from __future__ import annotations

_PREFIXES = {"k": "ki lô", "m": "mi li", "c": "xăng ti", "d": "đề xi", "h": "héc tô", "n": "na nô", "µ": "mi crô",
             "μ": "mi crô"}  # fmt: skip
_BIG = {"k": "ki lô", "M": "mê ga", "m": "mi li", "G": "gi ga", "T": "tê ra", "g": "gi ga", "t": "tê ra"}
_LENGTHS = {"m": "mét", "g": "gam", "l": "lít"}
_POWERS = {"w": "oát", "v": "vôn", "a": "am pe", "hz": "hẹc", "j": "jun", "pa": "pát xcan", "cal": "ca lo",
           "wh": "oát giờ"}  # fmt: skip
_DATA = {"kb": "kilobyte", "mb": "megabyte", "gb": "gigabyte", "tb": "terabyte", "pb": "petabyte", "kbps":
         "kilobit trên giây", "mbps": "megabit trên giây", "gbps": "gigabit trên giây"}  # fmt: skip

MEASURES: dict[str, str] = {
    "%": "phần trăm", "‰": "phần nghìn", "°": "độ", "°c": "độ c", "°f": "độ f", "°k": "độ k", "º": "độ", "ºc": "độ c",
    "ºf": "độ f", "inch": "inch", "in": "inch", "ft": "feet", "oz": "ao xơ", "lb": "pao", "lbs": "pao", "yd": "yard",
    "ha": "héc ta", "hp": "mã lực", "db": "đề xi ben", "rpm": "vòng trên phút", "px": "pixel", "mol": "mol",
    "cc": "xê xê", "ω": "ôm", "tấn": "tấn", "n": "niu tơn", "lm": "lumen", "kph": "ki lô mét trên giờ",
    "ph": "phút", "min": "phút", "sào": "sào", "km/h": "ki lô mét trên giờ", "byte": "byte", "bit": "bit",
    "h": "giờ", "G": "gờ", "mah": "mi li am pe giờ", "mmhg": "mi li mét thủy ngân", "kcal": "ki lô ca lo",
    "fps": "khung hình trên giây", "dpi": "đi pi ai",
    **_LENGTHS, **_POWERS, **_DATA,
}  # fmt: skip
for _short, _name in _PREFIXES.items():
    for _unit, _base in _LENGTHS.items():
        MEASURES.setdefault(_short + _unit, f"{_name} {_base}")
for _short, _name in _BIG.items():
    for _unit, _base in _POWERS.items():
        _word = f"{_name} {_base}"
        for _written in (_short + _unit, _short + _unit.upper(), _short + _unit.capitalize()):
            MEASURES.setdefault(_written, _word)
MEASURES["mhz"], MEASURES["mw"] = "mê ga hẹc", "mê ga oát"  # lower case without thought: nobody sells millihertz
for _unit in ("m", "km", "cm", "mm", "dm"):
    for _power, _square in (("2", "vuông"), ("²", "vuông"), ("3", "khối"), ("³", "khối")):
        MEASURES[_unit + _power] = f"{MEASURES[_unit]} {_square}"

COUNT_NOUNS = frozenset(
    """ngày tháng năm tuần giờ tiếng người lần tuổi cái chiếc con bữa hôm đứa suất phần trang tập bài câu buổi đêm chỗ
    ghế phòng xe vé đơn món cuốn quyển bộ cặp đôi hộp gói chai lon viên ly tầng khách em bạn điểm sao bước cuộc trận
    sản lượt dự căn thành""".split()  # noqa: SIM905
)
"""Words that say a range of numbers counts something."""

PER: dict[str, str] = {
    "h": "giờ", "s": "giây", "min": "phút", "p": "phút", "m": "mét", "người": "người", "g": "gam", "hour": "giờ",
}  # fmt: skip

CURRENCIES: dict[str, str] = {
    "₫": "đồng", "đ": "đồng",
    "đồng": "đồng", "vnd": "đồng", "vnđ": "đồng", "$": "đô la", "usd": "đô la", "us$": "đô la",
    "€": "euro", "eur": "euro", "£": "bảng anh", "gbp": "bảng anh", "¥": "yên nhật", "jpy": "yên nhật", "₩": "won",
    "krw": "won", "cny": "nhân dân tệ", "rmb": "nhân dân tệ", "฿": "bạt thái", "thb": "bạt thái", "₽": "rúp",
    "sgd": "đô la sing", "aud": "đô la úc", "cad": "đô la canada", "hkd": "đô la hồng kông", "₹": "rupi",
}  # fmt: skip
