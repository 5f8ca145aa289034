"""Prompts put together: joints that are not heard, words that are all told of, nothing of a customer on disk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.clock import VirtualClock
from speech.synthesis.base import AudioChunk, WordMark
from speech.synthesis.blocking import render_blocking
from speech.synthesis.cache import CachedSynthesizer, whole
from speech.synthesis.disk import DiskPhrases
from speech.synthesis.espeak import EspeakSynthesizer
from speech.synthesis.speaker import Speaker
from speech.synthesis.splice import FADE, Joiner, parts, spans
from speech.types import DIALECTS, Dialect, Voice

BEFORE, AFTER = "Dạ em đang nói chuyện với anh", "đúng không ạ?"
FIXED = (BEFORE, ", phải không, xin lỗi chị", AFTER)
NAMES = ("Trần Văn Nam", "Lê Thị Hồng Nhung", "An")
WORDS = st.sampled_from(["dạ", "em", "chào", "anh", "Nam,", "Hoa.", "hai", "triệu", "mai!", "phải", "không", "ạ?"])


def steps(pcm: NDArray[np.int16]) -> int:
    return int(np.abs(np.diff(pcm.astype(np.int32))).max(initial=0))


def joined(pieces: Sequence[tuple[str, AudioChunk]]) -> AudioChunk:
    joiner = Joiner()
    return whole([joiner.add(words, audio, last=k == len(pieces) - 1) for k, (words, audio) in enumerate(pieces)])


@given(st.lists(WORDS, min_size=1, max_size=30), st.data())
def test_pieces_hold_every_word_once(words: list[str], data: st.DataObject) -> None:
    text = " ".join(words)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(words)), min_size=2, max_size=8)))
    fixed = [" ".join(words[low:high]) for low, high in zip(cuts[::2], cuts[1::2], strict=False)]
    start, end = sorted(data.draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
    pieces = parts(text, start, end, spans(text, fixed))
    covered = sorted(at for piece in pieces for at in range(piece.start, piece.end))
    assert len(covered) == len(set(covered))
    letters = {at for at in range(start, end) if text[at].isalnum()}
    assert letters <= set(covered)
    assert all(any(c.isalnum() for c in text[piece.start : piece.end]) for piece in pieces)
    assert [piece.start for piece in pieces] == sorted(piece.start for piece in pieces)
    known = " ".join(fixed)
    assert all(text[piece.start : piece.end].strip(" ,.;:!?…") in known for piece in pieces if piece.fixed)


def test_only_whole_words_are_taken_for_fixed_ones() -> None:
    assert spans("anh Nam Namba ba bốn", ["ba ba bốn"]) == []
    assert spans("Dạ vâng ạ, em Lan ghi lại", ["vâng ạ", "dạ vâng ạ"]) == [(0, 9)]  # two words are too few
    assert spans("em Lan. Cảm ơn anh ạ", [". Cảm ơn anh ạ"]) == [(8, 20)]


_TONE = st.tuples(st.integers(0, 4000), st.integers(100, 3400), st.integers(0, 30_000), st.integers(0, 6))


@given(st.lists(_TONE, min_size=1, max_size=6), st.booleans())
def test_no_step_is_larger_at_a_joint_than_what_was_there(tones: list[tuple[int, int, int, int]], comma: bool) -> None:
    """Tones that break off anywhere, the worst there is: a fade of 10 ms adds its slope and no more."""
    pieces = []
    for length, hz, loud, phase in tones:
        wave = loud * np.sin(np.arange(length) * 2 * np.pi * hz / 8000 + phase)
        pieces.append(AudioChunk(np.rint(wave).astype(np.int16)))
    out = joined([("a," if comma else "a", piece) for piece in pieces])
    inside = max(steps(piece.pcm) for piece in pieces)
    most = max((int(np.abs(piece.pcm.astype(int)).max(initial=0)) for piece in pieces), default=0)
    assert steps(out.pcm[FADE:-FADE]) <= inside + 2 * most / (FADE - 1) + 1
    assert len(out.pcm) <= sum(len(piece.pcm) for piece in pieces)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("comma", [False, True])
def test_speech_is_joined_without_a_click_and_without_a_hole(dialect: Dialect, comma: bool) -> None:
    for name in NAMES:
        words = (BEFORE, f"{name}," if comma else name, AFTER)
        made = [render_blocking(text, Voice(dialect)) for text in words]
        out = joined(list(zip(words, made, strict=True)))
        assert steps(out.pcm) <= max(steps(piece.pcm) for piece in made)
        loud = np.flatnonzero(np.abs(out.pcm) > 160)
        inside = out.pcm[loud[0] : loud[-1]]
        silence = np.diff(np.flatnonzero(np.abs(inside) > 160)).max()
        assert silence <= (8000 * 0.2 if comma else 8000 * 0.13)
        energy = [float(np.square(chunk.pcm, dtype=np.float64).sum()) for chunk in (out, *made)]
        assert energy[0] == pytest.approx(sum(energy[1:]), rel=0.01)  # nothing that sounds was cut off


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 900), st.lists(st.integers(0, 1000), max_size=4)), min_size=1, max_size=6))
def test_marks_never_go_back_and_none_is_lost(pieces: list[tuple[int, list[int]]]) -> None:
    rng = np.random.default_rng(3)
    number = 0
    made = []
    for length, places in pieces:
        marks = []
        for place in sorted(places):
            marks.append(WordMark(place, number, number + 1))
            number += 1
        made.append(("a", AudioChunk(rng.integers(-9000, 9000, length).astype(np.int16), tuple(marks))))
    out = joined(made)
    assert [mark.start for mark in out.marks] == list(range(number))
    assert [mark.at_sample for mark in out.marks] == sorted(mark.at_sample for mark in out.marks)
    assert all(0 <= mark.at_sample < max(len(out.pcm), 1) for mark in out.marks)


class Watched(DiskPhrases):
    """Tells what was asked of it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "test")
        self.kept: list[str] = []
        self.found: list[str] = []

    def get(self, text: str, voice: Voice) -> AudioChunk | None:
        audio = super().get(text, voice)
        if audio is not None:
            self.found.append(text)
        return audio

    def put(self, text: str, voice: Voice, audio: AudioChunk) -> None:
        self.kept.append(text)
        super().put(text, voice, audio)


@pytest.fixture
async def espeak() -> AsyncIterator[EspeakSynthesizer]:
    synthesizer = EspeakSynthesizer()
    yield synthesizer
    await synthesizer.aclose()


def speaker(espeak: EspeakSynthesizer, disk: DiskPhrases) -> Speaker:
    return Speaker((CachedSynthesizer(espeak, disk=disk),), VirtualClock(datetime(2026, 11, 23, tzinfo=UTC)))


async def test_a_call_keeps_the_prompt_and_never_the_name(espeak: EspeakSynthesizer, tmp_path: Path) -> None:
    disk = Watched(tmp_path)
    voices = speaker(espeak, disk)
    for name in NAMES:
        text = f"{BEFORE} {name}, phải không, xin lỗi chị {name} {AFTER}"
        out = whole([chunk async for chunk in voices.for_call().say(text, Voice(), FIXED)])
        assert [text[mark.start : mark.end] for mark in out.marks] == [word.strip(",.?") for word in text.split()]
        places = [mark.at_sample for mark in out.marks]
        assert places == sorted(places)
    assert disk.kept == [BEFORE, "phải không, xin lỗi chị", AFTER]
    # The next process finds them made.
    later = Watched(tmp_path)
    text = f"{BEFORE} Bình, phải không, xin lỗi chị Bình {AFTER}"
    chunks = [chunk async for chunk in speaker(espeak, later).for_call().say(text, Voice(), FIXED)]
    assert later.kept == []
    assert len(later.found) == 3
    assert len(chunks[0].pcm) > 8000  # the first words are there before the name is made


async def test_another_voice_or_pace_is_another_sound(espeak: EspeakSynthesizer, tmp_path: Path) -> None:
    disk = Watched(tmp_path)
    voices = speaker(espeak, disk)
    lengths = []
    for voice in (Voice(), Voice(rate=0.7), Voice("south"), Voice()):
        out = whole([chunk async for chunk in voices.for_call().say(f"{BEFORE} An.", voice, FIXED)])
        lengths.append(len(out.pcm))
    assert len(disk.kept) == 3
    assert lengths[0] == lengths[3] < lengths[1]
