"""What a conversation adds to its flow: interruptions, hang-ups, the record, silence, keys."""

from __future__ import annotations

import pytest

from agent.turns import CustomerTurn, HangUp, Transfer
from core.errors import InputError
from memory import events
from speech.types import Hypothesis, Word
from tests.agent.talk import Talk, verified


async def test_a_yes_over_an_unheard_question_confirms_nothing() -> None:
    talk = await verified()
    await talk.say("mai anh trả")
    turn = CustomerTurn("ừ đúng rồi", interrupted_bot=True, bot_heard="Dạ em xác nhận anh thanh")
    answer = await talk.conversation.on_customer(turn)
    assert talk.conversation.disposition is None
    assert "2.500.000 đồng vào thứ ba ngày 24/11" in answer.text
    await talk.say("đúng")
    assert talk.code == "PTP"


async def test_a_yes_over_a_heard_question_counts() -> None:
    talk = await verified()
    await talk.say("mai anh trả")
    heard = " ".join(act.spoken for act in talk.last.acts)[:-6]  # type: ignore[union-attr]
    await talk.conversation.on_customer(CustomerTurn("đúng rồi", interrupted_bot=True, bot_heard=heard))
    assert talk.code == "PTP"


def _heard(text: str, confidence: float) -> CustomerTurn:
    words = tuple(Word(word, 200 * k, 200 * k + 150, confidence) for k, word in enumerate(text.split()))
    return CustomerTurn(text, 1000, Hypothesis(text, words, confidence, (text,)))


async def test_a_yes_that_was_hardly_recognised_identifies_nobody() -> None:
    talk = await Talk().start()
    first = talk.last.text
    answer = await talk.conversation.on_customer(_heard("đúng", 0.7))
    assert "sinh" not in answer.text
    assert "?" in answer.text
    sure = await talk.conversation.on_customer(_heard("đúng rồi", 0.97))
    assert "năm sinh" in sure.text
    assert first != sure.text


async def test_a_yes_that_might_be_a_no_promises_nothing() -> None:
    talk = await verified()
    await talk.say("mai anh trả")
    answer = await talk.conversation.on_customer(_heard("phải rồi", 0.45))
    assert talk.code is None
    assert "?" in answer.text
    await talk.conversation.on_customer(_heard("phải rồi", 0.8))
    assert talk.code == "PTP"


async def test_where_nothing_is_known_of_confidence_a_yes_counts() -> None:
    talk = await Talk().start()
    answer = await talk.conversation.on_customer(CustomerTurn("đúng rồi", 1000, Hypothesis("đúng rồi")))
    assert "năm sinh" in answer.text


async def test_hang_up_twice_reports_once() -> None:
    talk = await Talk().start()
    await talk.conversation.on_hangup()
    await talk.conversation.on_hangup()
    assert [data["code"] for data in talk.data(events.DISPOSITION)] == ["HANGUP_EARLY"]


async def test_hanging_up_while_asked_when_to_call_is_a_callback() -> None:
    talk = await Talk().start()
    await talk.say("anh đang họp")
    await talk.conversation.on_hangup()
    assert talk.code == "CALLBACK"


async def test_after_the_end_nothing_more_happens() -> None:
    talk = await Talk().start()
    await talk.say("nhầm số rồi")
    count = len(talk.data(events.DISPOSITION))
    await talk.say("alô", "mai anh trả")
    assert isinstance(talk.last.acts[-1], HangUp)
    assert talk.code == "WRONG_NUMBER"
    assert len(talk.data(events.DISPOSITION)) == count


async def test_silence_asks_once_and_goes_on_when_answered() -> None:
    talk = await Talk().start()
    await talk.silent(1)
    assert "nghe" in talk.last.text
    assert "phải không ạ?" in talk.last.text or "không ạ?" in talk.last.text
    await talk.say("nghe rồi em, anh Hùng đây")
    assert "năm sinh" in talk.last.text


async def test_transfer_carries_the_story() -> None:
    talk = await Talk().start()
    await talk.say("cho gặp nhân viên")
    act = talk.last.acts[-1]
    assert isinstance(act, Transfer)
    assert act.queue == "care"
    assert "chưa xác minh" in act.summary
    assert "2.500.000" not in act.summary


async def test_year_by_keypad() -> None:
    talk = await Talk().start()
    await talk.say("đúng rồi")
    await talk.press("1985")
    assert talk.conversation.verified
    assert talk.data(events.IDENTITY) == [{"verified": True, "method": "birth_year"}]


async def test_repeat_says_the_same_again() -> None:
    talk = await verified()
    told = talk.last.text
    await talk.say("nói lại đi em")
    assert "nhắc lại" in talk.last.text
    assert told.split(". ", 1)[1] in talk.last.text


async def test_chat_speaks_of_no_telephone() -> None:
    talk = await Talk(channel="chat").start()
    assert "Cuộc gọi" not in talk.last.text
    assert "ghi lại" in talk.last.text
    await talk.say("cho gặp nhân viên")
    assert "giữ máy" not in talk.last.text


async def test_a_missing_fact_is_named() -> None:
    with pytest.raises(InputError) as caught:
        Talk(amount_due=None)
    assert caught.value.where == "amount_due"


async def test_same_call_same_words() -> None:
    first, second = await verified(), await verified()
    assert [turn.text for turn in first.turns] == [turn.text for turn in second.turns]
    assert first.events == second.events


async def test_chat_without_tone_marks_and_in_teencode() -> None:
    talk = await Talk(channel="chat").start()
    await talk.say("dung roi", "sinh nam 1985", "thu 6 minh tra du nha", "dung roi")
    disposition = talk.conversation.disposition
    assert disposition is not None
    assert disposition.code == "PTP"


async def test_the_day_of_a_cancellation_is_no_new_day() -> None:
    talk = await Talk("appointment_reminder").start()
    await talk.say("alô", "đúng rồi", "hủy lịch thứ tư giúp anh")
    assert "new_time" not in talk.conversation.state.slots
    await talk.say("ừ hủy đi")
    assert talk.code == "CANCELLED"


async def test_a_customer_satisfaction_survey_verifies_too() -> None:
    talk = await Talk("satisfaction_survey", service="sửa máy giặt", survey="csat").start()
    await talk.say("đúng rồi em", "ba điểm")
    assert talk.conversation.verified
    await talk.say("cũng bình thường")
    assert talk.code is None
