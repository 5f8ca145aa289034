"""Own cases of both directions, from ``cases.txt``; in upper case and decomposed they are understood alike."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from speech.text.privacy import mask
from speech.text.speaking import speak_spans
from speech.text.writing import write_spans
from speech.types import DIALECTS

DO = {"s": speak_spans, "w": write_spans, "m": mask}
CASES = [
    tuple(line.split("|"))
    for line in Path(__file__).with_name("cases.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]


def test_every_case() -> None:
    wrong = [
        (direction, text, got, expected)
        for direction, text, expected in CASES
        if (got := DO[direction](text).text) != expected
    ]
    assert not wrong


def test_decomposed_cases() -> None:
    for direction, text, expected in CASES:
        decomposed = unicodedata.normalize("NFD", text)
        got = DO[direction](decomposed).text
        assert unicodedata.normalize("NFC", got) == expected


def test_upper_case_is_written_down_alike() -> None:
    for direction, text, expected in CASES:
        if direction == "w":
            assert write_spans(text.upper()).text.lower() == expected.lower()


def test_no_region_leaves_a_digit_when_reading_aloud() -> None:
    for direction, text, _ in CASES:
        if direction == "s":
            for region in DIALECTS:
                assert not any("0" <= c <= "9" for c in speak_spans(text, region).text)


def test_old_and_new_tone_placement_are_alike() -> None:
    for old, new in (("thoả thuận khoá 12", "thỏa thuận khóa 12"), ("hoà 3 triệu", "hòa 3 triệu")):
        assert speak_spans(old).text.split()[-2:] == speak_spans(new).text.split()[-2:]
    assert write_spans("khoá mười hai").text == "khoá 12"
    assert write_spans("khóa mười hai").text == "khóa 12"
    assert write_spans("toà bê tầng hai").text.endswith("tầng 2")
