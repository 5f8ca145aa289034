"""Values of every slot type in what callers say: fillers, repairs, negation, sounds, no tone marks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pytest

from agent.brain.base import Asked, Context, SlotType
from agent.brain.values import find_values

NOW = datetime(2026, 11, 23, 10)
SEAT = {"window": ("cửa sổ", "ghế cửa sổ"), "aisle": ("lối đi", "gần lối đi"), "any": ("sao cũng được",)}
DOCTOR = {"lan": ("bác sĩ Lan",), "hung": ("bác sĩ Hùng",), "trang": ("bác sĩ Trang",)}


def read(text: str, kind: SlotType, *, closed: bool = False, **more: Any) -> Any:
    """The value of the one slot that is asked for, None if there is none."""
    found = find_values(text, Context(NOW, asked=Asked(closed, ("open",), "x"), slots={"x": kind}, **more))
    return found[0].value if found else None


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("score", "chín điểm", 9), ("score", "8/10", 8), ("score", "tám trên mười", 8), ("score", "không điểm", 0),
        ("score", "bảy à không tám", 8), ("score", "anh hai cho mười điểm", 10), ("score", "không", None),
        ("score", "hai vợ chồng tôi cho bảy điểm", 7), ("score", "rất tệ", None), ("score", "mười lăm", None),
        ("phone", "không chín không không ờ không không không không một hai nha", "+84900000012"),
        ("phone", "cộng tám bốn chín không không không không không không một hai", "+84900000012"),
        ("phone", "số của tôi là 0900 000 012", "+84900000012"), ("phone", "năm năm", None),
        ("phone", "không chín không không không không không không một ba à nhầm không chín không không không không "
         "không không một hai", "+84900000012"),
        ("email", "lan chấm nguyễn a còng vidu chấm vn", "lan.nguyen@vidu.vn"), ("email", "không có email", None),
        ("email", "em gửi vào hung99@vidu.vn nhé", "hung99@vidu.vn"),
        ("email", "dạ hùng chín chín a còng gờ mail chấm com ạ", "hung99@gmail.com"),
        ("code", "vê nờ một hai ba", "VN123"), ("code", "bê như bà hai ba tê", "B23T"),
        ("code", "vietnam airlines hai một sáu", "VN216"), ("code", "em không nhớ", None),
        ("code", "dạ mã đặt chỗ của em là X7K2QP ạ", "X7K2QP"), ("code", "ích bảy ca hai quy pê em ơi", "X7K2QP"),
        ("code", "vê giê một không một à không vê nờ một không một", "VN101"),
        ("name", "tôi tên là nguyễn văn hùng", "Nguyễn Văn Hùng"), ("name", "không biết", None),
        ("name", "tên của chị là Phạm Thu Hà em nhé", "Phạm Thu Hà"),
        ("name", "đặt cho con tôi tên là bảo an", "Bảo An"),
        ("name", "lê minh à không lê minh tuấn", "Lê Minh Tuấn"), ("name", "nguyên văn hung", "Nguyễn Văn Hung"),
        ("place", "tôi ở sài gòn", "Hồ Chí Minh"), ("place", "da nang", "Đà Nẵng"), ("place", "đà nắng", "Đà Nẵng"),
        ("place", "đi nha trang à nhầm đà lạt", "Đà Lạt"), ("place", "không phải huế mà là vinh", "Vinh"),
        ("place", "tôi không biết", None), ("place", "hà nội chứ không phải hải phòng", "Hà Nội"),
        ("text", "dạ tại vì con em bị ốm ạ", "con em bị ốm"), ("text", "không có gì", None),
        ("money", "hai triệu à quên ba triệu", 3_000_000), ("money", "hai ờ triệu rưỡi", 2_500_000),
        ("money", "không phải hai triệu, ba triệu", 3_000_000),
        ("date", "à không, ý em là ngày mười lăm", date(2026, 12, 15)), ("date", "không phải ngày mai", None),
        ("date", "không phải ngày mai ngày kia", date(2026, 11, 25)),
        ("date", "ngày kia chứ không phải ngày mai", date(2026, 11, 25)),
        ("date", "mai thì không được, mốt nhé", date(2026, 11, 25)),
        ("date", "ngày mười lăm không phải ngày mười sáu", date(2026, 12, 16)),
    ],
)  # fmt: skip
def test_asked_for(kind: SlotType, text: str, value: Any) -> None:
    assert read(text, kind) == value


def test_after_a_recap_a_denied_value_is_the_correction() -> None:
    assert read("không phải, ngày mai", "date", closed=True) == date(2026, 11, 24)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("cho anh ghế gần cửa sổ", "window"), ("không phải cửa sổ lối đi cơ", "aisle"), ("cua so", "window"),
        ("lối đi chứ không phải cửa sổ", "aisle"), ("gần lối đi à không cửa sổ", "window"), ("cái thứ hai", "aisle"),
        ("tôi không thích cửa sổ", None), ("cữa số", "window"), ("lói đi", "aisle"), ("không", None),
        ("sao cũng được em", "any"), ("hôm nay trời mưa", None),
    ],
)  # fmt: skip
def test_choice(text: str, value: str | None) -> None:
    assert read(text, "choice", choices={"x": SEAT}) == value


@pytest.mark.parametrize(("text", "value"), [("bác sỹ chang", "trang"), ("bac si hung", "hung"), ("bác sĩ minh", None)])
def test_people_among_the_choices_are_matched_by_sound(text: str, value: str | None) -> None:
    assert read(text, "choice", choices={"x": DOCTOR}) == value


def test_a_name_that_only_sounds_alike_is_said_back() -> None:
    context = Context(NOW, asked=Asked(False, (), "x"), slots={"x": "choice"}, choices={"x": DOCTOR})
    assert [(s.value, s.exact) for s in find_values("tôi muốn gặp bác sĩ hồng", context)] == [("hung", False)]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("tôi muốn bay từ hà nội vào sài gòn ngày mai về chủ nhật",
         {"origin": "Hà Nội", "dest": "Hồ Chí Minh", "leave": date(2026, 11, 24), "back": date(2026, 11, 29)}),
        ("đi đà nẵng từ huế ngày mười lăm", {"origin": "Huế", "dest": "Đà Nẵng", "leave": date(2026, 12, 15)}),
        ("hà nội", {"origin": "Hà Nội"}),
    ],
)  # fmt: skip
def test_several_slots_of_one_type_are_told_apart_by_the_words_before(text: str, values: Mapping[str, Any]) -> None:
    context = Context(
        NOW,
        asked=Asked(False, (), "origin"),
        slots={"origin": "place", "dest": "place", "leave": "date", "back": "date"},
        cues={"origin": ("từ",), "dest": ("vào", "đến", "đi", "ra"), "back": ("về",)},
    )
    assert {s.slot: s.value for s in find_values(text, context)} == values
