"""The talking part of a call, from the answer on: hears turns, asks the agent, lets the bot speak.

Decisions are turn-taking's; here they are carried out. What must be awaited is handed to ``submit`` and runs in the
call's task.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import cast

from agent.turns import BotTurn, CustomerTurn, HangUp, Preparing, Say, SayStream, SendMessage, Transfer
from memory import events
from speech.echo import EchoGuard
from speech.end_of_turn import backchannel, farewell
from speech.synthesis.base import AudioChunk
from speech.synthesis.speaker import CallVoice, Speaker
from speech.turn_taking import (
    Action,
    BackchannelHeard,
    Digits,
    FinishTurn,
    Floor,
    KeepTurn,
    PromptSilence,
    ResumeBot,
    StopBot,
    TakeTurn,
    TurnTaking,
)
from speech.types import Hypothesis
from telephony.carrier import CallLeg
from telephony.ear import NOTHING, Ear, Heard
from telephony.latency import AnswerTimer
from telephony.mouth import Mouth
from telephony.parts import CallParts, SessionOptions
from telephony.playback import Playback

Work = Callable[[], Awaitable[BotTurn]]
SLOWEST, FASTEST = 0.7, 1.5
"""Rates at which people still follow: as far as a call's voice is slowed down or speeded up."""


class Phase(Enum):
    """Where the talk is."""

    GREETING = auto()
    """Waiting for the callee's "alô"."""
    TALKING = auto()
    CLOSING = auto()
    """The bot has said its last word; the line is still open for a moment."""


@dataclass(frozen=True, slots=True)
class Ties:
    """What the dialogue asks of its call."""

    submit: Callable[[Work], None]
    """Have the agent's answer awaited, then said."""
    end: Callable[[str], None]
    """Hang up, or leave after a transfer, for this cause."""
    classify: Callable[[str], str | None]
    """Is this an announcement or a mailbox? Its disposition code."""


class Dialogue:
    """One answered call's conversation in sound."""

    def __init__(self, leg: CallLeg, ear: Ear, parts: CallParts, options: SessionOptions, ties: Ties) -> None:
        self.phase = Phase.GREETING
        self.started = False
        """The agent was asked to start."""
        self.real_time = False
        self._leg = leg
        self._ear = ear
        self._parts = parts
        self._talk = parts.conversation
        self._preparing = parts.conversation if isinstance(parts.conversation, Preparing) else None
        self._emit = parts.emit
        self._options = options
        self._ties = ties
        self._mouth = Mouth(leg, parts.emit)
        shared = parts.synthesizer
        self._speaker = shared.for_call() if isinstance(shared, Speaker) else shared
        self._voice = parts.voice
        self._turns = TurnTaking(options.turns)
        self._echo = EchoGuard(self._mouth.heard_text, leg.codec)
        self._heard = self._kept = NOTHING
        self._timer: AnswerTimer | None = None
        self._number = 0
        self.finishing = False
        """The customer's turn is over: ``finish_turn`` shall read it."""
        self._opened = False
        self._close_at_ms = 0
        self._now_ms = 0
        self._tick_started_s = 0.0

    @property
    def turns(self) -> int:
        """Turns so far, of both sides."""
        return self._number

    # Once per tick.

    def begin(self, now_ms: int) -> None:
        """The call was answered."""
        self._turns.listen(now_ms, self._options.greeting_wait_ms)

    def keys(self, now_ms: int, keys: list[str]) -> None:
        """Keys were pressed."""
        self._now_ms = now_ms
        for key in keys:
            self._run(self._turns.key(now_ms, key))

    def step(self, now_ms: int, tick_started_s: float) -> None:
        """Decide what the last 20 ms mean."""
        self._now_ms, self._tick_started_s = now_ms, tick_started_s
        activity = self._ear.activity
        for switch in self._ear.switches():
            data = {"from": switch.before, "to": switch.after, "reason": switch.reason, "detail": switch.detail}
            self._emit(events.RECOGNITION_SWITCHED, now_ms, data)
        if activity is not None and self._mouth.speaking:
            self._echo.update(self._mouth.packet, self._ear.frame)
        self._ear.read_ahead(self._turns.floor is Floor.CUSTOMER)
        # Nothing is decided on half of what was said.
        if activity is not None and not self.finishing and not self._ear.behind:
            self._run(self._turns.step(now_ms, activity, self._ear.partial, self._echo, self._ear.sounds_over))
            self._mouth.lowered = self._turns.lowered
            if self._preparing is not None and self._turns.perhaps_over and self.phase is Phase.TALKING:
                self._preparing.prepare(CustomerTurn(self._turns.perhaps_over, now_ms))

    def speak(self, now_ms: int) -> bytes | None:
        """The packet of these 20 ms; None for silence."""
        mouth = self._mouth
        was_started, was_interruptible = mouth.started, mouth.interruptible
        packet, finished = mouth.tick(now_ms)
        if mouth.started and not was_started:
            opening, self._opened = not self._opened, True
            self._turns.bot_started(mouth.turn.expectation, interruptible=mouth.interruptible, opening=opening)
        elif mouth.interruptible != was_interruptible:
            self._turns.bot_goes_on(interruptible=mouth.interruptible)
        if packet is not None and self._timer is not None and self._timer.answered:
            data = self._timer.event(time.perf_counter(), real_time=self.real_time)
            self._emit(events.BOT_LATENCY, now_ms, data)
            self._timer = None
        if finished:
            self._on_bot_finished()
        return packet

    def close_when_quiet(self) -> None:
        """Hang up once the last word has sounded and nobody speaks any more."""
        if self.phase is not Phase.CLOSING or self._mouth.speaking:
            return
        waited_ms = self._now_ms - self._close_at_ms
        if waited_ms >= 0 and (not self._ear.turn_open or waited_ms >= self._options.last_words_ms):
            self._ties.end("bot_hangup")

    def silence(self, now_ms: int) -> None:
        """The call has ended or fails: what is being said breaks off."""
        self._mouth.drop(now_ms)
        self._timer = None

    # What turn-taking decides.

    def _run(self, actions: list[Action]) -> None:
        for action in actions:
            self._do(action)

    def _do(self, action: Action) -> None:
        match action:
            case FinishTurn():
                self.finishing = True
            case TakeTurn():
                self._take_turn(self._kept if action.kept else self._heard, interrupted=action.interrupted)
            case StopBot():
                self._mouth.stop(self._now_ms)
            case ResumeBot():
                self._mouth.resume()
                self._turns.bot_goes_on(interruptible=self._mouth.interruptible)
            case KeepTurn():
                self._kept = self._heard
            case BackchannelHeard():
                heard = self._heard
                data = {"text": heard.text, "start_ms": heard.start_ms, "end_ms": heard.end_ms}
                self._emit(events.BACKCHANNEL, heard.start_ms, data)
            case PromptSilence(count):
                self._on_silence(count)
            case Digits(keys, interrupted):
                self._take_digits(keys, interrupted=interrupted)

    def finish_turn(self) -> None:
        """Take the final reading of the turn that is over and act on it. Dear, so done once packets are out."""
        self.finishing = False
        if self._turns.floor is Floor.AGENT:
            return  # Keys came first: what was said is judged once the bot speaks.
        heard = self._heard = self._ear.finish()
        confidence = heard.hypothesis.confidence
        own = self._turns.floor is Floor.BOT and self._echo.own_words(heard.text)
        actions = self._turns.finished(
            self._now_ms, "" if own else heard.text, confidence=confidence, start_ms=heard.start_ms, end_ms=heard.end_ms
        )
        self._run(actions)

    def _take_turn(self, heard: Heard, *, interrupted: bool) -> None:
        if self.phase is Phase.CLOSING and (farewell(heard.text) or backchannel(heard.text)):
            self._turns.listen(self._now_ms, self._options.last_words_ms * 10)
            return
        interrupted = interrupted or self._mouth.stopped  # A key may have stopped the bot.
        bot_heard = self._mouth.drop(self._now_ms) if interrupted else None
        turn = self.note_customer(heard, interrupted=interrupted, bot_heard=bot_heard)
        if self._number <= 2 and self._ties.classify(heard.text) is not None:
            self._ties.end("announcement")
            return
        waited_ms = self._now_ms - heard.end_ms
        self._timer = AnswerTimer(self._number, waited_ms, heard.recognition_ms, self._tick_started_s)
        if self.phase is Phase.GREETING:
            self._start()
        else:
            self.phase = Phase.TALKING
            self._ask(lambda: self._talk.on_customer(turn))

    def _take_digits(self, keys: str, *, interrupted: bool) -> None:
        bot_heard = self._mouth.drop(self._now_ms)
        heard = Heard(Hypothesis(keys, confidence=1.0), self._now_ms, self._now_ms)
        turn = self.note_customer(heard, interrupted=interrupted, bot_heard=bot_heard, digits=keys)
        self._timer = AnswerTimer(self._number, 0.0, 0.0, self._tick_started_s)
        if self.phase is Phase.GREETING:
            self._start()
        else:
            self._ask(lambda: self._talk.on_customer(turn))

    def _on_silence(self, count: int) -> None:
        if self.phase is Phase.GREETING:
            self._start()
            return
        self._emit(events.SILENCE, self._now_ms, {"count": count})
        self._ask(lambda: self._talk.on_silence(count))

    def _start(self) -> None:
        self.phase, self.started = Phase.TALKING, True
        self._ask(self._talk.start)

    def _ask(self, work: Work) -> None:
        if self._timer is not None:
            self._timer.tick_ms = (time.perf_counter() - self._tick_started_s) * 1000
        self._ties.submit(work)

    def note_customer(
        self, heard: Heard, *, interrupted: bool = False, bot_heard: str | None = None, digits: str | None = None
    ) -> CustomerTurn:
        """Write down what the customer said."""
        hypothesis = heard.hypothesis
        self._number += 1
        data = {
            "turn": self._number,
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
            hypothesis if digits is None else None,
            digits,
            interrupted_bot=interrupted,
            bot_heard=bot_heard,
            number=self._number,
        )

    # The bot's turn.

    def agent_answered(self, took_s: float) -> None:
        """The agent has answered after ``took_s``."""
        if self._timer is not None:
            self._timer.agent_ms, self._timer.answered = took_s * 1000, True

    async def say(self, turn: BotTurn) -> None:
        """Synthesise the turn into the mouth. Raises whatever synthesis or a message channel raises."""
        asked_s = time.perf_counter()
        self._number += 1
        playback = self._mouth.begin(self._number, turn)
        self._echo.clear()
        self._ear.expect(turn.expectation)
        async with contextlib.aclosing(_says(turn)) as says:
            async for said in says:
                if not await self._say_one(playback, said, asked_s):
                    return
        playback.ended = True
        for act in turn.acts:
            if isinstance(act, SendMessage) and self._parts.send_message is not None:
                await self._parts.send_message(act)

    async def _say_one(self, playback: Playback, act: Say, asked_s: float) -> bool:
        """One sentence into the mouth; False as soon as nobody waits for it any more."""
        if not self._mouth.wants(playback):
            return False
        if act.pace != 1.0:
            rate = min(max(self._voice.rate * act.pace, SLOWEST), FASTEST)
            self._voice = replace(self._voice, rate=rate)
        utterance = playback.add(act, self._voice.rate)
        async with contextlib.aclosing(cast("AsyncGenerator[AudioChunk, None]", self._spoken(act))) as chunks:
            async for chunk in chunks:
                if self._timer is not None and not self._timer.synthesis_ms:
                    self._timer.synthesis_ms = (time.perf_counter() - asked_s) * 1000
                utterance.feed(chunk)
                self._tell_switches()
                if not self._mouth.wants(playback):
                    return False
        utterance.finish()
        return True

    def _spoken(self, act: Say) -> AsyncIterator[AudioChunk]:
        if isinstance(self._speaker, CallVoice):
            return self._speaker.say(act.spoken, self._voice, act.fixed)
        return self._speaker.synthesize(act.spoken, self._voice)

    def _tell_switches(self) -> None:
        for switch in self._speaker.switches() if isinstance(self._speaker, CallVoice) else ():
            data = {"from": switch.before, "to": switch.after, "reason": switch.reason, "detail": switch.detail}
            self._emit(events.SYNTHESIS_SWITCHED, self._now_ms, data)

    def _on_bot_finished(self) -> None:
        turn = self._mouth.turn
        last = next((act for act in turn.acts if isinstance(act, HangUp | Transfer)), None)
        if isinstance(last, Transfer):
            self._leg.transfer(last.queue)
            self._ties.end("transfer")
        elif isinstance(last, HangUp):
            self.phase = Phase.CLOSING
            self._close_at_ms = self._now_ms + self._options.hang_up_after_ms
            self._run(self._turns.bot_finished(self._now_ms, self._options.last_words_ms * 10))
        else:
            self._run(self._turns.bot_finished(self._now_ms, turn.wait_ms))


async def _says(turn: BotTurn) -> AsyncGenerator[Say, None]:
    """The words of a turn in order, those that are still being made as they come."""
    for act in turn.acts:
        if isinstance(act, Say):
            yield act
        elif isinstance(act, SayStream):
            async with contextlib.aclosing(cast("AsyncGenerator[Say, None]", act.says)) as says:
                async for say in says:
                    yield say
