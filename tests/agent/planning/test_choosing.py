"""What people say to choose one of several results."""

from __future__ import annotations

import pytest

from agent.planning.choosing import Option, read_choice

_FLIGHTS = [
    Option(n, {"number": number, "departs_at": at, "price": price})
    for n, (number, at, price) in enumerate([
        ("SM101", "2026-11-28T06:30:00", 0), ("SM103", "2026-11-28T09:00:00", 450_000),
        ("SM107", "2026-11-28T14:00:00", 300_000), ("SM111", "2026-11-28T19:30:00", 120_000),
    ])
]  # fmt: skip
_SEATS = [Option(n, {"seat": s, "kind": k}) for n, (s, k) in enumerate([("12A", "cửa sổ"), ("12C", "lối đi"),
                                                                        ("14F", "cửa sổ")])]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("chuyến chín giờ sáng", "1"),
        ("chín giờ", "1"),
        ("sáu giờ rưỡi", "0"),
        ("hai giờ chiều", "2"),
        ("19:30", "3"),
        ("9h", "1"),
        ("chuyến bảy rưỡi tối", "3"),
        ("chuyến thứ hai", "1"),
        ("cái đầu tiên nhé", "0"),
        ("lấy cái cuối", "2"),
        ("số ba đi em", "2"),
        ("hai", "1"),
        ("sớm nhất", "0"),
        ("chuyến muộn nhất", "3"),
        ("cái nào rẻ nhất", "0"),
        ("buổi chiều", "2"),
        ("chuyến sáng", "0,1"),
        ("SM107", "2"),
        ("ba trăm nghìn", "2"),
        ("chuyến nào cũng được", "any"),
        ("tùy em", "any"),
        ("còn chuyến nào khác không", "more"),
        ("không lấy chuyến nào", "none"),
        ("đúng rồi", None),
        ("thứ bảy đi", None),
        ("đổi sang chủ nhật đi em", None),
        ("", None),
        ("chuyen dau tien", "0"),
        ("chuyến đâu tiên", "0"),
        ("chuyen thu hai", "1"),
        ("re nhat", "0"),
        ("nao cung duoc", "any"),
        ("không cần đâu", None),
        ("chưa chọn được em ơi", None),
    ],
)
def test_flights(said: str, meant: str | None) -> None:
    assert read_choice(said, _FLIGHTS, (0, 1, 2)) == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("ghế mười hai a", "0"),
        ("12C", "1"),
        ("cửa sổ", "0,2"),
        ("lối đi nhé", "1"),
        ("ghế 14 F", "2"),
        ("mười bốn f", "2"),
        ("ghe 12a", "0"),
        ("cua so", "0,2"),
    ],
)
def test_seats(said: str, meant: str | None) -> None:
    assert read_choice(said, _SEATS, (0, 1, 2)) == meant


def test_nothing_on_offer_is_no_choice() -> None:
    assert read_choice("cái đầu tiên", [], ()) is None
