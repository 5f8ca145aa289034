"""When a person is called in: rules, memory and hysteresis, and the same in real conversations."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.escalation import Escalation, rules
from agent.sentiment import Feeling, Mood
from agent.sentiment.plugged import classifier_in
from agent.sentiment.scorer import SentimentScorer, shipped, valence_of
from agent.turns import CustomerTurn, Transfer
from benchmarks.escalation import measure
from core.errors import ConfigurationError
from memory import events
from models.sentiment.train import held_out
from speech.prosody import Prosody
from speech.types import Hypothesis
from tests.agent.talk import Talk, verified

CALM = Feeling(0.0, (), {"calm": 1.0})


def felt(kind: str, sure: float = 0.95, score: float = -0.8, word: str = "bực") -> Feeling:
    return Feeling(score, (word,), {kind: sure, "calm": 1 - sure})


def heard(*feelings: Feeling) -> tuple[Escalation, Mood]:
    past, mood = Escalation(), Mood()
    for number, feeling in enumerate(feelings, 1):
        past, mood = past.heard(number, feeling), mood.after(feeling.score)
    return past, mood


def decided(*feelings: Feeling, text: str = "bực") -> str | None:
    past, mood = heard(*feelings)
    found = past.decide(rules(), len(feelings), text, feelings[-1], mood)
    return found.rule if found else None


@pytest.mark.parametrize(
    ("feelings", "rule"),
    [
        ([CALM] * 5, None),
        ([felt("annoyed", 0.55)], None),
        ([felt("annoyed")], "displeasure"),
        ([felt("annoyed"), felt("angry")], "anger"),
        ([felt("annoyed"), *[CALM] * 5, felt("ironic", score=-0.3)], None),
        ([felt("danger")], "danger"),
        ([felt("threat")], "legal_threat"),
        ([felt("abuse"), felt("abuse")], "abuse"),
        ([felt("despair")], "despair"),
    ],
)  # fmt: skip
def test_rules(feelings: list[Feeling], rule: str | None) -> None:
    assert decided(*feelings) == rule


def test_a_named_danger_needs_less() -> None:
    assert decided(felt("danger", 0.5, -0.2), text="tôi tự tử đây") == "danger"
    assert decided(felt("danger", 0.5, -0.2), text="tôi mệt quá") is None
    assert decided(felt("danger", 0.5, -0.2), text="tôi không tự tử đâu") is None


def test_an_offer_is_not_repeated_until_it_was_calm_for_a_while() -> None:
    annoyed = felt("annoyed", score=-0.62)
    past, mood = heard(annoyed)
    decision = past.decide(rules(), 1, "bực", annoyed, mood)
    assert decision is not None
    assert decision.turns == (1,)
    assert decision.words == ("bực",)
    past = past.decided(decision, 1)
    past = past.heard(2, annoyed)
    tense = Mood(-0.4, -0.4, 2, "tense")
    assert past.decide(rules(), 2, "bực", annoyed, tense) is None
    for number in (3, 4, 5):
        past = past.heard(number, CALM)
    past = past.heard(6, annoyed)
    assert past.decide(rules(), 6, "bực", annoyed, tense) is not None


def test_mood_does_not_flap() -> None:
    mood = Mood().after(-0.65)
    assert mood.state == "tense"
    mood = mood.after(0.0)
    assert (mood.state, round(mood.level, 2)) == ("tense", -0.23)
    assert mood.after(0.0).after(0.3).state == "calm"
    angry = Mood().after(-0.9).after(-0.9)
    assert angry.state == "angry"
    assert angry.after(0.0).state == "angry"


@pytest.mark.parametrize("content", ["x: {kinds: [cross], sure: 0.5, do: [alert]}", "- 1", "x: {do: [", "x: {sure: 2}"])
def test_wrong_rules_are_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(content)
    with pytest.raises(ConfigurationError) as caught:
        rules(path)
    assert str(path) in caught.value.message()


async def test_words_of_danger_reach_a_supervisor_at_once_and_raise_an_alert() -> None:
    talk = await Talk().start()
    await talk.say("các người ép nữa tôi tự tử cho coi")
    assert any(isinstance(act, Transfer) and act.queue == "supervisor" for act in talk.last.acts)
    assert talk.code == "TRANSFERRED"
    alert = talk.data(events.ALERTED)[0]
    assert (alert["do"], alert["rule"], alert["turns"]) == ("alert", "danger", [1])
    assert any("tự tử" in word for word in alert["words"])
    summary = talk.data(events.ESCALATED)[0]["summary"].split("\n")
    assert len(summary) == 5
    assert "4321" not in "".join(summary)
    assert "khẩn cấp" in summary[4]


async def test_politeness_that_hides_anger_is_heard() -> None:
    talk = await verified()
    await talk.say("vâng các anh giỏi quá nhỉ", "phục vụ tốt gớm, gọi suốt ngày")
    assert talk.data(events.SENTIMENT)[-1]["kind"] in ("ironic", "annoyed")
    assert talk.data(events.ESCALATED) or "nhân viên" in talk.last.text


async def test_calm_words_that_look_like_threats_change_nothing() -> None:
    talk = await verified()
    await talk.say("chị đang đổ xăng, mai chị trả")
    assert not talk.data(events.ALERTED)
    assert not talk.data(events.ESCALATED)
    assert talk.data(events.SENTIMENT)[-1]["state"] == "calm"


async def test_who_hangs_up_in_anger_is_to_be_called_back() -> None:
    talk = await verified()
    await talk.say("làm ăn kiểu gì vậy hả bực cả mình")
    assert not talk.data(events.ESCALATED)
    talk.conversation._watch.mood = Mood(-0.6, -0.6, 3, "angry")
    await talk.say("đồ lừa đảo, quá đáng lắm rồi") if not talk.over else None
    if not talk.data(events.ESCALATED):
        await talk.conversation.on_hangup()
        assert talk.data(events.ALERTED)[-1]["do"] == "callback"


async def test_a_raised_voice_counts_only_with_unfriendly_words() -> None:
    scorer = SentimentScorer()
    assert scorer.explain("cảm ơn em nhiều lắm", arousal=3).score > 0.25
    assert scorer.explain("mai anh trả", arousal=3).score == pytest.approx(-0.2, abs=0.05)
    assert scorer.explain("chờ lâu quá", arousal=3).score < scorer.explain("chờ lâu quá").score - 0.3
    talk = await verified()
    for at, loud in ((1, -28.0), (2, -28.0), (3, -10.0)):
        turn = CustomerTurn("để anh xem", at * 9000, Hypothesis("để anh xem", prosody=Prosody(loud, 150.0, 4.0, 900)))
        await talk.conversation.on_customer(turn)
    assert talk.data(events.SENTIMENT)[-1]["arousal"] > 1


def test_the_shipped_classifier_on_turns_it_never_saw() -> None:
    right = {"serious": 0, "calm": 0}
    rows = held_out()
    for row in rows:
        said = shipped().predict(row.text).label
        heated = said not in ("calm", "pleased")
        right["calm" if row.label in ("calm", "pleased") else "serious"] += heated == (
            row.label not in ("calm", "pleased")
        )
    calm = sum(row.label in ("calm", "pleased") for row in rows)
    assert right["calm"] / calm >= 0.9
    assert right["serious"] / (len(rows) - calm) >= 0.75


def test_labels_of_other_classifiers_are_weighed() -> None:
    assert [valence_of(x, ("0", "1", "2")) for x in ("0", "1", "2")] == pytest.approx([-0.7, 0, 0.7])
    assert valence_of("NEGATIVE", ("NEGATIVE", "POSITIVE")) == -0.7
    assert valence_of("Anger", ("Anger", "Joy")) < 0 < valence_of("Joy", ("Anger", "Joy"))
    assert valence_of("LABEL_2", ("LABEL_0", "LABEL_1", "LABEL_2")) == pytest.approx(0.7)


def test_a_plugged_classifier_is_asked_too() -> None:
    ours = classifier_in(Path(__file__).parents[2] / "models" / "sentiment")
    assert SentimentScorer(ours).score("dịch vụ tệ quá") < -0.25


async def test_heated_callers_reach_a_person_and_calm_ones_do_not() -> None:
    heated, calm = await measure(1, flows=("payment_reminder",), most_goals=5)
    assert len(heated) >= 5
    assert sum(bool(case.transferred) for case in heated) >= len(heated) - 1
    assert not any(case.transferred in ("anger", "legal_threat", "danger") for case in calm)
