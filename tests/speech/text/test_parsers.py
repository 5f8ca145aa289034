"""Colloquial forms as callers use them. TODAY is a Monday."""

from __future__ import annotations

from datetime import date, time

import pytest

from speech.text.dates import parse_dates
from speech.text.money import parse_money
from speech.text.normalize import common_words, fold, strip_marks, strip_tones
from speech.text.speak import speak
from speech.text.times import parse_times
from speech.text.write import parse_cardinal, parse_digits

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("hai triệu rưỡi", 2_500_000), ("triệu rưỡi", 1_500_000), ("triệu hai", 1_200_000),
        ("hai triệu hai", 2_200_000), ("hai triệu ba trăm", 2_300_000), ("hai trăm rưỡi", 250_000),
        ("năm chục", 50_000), ("năm chục ngàn", 50_000), ("hai củ", 2_000_000), ("hai củ rưỡi", 2_500_000),
        ("ba lít", 300_000), ("năm xị", 500_000), ("trăm hai", 120_000), ("nghìn hai", 1_200),
        ("hai phẩy năm triệu", 2_500_000), ("2tr5", 2_500_000), ("500k", 500_000), ("2.500.000đ", 2_500_000),
        ("một triệu không trăm linh năm nghìn", 1_005_000), ("một tỷ hai", 1_200_000_000),
        ("ba triệu hai trăm năm mươi ngàn", 3_250_000), ("hăm lăm triệu", 25_000_000), ("ba lăm triệu", 35_000_000),
    ],
)  # fmt: skip
def test_money(text: str, amount: int) -> None:
    assert [f.value for f in parse_money(f"chị gửi trước {text} nhé")] == [amount]


@pytest.mark.parametrize(
    "text", ["ba ngày nữa", "hai trăm người", "ngày hai mươi", "thứ năm", "không", "năm nay", "ba chị"]
)
def test_not_money(text: str) -> None:
    assert parse_money(text) == []


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("mai", (11, 24)), ("sáng mai", (11, 24)), ("ngày mốt", (11, 25)), ("mốt chị trả", (11, 25)),
        ("ngày kia", (11, 25)), ("bữa mốt", (11, 25)), ("chiều nay", (11, 23)), ("thứ sáu", (11, 27)),
        ("thứ sáu tuần này", (11, 27)), ("thứ sáu tuần sau", (12, 4)), ("thứ hai tuần sau", (11, 30)),
        ("chủ nhật", (11, 29)), ("thứ bảy này", (11, 28)), ("cuối tuần", (11, 28)), ("cuối tháng", (11, 30)),
        ("đầu tháng sau", (12, 1)), ("ngày mười lăm", (12, 15)), ("mùng năm", (12, 5)), ("mồng mười", (12, 10)),
        ("hôm hai lăm", (11, 25)), ("ngày hai mươi chín tháng này", (11, 29)), ("mười lăm tháng mười hai", (12, 15)),
        ("mười lăm tây", (12, 15)), ("ba ngày nữa", (11, 26)), ("hai tuần nữa", (12, 7)), ("tuần sau", (11, 30)),
        ("ngày ba tháng sau", (12, 3)), ("thứ ba ngày mùng một tháng mười hai", (12, 1)), ("15/12", (12, 15)),
        ("ngày hai mươi hai triệu", (12, 20)),
    ],
)  # fmt: skip
def test_dates(text: str, day: tuple[int, int]) -> None:
    assert [f.value for f in parse_dates(text, TODAY)] == [date(2026, *day)]


@pytest.mark.parametrize(
    "text", ["chị mai đây", "hai mươi mốt", "tên mai", "mai mốt", "ngày ba mươi mốt tháng hai", "năm triệu"]
)
def test_not_dates(text: str) -> None:
    assert parse_dates(text, TODAY) == []


def test_past_dates() -> None:
    assert [f.value for f in parse_dates("ngày mười lăm", TODAY, past=True)] == [date(2026, 11, 15)]
    assert [f.value for f in parse_dates("hôm qua", TODAY)] == [date(2026, 11, 22)]


def test_correction_shows_both() -> None:
    text = "ngày mười lăm à không hai mươi"
    assert [(f.value.day, f.start, f.end) for f in parse_dates(text, TODAY)] == [(15, 0, 3)]
    assert (20, 5, 7) in [(f.value, f.start, f.end) for f in parse_cardinal(text)]


def test_day_and_amount_side_by_side() -> None:
    text = "ngày hai mươi hai triệu rưỡi"
    assert [f.value.day for f in parse_dates(text, TODAY)] == [20]
    assert [f.value for f in parse_money(text)] == [2_500_000]


@pytest.mark.parametrize(
    ("text", "moment", "exact"),
    [
        ("hai giờ rưỡi chiều", time(14, 30), True), ("chín giờ kém mười lăm", time(8, 45), False),
        ("tám giờ tối", time(20), True), ("sáng thứ bảy lúc chín giờ", time(9), True),
        ("mười hai giờ trưa", time(12), True),
        ("mười bốn giờ ba mươi", time(14, 30), True), ("ba giờ", time(15), False), ("chiều mai", time(15), False),
        ("14h30", time(14, 30), True),
    ],
)  # fmt: skip
def test_times(text: str, moment: time, exact: bool) -> None:
    assert (moment, exact) in [(f.value, f.exact) for f in parse_times(text)]


def test_digits_in_pairs() -> None:
    assert [f.value for f in parse_digits("số là không chín ba ba chín mươi chín hai mốt năm năm")] == ["0933992155"]
    assert parse_digits("không được đâu em") == []


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("số hợp đồng 8841", "số hợp đồng tám tám bốn một"), ("14:30", "mười bốn giờ ba mươi"),
        ("25%", "hai mươi lăm phần trăm"),
        ("0900 000 012", "không chín không không, không không không, không một hai"), ("HD88", "hát dê tám tám"),
        ("15/12/2026", "ngày mười lăm tháng mười hai năm hai nghìn không trăm hai mươi sáu"),
        ("hạn ngày 05/04", "hạn ngày mùng năm tháng tư"), ("2,5 triệu", "hai phẩy năm triệu"),
    ],
)  # fmt: skip
def test_speak(text: str, spoken: str) -> None:
    assert speak(text) == spoken


def test_plain_forms() -> None:
    assert fold("Dạ, em CHÀO chị! 2.500.000 đồng.") == "dạ em chào chị 2.500.000 đồng"
    assert strip_tones("thứ sáu tuần sau, đồng ý") == "thư sau tuân sau, đông y"
    assert strip_marks("Đồng ý") == "Dong y"


@pytest.mark.parametrize(
    ("text", "common"),
    [
        ("răng rứa em", "sao vậy em"), ("mi nói chi rứa", "mày nói gì vậy"), ("tui hổng biết", "tôi không biết"),
        ("đau răng", "đau răng"), ("chi tiết mô hình", "chi tiết mô hình"), ("em ở mô", "em ở đâu"),
        ("bữa mốt tui trả", "ngày kia tôi trả"), ("chi phí bao nhiêu", "chi phí bao nhiêu"), ("nha trang", "nha trang"),
    ],
)  # fmt: skip
def test_regional_words(text: str, common: str) -> None:
    assert common_words(text) == common
