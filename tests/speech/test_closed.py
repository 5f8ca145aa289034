"""Closed sets: the answer is a member, and the best one."""

from __future__ import annotations

import math
import random
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from core.errors import InputError
from models.recogniser.slots import full_name
from speech.recognition.acoustic import AcousticModel
from speech.recognition.closed import GRAMMARS, ClosedSet, closed_set, grammar_set, phrase_set
from speech.recognition.closed_recognizer import ClosedRecognizer
from speech.recognition.units import BLANK, UNITS, text_to_units
from speech.synthesis.blocking import synthesize_blocking
from speech.text.numbers import speak_number
from speech.types import DIALECTS, Dialect, Voice
from tests.speech.posteriors import posteriors

MESSY = (0.3, 0.3, 0.4)


@lru_cache(maxsize=1)
def acoustic() -> AcousticModel:
    return AcousticModel(chunk_ms=320)


def said(members: ClosedSet, audio: NDArray[np.int16]) -> str:
    recognizer = ClosedRecognizer(members, acoustic())
    stream = recognizer.open()
    for at in range(0, len(audio), 4000):
        recognizer.step([stream], [audio[at : at + 4000]])
    return stream.finish().text


def ctc_best(logp: NDArray[np.float32], text: str) -> float:
    """Textbook Viterbi score of one sentence."""
    units = text_to_units(text)
    assert units is not None
    chain = [BLANK]
    for unit in (u for syllable in units for u in syllable):
        chain += [unit, BLANK]
    score = np.full(len(chain), -1e30)
    score[:2] = logp[0, chain[:2]]
    for row in logp[1:]:
        one, two = np.append(-1e30, score[:-1]), np.append([-1e30, -1e30], score[:-2])
        two[0::2] = -1e30
        score = np.maximum(np.maximum(score, one), two) + row[chain]
    return float(max(score[-1], score[-2]))


@pytest.mark.parametrize("seed", range(6))
def test_the_search_is_exact(seed: int) -> None:
    phrases = ["hai ba", "hai ba ba", "ba hai", "một", "hai", "mười một tháng hai", "nguyễn văn an", "nguyễn văn anh"]
    rng = np.random.default_rng(seed)
    rows = rng.normal(0, 2, (24, len(UNITS)))
    logp = (rows - np.log(np.exp(rows).sum(1, keepdims=True))).astype(np.float32)
    members = phrase_set(phrases)
    best = max(phrases, key=lambda phrase: ctc_best(logp, phrase))
    assert members.answer(members.best(logp)) == best


def test_a_long_list_is_searched_by_its_beginnings() -> None:
    rng = random.Random(3)
    names = sorted({full_name(rng, rng.random() < 0.5) for _ in range(8_000)})
    members = phrase_set(names)
    for seed, name in enumerate(rng.sample(names, 12)):
        rows = posteriors(name, seed, MESSY)
        assert members.search(rows, 30.0) == members.search(rows, math.inf)
        assert members.answer(members.best(rows)) == name


def test_what_is_no_phrase_is_searched_again_in_full() -> None:
    members, rows = phrase_set(["hai ba bốn", "hai ba năm"]), posteriors("hai chín không", 1)
    assert members.search(rows, 5.0) is None
    assert members.answer(members.best(rows)) in members


def test_an_aligned_word_is_where_it_sounds() -> None:
    members = phrase_set(["nguyễn văn an", "nguyễn văn"])
    rows = posteriors("nguyễn văn an", 2, (0.0, 0.0, 0.0))
    for word in members.best(rows):
        first, _, last = text_to_units(word.text)[0]  # type: ignore[index]
        assert rows[word.start_frame].argmax() == first
        assert rows[word.end_frame].argmax() == last


@pytest.mark.parametrize("name", GRAMMARS)
def test_anything_is_read_as_a_member(name: str) -> None:
    members = grammar_set(name)
    for seed, text in enumerate(("em gọi nhầm số rồi", "mai chị trả hai triệu", "ừ", "tám chín không")):
        heard = members.best(posteriors(text, seed, MESSY))
        assert heard
        assert members.answer(heard) in members
        frames = [f for word in heard for f in (word.start_frame, word.end_frame)]
        assert frames == sorted(frames)
        assert all(0 <= word.confidence <= 1 for word in heard)


def test_a_rival_that_fits_as_well_halves_the_confidence() -> None:
    members = phrase_set(["sai", "phải", "hai"])
    clear, doubtful = posteriors("phải", 1, (0.0, 0.0, 0.0)), posteriors("phải", 1, (0.0, 0.0, 0.0))
    doubt = text_to_units("sai phải")
    assert doubt is not None
    for sai, phai in zip(*doubt, strict=True):
        doubtful[:, sai] = doubtful[:, phai] = np.maximum(doubtful[:, sai], doubtful[:, phai])
    (sure,), (unsure,) = members.best(clear), members.best(doubtful)
    assert sure.text == "phải"
    assert unsure.confidence == pytest.approx(sure.confidence / 2, rel=0.05)


def test_every_amount_is_a_member() -> None:
    members = grammar_set("money")
    amounts = (5_000, 105_000, 2_050_000, 2_500_000, 12_345_678, 900_000, 1_002_003, 3_500_000_000, 999_999_999)
    for dialect in DIALECTS:
        for amount in amounts:
            assert f"{speak_number(amount, dialect)} đồng" in members, amount
    assert "hai triệu rưỡi" in members
    assert "đồng" not in members


def test_too_short_for_any_member_is_nothing() -> None:
    members = phrase_set(["xin chào"])
    assert members.best(np.zeros((2, len(UNITS)), np.float32)) == ()
    assert members.best(np.zeros((0, len(UNITS)), np.float32)) == ()
    assert "" not in members


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("digits", "không chín không ba một hai ba"), ("yes_no", "không phải"), ("money", "hai triệu rưỡi"),
        ("dates", "ngày mười lăm tháng mười hai"),
    ],
)  # fmt: skip
def test_real_audio(dialect: Dialect, name: str, text: str) -> None:
    breath = np.zeros(800, np.int16)  # nobody speaks in a file's first sample
    spoken = synthesize_blocking(text, Voice(dialect))
    assert said(closed_set(name), np.concatenate((breath, spoken))) == text


def test_phrases_come_back_as_written(tmp_path: Path) -> None:
    file = tmp_path / "menu.txt"
    file.write_text("\ufeffPhòng 2\n\nGặp nhân viên!\nNguyễn Thuý Hoà\nZalo\n", encoding="utf-8")
    members = closed_set(str(file))
    assert said(members, synthesize_blocking("phòng hai")) == "Phòng 2"
    assert said(members, synthesize_blocking("nguyễn thúy hòa", Voice("south"))) == "Nguyễn Thuý Hoà"
    assert said(members, synthesize_blocking("trời hôm nay mưa")) in members


def test_a_long_list_tells_how_far_it_is() -> None:
    told: list[tuple[int, int]] = []
    phrase_set([f"{n}" for n in range(2_500)], progress=lambda done, total: told.append((done, total)))
    assert told == [(1_000, 2_500), (2_000, 2_500)]


def test_what_is_no_set_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "menu.txt"
    file.write_text("đúng\nxyzzy\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"menu\.txt:2"):
        closed_set(str(file))
    file.write_text("đúng\n" + "dài " * 25_000 + "\n\nPhòng 12\nJohn Smith\nđúng\nBob\n☎\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"menu\.txt:2: dài hơn 60 tiếng \(và 3 dòng khác .*: 5, 7, 8\)"):
        closed_set(str(file))
    file.write_text("\n \n", encoding="utf-8")
    with pytest.raises(InputError, match="không có câu nào"):
        closed_set(str(file))
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="UTF-8"):
        closed_set(str(file))
    for choice in ("nope", str(tmp_path), str(tmp_path / "none.txt")):
        with pytest.raises(InputError):
            closed_set(choice)
