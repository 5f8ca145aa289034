"""How long to wait, and what is only a sign of listening."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.end_of_turn import DEFAULT_OPTIONS, backchannel, farewell, silence_needed_ms
from speech.types import OPEN, Expectation

YES_NO = Expectation(("yes_no",))
DATE = Expectation(("date",))
O = DEFAULT_OPTIONS  # noqa: E741


@pytest.mark.parametrize(
    "text", ["dạ", "vâng", "dạ vâng", "ừ", "ừm", "ờ", "da", "gia", "vang ạ", "ok", "dạ rồi", "à ừ", "đúng rồi", "dạ em"]
)
def test_backchannels(text: str) -> None:
    assert backchannel(text)


@pytest.mark.parametrize("text", ["", "không", "dạ không", "ai đấy", "tôi trả rồi", "đã đóng rồi", "sai rồi"])
def test_words_of_weight(text: str) -> None:
    assert not backchannel(text)


def test_a_greeting_counts_only_at_the_opening() -> None:
    assert backchannel("a lô", opening=True)
    assert backchannel("alo em nghe", opening=True)
    assert not backchannel("alo alo")


@pytest.mark.parametrize(("text", "is_farewell"), [("chào em", True), ("dạ cảm ơn em", True), ("đừng gọi nữa", False)])
def test_farewells(text: str, is_farewell: bool) -> None:
    assert farewell(text) is is_farewell


LAST4 = Expectation(("digits",), digits=4)
MONEY = Expectation(("money",))
LONG_MS = 900
"""A silence for somebody who has more to say."""


@pytest.mark.parametrize(
    ("text", "expectation"),
    [
        ("dạ đúng rồi", YES_NO),
        ("a lô", OPEN),
        ("ngày mười lăm nhé", DATE),
        ("ngày mười lăm tháng sau", DATE),
        ("hai triệu rưỡi", MONEY),
        ("một hai ba bốn", LAST4),
        ("gặp nhân viên", Expectation(("open",), ("gặp nhân viên",))),
        ("anh chuyển khoản hôm qua rồi mà", OPEN),
        ("nếu trễ thì có bị phạt không em", OPEN),
    ],
)
def test_who_has_finished_is_answered_soon(text: str, expectation: Expectation) -> None:
    assert silence_needed_ms(text, expectation) < 400


@pytest.mark.parametrize(
    ("text", "expectation"),
    [
        ("không phải", DATE),  # "không phải ngày mười lăm"
        ("à", YES_NO),
        ("ngày", DATE),
        ("trả ngày mười lăm thì", DATE),
        ("để anh xem", DATE),
        ("chờ chị chút", YES_NO),
        ("lương về thì", MONEY),
        ("một hai", LAST4),
        ("em tên là", Expectation(("name",))),
        ("nếu mà chị đóng trước một nửa", OPEN),
        ("anh muốn hỏi là", OPEN),
    ],
)
def test_who_has_more_to_say_is_let_speak(text: str, expectation: Expectation) -> None:
    assert silence_needed_ms(text, expectation) >= LONG_MS


def test_a_number_that_lacks_digits_waits_longest() -> None:
    assert silence_needed_ms("không chín một hai", Expectation(("digits",), digits=10)) == O.missing_ms
    assert silence_needed_ms("", OPEN) == O.normal_ms


@given(st.text(max_size=60), st.sampled_from((OPEN, YES_NO, DATE, MONEY, LAST4)))
def test_any_text_has_a_bounded_silence(text: str, expectation: Expectation) -> None:
    assert O.complete_ms <= silence_needed_ms(text, expectation) <= O.missing_ms
