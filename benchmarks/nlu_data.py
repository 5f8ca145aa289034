"""Made-up airline requests and repaired requests in Vietnamese, with intents and BIO tags, for benchmarks and tests.

All patterns and values are ours. Some values, and some ways to say a thing, occur in the test part only.
A pattern marks a slot as {slot:list}; the list's values are drawn at random.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import Any

Row = dict[str, Any]

VALUES = {
    "city": "hà nội|đà nẵng|huế|cần thơ|hải phòng|nha trang|đà lạt|vinh|quy nhơn|phú quốc|buôn ma thuột|pleiku|cà mau|"
    "sài gòn|thành phố hồ chí minh|singapore|băng cốc|tokyo|seoul|đài bắc|paris|sydney|côn đảo|điện biên|tuy hòa|"
    "đồng hới|thanh hóa|rạch giá|chu lai|vân đồn|kuala lumpur|bắc kinh|thượng hải|luân đôn|san francisco|new york|"
    "los angeles|phnôm pênh|viêng chăn|hồng kông",
    "airport": "sân bay nội bài|sân bay tân sơn nhất|sân bay cam ranh|sân bay cát bi|sân bay liên khương|nội bài|"
    "tân sơn nhất|sân bay phù cát|sân bay trà nóc|sân bay thọ xuân|cam ranh|liên khương",
    "airline": "vietnam airlines|vietjet|bamboo airways|pacific airlines|vasco|singapore airlines|korean air|delta|"
    "hãng lao sen|thai airways|cathay pacific|air france|emirates|qatar airways|sen bay",
    "weekday": "thứ hai|thứ ba|thứ tư|thứ năm|thứ sáu|thứ bảy|chủ nhật",
    "relative": "hôm nay|ngày mai|ngày kia|tối mai|cuối tuần này|tuần sau|mai|mốt",
    "month": "tháng một|tháng hai|tháng ba|tháng tư|tháng năm|tháng sáu|tháng bảy|tháng tám|tháng mười|tháng mười hai",
    "day": "mồng một|mồng hai|mồng ba|mười lăm|hai mươi|hai mươi mốt|ba mươi|mười tám|hai mươi lăm|mồng chín",
    "period": "sáng|chiều|tối|buổi sáng|buổi chiều|buổi tối|trưa|đêm|sáng sớm",
    "time": "7 giờ|8 giờ sáng|9 giờ 30|5 giờ chiều|mười giờ|6 giờ 15 phút|12 giờ trưa|21 giờ|4 giờ 45|3 giờ chiều|"
    "mười một giờ rưỡi|18 giờ 20",
    "time_relative": "trước|sau|khoảng|lúc|vào khoảng|muộn hơn|sớm hơn",
    "class": "hạng nhất|hạng thương gia|hạng phổ thông|hạng phổ thông đặc biệt|thương gia|phổ thông",
    "fare": "ưu đãi|giá rẻ|tiết kiệm|q|qx|y|fn|bh",
    "cost": "rẻ nhất|thấp nhất|đắt nhất|dưới 2 triệu|dưới 500 nghìn|giá thấp|cao nhất",
    "round": "khứ hồi|một chiều",
    "stop": "bay thẳng|không dừng|một điểm dừng|không quá cảnh|thẳng",
    "meal": "bữa sáng|bữa tối|đồ ăn nhẹ|bữa trưa|suất chay",
    "aircraft": "airbus a321|boeing 787|atr 72|a350|boeing 737|embraer 190|733|m80|72s",
    "flight": "vn 123|vj 456|qh 202|201|1765|3724|vn 7|417|98|1039|bl 560",
    "transport": "taxi|xe buýt|xe thuê|tàu điện|xe đưa đón|xe công nghệ|limousine",
    "code": "ap57|ewr|sgn|han|dad|bwi|mco|yyz|f28|pqc",
    "mod": "sớm nhất|muộn nhất|đầu tiên|cuối cùng|tiếp theo",
}

FROM = [
    "từ {fromloc.city_name:city}", "khởi hành từ {fromloc.city_name:city}", "xuất phát ở {fromloc.city_name:city}",
    "rời {fromloc.city_name:city}", "từ {fromloc.airport_name:airport}", "cất cánh từ {fromloc.city_name:city}",
    "đi từ {fromloc.city_name:city}", "từ chỗ tôi ở {fromloc.city_name:city}",
]  # fmt: skip
TO = [
    "đến {toloc.city_name:city}", "tới {toloc.city_name:city}", "đi {toloc.city_name:city}",
    "đến {toloc.airport_name:airport}", "bay vào {toloc.city_name:city}", "hạ cánh ở {toloc.city_name:city}",
    "ra {toloc.city_name:city}", "về {toloc.city_name:city}", "có điểm đến là {toloc.city_name:city}",
]  # fmt: skip
MORE = [
    "qua {stoploc.city_name:city}", "dừng ở {stoploc.city_name:city}", "quá cảnh tại {stoploc.city_name:city}",
    "vào {depart_date.day_name:weekday}", "ngày {depart_date.day_number:day} {depart_date.month_name:month}",
    "{depart_date.date_relative:relative}", "vào {depart_time.period_of_day:period} {depart_date.day_name:weekday}",
    "khởi hành {depart_time.time_relative:time_relative} {depart_time.time:time}",
    "đến nơi {arrive_time.time_relative:time_relative} {arrive_time.time:time}",
    "tới nơi vào {arrive_time.period_of_day:period}", "đến vào {arrive_date.day_name:weekday}",
    "và quay về vào {return_date.day_name:weekday}", "trở lại ngày {return_date.day_number:day}",
    "về lại {return_date.date_relative:relative}", "của {airline_name:airline}", "do {airline_name:airline} khai thác",
    "{class_type:class}", "{round_trip:round}", "{flight_stop:stop}", "giá {cost_relative:cost}",
    "có phục vụ {meal_description:meal}", "bằng máy bay {aircraft_code:aircraft}",
    "đi {depart_time.time_relative:time_relative} {depart_time.time:time}",
    "hạ cánh {arrive_time.time_relative:time_relative} {arrive_time.time:time} {arrive_date.day_name:weekday}",
    "trên chuyến {flight_mod:mod}", "quay lại trong {return_date.month_name:month}",
    "lượt về {return_time.time_relative:time_relative} {return_time.time:time}",
    "có nối chuyến ở {stoploc.city_name:city}",
    "lượt đi buổi {depart_time.period_of_day:period}", "chặng về hôm {return_date.day_name:weekday}",
    "phải có mặt ở đó {arrive_time.time_relative:time_relative} {arrive_time.time:time}", "ghế {class_type:class}",
    "ghé {stoploc.city_name:city}",
]  # fmt: skip
HEADS = {
    "flight": "cho tôi xem các chuyến bay|tôi muốn bay|có chuyến bay nào|tìm giúp tôi chuyến bay|liệt kê các chuyến|"
    "tôi cần một chuyến bay|tôi muốn đi|kiểm tra chuyến bay|những chuyến nào bay|đặt cho tôi chuyến",
    "airfare": "giá vé|vé máy bay bao nhiêu tiền|cho tôi biết giá vé|chi phí bay|vé hết bao nhiêu|tìm giá vé|"
    "hết bao nhiêu tiền để bay",
    "flight_time": "mấy giờ có chuyến|giờ bay|lịch bay|chuyến bay mấy giờ cất cánh|cho tôi lịch trình bay",
    "airline": "hãng nào bay|những hãng hàng không nào có chuyến|hãng nào khai thác đường bay|liệt kê các hãng bay",
    "distance": "khoảng cách|bao xa|quãng đường bay dài bao nhiêu|bao nhiêu cây số",
    "quantity": "có bao nhiêu chuyến bay|mỗi ngày mấy chuyến|số lượng chuyến|đếm giúp tôi số chuyến",
    "aircraft": "loại máy bay nào bay|máy bay gì được dùng|tàu bay nào chạy",
    "flight#airfare": "cho tôi chuyến bay và giá vé|tìm chuyến kèm giá vé|chuyến nào và vé bao nhiêu tiền",
    "flight_no": "số hiệu chuyến bay|mã số chuyến|cho biết số hiệu các chuyến",
    "cheapest": "chuyến rẻ nhất là chuyến nào|vé rẻ nhất",
    "airline#flight_no": "hãng nào và số hiệu chuyến|cho biết hãng cùng số hiệu chuyến bay",
    "day_name": "những ngày nào trong tuần có chuyến|thứ mấy có máy bay",
    "capacity#aircraft": "máy bay nào và chở được bao nhiêu khách",
    "airfare#flight_time": "giá vé và giờ bay|vé bao nhiêu và mấy giờ bay",
}
ALONE = {
    "ground_service": [
        "từ sân bay về {city_name:city} có {transport_type:transport} không",
        "dịch vụ mặt đất ở {city_name:city}", "ở {airport_name:airport} có {transport_type:transport} không",
        "đi từ {fromloc.airport_name:airport} vào trung tâm {toloc.city_name:city} bằng gì",
        "thuê {transport_type:transport} tại {city_name:city}", "{city_name:city} có những phương tiện gì đưa đón",
    ],
    "ground_fare": [
        "{transport_type:transport} ở {city_name:city} giá bao nhiêu", "tiền {transport_type:transport} từ "
        "{fromloc.airport_name:airport} về {toloc.city_name:city}", "thuê {transport_type:transport} bao nhiêu tiền",
    ],
    "abbreviation": [
        "{code:code} nghĩa là gì", "mã {code:code} là gì", "giải thích {code:code}", "{fare_basis_code:fare} là gì vậy",
        "mã giá vé {fare_basis_code:fare} có nghĩa gì",
    ],
    "capacity": [
        "{aircraft_code:aircraft} chở được bao nhiêu khách", "sức chứa của {aircraft_code:aircraft}",
        "máy bay {aircraft_code:aircraft} của {airline_name:airline} có mấy ghế",
    ],
    "meal": [
        "chuyến {flight_number:flight} có {meal_description:meal} không",
        "{airline_name:airline} phục vụ gì trên chuyến {flight_number:flight}", "có {meal_description:meal} từ "
        "{fromloc.city_name:city} đến {toloc.city_name:city} không",
    ],
    "airport": [
        "sân bay nào ở {city_name:city}", "{city_name:city} có mấy sân bay", "liệt kê sân bay gần {city_name:city}",
    ],
    "city": [
        "{airport_name:airport} thuộc thành phố nào", "{airline_name:airline} bay đến những thành phố nào",
        "thành phố nào có {airport_name:airport}",
    ],
    "restriction": [
        "điều kiện của vé {fare_basis_code:fare} là gì", "vé {fare_basis_code:fare} có hạn chế gì",
        "vé {round_trip:round} {cost_relative:cost} có điều kiện gì",
    ],
}  # fmt: skip
FILLERS = ["dạ", "ừm", "à", "cho hỏi", "em ơi", "làm ơn", "xin chào", "alo"]
TAILS = ["với", "nhé", "ạ", "giúp tôi", "được không", "đi em"]
EDITS = [
    "à không", "ý tôi là", "xin lỗi", "à nhầm", "ấy chết", "không phải", "tôi nói nhầm", "à quên", "ủa lộn",
    "à mà thôi", "nói lại là", "không không",
]  # fmt: skip
_SLOT = re.compile(r"\{([^:}]+):([^}]+)\}")


def _part(items: Sequence[str], test: bool, share: float, rng: random.Random) -> str:
    """A training item, or in the test part now and then one that training never shows (the last fifth)."""
    cut = max(1, int(len(items) * 0.8))
    if test and cut < len(items) and rng.random() < share:
        return rng.choice(items[cut:])
    return rng.choice(items[:cut])


def _values(name: str) -> list[str]:
    values = VALUES[name].split("|")
    random.Random(name).shuffle(values)  # which values are unseen does not hang on how the list is written
    return values


def fill(pattern: str, test: bool, rng: random.Random) -> tuple[list[str], list[str]]:
    """Tokens and tags of a pattern."""
    words: list[str] = []
    tags: list[str] = []
    place = 0
    for found in _SLOT.finditer(pattern):
        plain = pattern[place : found.start()].split()
        value = _part(_values(found[2]), test, 0.25, rng).split()
        words += plain + value
        tags += ["O"] * len(plain) + [f"B-{found[1]}"] + [f"I-{found[1]}"] * (len(value) - 1)
        place = found.end()
    rest = pattern[place:].split()
    return words + rest, tags + ["O"] * len(rest)


def request(test: bool, rng: random.Random) -> Row:
    """One airline request; about half are plain flights, as in real logs."""
    new = 0.2
    draw = rng.random()
    if draw < 0.22:
        intent = rng.choice(list(ALONE))
        pattern = _part(ALONE[intent], test, new, rng)
    else:
        intent = "flight" if draw < 0.7 else rng.choice(list(HEADS))
        ends = [_part(FROM, test, new, rng), _part(TO, test, new, rng)]
        if rng.random() < 0.25:
            ends.reverse()
        more = [_part(MORE, test, new, rng) for _ in range(rng.choice((0, 0, 1, 1, 2, 3)))]
        parts = [*ends, *more] if rng.random() < 0.8 else [*more, *ends]
        pattern = " ".join([_part(HEADS[intent].split("|"), test, new, rng), *parts])
    if rng.random() < 0.3:
        pattern = f"{rng.choice(FILLERS)} {pattern}"
    if rng.random() < 0.3:
        pattern = f"{pattern} {rng.choice(TAILS)}"
    words, tags = fill(pattern, test, rng)
    return {"text": " ".join(words), "intent": intent, "tags": tags}


def repaired(test: bool, rng: random.Random) -> Row:
    """A request in which up to two values are said wrong first: reparandum RM, interregnum IM, then the right words."""
    row = request(test, rng)
    words, slots = row["text"].split(), row["tags"]
    tags = ["O"] * len(words)
    starts = [k for k, tag in enumerate(slots) if tag.startswith("B-")]
    for start in sorted(rng.sample(starts, min(len(starts), rng.choice((0, 1, 1, 1, 2)))), reverse=True):
        end = start + 1
        while end < len(slots) and slots[end].startswith("I-"):
            end += 1
        source = next(n for n in VALUES if " ".join(words[start:end]) in VALUES[n].split("|"))
        back = rng.choice((0, 0, 1, 1, 2))
        while back and (start < back or {*slots[start - back : start], *tags[start - back : start]} != {"O"}):
            back -= 1
        other = _part([v for v in _values(source) if v != " ".join(words[start:end])], test, 0.25, rng)
        wrong = words[start - back : start] + other.split()
        if rng.random() < 0.15 and len(wrong) > 1:
            wrong = wrong[:-1]  # broken off
        edit = _part(EDITS, test, 0.2, rng).split() if rng.random() < 0.85 else []
        again = words[start - back : start] if rng.random() < 0.8 else []
        place = start - back
        words[place:start] = wrong + edit + again
        marks = ["B-RM", *["I-RM"] * (len(wrong) - 1)]
        if edit:
            marks += ["B-IM", *["I-IM"] * (len(edit) - 1)]
        tags[place:start] = marks + ["O"] * len(again)
        slots = [*slots[:place], *["O"] * (len(words) - len(slots)), *slots[place:]]
        slots = slots[: len(words)]
    return {"text": " ".join(words), "intent": row["intent"], "tags": tags}


def underscored(row: Row) -> Row:
    """The same with the two-syllable parts of each value joined by “_”, as word segmenters write."""
    words, tags = [], []
    for word, tag in zip(row["text"].split(), row["tags"], strict=True):
        if tag.startswith("I-") and words and "_" not in words[-1] and not word.isdigit():
            words[-1] += f"_{word}"
        else:
            words.append(word)
            tags.append(tag)
    return {"text": " ".join(words), "intent": row["intent"], "tags": tags}


def dataset(kind: str, count: int, *, test: bool, seed: int) -> list[Row]:
    """``kind``: syllables, words (underscored) or repairs."""
    rng = random.Random(f"{kind} {test} {seed}")
    if kind == "repairs":
        return [repaired(test, rng) for _ in range(count)]
    rows = [request(test, rng) for _ in range(count)]
    return [underscored(row) for row in rows] if kind == "words" else rows
