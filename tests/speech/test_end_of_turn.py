"""How long to wait, and what is only a sign of listening."""

from __future__ import annotations

import pytest

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


@pytest.mark.parametrize(
    ("text", "expectation", "needed_ms"),
    [
        ("", OPEN, O.normal_ms),
        ("dạ đúng rồi", YES_NO, O.complete_ms),
        ("không", YES_NO, O.normal_ms),
        ("a lô", OPEN, O.complete_ms),
        ("không phải", YES_NO, O.unfinished_ms),  # "không phải ngày mười lăm", "không phải tôi"
        ("à", YES_NO, O.unfinished_ms),
        ("ngày", DATE, O.unfinished_ms),
        ("trả ngày mười lăm thì", DATE, O.unfinished_ms),
        ("ngày mười lăm nhé", DATE, O.complete_ms),
        ("ngày mười lăm", DATE, O.normal_ms),
        ("tôi đang bận họp lắm", OPEN, O.open_ms),
        ("một hai", Expectation(("digits",), digits=4), O.unfinished_ms),
        ("một hai ba bốn", Expectation(("digits",), digits=4), O.complete_ms),
        ("gặp nhân viên", Expectation(("open",), ("gặp nhân viên",)), O.complete_ms),
    ],
)
def test_silence_needed(text: str, expectation: Expectation, needed_ms: int) -> None:
    assert silence_needed_ms(text, expectation) == needed_ms
