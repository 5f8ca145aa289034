"""Whole calls at maximum speed: real speech both ways, real voice activity; only words and agent are scripted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

from agent.turns import BotTurn, Disposition, HangUp, Say, SendMessage, Transfer
from memory import events
from speech import codecs
from speech.engine import SpeechEngine
from speech.recognition.fake import ScriptedRecognizer
from speech.smart_turn import SmartTurn
from speech.synthesis.base import AudioChunk, Synthesizer
from speech.synthesis.cache import CachedSynthesizer
from speech.synthesis.espeak import EspeakSynthesizer
from speech.types import OPEN, Expectation, Voice
from telephony.announcements import classify
from telephony.carrier import CallState
from telephony.media_loop import MediaLoop
from telephony.recording import RecordingWriter
from telephony.results import CallResult
from telephony.session import CallParts, CallSession, SessionOptions
from tests.telephony.scripted import Journal, ScriptedLeg, ScriptedTalk

GREETING = "Dạ em chào anh, em gọi từ công ty tài chính Sao Mai."
QUESTION = "Dạ em đang nói chuyện với anh Nam phải không ạ?"
BYE = "Dạ em cảm ơn anh, em chào anh ạ."


def say(
    text: str, expectation: Expectation = OPEN, *, interruptible: bool = True, wait_ms: int | None = None
) -> BotTurn:
    return BotTurn((Say(text, text, interruptible=interruptible),), expectation, wait_ms)


def goodbye(text: str = BYE) -> BotTurn:
    return BotTurn((Say(text, text), HangUp("done")))


class Call:
    """One call that was made and has ended."""

    def __init__(self, leg: ScriptedLeg, talk: ScriptedTalk, words: Sequence[str]) -> None:
        self.leg, self.talk, self.words = leg, talk, words
        self.journal = Journal()
        self.messages: list[SendMessage] = []

    async def made(self, voice: Synthesizer, **parts: object) -> CallResult:
        engine = SpeechEngine(ScriptedRecognizer(self.words), smart_turn=parts.pop("smart_turn", None))  # type: ignore[arg-type]
        loop = MediaLoop(engine, speed="max")
        options = parts.pop("options", None)

        async def send(message: SendMessage) -> None:
            self.messages.append(message)

        kit = CallParts(engine, voice, self.talk, self.journal, send_message=send)
        for name, value in parts.items():
            setattr(kit, name, value)
        session = CallSession(self.leg, "conv_1", kit, details={"to": "+84900000001"}, options=options)  # type: ignore[arg-type]
        loop.add(session)
        loop.stop()
        await loop.run()
        return await session.result()


@pytest.fixture
async def synthesizer() -> AsyncIterator[CachedSynthesizer]:
    cached = CachedSynthesizer(EspeakSynthesizer())
    yield cached
    await cached.aclose()


async def test_a_whole_call(synthesizer: CachedSynthesizer, tmp_path: Path) -> None:
    leg = ScriptedLeg([("answer", 400, "a lô"), ("anh Nam", 400, "đúng rồi")], noise=60, lose=50)
    talk = ScriptedTalk([say(QUESTION, Expectation(("yes_no",))), goodbye()], disposition=Disposition("PTP"))
    call = Call(leg, talk, ["a lô", "đúng rồi"])
    writer = RecordingWriter(tmp_path)
    result = await call.made(synthesizer, recordings=writer)
    writer.close()
    journal = call.journal
    assert (result.state, result.answered, result.disposition.code) == (CallState.ENDED, True, "PTP")
    assert (result.ring_ms, result.cause, result.failure, leg.hung_up) == (400, "bot_hangup", None, True)
    assert [turn.text for turn in talk.heard] == ["đúng rồi"]
    assert talk.hangups == 1
    said = journal.all(events.CUSTOMER_SAID)
    assert [(s["turn"], s["text"]) for s in said] == [(1, "a lô"), (3, "đúng rồi")]
    for spoken, event in zip(leg.spoken, said, strict=True):
        assert abs(event["start_ms"] - spoken[0]) < 200
        assert abs(event["end_ms"] - spoken[1]) < 200
    assert [(s["turn"], s["heard_text"], s["interrupted"]) for s in journal.all(events.BOT_SAID)] == [
        (2, QUESTION, False),
        (4, BYE, False),
    ]
    latencies = journal.all(events.BOT_LATENCY)
    assert [latency["turn"] for latency in latencies] == [1, 3]
    for latency in latencies:
        assert 200 < latency["end_of_turn_ms"] < 800
        assert 0 < latency["overhead_ms"] < 200
        assert latency["total_ms"] >= latency["end_of_turn_ms"]
    assert [name for name, _, _ in journal.events][:3] == [
        events.CALL_DIALLED,
        events.CALL_RINGING,
        events.CALL_ANSWERED,
    ]
    assert journal.all(events.CALL_DIALLED)[0]["to"] == "+84900000001"
    # Hung up 300 ms after the last word.
    assert journal.times(events.CALL_ENDED)[0] - journal.all(events.BOT_SAID)[-1]["end_ms"] == 300
    # The recording holds both sides where the events say they are.
    recorded = journal.all(events.CALL_RECORDED)[0]
    audio, _ = soundfile.read(tmp_path / recorded["path"])
    assert len(audio) / 8 == recorded["duration_ms"] == pytest.approx(result.duration_ms, abs=40)
    bot = journal.all(events.BOT_SAID)[0]
    level = np.sqrt((audio**2).reshape(-1, 160, 2).mean(axis=1))
    speech = [(frame * 20 + recorded["start_ms"]) for frame in np.flatnonzero(level[:, 1] > 0.02)]
    assert bot["start_ms"] <= speech[0] < bot["start_ms"] + 100
    assert level[(said[1]["start_ms"] - recorded["start_ms"]) // 20 + 10, 0] > 0.01


async def test_a_call_asks_smart_turn_where_words_leave_a_doubt(synthesizer: CachedSynthesizer) -> None:
    smart_turn = SmartTurn(inline=True)
    leg = ScriptedLeg([("answer", 400, "a lô"), ("anh Nam", 400, "để mai")])
    call = Call(leg, ScriptedTalk([say(QUESTION), goodbye()]), ["a lô", "để mai"])
    await call.made(synthesizer, smart_turn=smart_turn)
    assert [turn.text for turn in call.talk.heard] == ["để mai"]
    assert smart_turn.asked == 1


async def test_nobody_says_alo_and_nobody_answers(synthesizer: CachedSynthesizer) -> None:
    talk = ScriptedTalk([say(QUESTION, wait_ms=3000)], silence=say("Alô, anh có nghe rõ không ạ?", wait_ms=3000))
    talk.break_at = 99
    call = Call(ScriptedLeg([("nghe rõ", 1500, "/bye")]), talk, [])
    result = await call.made(synthesizer)
    first = call.journal.all(events.BOT_SAID)[0]
    assert abs(first["start_ms"] - 400 - 2000) <= 60
    assert talk.silences == [1]
    assert call.journal.times(events.SILENCE)[0] - first["end_ms"] == pytest.approx(3000, abs=40)
    assert (result.cause, result.disposition.code) == ("remote_hangup", "HANGUP_EARLY")
    assert call.journal.all(events.CALL_ENDED)[0]["by"] == "customer"


async def test_barge_in_keeps_what_was_heard(synthesizer: CachedSynthesizer) -> None:
    long = GREETING + " Em xin phép trao đổi với anh về khoản vay của mình trong vài phút ạ."
    leg = ScriptedLeg([("~Sao Mai", 1200, "không phải tôi đâu nhé")])
    call = Call(leg, ScriptedTalk([say(long), goodbye()]), ["không phải tôi đâu nhé"])
    await call.made(synthesizer)
    cut, _ = call.journal.all(events.BOT_SAID)
    assert cut["interrupted"]
    assert GREETING.startswith(cut["heard_text"])
    assert len(cut["heard_text"].split()) >= 4
    speech_at = leg.spoken[0][0]
    assert 250 <= cut["end_ms"] - speech_at <= 600
    assert next(at for at, _, finished in leg.said if finished) == cut["end_ms"]
    heard = call.talk.heard[0]
    assert (heard.interrupted_bot, heard.bot_heard) == (True, cut["heard_text"])
    assert leg.said[1][1] == cut["heard_text"]


async def test_a_backchannel_does_not_stop_the_bot(synthesizer: CachedSynthesizer) -> None:
    leg = ScriptedLeg([("~Sao Mai", 900, "dạ"), ("Sao Mai", 500, "đúng rồi")])
    call = Call(leg, ScriptedTalk([say(GREETING), goodbye()]), ["dạ", "đúng rồi"])
    await call.made(synthesizer)
    assert [e["text"] for e in call.journal.all(events.BACKCHANNEL)] == ["dạ"]
    assert not any(e["interrupted"] for e in call.journal.all(events.BOT_SAID))
    assert [turn.text for turn in call.talk.heard] == ["đúng rồi"]


async def test_a_notice_is_said_to_its_end_and_the_objection_is_not_lost(synthesizer: CachedSynthesizer) -> None:
    leg = ScriptedLeg([("~ghi âm", 700, "tôi không đồng ý")])
    notice = "Dạ cuộc gọi này được ghi âm để nâng cao chất lượng dịch vụ, mong anh thông cảm cho em ạ."
    call = Call(leg, ScriptedTalk([say(notice, interruptible=False), goodbye()]), ["tôi không đồng ý"])
    await call.made(synthesizer)
    assert call.journal.all(events.BOT_SAID)[0]["heard_text"] == notice
    assert [turn.text for turn in call.talk.heard] == ["tôi không đồng ý"]


async def test_keys_interrupt_and_are_a_turn(synthesizer: CachedSynthesizer) -> None:
    leg = ScriptedLeg([("~bốn số", 600, "#1234")])
    turn = say("Anh bấm bốn số cuối của hợp đồng giúp em ạ.", Expectation(("digits",), digits=4))
    call = Call(leg, ScriptedTalk([turn, goodbye()]), [])
    await call.made(synthesizer)
    heard = call.talk.heard[0]
    assert (heard.digits, heard.interrupted_bot, heard.heard) == ("1234", True, None)
    assert call.journal.all(events.CUSTOMER_SAID)[0]["digits"] == "1234"


async def test_transfer_and_message(synthesizer: CachedSynthesizer) -> None:
    message = SendMessage("zalo", "t", "xin chào")
    turn = BotTurn((Say("Dạ em chuyển máy ạ.", "Dạ em chuyển máy ạ."), message, Transfer("care", "angry", "…")))
    call = Call(ScriptedLeg([("answer", 300, "a lô")]), ScriptedTalk([turn]), ["a lô"])
    result = await call.made(synthesizer)
    assert call.leg.transferred == "care"
    assert not call.leg.hung_up
    assert (result.cause, call.messages) == ("transfer", [message])
    assert call.journal.all(events.BOT_SAID)[0]["heard_text"] == "Dạ em chuyển máy ạ."


@pytest.mark.parametrize(("words", "answered_again"), [("dạ chào em", False), ("khoan đã đừng gọi cho tôi nữa", True)])
async def test_last_words_after_goodbye(synthesizer: CachedSynthesizer, words: str, answered_again: bool) -> None:
    leg = ScriptedLeg([("answer", 300, "a lô"), ("chào anh", 100, words)])
    call = Call(leg, ScriptedTalk([goodbye(), goodbye("Dạ vâng ạ.")]), ["a lô", words])
    await call.made(synthesizer)
    assert [turn.text for turn in call.talk.heard] == ([words] if answered_again else [])
    assert len(call.journal.all(events.BOT_SAID)) == 1 + answered_again
    assert leg.hung_up


async def test_last_words_before_the_receiver_goes_down_count(synthesizer: CachedSynthesizer) -> None:
    leg = ScriptedLeg([("anh Nam", 300, "đừng gọi cho tôi nữa"), ("anh Nam", 1700, "/bye")])
    call = Call(leg, ScriptedTalk([say(QUESTION), goodbye()]), ["đừng gọi cho tôi nữa"])
    result = await call.made(synthesizer)
    assert [turn.text for turn in call.talk.heard] == ["đừng gọi cho tôi nữa"]
    assert result.cause == "remote_hangup"
    assert call.talk.hangups == 1


@pytest.mark.parametrize(
    ("final", "code"), [(CallState.BUSY, "BUSY"), (CallState.NO_ANSWER, "NO_ANSWER"), (CallState.REJECTED, "REJECTED")]
)
async def test_nobody_picks_up(synthesizer: CachedSynthesizer, final: CallState, code: str) -> None:
    call = Call(ScriptedLeg(final=final, ring_ms=5000), ScriptedTalk([say(GREETING)]), [])
    result = await call.made(synthesizer)
    assert (result.state, result.answered, result.disposition.code, result.ring_ms) == (final, False, code, 5000)
    assert call.journal.all(events.DISPOSITION) == [{"code": code, "details": {}}]
    assert call.talk.hangups == 0
    assert call.leg.sent == []


async def test_an_announcement_in_early_media_decides(synthesizer: CachedSynthesizer) -> None:
    text = "thuê bao quý khách vừa gọi tạm thời không liên lạc được xin quý khách vui lòng gọi lại sau"
    leg = ScriptedLeg(early=text, final=CallState.NO_ANSWER, ring_ms=9000)
    call = Call(leg, ScriptedTalk([say(GREETING)]), [text])
    result = await call.made(synthesizer, announcement=classify)
    assert result.disposition.code == "UNREACHABLE"
    assert call.journal.all(events.ANNOUNCEMENT)[0]["outcome"] == "UNREACHABLE"


async def test_a_mailbox_is_hung_up_on(synthesizer: CachedSynthesizer) -> None:
    text = "số máy quý khách vừa gọi hiện không nghe máy vui lòng để lại lời nhắn sau tiếng bíp"
    call = Call(ScriptedLeg([("answer", 200, text)]), ScriptedTalk([say(GREETING)]), [text])
    result = await call.made(synthesizer, announcement=classify)
    assert (result.disposition.code, result.answered) == ("VOICEMAIL", True)
    assert call.talk.hangups == 0


async def test_an_agent_that_breaks_says_sorry_and_hangs_up(synthesizer: CachedSynthesizer) -> None:
    leg = ScriptedLeg([("anh Nam", 300, "đúng rồi")])
    call = Call(leg, ScriptedTalk([say(QUESTION), goodbye()], break_at=1), ["đúng rồi"])
    result = await call.made(synthesizer)
    assert (result.disposition.code, result.failure) == ("TECH_ERROR", "LookupError")
    assert call.journal.all(events.FAILED) == [{"component": "telephony.session", "error": "LookupError"}]
    assert call.journal.all(events.BOT_SAID)[-1]["template"] == "tech_error"
    assert leg.hung_up


class Broken:
    """A synthesizer that cannot speak."""

    capabilities = EspeakSynthesizer.capabilities

    async def synthesize(self, text: str, voice: Voice) -> AsyncIterator[AudioChunk]:
        raise OSError("no voice")
        yield

    async def aclose(self) -> None: ...


async def test_without_a_voice_the_call_is_hung_up() -> None:
    call = Call(ScriptedLeg(), ScriptedTalk([say(QUESTION)]), [])
    result = await call.made(Broken())
    assert (result.disposition.code, result.cause, call.leg.hung_up) == ("TECH_ERROR", "tech_error", True)


async def test_no_call_lasts_for_ever(synthesizer: CachedSynthesizer) -> None:
    call = Call(ScriptedLeg(), ScriptedTalk([say(QUESTION, wait_ms=1000)]), [])
    result = await call.made(synthesizer, options=SessionOptions(max_call_ms=20_000))
    assert (result.cause, result.duration_ms) == ("max_duration", 20_000)


async def test_between_words_the_line_carries_silence(synthesizer: CachedSynthesizer) -> None:
    call = Call(ScriptedLeg([("chào anh", 0, "/bye")], codec="pcmu"), ScriptedTalk([say(BYE)]), [])
    await call.made(synthesizer)
    assert call.leg.sent[0] == codecs.silence(160, "pcmu")
    assert len(call.leg.sent) * 20 == pytest.approx(call.journal.times(events.CALL_ENDED)[0] - 400, abs=40)


async def test_a_cancelled_loop_hangs_up(synthesizer: CachedSynthesizer) -> None:
    engine = SpeechEngine(ScriptedRecognizer())
    loop = MediaLoop(engine, speed="real")
    leg = ScriptedLeg(ring_ms=100_000)
    session = CallSession(leg, "conv_1", CallParts(engine, synthesizer, ScriptedTalk([say(BYE)]), Journal()))
    loop.add(session)
    task = asyncio.create_task(loop.run())
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert leg.hung_up
    assert (await session.result()).failure == "cancelled"


async def test_a_key_and_then_words(synthesizer: CachedSynthesizer) -> None:
    leg = ScriptedLeg([("~bốn số", 600, "#1"), ("Anh", 100, "gặp nhân viên giúp tôi")])
    turn = say("Anh bấm bốn số cuối của hợp đồng giúp em ạ.", Expectation(("digits",), digits=4))
    call = Call(leg, ScriptedTalk([turn, goodbye()]), ["gặp nhân viên giúp tôi"])
    await call.made(synthesizer)
    assert call.talk.heard[0].text == "gặp nhân viên giúp tôi"
    assert call.talk.heard[0].interrupted_bot
    assert call.journal.all(events.BOT_SAID)[0]["interrupted"]


async def test_a_call_that_was_asked_for_slower_goes_on_slower(synthesizer: CachedSynthesizer) -> None:
    slower = Say("Dạ em nói chậm hơn ạ.", "Dạ em nói chậm hơn ạ.", pace=0.82)
    again = BotTurn((slower, Say(QUESTION, QUESTION)))
    leg = ScriptedLeg([("answer", 400, "a lô"), *[("anh Nam", 400, "nói chậm thôi em")] * 3])
    talk = ScriptedTalk([say(QUESTION), again, again, again, goodbye()])
    call = Call(leg, talk, ["a lô", *["nói chậm thôi em"] * 3, "dạ"])
    await call.made(synthesizer)
    said = [s for s in call.journal.all(events.BOT_SAID) if not s["interrupted"]]
    rates = [s["rate"] for s in said if s["text"] == QUESTION]
    assert rates == [1.0, 0.82, 0.7, 0.7]  # no slower than people can follow
    lengths = [s["end_ms"] - s["start_ms"] for s in said if s["text"] == QUESTION]
    assert lengths[0] * 1.1 < lengths[1] < lengths[2] * 0.95
    assert lengths[3] == lengths[2]
    assert (said[-1]["text"], said[-1]["rate"]) == (BYE, 0.7)
    # Another call begins at its own pace.
    other = Call(ScriptedLeg([("answer", 400, "a lô")]), ScriptedTalk([goodbye()]), ["a lô"])
    await other.made(synthesizer)
    assert [s["rate"] for s in other.journal.all(events.BOT_SAID)] == [1.0]
