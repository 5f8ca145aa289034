"""One call from dialling to its end: wires leg, ear, turn-taking, agent and voice. Driven by the media loop.

Each tick calls ``receive`` (what has come in), then, after the shared speech engine has looked at all calls,
``advance`` (decide and send one packet). Work that must be awaited (agent, tools, synthesis) runs in the call's one task, ``run``.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Protocol, cast

from agent.turns import BotTurn, CustomerTurn, Disposition, HangUp, Say, SendMessage, Transfer
from core.errors import AloError
from core.logging import get_logger
from memory import events
from memory.events import Emit
from speech import codecs
from speech.end_of_turn import backchannel, farewell
from speech.engine import EngineStream, SpeechEngine
from speech.synthesis.base import AudioChunk, Synthesizer
from speech.turn_taking import (
    Action,
    BackchannelHeard,
    Digits,
    FinishTurn,
    KeepTurn,
    PromptSilence,
    ResumeBot,
    StopBot,
    TakeTurn,
    TurnOptions,
    TurnTaking,
)
from speech.types import FRAME_MS, FRAME_SAMPLES, Hypothesis, Voice
from telephony.carrier import CallLeg, CallProgress, CallState
from telephony.jitter import JitterBuffer
from telephony.latency import AnswerTimer
from telephony.mouth import Mouth
from telephony.recording import Recorder, RecordingWriter
from telephony.results import CallResult, unanswered_code

_log = get_logger("telephony.session")


class Talk(Protocol):
    """What a call needs of ``agent.conversation.Conversation``."""

    @property
    def disposition(self) -> Disposition | None: ...

    @property
    def verified(self) -> bool: ...

    async def start(self) -> BotTurn: ...

    async def on_customer(self, turn: CustomerTurn) -> BotTurn: ...

    async def on_silence(self, count: int) -> BotTurn: ...

    async def on_hangup(self) -> None: ...


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """All in ms."""

    greeting_wait_ms: int = 2000
    """How long the callee may take to say "alô" before the bot begins (facts/vietnam_rules.md §9, S0)."""
    hang_up_after_ms: int = 300
    """Silence between the bot's last word and hanging up."""
    last_words_ms: int = 4000
    """A customer who is speaking at that time is heard out for at most this long."""
    max_call_ms: int = 15 * 60_000
    turns: TurnOptions = field(default_factory=TurnOptions)
    apology: str = "Dạ, em xin lỗi, hệ thống bên em đang gặp sự cố, em xin phép gọi lại sau ạ."


class _Phase(Enum):
    CALLING = auto()
    GREETING = auto()
    TALKING = auto()
    CLOSING = auto()
    OVER = auto()


@dataclass(frozen=True, slots=True)
class _Heard:
    hypothesis: Hypothesis
    start_ms: int
    end_ms: int
    recognition_ms: float


_NOTHING_HEARD = _Heard(Hypothesis(""), 0, 0, 0.0)


@dataclass(slots=True)
class CallParts:
    """What a call is made of besides its leg; shared parts first."""

    engine: SpeechEngine
    synthesizer: Synthesizer
    conversation: Talk
    emit: Emit
    voice: Voice = field(default_factory=Voice)
    announcement: Callable[[str], str | None] | None = None
    """Reads a network announcement or a mailbox's greeting: UNREACHABLE, INVALID, BUSY, VOICEMAIL or None."""
    recordings: RecordingWriter | None = None
    send_message: Callable[[SendMessage], Awaitable[None]] | None = None


class CallSession:
    """One call. Made once its leg was dialled, given to ``MediaLoop.add``; then await ``result``."""

    def __init__(
        self,
        leg: CallLeg,
        conversation_id: str,
        parts: CallParts,
        *,
        details: Mapping[str, Any] | None = None,
        options: SessionOptions | None = None,
    ) -> None:
        """``details`` go into the event CALL_DIALLED (to, carrier, attempt_id)."""
        self.conversation_id = conversation_id
        self.options = options or SessionOptions()
        self.now_ms = -FRAME_MS
        self.real_time = False
        self._leg = leg
        self._parts = parts
        self._emit = parts.emit
        self._talk = parts.conversation
        self._details = dict(details or {})
        self._phase = _Phase.CALLING
        self._mouth = Mouth(leg, parts.emit)
        self._turns = TurnTaking(self.options.turns)
        self._jitter = JitterBuffer(leg.codec)
        self._silence = codecs.silence(FRAME_SAMPLES, leg.codec)
        self._stream: EngineStream | None = None
        self._recorder: Recorder | None = None
        self._frame = self._jitter.pop()
        self._state = CallState.DIALLING
        self._end = CallProgress(CallState.DIALLING, 0)
        self._answered_ms: int | None = None
        self._ended_ms = 0
        self._close_at_ms = 0
        self._announced: str | None = None
        self._announcement_words = 0
        self._heard = self._kept = _NOTHING_HEARD
        self._turn_number = 0
        self._started = False
        self._failure: str | None = None
        self._tick_started_s = 0.0
        self._timer: AnswerTimer | None = None
        self._work: deque[Callable[[], Awaitable[BotTurn]]] = deque()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._done = asyncio.Event()
        self._result: CallResult | None = None

    # For the media loop.

    @property
    def over(self) -> bool:
        """The call has ended; its task may still be settling."""
        return self._phase is _Phase.OVER

    @property
    def busy(self) -> bool:
        """Something is being awaited for this call."""
        return not self._idle.is_set()

    async def settled(self) -> None:
        """Return when nothing is being awaited for this call."""
        await self._idle.wait()

    async def result(self) -> CallResult:
        """How the call ended, once it has."""
        await self._done.wait()
        assert self._result is not None
        return self._result

    def receive(self, tick_started_s: float) -> None:
        """Take what has arrived in the last 20 ms."""
        self._tick_started_s = tick_started_s
        self.now_ms += FRAME_MS
        if self.now_ms == 0:
            self._emit(events.CALL_DIALLED, 0, {**self._details, "codec": self._leg.codec})
        progress, packets, keys = self._leg.poll(self.now_ms)
        for step in progress:
            self._on_progress(step)
        for packet in packets:
            self._jitter.put(packet)
        if self._stream is not None and self._phase is not _Phase.OVER:
            self._frame = self._jitter.pop()
            self._stream.push(self._frame)
        for key in keys if self._answered_ms is not None and self._phase is not _Phase.OVER else ():
            self._run_actions(self._turns.key(self.now_ms, key))

    def advance(self) -> None:
        """Decide and send, after the speech engine's tick."""
        if self._stream is None or self._phase is _Phase.OVER:
            return
        if self._phase is _Phase.CALLING:
            self._listen_to_network(self._stream)
            return
        self._run_actions(self._turns.step(self.now_ms, self._stream.activity, self._partial))
        if self._phase is _Phase.OVER:
            return
        self._speak()
        if self._phase is _Phase.CLOSING:
            self._close_when_quiet(self._stream)
        elif self.now_ms - (self._answered_ms or 0) >= self.options.max_call_ms:
            self._hang_up("max_duration")

    def fail(self, error: BaseException) -> None:
        """Something broke in this call: say sorry if that is possible, then hang up. Other calls do not notice."""
        text = error.en if isinstance(error, AloError) else type(error).__name__
        first, self._failure = self._failure is None, self._failure or text
        _log.error("call.failed", conversation_id=self.conversation_id, error=text, exc_info=error)
        if self._phase is _Phase.OVER:
            return
        self._emit(events.FAILED, max(self.now_ms, 0), {"component": "telephony.session", "error": text})
        if first and self._answered_ms is not None:
            self._mouth.drop(self.now_ms)
            self._timer = None
            self._submit(self._apologize)
        else:
            self._hang_up("tech_error")

    # The call's progress.

    def _on_progress(self, step: CallProgress) -> None:
        self._state = step.state
        if step.state is CallState.RINGING:
            self._emit(events.CALL_RINGING, step.at_ms, _signal(step))
        elif step.state is CallState.EARLY_MEDIA:
            self._emit(events.CALL_EARLY_MEDIA, step.at_ms, _signal(step))
            self._open_ear()
        elif step.state is CallState.ANSWERED:
            self._on_answer(step)
        elif step.state.final:
            by = "customer" if self._answered_ms is not None else "network"
            self._end_call(step, by)

    def _on_answer(self, step: CallProgress) -> None:
        self._finish_announcement()
        self._answered_ms = self.now_ms
        self._emit(events.CALL_ANSWERED, step.at_ms, _signal(step))
        self._open_ear()
        if self._parts.recordings is not None:
            self._recorder = self._parts.recordings.open(self.conversation_id, self._leg.codec)
        self._phase = _Phase.GREETING
        self._turns.listen(self.now_ms, self.options.greeting_wait_ms)

    def _open_ear(self) -> None:
        if self._stream is not None:
            self._stream.close()
        self._jitter = JitterBuffer(self._leg.codec)
        self._stream = self._parts.engine.open(self.conversation_id, at_ms=self.now_ms)

    def _end_call(self, step: CallProgress, by: str) -> None:
        if self._phase is _Phase.OVER:
            return
        self._finish_announcement()
        self._mouth.drop(self.now_ms)
        self._phase, self._end, self._ended_ms = _Phase.OVER, step, self.now_ms
        duration_ms = self.now_ms - self._answered_ms if self._answered_ms is not None else 0
        self._emit(events.CALL_ENDED, self.now_ms, {"by": by, **_signal(step), "duration_ms": duration_ms})
        self._idle.clear()
        self._wake.set()

    def _hang_up(self, cause: str) -> None:
        self._leg.hang_up()
        state = CallState.ENDED if self._answered_ms is not None else CallState.FAILED
        self._end_call(CallProgress(state, self.now_ms, cause=cause), "bot")

    def _close_when_quiet(self, stream: EngineStream) -> None:
        waited_ms = self.now_ms - self._close_at_ms
        if waited_ms >= 0 and (not stream.activity.turn_open or waited_ms >= self.options.last_words_ms):
            self._hang_up("bot_hangup")

    # Before the answer.

    def _listen_to_network(self, stream: EngineStream) -> None:
        activity = stream.activity
        if not activity.turn_open:
            return
        if not activity.speaking and activity.silence_ms >= 600:
            self._finish_announcement()
        elif (activity.now_ms - activity.turn_start_ms) % 1024 < 32:
            self._classify(stream.partial().text)

    def _finish_announcement(self) -> None:
        if self._phase is _Phase.CALLING and self._stream is not None:
            self._classify(self._stream.finish().text)

    def _classify(self, text: str) -> str | None:
        if self._parts.announcement is None or not text:
            return None
        outcome = self._parts.announcement(text)
        if outcome is not None and self._announced is None:
            self._announced = outcome
            self._emit(events.ANNOUNCEMENT, self.now_ms, {"text": text, "outcome": outcome})
        return outcome

    # Talking.

    def _partial(self) -> str:
        return self._stream.partial().text if self._stream is not None else ""

    def _run_actions(self, actions: list[Action]) -> None:
        for action in actions:
            self._do(action)

    def _do(self, action: Action) -> None:
        match action:
            case FinishTurn():
                self._finish_turn()
            case TakeTurn():
                self._take_turn(self._kept if action.kept else self._heard, interrupted=action.interrupted)
            case StopBot():
                self._mouth.stop()
            case ResumeBot():
                self._mouth.resume()
                self._turns.bot_goes_on(interruptible=self._mouth.interruptible)
            case KeepTurn():
                self._kept = self._heard
            case BackchannelHeard():
                heard = self._heard
                data = {"text": heard.hypothesis.text, "start_ms": heard.start_ms, "end_ms": heard.end_ms}
                self._emit(events.BACKCHANNEL, heard.start_ms, data)
            case PromptSilence(count):
                self._on_silence(count)
            case Digits(keys, interrupted):
                self._take_digits(keys, interrupted=interrupted)

    def _finish_turn(self) -> None:
        assert self._stream is not None
        activity = self._stream.activity
        start_ms, end_ms = activity.turn_start_ms, activity.end_ms
        started_s = time.perf_counter()
        hypothesis = self._stream.finish()
        self._heard = _Heard(hypothesis, start_ms, end_ms, (time.perf_counter() - started_s) * 1000)
        actions = self._turns.finished(
            self.now_ms, hypothesis.text, confidence=hypothesis.confidence, start_ms=start_ms, end_ms=end_ms
        )
        self._run_actions(actions)

    def _take_turn(self, heard: _Heard, *, interrupted: bool) -> None:
        text = heard.hypothesis.text
        if self._phase is _Phase.CLOSING and (farewell(text) or backchannel(text)):
            self._turns.listen(self.now_ms, self.options.last_words_ms * 10)
            return
        bot_heard = self._mouth.drop(self.now_ms) if interrupted else None
        turn = self._customer_said(heard, interrupted=interrupted, bot_heard=bot_heard)
        if self._turn_number <= 2 and self._classify(text) is not None:
            self._hang_up("announcement")
            return
        self._timer = AnswerTimer(
            self._turn_number, self.now_ms - heard.end_ms, heard.recognition_ms, self._tick_started_s
        )
        if self._phase is _Phase.GREETING:
            self._begin()
        else:
            self._phase = _Phase.TALKING
            self._submit(lambda: self._talk.on_customer(turn))

    def _take_digits(self, keys: str, *, interrupted: bool) -> None:
        bot_heard = self._mouth.drop(self.now_ms)
        heard = _Heard(Hypothesis(keys, confidence=1.0), self.now_ms, self.now_ms, 0.0)
        turn = self._customer_said(heard, interrupted=interrupted, bot_heard=bot_heard, digits=keys)
        self._timer = AnswerTimer(self._turn_number, 0.0, 0.0, self._tick_started_s)
        self._submit(lambda: self._talk.on_customer(turn))

    def _on_silence(self, count: int) -> None:
        if self._phase is _Phase.GREETING:
            self._begin()
            return
        self._mouth.drop(self.now_ms)
        self._emit(events.SILENCE, self.now_ms, {"count": count})
        self._submit(lambda: self._talk.on_silence(count))

    def _begin(self) -> None:
        self._phase = _Phase.TALKING
        self._started = True
        self._submit(self._talk.start)

    def _customer_said(
        self, heard: _Heard, *, interrupted: bool, bot_heard: str | None, digits: str | None = None
    ) -> CustomerTurn:
        hypothesis = heard.hypothesis
        self._turn_number += 1
        data = {
            "turn": self._turn_number,
            "text": hypothesis.text,
            "confidence": round(hypothesis.confidence, 3),
            "start_ms": heard.start_ms,
            "end_ms": heard.end_ms,
            "words": [[w.text, w.start_ms, w.end_ms, round(w.confidence, 3)] for w in hypothesis.words],
            "alternatives": list(hypothesis.alternatives),
            "dialect": dict(hypothesis.dialect),
            "interrupted_bot": interrupted,
            "digits": digits,
        }
        self._emit(events.CUSTOMER_SAID, heard.start_ms, data)
        return CustomerTurn(
            hypothesis.text,
            heard.end_ms,
            None if digits else hypothesis,
            digits,
            interrupted_bot=interrupted,
            bot_heard=bot_heard,
        )

    # The bot's voice.

    def _speak(self) -> None:
        mouth = self._mouth
        was_started, was_interruptible = mouth.started, mouth.interruptible
        packet, finished = mouth.tick(self.now_ms)
        if mouth.started and not was_started:
            opening = self._turn_number <= 2
            self._turns.bot_started(mouth.turn.expectation, interruptible=mouth.interruptible, opening=opening)
        elif mouth.interruptible != was_interruptible:
            self._turns.bot_goes_on(interruptible=mouth.interruptible)
        self._leg.send(packet or self._silence)
        if self._recorder is not None:
            self._recorder.add(self._frame, packet)
        if packet is not None and self._timer is not None and self._timer.agent_ms:
            self._emit(
                events.BOT_LATENCY, self.now_ms, self._timer.event(time.perf_counter(), real_time=self.real_time)
            )
            self._timer = None
        if finished:
            self._on_bot_finished()

    def _on_bot_finished(self) -> None:
        turn = self._mouth.turn
        last = next((act for act in turn.acts if isinstance(act, HangUp | Transfer)), None)
        if isinstance(last, Transfer):
            self._leg.transfer(last.queue)
            self._end_call(CallProgress(CallState.ENDED, self.now_ms, cause="transfer"), "transfer")
            return
        if isinstance(last, HangUp):
            self._phase = _Phase.CLOSING
            self._close_at_ms = self.now_ms + self.options.hang_up_after_ms
            self._run_actions(self._turns.bot_finished(self.now_ms, self.options.last_words_ms * 10))
            return
        self._run_actions(self._turns.bot_finished(self.now_ms, turn.wait_ms))

    # The call's task.

    def _submit(self, work: Callable[[], Awaitable[BotTurn]]) -> None:
        if self._timer is not None:
            self._timer.tick_ms = (time.perf_counter() - self._tick_started_s) * 1000
        self._work.append(work)
        self._idle.clear()
        self._wake.set()

    async def run(self) -> None:
        """The call's one task; ends when the call does."""
        try:
            while self._phase is not _Phase.OVER:
                self._idle.set()
                await self._wake.wait()
                self._wake.clear()
                while self._work and self._phase is not _Phase.OVER:
                    await self._respond(self._work.popleft())
            await self._settle()
        finally:
            self._conclude()

    async def _respond(self, work: Callable[[], Awaitable[BotTurn]]) -> None:
        try:
            started_s = time.perf_counter()
            turn = await work()
            asked_s = time.perf_counter()
            if self._timer is not None:
                self._timer.agent_ms = max((asked_s - started_s) * 1000, 1e-3)
            if self._phase is not _Phase.OVER:
                await self._say(turn, asked_s)
        except Exception as error:  # noqa: BLE001 - the boundary of a call: agent, tools and synthesis may do anything
            self.fail(error)

    async def _say(self, turn: BotTurn, asked_s: float) -> None:
        self._turn_number += 1
        playback = self._mouth.begin(self._turn_number, turn)
        if self._stream is not None:
            self._stream.expect(turn.expectation)
        for act in turn.acts:
            if not isinstance(act, Say):
                continue
            utterance = playback.add(act)
            audio = self._parts.synthesizer.synthesize(act.spoken, self._parts.voice)
            async with contextlib.aclosing(cast("AsyncGenerator[AudioChunk, None]", audio)) as chunks:
                async for chunk in chunks:
                    if self._timer is not None and not self._timer.synthesis_ms:
                        self._timer.synthesis_ms = (time.perf_counter() - asked_s) * 1000
                    utterance.feed(chunk)
                    if not self._mouth.wants(playback):
                        return
            utterance.finish()
        playback.ended = True
        for act in turn.acts:
            if isinstance(act, SendMessage) and self._parts.send_message is not None:
                await self._parts.send_message(act)

    async def _apologize(self) -> BotTurn:
        words = self.options.apology
        return BotTurn((Say(words, words, template="tech_error", interruptible=False), HangUp("tech_error")))

    async def _settle(self) -> None:
        """After the end: what was being said, and the conversation's own close."""
        if not self._started:
            return
        try:
            activity = self._stream.activity if self._stream is not None else None
            if activity is not None and self._stream is not None and activity.turn_open:
                start_ms, end_ms = activity.turn_start_ms, activity.end_ms
                heard = _Heard(self._stream.finish(), start_ms, end_ms, 0.0)
                text = heard.hypothesis.text
                # "Đừng gọi nữa" and the receiver down: the last words count, a "dạ chào em" does not.
                if text and not farewell(text) and not backchannel(text):
                    await self._talk.on_customer(self._customer_said(heard, interrupted=False, bot_heard=None))
            await self._talk.on_hangup()
        except Exception as error:  # noqa: BLE001 - as in _respond
            self.fail(error)

    def _conclude(self) -> None:
        if self._phase is not _Phase.OVER:  # The task was cancelled.
            self._failure = self._failure or "cancelled"
            self._hang_up("cancelled")
        if self._stream is not None:
            self._stream.close()
        if self._recorder is not None:
            self._recorder.close()
            data = {
                "path": self._recorder.path.name,
                "channels": ["customer", "bot"],
                "duration_ms": self._recorder.duration_ms,
                "start_ms": self._answered_ms,
            }
            self._emit(events.CALL_RECORDED, self._ended_ms, data)
        self._result = self._make_result()
        self._idle.set()
        self._done.set()

    def _make_result(self) -> CallResult:
        answered = self._answered_ms is not None
        disposition = self._talk.disposition
        if disposition is None or not answered:
            disposition = Disposition(self._own_code())
            self._emit(events.DISPOSITION, self._ended_ms, {"code": disposition.code, "details": {}})
        return CallResult(
            conversation_id=self.conversation_id,
            state=self._end.state,
            answered=answered,
            disposition=disposition,
            cause=self._end.cause,
            sip_code=self._end.sip_code,
            ring_ms=self._ended_ms if self._answered_ms is None else self._answered_ms,
            duration_ms=0 if self._answered_ms is None else self._ended_ms - self._answered_ms,
            recording=self._recorder.path.name if self._recorder is not None else None,
            verified=self._talk.verified,
            failure=self._failure,
        )

    def _own_code(self) -> str:
        """Disposition of a call whose conversation did not come to one."""
        if self._failure is not None:
            return "TECH_ERROR"
        if self._answered_ms is None:
            return unanswered_code(self._end.state, self._end.cause, self._announced)
        return self._announced or ("HANGUP_EARLY" if self._turn_number else "NO_RESPONSE")


def _signal(step: CallProgress) -> dict[str, Any]:
    return {"sip_code": step.sip_code, "cause": step.cause}
