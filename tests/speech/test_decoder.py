"""The search, the trigram and the grammars, on synthetic posteriors."""

from __future__ import annotations

import numpy as np
import pytest

from speech.recognition.decoder import Decoder
from speech.recognition.embedded import load_language_model
from speech.recognition.grammar import KINDS, graph_of, machine_for, polarity
from speech.types import OPEN, Expectation, ExpectedKind
from tests.speech.posteriors import posteriors

SURE = (0.0, 0.0, 0.0)
MESSY = (0.1, 0.15, 0.35)
YES_NO = Expectation(("yes_no",))


def decode(text: str, expectation: Expectation = OPEN, seed: int = 0, wrong: tuple[float, float, float] = SURE) -> str:
    model = load_language_model()
    decoder = Decoder(model)
    decoder.expect(machine_for(expectation, model))
    decoder.advance(posteriors(text, seed, wrong))
    return decoder.finish().texts[0]


@pytest.mark.parametrize("text", ["ngày mười lăm em trả hai triệu rưỡi", "nhầm số rồi em ơi", "đừng gọi nữa nhé"])
def test_clear_speech(text: str) -> None:
    assert decode(text) == text


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ngày mười lăm tháng mười hai", "date"), ("thứ sáu tuần sau", "date"), ("một triệu ba trăm ngàn", "money"),
        ("không phải đâu em", "yes_no"), ("chiều mai hai giờ rưỡi", "time"),
        ("không chín không ba một hai ba", "digits"),
    ],
)  # fmt: skip
def test_expectation_helps_over_noise(text: str, kind: ExpectedKind) -> None:
    right = [sum(decode(text, e, seed, MESSY) == text for seed in range(12)) for e in (OPEN, Expectation((kind,)))]
    assert right[1] >= max(right[0] - 1, 8)  # the trigram alone reads nearly all of these: little is left to help


def test_expectation_forbids_nothing() -> None:
    assert decode("em gọi nhầm số rồi", Expectation(("date", "money"))) == "em gọi nhầm số rồi"


def test_hot_phrase_of_rare_syllables() -> None:
    name = "quách thoại khuê"
    expectation = Expectation(("name",), (name, "đúng rồi"))
    right = [sum(decode(f"chị {name} đây", e, seed, MESSY) == f"chị {name} đây" for seed in range(12))
             for e in (OPEN, expectation)]  # fmt: skip
    assert right[1] > right[0]


def test_hot_phrases_are_not_heard_everywhere() -> None:
    expectation = Expectation(("open",), ("quách thoại khuê", "trần trọng nghĩa"))
    assert decode("mai chị trả một triệu", expectation, 3, (0.05, 0.05, 0.1)) == "mai chị trả một triệu"


@pytest.mark.parametrize(("expectation", "least", "most"), [(YES_NO, 0.4, 0.7), (OPEN, 0.7, 1.0)])
def test_a_yes_that_may_be_a_no_is_doubted(expectation: Expectation, least: float, most: float) -> None:
    model = load_language_model()
    decoder = Decoder(model)
    decoder.expect(machine_for(expectation, model))
    rows, other = posteriors("dạ phải rồi", 1, SURE), posteriors("dạ sai rồi", 1, SURE)
    assert len(rows) == len(other)
    rows = np.logaddexp(rows, other) - np.float32(np.log(2))
    decoder.advance(rows)
    heard = decoder.finish()
    assert {"dạ phải rồi", "dạ sai rồi"} <= set(heard.texts)
    assert least <= heard.confidence <= most


def test_a_clear_yes_is_no_no() -> None:
    model = load_language_model()
    decoder = Decoder(model)
    decoder.expect(machine_for(YES_NO, model))
    for text in ("dạ phải rồi", "sai rồi", "không phải đâu em", "đúng rồi"):
        decoder.advance(posteriors(text, 1, SURE))
        heard = decoder.finish()
        assert heard.texts[0] == text
        assert heard.lead > 0.9
        assert heard.confidence > 0.9


def test_every_answer_of_the_grammar_has_its_polarity() -> None:
    for rule, says in (("<yes>", True), ("<no>", False)):
        graph = graph_of(rule)
        todo = [(graph.closure({0}), "")]
        while todo:
            states, text = todo.pop()
            if states & graph.finals:
                assert polarity(text) is says, text
            for state in states:
                todo += [(graph.closure(ends), f"{text} {word}") for word, ends in graph.arcs[state].items()]
    assert polarity("chiều mai") is None


def test_streaming_equals_offline() -> None:
    model = load_language_model()
    rows = posteriors("mai chị trả hai triệu ba trăm ngàn", 4, MESSY)
    whole, pieces = Decoder(model), Decoder(model)
    whole.advance(rows)
    for row in rows:
        pieces.advance(row[None])
    assert pieces.partial() == whole.partial()
    assert pieces.finish() == whole.finish()


def test_finish_starts_afresh_and_times_are_in_order() -> None:
    model = load_language_model()
    decoder = Decoder(model)
    rows = posteriors("mai chị trả")
    for _ in range(2):
        decoder.advance(rows)
        assert decoder.partial() == "mai chị trả"
        words = decoder.finish().words
        assert [w.text for w in words] == ["mai", "chị", "trả"]
        times = [t for w in words for t in (w.start_frame, w.end_frame)]
        assert times == sorted(times)
        assert all(0.3 < w.confidence <= 1 for w in words)


def test_expectation_may_come_during_silence_but_not_within_speech() -> None:
    model = load_language_model()
    rows = posteriors("số quách thoại khuê", 1, MESSY)
    machine = machine_for(Expectation((), ("quách thoại khuê",)), model)
    early, late, never = Decoder(model), Decoder(model), Decoder(model)
    early.advance(posteriors("")[:6])
    early.expect(machine)
    early.advance(rows)
    late.advance(rows)
    late.expect(machine)
    never.advance(rows)
    assert late.finish() == never.finish()
    assert "quách thoại khuê" in early.finish().texts[0]


def test_silence_is_nothing() -> None:
    rows = np.full((50, 199), -12.0, np.float32)
    rows[:, 0] = -0.0001
    decoder = Decoder(load_language_model())
    decoder.advance(rows[:, : posteriors("a").shape[1]])
    assert decoder.finish().texts[0] == ""


def test_every_rule_can_be_built() -> None:
    model = load_language_model()
    for kind in KINDS:
        assert machine_for(Expectation((kind,)), model).start.words


def test_model_probabilities_sum_to_one() -> None:
    model = load_language_model()
    for before, last in (("<s>", "<s>"), ("hai", "triệu"), ("không", "phải"), ("ngày", "mười")):
        ids = [model.vocabulary.index(w) for w in (before, last)]
        context = model.after(*ids)
        assert np.exp([context.word(w) for w in range(len(model))]).sum() == pytest.approx(1, abs=0.06)


def test_a_name_of_a_long_list_is_heard_in_usual_carriers() -> None:
    rest = [f"{surname} văn {given}" for surname in ("trần", "lê", "phạm", "hồ", "vũ") for given in ("an", "hà", "sơn")]
    expectation = Expectation(("name",), ("quách thoại khuê", *rest * 8))
    for line in ("em là {}", "dạ {} đây", "phải rồi anh {} đây", "chị {} nghe"):
        text = line.format("quách thoại khuê")
        right = [sum(decode(text, e, seed, MESSY) == text for seed in range(6)) for e in (OPEN, expectation)]
        assert right[1] >= max(right[0] + 1, 4), line


def test_a_number_may_begin_politely() -> None:
    text = "dạ tám ba năm ba"
    assert sum(decode(text, Expectation(("digits",), digits=4), seed, MESSY) == text for seed in range(12)) >= 8
