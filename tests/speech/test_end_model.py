"""The end-of-turn network: whole as shipped, told what is awaited, unmoved by words it never saw."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from models.turns.make_text import kept_out, turns
from speech.end_model import load_end_model
from speech.end_of_turn import doubt, hints
from speech.types import OPEN, Expectation

LAST4 = Expectation(("digits",), digits=4)
DATE = Expectation(("date",))


def test_it_knows_what_is_awaited() -> None:
    assert doubt("một hai ba bốn", LAST4) < -1
    assert doubt("một hai ba", LAST4) > 1
    assert doubt("ngày mười lăm nhé", DATE) < doubt("ngày mười lăm", DATE) < doubt("ngày mười lăm tháng", DATE)


@given(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=30))
def test_any_words_have_bounded_odds(words: list[str]) -> None:
    words = " ".join(words).split()
    assume(words)
    assert -8 <= load_end_model().logit(words, OPEN, hints(words, OPEN)) <= 8


def test_turns_to_learn_from_are_reproducible_and_keep_the_benchmark_out() -> None:
    some = list(turns(300, 5))
    assert some == list(turns(300, 5))
    assert any(len(said.parts) > 1 for said in some)
    assert not any(kept_out(said.text) for said in some)
    assert kept_out("tôi đang lái xe lát gọi lại đi")
    assert not kept_out("ngày mười lăm")
