"""Feelings from words, and the conversation's mood."""

from __future__ import annotations

import pytest

from agent.sentiment import Mood, SentimentScorer, label_of
from memory import events
from tests.agent.talk import verified


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("bực mình quá gọi hoài vậy", "negative"), ("cảm ơn em nhiệt tình quá", "positive"), ("mai anh trả", "neutral"),
        ("không hài lòng chút nào", "negative"), ("đồ lừa đảo", "negative"), ("không phiền đâu em", "neutral"),
        ("quá đáng lắm rồi nghe, tui báo công an", "negative"),
    ],
)  # fmt: skip
def test_labels(text: str, label: str) -> None:
    assert label_of(SentimentScorer().score(text)) == label


def test_explains_itself() -> None:
    assert "bực mình" in SentimentScorer().explain("bực mình quá").words


def test_anger_fades_slowly() -> None:
    mood = Mood().after(-0.9).after(0.2)
    assert mood.level < -0.2
    assert mood.lowest == pytest.approx(-0.45)


async def test_handover_tells_the_story() -> None:
    talk = await verified()
    await talk.say("mai anh trả", "thôi bực mình lắm, cho tôi gặp quản lý")
    story = talk.data(events.ESCALATED)[0]
    assert story["reason"] == "ask_person"
    lines = story["summary"].split("\n")
    assert len(lines) == 5
    assert "Nguyễn Văn Hùng (đã xác minh)" in lines[0]
    assert "ngày hứa trả: 24/11/2026" in lines[2]
    assert "1985" not in story["summary"]


async def test_who_takes_over_reads_what_the_customer_said() -> None:
    talk = await verified()
    await talk.say("dạo này nhà có việc, chị mất việc nên chưa có tiền trả")
    summary = talk.data(events.ESCALATED)[0]["summary"]
    assert "mất việc nên chưa có tiền trả”" in summary.split("\n")[2]
    assert "1985" not in summary
    asked = await verified()
    await asked.say("cho tôi gặp nhân viên")
    assert "khách nói" not in asked.data(events.ESCALATED)[0]["summary"]
