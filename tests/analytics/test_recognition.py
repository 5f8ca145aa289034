"""Who said what when, and how many syllables were wrong."""

from __future__ import annotations

import jiwer
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import Data, recognition, syllables
from analytics.alignment import Spans, align

WORDS = st.lists(st.sampled_from(["dạ", "vâng", "ngày", "ngài", "mười", "lăm", "năm", "trả", "không"]), max_size=9)
TEXTS = st.lists(st.tuples(WORDS.map(" ".join), WORDS.map(" ".join)), min_size=1, max_size=12)


def spans(*rows: tuple[int, int, int]) -> Spans:
    columns = np.array(rows, np.int64).reshape(-1, 3).T
    return Spans(columns[0], columns[1], columns[2])


def test_pieces_go_to_the_turn_that_overlaps_them_most() -> None:
    turns = spans((0, 1_000, 2_000), (0, 3_000, 5_000), (1, 1_000, 2_000))
    heard = ((0, 900, 1_900), (0, 2_900, 3_500), (0, 3_800, 5_100), (1, 3_000, 3_500), (0, 1_950, 3_900), (2, 0, 1))
    pieces = spans(*heard)
    assert align(pieces, turns).tolist() == [0, 1, 1, -1, 1, -1]


def test_a_piece_close_by_still_belongs_to_its_turn() -> None:
    turns = spans((0, 1_000, 2_000), (0, 4_000, 5_000))
    pieces = spans((0, 2_300, 2_500), (0, 3_500, 3_900), (0, 2_700, 3_300))
    assert align(pieces, turns, tolerance_ms=400).tolist() == [0, 1, -1]


def test_alignment_of_nothing() -> None:
    assert align(spans(), spans((0, 0, 1))).tolist() == []
    assert align(spans((0, 0, 1)), spans()).tolist() == [-1]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20), st.integers(1, 5)), max_size=12), st.data())
def test_alignment_equals_looking_at_every_turn(raw: list[tuple[int, int, int]], draw: st.DataObject) -> None:
    ends: dict[int, int] = {}
    turns = []
    for conversation, gap, length in raw:  # one after the other, as turns are
        start = ends.get(conversation, 0) + gap * 100
        ends[conversation] = start + length * 100
        turns.append((conversation, start, ends[conversation]))
    pieces = draw.draw(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4_000), st.integers(1, 250)), max_size=6))
    pieces = [(c, s, s + n) for c, s, n in pieces]  # at most a few turns long, as what is said in one breath
    got = align(spans(*pieces), spans(*turns), 300)
    for (conversation, start, end), found in zip(pieces, got, strict=True):
        overlaps = [min(end, e) - max(start, s) if c == conversation else -(10**9) for c, s, e in turns]
        best = max(overlaps, default=-(10**9))
        assert (overlaps[found] == best) if best >= -300 else found == -1


def test_plain_text() -> None:
    assert syllables.plain(["Dạ, NGÀY 15/8!", None, "  ", "hoa\u0300"]).to_pylist() == ["dạ ngày 15 8", "", "", "hoà"]
    assert syllables.toneless(pa.array(["thứ sáu ở đường", ""])).to_pylist() == ["thư sau ơ đương", ""]
    assert syllables.count(pa.array(["một hai", "", "ba"])).tolist() == [2, 0, 1]


def test_distances_by_hand() -> None:
    meant = ["ngày mười lăm", "ngày mười lăm", "", "", "tôi trả"]
    heard = ["ngày mười lăm", "ngài mười", "alo", "", "trả tôi"]
    assert syllables.distances(pa.array(meant), pa.array(heard)).tolist() == [0, 2, 1, 0, 2]


@given(TEXTS)
def test_distances_agree_with_jiwer(pairs: list[tuple[str, str]]) -> None:
    meant, heard = (pa.array(list(side), pa.string()) for side in zip(*pairs, strict=True))
    got = syllables.distances(meant, heard)
    for (reference, hypothesis), distance in zip(pairs, got, strict=True):
        if not reference:
            assert distance == len(hypothesis.split())
            continue
        out = jiwer.process_words(reference, hypothesis)
        assert distance == out.substitutions + out.insertions + out.deletions


@given(TEXTS)
def test_distances_are_a_metric(pairs: list[tuple[str, str]]) -> None:
    meant, heard = (pa.array(list(side), pa.string()) for side in zip(*pairs, strict=True))
    there, back = syllables.distances(meant, heard), syllables.distances(heard, meant)
    longest = np.maximum(syllables.count(meant), syllables.count(heard))
    assert (there == back).all()
    assert ((there >= 0) & (there <= longest)).all()
    assert (syllables.distances(meant, meant) == 0).all()
    bare = syllables.distances(syllables.toneless(meant), syllables.toneless(heard))
    assert (bare <= there).all()


def test_table_by_hand() -> None:
    turns = pd.DataFrame(
        {
            "conversation_id": ["a", "a", "b", "b"],
            "reference": ["một hai ba", "bốn", None, "năm sáu"],
            "reference_syllables": pd.array([3, 1, None, 2], "Int64"),
            "syllable_errors": pd.array([1, 0, None, 2], "Int64"),
            "toneless_errors": pd.array([0, 0, None, 2], "Int64"),
        }
    )
    calls = pd.DataFrame({"conversation_id": ["a", "b"], "speaker_dialect": ["north", "south"]})
    whole = recognition.recognition_table(turns).iloc[0]
    assert (whole["turns"], whole["syllables"], whole["syllable_error"]) == (3, 6, 0.5)
    assert whole["toneless_error"] == pytest.approx(1 / 3)
    assert whole["exact_turns"] == pytest.approx(1 / 3)
    parts = recognition.recognition_table(turns, calls, "speaker_dialect")
    assert parts["syllable_error"].to_dict() == {"north": 0.25, "south": 1.0}


def test_what_was_spoken_while_nobody_listened_is_missed(data: Data) -> None:
    share = recognition.missed_share(data.calls).iloc[0]
    assert (share["missed"], share["share"]) == (0, 0.0)


def test_worst_turns_and_confusions(data: Data) -> None:
    worst = recognition.worst_turns(data.turns, 5)
    assert worst["syllable_errors"].is_monotonic_decreasing
    assert worst["syllable_errors"].iloc[0] == data.turns["syllable_errors"].max()
    pairs = recognition.confusions(data.turns, 1_000_000)
    assert pairs["times"].sum() == data.turns["syllable_errors"].sum()
    assert (pairs["said"] != pairs["recognised"]).all()


def test_errors_of_lists() -> None:
    assert recognition.syllable_errors(["Dạ, vâng.", "không"], ["dạ vâng", "hông"]) == (1, 3)
