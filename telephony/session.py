"""One call from dialling to its end, driven by the media loop.

Each tick calls ``receive`` (what has come in), then, after the shared speech engine has looked at all calls,
``advance`` (decide and send one packet), and ``finish_turn`` where that found a turn to be over. What must be awaited
(agent, tools, synthesis) runs in the call's one task, ``run``.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from agent.turns import BotTurn, Disposition, HangUp, Say
from core.errors import AloError
from core.logging import get_logger
from memory import events
from speech import codecs
from speech.end_of_turn import backchannel, farewell
from speech.types import FRAME_MS, FRAME_SAMPLES
from telephony.carrier import CallLeg, CallProgress, CallState
from telephony.dialogue import Dialogue, Ties, Work
from telephony.ear import Ear
from telephony.parts import CallParts, SessionOptions, Talk
from telephony.recording import Recorder
from telephony.results import CallResult, announced_code, unanswered_code

__all__ = ["CallParts", "CallSession", "SessionOptions", "Talk"]

_ANNOUNCEMENT_END_MS: Final = 600
_PARTIAL_EVERY_MS: Final = 1024
"""An announcement repeats itself for half a minute: it is read while it speaks."""
_log = get_logger("telephony.session")


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
        self.over = False
        """The call has ended; its task may still be settling."""
        self._leg = leg
        self._parts = parts
        self._emit = parts.emit
        self._talk = parts.conversation
        self._options = options or SessionOptions()
        self._details = dict(details or {})
        self._ear = Ear(parts.engine, conversation_id, leg.codec)
        ties = Ties(self._submit, self._leave, self._classify)
        self._dialogue = Dialogue(leg, self._ear, parts, self._options, ties)
        self._silence = codecs.silence(FRAME_SAMPLES, leg.codec)
        self._recorder: Recorder | None = None
        self._now_ms = -FRAME_MS
        self._answered_ms: int | None = None
        self._end = CallProgress(CallState.DIALLING, 0)
        self._announced: str | None = None
        self._failure: str | None = None
        self._tick_started_s = 0.0
        self._work: deque[Work] = deque()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._done = asyncio.Event()
        self._result: CallResult | None = None
        self._pending: Callable[[], Awaitable[object] | None] = getattr(leg, "pending", lambda: None)

    # For the media loop.

    @property
    def real_time(self) -> bool:
        """Do ticks follow the wall clock? Set by the media loop; latencies are measured accordingly."""
        return self._dialogue.real_time

    @real_time.setter
    def real_time(self, value: bool) -> None:
        self._dialogue.real_time = value

    async def settled(self) -> None:
        """Return when nothing is being awaited for this call, on either end of a simulated line."""
        if not self._idle.is_set():
            await self._idle.wait()
        far_end = self._pending()
        if far_end is not None:
            await far_end

    async def result(self) -> CallResult:
        """How the call ended, once it has."""
        await self._done.wait()
        assert self._result is not None
        return self._result

    def receive(self, tick_started_s: float) -> None:
        """Take what has arrived in the last 20 ms."""
        self._tick_started_s = tick_started_s
        self._now_ms += FRAME_MS
        if self._now_ms == 0:
            self._emit(events.CALL_DIALLED, 0, {**self._details, "codec": self._leg.codec})
        progress, packets, keys = self._leg.poll(self._now_ms)
        for step in progress:
            self._on_progress(step)
        if self.over:
            return
        self._ear.put(packets)
        frame = self._ear.hear()
        if self._answered_ms is None:
            return
        if self._recorder is not None and frame is not None:
            self._recorder.hear(frame)
        if keys:
            self._dialogue.keys(self._now_ms, keys)

    def advance(self) -> None:
        """Decide and send, after the speech engine has listened."""
        if self.over:
            return
        if self._answered_ms is None:
            self._listen_to_network()
            return
        self._dialogue.step(self._now_ms, self._tick_started_s)
        if self.over:
            return
        packet = self._dialogue.speak(self._now_ms)
        if not self.over:
            self._leg.send(packet or self._silence)
        if self._recorder is not None:
            self._recorder.say(packet)
        self._dialogue.close_when_quiet()
        if not self.over and self._now_ms - self._answered_ms >= self._options.max_call_ms:
            self._leave("max_duration")

    @property
    def finishing(self) -> bool:
        """Somebody has finished speaking: ``finish_turn`` is awaited, in this tick or one of the next."""
        if self.over:
            return False
        if self._answered_ms is not None:
            return self._dialogue.finishing
        activity = self._ear.activity
        if activity is None or not activity.turn_open or activity.speaking:
            return False
        return activity.silence_ms >= _ANNOUNCEMENT_END_MS

    def finish_turn(self) -> None:
        """Take the final reading and act on it; costs some ms, so all packets of the tick go first."""
        if self._answered_ms is None:
            self._classify(self._ear.finish().text)
        else:
            self._dialogue.finish_turn()

    def fail(self, error: BaseException) -> None:
        """Something broke in this call: say sorry if that is possible, then hang up. Other calls do not notice."""
        text = error.en if isinstance(error, AloError) else type(error).__name__
        first, self._failure = self._failure is None, self._failure or text
        _log.error("call.failed", conversation_id=self.conversation_id, error=text, exc_info=error)
        self._emit(events.FAILED, max(self._now_ms, 0), {"component": "telephony.session", "error": text})
        if self.over:
            return
        if first and self._answered_ms is not None:
            self._dialogue.silence(self._now_ms)
            self._submit(self._apologize)
        else:
            self._leave("tech_error")

    # Progress.

    def _on_progress(self, step: CallProgress) -> None:
        signal = {"sip_code": step.sip_code, "cause": step.cause}
        if step.state is CallState.RINGING:
            self._emit(events.CALL_RINGING, step.at_ms, signal)
        elif step.state is CallState.EARLY_MEDIA:
            self._emit(events.CALL_EARLY_MEDIA, step.at_ms, signal)
            self._ear.open(self._now_ms)
        elif step.state is CallState.ANSWERED:
            self._emit(events.CALL_ANSWERED, step.at_ms, signal)
            self._on_answer()
        elif step.state.final:
            self._end_call(step, by="customer" if self._answered_ms is not None else "network")

    def _on_answer(self) -> None:
        self._classify(self._ear.finish().text)
        self._announced = None  # Somebody answers after all.
        self._answered_ms = self._now_ms
        self._ear.open(self._now_ms)
        if self._parts.recordings is not None:
            self._recorder = self._parts.recordings.open(self.conversation_id, self._leg.codec)
        self._dialogue.begin(self._now_ms)

    def _listen_to_network(self) -> None:
        activity = self._ear.activity
        if activity is None or not activity.turn_open:
            return
        if (activity.now_ms - activity.turn_start_ms) % _PARTIAL_EVERY_MS < FRAME_MS:
            self._classify(self._ear.partial())

    def _classify(self, text: str) -> str | None:
        kind = self._parts.announcement(text) if text and self._parts.announcement is not None else None
        if kind is None:
            return None
        code = announced_code(kind)
        if self._announced is None:
            self._announced = code
            self._emit(events.ANNOUNCEMENT, self._now_ms, {"text": text, "outcome": code})
        return code

    def _leave(self, cause: str) -> None:
        """End the call from our side."""
        if cause != "transfer":
            try:
                self._leg.hang_up()
            except Exception as error:  # noqa: BLE001 - a carrier that breaks here must not keep the call alive
                _log.error("call.hang_up_failed", conversation_id=self.conversation_id, error=type(error).__name__)
        state = CallState.ENDED if self._answered_ms is not None else CallState.FAILED
        self._end_call(CallProgress(state, self._now_ms, cause=cause), by="bot")

    def _end_call(self, step: CallProgress, by: str) -> None:
        if self.over:
            return
        if self._answered_ms is None:
            self._classify(self._ear.finish().text)
        self._dialogue.silence(self._now_ms)
        self.over, self._end = True, CallProgress(step.state, self._now_ms, step.sip_code, step.cause)
        data = {"by": by, "sip_code": step.sip_code, "cause": step.cause, "duration_ms": self._duration_ms()}
        self._emit(events.CALL_ENDED, self._now_ms, data)
        self._idle.clear()
        self._wake.set()

    def _duration_ms(self) -> int:
        return 0 if self._answered_ms is None else self._now_ms - self._answered_ms

    # The call's task.

    def _submit(self, work: Work) -> None:
        self._work.append(work)
        self._idle.clear()
        self._wake.set()

    async def run(self) -> None:
        """The call's one task; ends when the call does. Cancelling it hangs up."""
        try:
            while not self.over:
                self._idle.set()
                await self._wake.wait()
                self._wake.clear()
                while self._work and not self.over:
                    await self._respond(self._work.popleft())
            await self._settle()
        finally:
            self._conclude()

    async def _respond(self, work: Work) -> None:
        try:
            started_s = time.perf_counter()
            turn = await work()
            self._dialogue.agent_answered(time.perf_counter() - started_s)
            if not self.over:
                await self._dialogue.say(turn)
        except Exception as error:  # noqa: BLE001 - the boundary of a call: agent, tools and synthesis may do anything
            self.fail(error)

    async def _apologize(self) -> BotTurn:
        words = self._options.apology
        return BotTurn((Say(words, words, template="tech_error", interruptible=False), HangUp("tech_error")))

    async def _settle(self) -> None:
        """After the end: what was being said, and the conversation's own close."""
        if not self._dialogue.started:
            return
        try:
            heard = self._ear.finish()
            # "Đừng gọi nữa" and the receiver down: the last words count, a "dạ chào em" does not.
            if heard.text and not farewell(heard.text) and not backchannel(heard.text):
                await self._talk.on_customer(self._dialogue.note_customer(heard))
            await self._talk.on_hangup()
        except Exception as error:  # noqa: BLE001 - as in _respond
            self.fail(error)

    def _conclude(self) -> None:
        if not self.over:  # The task was cancelled.
            self._failure = self._failure or "cancelled"
            self._leave("cancelled")
        self._ear.close()
        if self._recorder is not None:
            self._recorder.close()
            data = {"path": self._recorder.path.name, "channels": ["customer", "bot"]}
            times = {"duration_ms": self._recorder.duration_ms, "start_ms": self._answered_ms}
            self._emit(events.CALL_RECORDED, self._now_ms, {**data, **times})
        self._result = self._make_result()
        self._idle.set()
        self._done.set()

    def _make_result(self) -> CallResult:
        disposition = self._talk.disposition if self._dialogue.started else None
        if disposition is None:
            disposition = Disposition(self._own_code())
            self._emit(events.DISPOSITION, self._now_ms, {"code": disposition.code, "details": {}})
        return CallResult(
            conversation_id=self.conversation_id,
            state=self._end.state,
            answered=self._answered_ms is not None,
            disposition=disposition,
            cause=self._end.cause,
            sip_code=self._end.sip_code,
            ring_ms=self._now_ms if self._answered_ms is None else self._answered_ms,
            duration_ms=self._duration_ms(),
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
        return self._announced or ("HANGUP_EARLY" if self._dialogue.turns else "NO_RESPONSE")
