"""Any text → phrases that a voice can take: nothing lost, nothing too long, digits as a person dictates them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.synthesis.cleaning import silent, speakable
from speech.synthesis.phrasing import LONGEST, outside_marks, phrases, unmarked
from speech.text.speak import speak

TEXT = st.text(
    st.sampled_from("aáạđ ,.!?…\n<>&;/0😀你\x00\x1b[m\u200b") | st.characters(codec="utf-8"), max_size=400
) | st.lists(
    st.sampled_from(["không ", "chín, ", "ba ", "dạ ", "<slow>", "</slow>", "<break ms=300>", "<b>", "a" * 300, ". "]),
    max_size=60,
).map("".join)


@given(TEXT, st.booleans())
def test_every_word_is_in_one_phrase(text: str, sentences: bool) -> None:
    clean = unmarked(text)
    assert len(clean) == len(text)
    found = list(phrases(text, sentences=sentences))
    at = 0
    spoken = set()
    for phrase in found:
        assert at <= phrase.start <= phrase.end <= len(text)
        assert 0.5 < phrase.rate <= 1.0
        assert phrase.pause_ms >= 0
        at = phrase.end
        spoken.update(range(phrase.start, phrase.end))
        if sentences:
            assert phrase.end - phrase.start <= LONGEST
    readable = speakable(clean)
    assert len(readable) == len(clean)
    assert {k for k, c in enumerate(readable) if c.isalnum()} <= spoken
    if silent(readable):
        assert all(phrase.start == phrase.end for phrase in found)


@given(st.text(max_size=300))
def test_what_is_left_can_be_read(text: str) -> None:
    for c in speakable(text):
        assert c.isprintable() or 0x300 <= ord(c) <= 0x36F
        assert c == " " or unicodedata.name(c, "").startswith(("LATIN", "DIGIT", "COMBINING")) or not c.isalnum()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Chào anh 😀 nhé", "Chào anh nhé"),
        ("<b>Chào</b> <script>alert('x')</script>anh &amp; chị", "Chào anh chị"),
        ("你好 привет مرحبا", ""),
        ("\x1b[31mChào\x1b[0m\x00 anh\u200b\ufeff", "Chào anh"),
        ("… ?! --", ""),
        ("<speak>Chào <break ms=300>anh</speak>", "Chào <break ms=300> anh"),
    ],
)
def test_what_is_no_word_is_left_out(text: str, words: str) -> None:
    read = outside_marks(text, lambda part: part)
    assert " ".join(read.split()) == words or (not words and silent(read))


def test_sentences_one_by_one_or_in_one_go() -> None:
    text = "Dạ vâng. Em ghi lại rồi! Còn gì không ạ?"
    assert [text[p.start : p.end] for p in phrases(text)] == ["Dạ vâng.", "Em ghi lại rồi!", "Còn gì không ạ?"]
    assert len(list(phrases(text, sentences=False))) == 1


def test_a_number_is_dictated_slowly_and_in_groups() -> None:
    text = f"Dạ số của mình là {speak('0912345678', 'north')} phải không ạ?"
    before, *groups, after = phrases(text)
    assert before.rate == after.rate == 1.0
    assert len(groups) > 1
    assert {group.rate for group in groups} == {0.85}
    assert [group.pause_ms for group in groups] == [220] * (len(groups) - 1) + [0]
    assert " ".join(text[g.start : g.end] for g in groups) == "không chín một hai ba bốn năm sáu bảy tám"
    code = list(phrases("Mã là bốn, tám, hai, một, chín, ba."))
    assert [p.pause_ms for p in code[1:6]] == [120] * 5  # one by one
    assert len(list(phrases("hai ba người"))) == 1  # too few for a code
    assert len(list(phrases("năm mươi lăm nghìn"))) == 1


def test_marks() -> None:
    text = "Chờ em <break ms=300>một chút <slow>thật chậm</slow> nhé <break ms=99999>"
    found = list(phrases(text))
    assert [(text[p.start : p.end], p.rate, p.pause_ms) for p in found] == [
        ("Chờ em", 1.0, 300), ("một chút", 1.0, 0), ("thật chậm", 0.85, 0), ("nhé", 1.0, 3000),
    ]  # fmt: skip


def test_a_hundred_thousand_characters() -> None:
    for text in ("Anh trả 2.500.000 đồng ngày 15/12. " * 3000, "a" * 100_000, "1" * 100_000, "<" * 100_000):
        read = outside_marks(text[:100_000], lambda part: speak(part, "north"))
        found = list(phrases(read))
        assert all(p.end - p.start <= LONGEST for p in found)
