"""Chat text made readable; text with its marks is left alone."""

from __future__ import annotations

import random
import time
import unicodedata

import pytest

from models.recogniser.make_text import sentences
from speech.text.normalize import strip_marks
from speech.text.teencode import restore

READABLE = (
    ("ko dc", "không được"), ("e chua co tien", "em chưa có tiền"), ("mai e ck nha", "mai em chuyển khoản nha"),
    ("k can dau, dung goi nua", "không cần đâu, đừng gọi nữa"), ("gap nhan vien", "gặp nhân viên"),
    ("Toi da thanh toan roi, kiem tra lai giup toi", "Tôi đã thanh toán rồi, kiểm tra lại giúp tôi"),
    ("ngay mai toi moi co luong", "ngày mai tôi mới có lương"), ("bao nhieu tien v", "bao nhiêu tiền vậy"),
    ("sdt e la 0900000012", "số điện thoại em là 0900000012"),
    ("anh k có tiền, mai trả dc k", "anh không có tiền, mai trả được không"),
    ("lai suat cao qua", "lãi suất cao quá"), ("em o ha noi", "em ở hà nội"),
    ("vk e", "vợ em"), ("gap ck e", "gặp chồng em"),
    ("toi muon doi lich kham qua thu sau tuan sau", "tôi muốn đổi lịch khám qua thứ sáu tuần sau"),
    ("cho toi gap nguoi quan ly, toi muon khieu nai", "cho tôi gặp người quản lý, tôi muốn khiếu nại"),
    ("minh muon huy lich hen", "mình muốn hủy lịch hẹn"), ("chuyen cho a 500k nhe", "chuyển cho anh 500k nhé"),
)  # fmt: skip
KEPT = (
    "Dạ em chưa có tiền ạ", "Ngày mai tôi chuyển khoản 500k nhé.", "Phương án a hay b?", "hello how are you", "", "   ",
    "Привет 中文 😀", "alo", "OK", "0900000012", "Anh Bình ở Hà Nội, số tài khoản 12345678", "https://vidu.vn",
)  # fmt: skip


@pytest.mark.parametrize(("typed", "meant"), READABLE)
def test_readable(typed: str, meant: str) -> None:
    assert restore(typed).text == meant
    assert restore(meant).text == meant


@pytest.mark.parametrize("text", KEPT)
def test_kept(text: str) -> None:
    assert restore(text).text == text
    decomposed = unicodedata.normalize("NFD", text)
    assert restore(decomposed).text == decomposed


def test_the_schedule_is_moved() -> None:
    assert restore("toi muon doi lich").text in ("tôi muốn đổi lịch", "tôi muốn dời lịch")


def test_spans_are_right() -> None:
    rng = random.Random(3)
    words = [w for a, b in READABLE for w in (a + " " + b).split()] + ["😀", "\x00", "50", "k", "OK,"]
    for _ in range(300):
        text = " ".join(rng.choices(words, k=rng.randint(1, 12)))
        found = restore(text)
        for d in found.decisions:
            assert text[d.start : d.end] == d.source
            assert found.text[d.out_start : d.out_end] == d.result


def test_marks_come_back_to_unseen_sentences() -> None:
    """Syllables right on the recogniser's test sentences, which the model has not seen."""
    right = total = 0
    for text, _ in sentences(300, 7, "test"):
        found = restore(strip_marks(text)).text.split()
        wanted = text.split()
        if len(found) == len(wanted):
            right += sum(a == b for a, b in zip(found, wanted, strict=True))
        total += len(wanted)
    assert right / total > 0.92


def test_text_with_marks_is_unchanged() -> None:
    for text, _ in sentences(400, 8, "test"):
        if text != strip_marks(text):
            assert restore(text).text == text


@pytest.mark.parametrize("piece", ["toi muon doi lich ", "a", "ko ", "k", "😀", "1 ", "\x00"])
def test_long_lines_take_linear_time(piece: str) -> None:
    restore("xin chao")
    began = time.perf_counter()
    restore((piece * 100_000)[:100_000])
    assert time.perf_counter() - began < 20
