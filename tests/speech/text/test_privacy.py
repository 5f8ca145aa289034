"""Personal data found and masked, and what must stay readable."""

from __future__ import annotations

import itertools
import random
import time
import unicodedata

import pytest

from speech.text.personal.numbers import luhn
from speech.text.privacy import LABELS, find_personal, mask

FOUND = (
    ("số của tôi là 0900 000 012 nhé", "phone", "0900 000 012"),
    ("gọi +84900000012", "phone", "+84900000012"),
    ("không chín không không, không không không, không một hai ạ", "phone", None),
    ("không chín ba số không không không không một hai", "phone", None),
    ("căn cước của tôi không bảy chín một chín không không một hai ba bốn năm", "id", None),
    ("CMND: 123456789", "id", "123456789"),
    ("thẻ 4111 1111 1111 1111 hết hạn rồi", "card", "4111 1111 1111 1111"),
    ("số tài khoản 19001234567 ngân hàng A", "account", "19001234567"),
    ("email nguyễn chấm an a còng gờ mail chấm com nhé", "email", "nguyễn chấm an a còng gờ mail chấm com"),
    ("gửi nam.le@vidu.com.vn giúp chị", "email", "nam.le@vidu.com.vn"),
    ("tên tôi là nguyễn văn hùng", "name", "nguyễn văn hùng"),
    ("gặp anh Trần Quốc Tuấn nhé", "name", "Trần Quốc Tuấn"),
    ("giao tới số 12/3B đường Lê Lợi, phường 5, quận 3, TP.HCM", "address", None),
    ("số nhà mười hai đường nguyễn trãi phường năm quận một", "address", None),
    ("sinh ngày 12/03/1990", "birth", "12/03/1990"),
    ("tôi sinh năm một chín chín mươi", "birth", "một chín chín mươi"),
    ("mã OTP là 123456", "otp", "123456"), ("ten toi la nguyen van hung", "name", "nguyen van hung"),
    ("sdt e la 0900000012 nha", "phone", "0900000012"), ("so can cuoc 079199001234", "id", "079199001234"),
    ("giao den so 12 duong nguyen trai quan 5", "address", None), ("ma otp la 4321", "otp", "4321"),
    ("mã xác thực ba bốn năm sáu bảy tám", "otp", "ba bốn năm sáu bảy tám"),
)  # fmt: skip
STAYS = (
    "tôi trả 2.500.000 đồng ngày 15/8", "hai triệu năm trăm nghìn", "đơn hàng 12345678901 giao ngày mai",
    "hợp đồng số 0912345678", "khoản nợ 12500000 đồng", "tổng đài 19001234", "cho hỏi lương tháng này",
    "ngày mười lăm tháng tám năm hai nghìn không trăm hai mươi sáu", "chú ý giúp em, cô lý giải giùm",
    "tôi ở Hà Nội", "quận ba", "mã OTP có hiệu lực 180 giây", "tài khoản còn 2500000 đồng", "", "😀 Привет 中文",
    "ba mẹ chín chắn năm ngoái", "dạ không, không được đâu ạ", "bốn số cuối của thẻ là 1234", "ngân hàng nhà nước",
    "đường Nguyễn Trãi kẹt xe", "2.500.000.000 đồng", "thứ hai lúc 14:30",
    "ở đường ba tháng hai", "don hang 12345678901 giao ngay mai",
    "mai e tra 500k nha", "hello how are you", "doanh thu 1500000000000", "chỉ số 2,01234567",
)  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "datum"), FOUND)
def test_found_whatever_the_encoding(text: str, kind: str, datum: str | None) -> None:
    for form in ("NFC", "NFD"):
        written = unicodedata.normalize(form, text)
        found = find_personal(written)
        assert [f.kind for f in found] == [kind]
        assert all(written[f.start : f.end] == f.text for f in found)
        assert datum is None or found[0].text == unicodedata.normalize(form, datum)


@pytest.mark.parametrize("text", STAYS)
def test_ordinary_text_stays(text: str) -> None:
    assert mask(text).text == text


@pytest.mark.parametrize("text", [text for text, _, _ in FOUND])
def test_masking_twice_changes_nothing(text: str) -> None:
    once = mask(text).text
    assert mask(once).text == once


def test_only_the_kinds_that_are_asked_for() -> None:
    text = "tên tôi là nguyễn văn hùng số 0900000012"
    assert mask(text, {"phone"}).text == f"tên tôi là nguyễn văn hùng số {LABELS['phone']}"
    assert mask(text, set()).text == text


def test_any_mixture_of_words_is_answered() -> None:
    rng = random.Random(6)
    words = " ".join(text for text, _, _ in FOUND).split() + " ".join(STAYS).split()
    words += [
        "ba",
        "tháng",
        "hai",
        "hai",
        "bà",
        "trưng",
        "cách",
        "mạng",
        "tháng",
        "tám",
        "đường",
        "phố",
        "số",
        "@",
        "+84",
        ".",
        ",",
        "/",
        "-",
        "chấm",
        "com",
        "a",
        "còng",
        "\x00",
        "̀",
    ]
    for _ in range(4000):
        text = " ".join(rng.choices(words, k=rng.randint(1, 14)))
        masked = mask(text)
        assert all(text[f.start : f.end] == f.text and f.text for f in masked.findings)
        assert all(a.end <= b.start for a, b in itertools.pairwise(masked.findings))
        assert all(masked.text[d.out_start : d.out_end] == d.result for d in masked.decisions)


def test_two_phones_in_a_row() -> None:
    assert [f.text for f in find_personal("0900000012 0900000013")] == ["0900000012", "0900000013"]
    assert mask("tk 0123456789 chu tk NGUYEN VAN AN, Sài Gòn").text.count("[") == 2


def test_luhn() -> None:
    assert luhn("4111111111111111")
    assert not luhn("4111111111111112")


@pytest.mark.parametrize(
    "piece", ["a", "0", "không ", "a còng ", "@", "số nhà ", "tên là ", "nguyễn ", "sinh ", "1.", "x@y.", "đường lê "]
)
def test_long_lines_take_linear_time(piece: str) -> None:
    def took(size: int) -> float:
        text = (piece * size)[:size]
        began = time.perf_counter()
        mask(text)
        return time.perf_counter() - began

    took(1000)
    assert took(100_000) < 20  # seconds on a loaded machine; quadratic passes take minutes
