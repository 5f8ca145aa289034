"""Intents that a flow brings along: ten example sentences each are enough; out of scope stays out of scope."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.brain.base import Asked, Context, Meant
from agent.brain.embedded import EmbeddedBrain
from agent.brain.negation import denied, opposite
from agent.brain.own_intents import OwnIntents, learn
from agent.flows.load import shipped_flows
from agent.turns import CustomerTurn
from core.clock import vietnam_time
from speech.text.normalize import strip_marks
from tests.agent.talk import NOW

_DATA: Mapping[str, Any] = yaml.safe_load((Path(__file__).parent / "own_intents.yaml").read_text("utf-8"))
BUSINESSES = [name for name in _DATA if name != "out_of_scope"]


def _model(business: str) -> OwnIntents:
    return learn({name: tuple(part["learn"]) for name, part in _DATA[business].items()})


def _context(business: str) -> Context:
    return Context(vietnam_time(NOW), own=_model(business), asked=Asked(intents=frozenset(_DATA[business])))


def _score(change: Any) -> tuple[float, float]:
    """(share of test sentences whose intent is surest, share of sentences out of scope that are believed)."""
    right, wrong, said, other = 0, 0, 0, 0
    for business in BUSINESSES:
        model = _model(business)
        for name, part in _DATA[business].items():
            for sentence in part["test"]:
                chances = model.probabilities(change(sentence))
                right += max(chances, key=lambda intent: chances[intent]) == name and chances[name] >= 0.35
                said += 1
        for sentence in _DATA["out_of_scope"]:
            wrong += max(model.probabilities(change(sentence)).values()) >= 0.5
            other += 1
    return right / said, wrong / other


def test_ten_sentences_are_enough() -> None:
    right, wrong = _score(str)
    assert right >= 0.95
    assert wrong <= 0.03


def test_without_tone_marks() -> None:
    right, wrong = _score(strip_marks)
    assert right >= 0.88
    assert wrong <= 0.03


def test_the_same_examples_are_learnt_once_and_alike() -> None:
    assert _model("shop") is _model("shop")
    again = learn({name: [*part["learn"]] for name, part in _DATA["shop"].items()})
    assert again.probabilities("đơn của tôi đâu") == _model("shop").probabilities("đơn của tôi đâu")


def test_a_flow_is_learnt_in_less_than_a_second_of_cpu() -> None:
    _model("shop")
    begun = time.process_time()
    learn({name: [*part["learn"], "câu mới"] for name, part in list(_DATA["clinic"].items())[:1]})
    assert time.process_time() - begun < 1.0


@pytest.mark.parametrize(
    ("business", "text", "intent"),
    [
        ("restaurant", "dạ em ơi cho anh đặt cái bàn năm người chiều mai nghen", "book_table"),
        ("telecom", "mạng nhà tui bị mất hổng vô được wifi", "net_down"),
        ("shop", "don hang cua toi toi dau roi", "track_order"),
        ("clinic", "bao giờ thì có kết quả xét nghiệm rứa", "test_result"),
    ],
)  # fmt: skip
def test_the_brain_believes_them(business: str, text: str, intent: str) -> None:
    found = EmbeddedBrain().read(CustomerTurn(text), _context(business))
    assert found.intent == intent


@pytest.mark.parametrize(
    ("text", "intent"),
    [("cho tôi gặp nhân viên", "ask_person"), ("đừng gọi cho tôi nữa", "opt_out"), ("nhầm số rồi", "wrong_person")],
)  # fmt: skip
def test_shipped_intents_stay(text: str, intent: str) -> None:
    for business in BUSINESSES:
        assert EmbeddedBrain().read(CustomerTurn(text), _context(business)).intent == intent


def test_several_in_one_sentence() -> None:
    said = "cho anh hủy đơn hàng hôm qua với lại shop còn áo này màu đen không"
    found = EmbeddedBrain().read(CustomerTurn(said), _context("shop"))
    assert {"cancel_order", "stock"} <= {c.intent for c in found.commands if isinstance(c, Meant)}


_POLARITY: Mapping[str, Any] = yaml.safe_load((Path(__file__).parent / "own_intents_polarity.yaml").read_text("utf-8"))


def _polar(business: str) -> OwnIntents:
    return learn({name: tuple(part["learn"]) for name, part in _POLARITY[business].items()})


@pytest.mark.parametrize(("change", "least", "most"), [(str, 0.92, 0.2), (strip_marks, 0.8, 0.2)])
def test_a_denial_turns_an_intent_round(change: Any, least: float, most: float) -> None:
    right, taken, said, denied = 0, 0, 0, 0
    for business, intents in _POLARITY.items():
        model = _polar(business)
        for name, part in intents.items():
            chances = [model.probabilities(change(sentence)) for sentence in part["test"]]
            right += sum(one[name] >= 0.5 and one[name] == max(one.values()) for one in chances)
            said += len(chances)
            taken += sum(model.probabilities(change(sentence))[name] >= 0.5 for sentence in part["not"])
            denied += len(part["not"])
    assert right / said >= least
    assert taken / denied <= most


@pytest.mark.parametrize("who", ["anh", "chị", "chú", "tôi", "bác", "cô", "em", "tui", "ông"])
@pytest.mark.parametrize("deny", ["không", "hổng", "hông", "chẳng", "không có", "nhất định không"])
def test_wont_pay_hangs_on_the_denial(who: str, deny: str) -> None:
    model = learn(dict(shipped_flows()["payment_reminder"].intents))
    assert model.probabilities(f"{who} {deny} trả")["wont_pay"] >= 0.5
    for text in (f"{who} trả", f"{who} trả nè", f"để {who} trả", f"{who} sẽ đóng"):
        assert model.probabilities(text)["wont_pay"] < 0.2


@pytest.mark.parametrize(
    ("text", "denied_words"),
    [
        ("chị không muốn tập tiếp đâu", {"muốn", "tập", "tiếp", "đâu"}),
        ("còn bàn không em", set()),
        ("nhà có nước chưa", set()),
        ("không biết đơn tới đâu rồi", set()),
        ("anh không trả nhưng vợ anh trả", {"trả"}),
        ("khong tra dau", {"tra", "dau"}),
        ("", set()),
    ],
)  # fmt: skip
def test_what_a_denial_reaches(text: str, denied_words: set[str]) -> None:
    words = text.split()
    under = denied(words)
    assert {word for word, no in zip(words, under, strict=True) if no} == denied_words


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("chú không trả đâu", "chú trả"),
        ("chú trả", "chú không trả"),
        ("cho anh đặt bàn", "không cho anh đặt bàn"),
        ("đâu có nợ", "nợ"),
        ("mấy giờ mở cửa", None),
        ("còn phòng không em", None),
    ],
)  # fmt: skip
def test_the_opposite_of_a_sentence(text: str, other: str | None) -> None:
    made = opposite(text.split())
    assert (None if made is None else " ".join(made)) == other
