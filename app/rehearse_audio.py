"""Rehearsal by sound: scenarios over the simulated telephone line, through the media loop that calls go through."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from app.agents import Agents
from app.rehearse import Events, Watched, call_time, conversation_of, paying_customer, with_own_tools
from core.clock import VirtualClock
from core.ids import derived_seed
from memory import events
from speech.engine import SpeechEngine
from speech.recognition.embedded import EmbeddedRecognizer
from speech.synthesis.cache import CachedSynthesizer
from speech.synthesis.espeak import EspeakSynthesizer
from speech.types import Voice
from telephony.announcements import classify
from telephony.carrier import CallState
from telephony.media_loop import MediaLoop
from telephony.parts import CallParts
from telephony.results import CallResult
from telephony.session import CallSession
from telephony.simulator.leg import SimulatedLeg
from telephony.simulator.line import prepare
from telephony.simulator.network import NetworkPlan
from telephony.simulator.render import Renderer
from telephony.simulator.scenarios import Play
from telephony.simulator.textplay import Spoken
from telephony.simulator.verdict import Happened, Outcome, judge

_AT_ONCE = 12
"""Calls in the loop at a time: recognition is batched over them, and memory stays small."""
_ANSWERED = NetworkPlan("answered", 20, 60, CallState.ANSWERED, 200, "normal")
"""Nobody waits for ringing in a rehearsal."""


async def on_audio(agents: Agents, plays: Sequence[Play]) -> list[Outcome]:
    """Every scenario as a call, faster than life; the same seeds give the same calls. Raises AloError."""
    espeak = EspeakSynthesizer()
    await espeak.start()
    renderer = Renderer(espeak)
    try:
        engine = await asyncio.to_thread(lambda: SpeechEngine(EmbeddedRecognizer()))
        stage = _Stage(agents, engine, CachedSynthesizer(espeak), renderer)
        outcomes: list[Outcome] = []
        for k in range(0, len(plays), _AT_ONCE):
            outcomes += await stage.run(plays[k : k + _AT_ONCE])
        return outcomes
    finally:
        await renderer.aclose()
        await espeak.aclose()


def _sounded(said: Mapping[str, Any]) -> str:
    """Words of the bot as they were spoken, up to where they were cut."""
    return str((said["heard_text"] if said["interrupted"] else said["spoken"]) or "")


class _Stage:
    def __init__(
        self, agents: Agents, engine: SpeechEngine, synthesizer: CachedSynthesizer, renderer: Renderer
    ) -> None:
        self._agents = agents
        self._engine = engine
        self._synthesizer = synthesizer
        self._renderer = renderer

    async def run(self, plays: Sequence[Play]) -> list[Outcome]:
        """A handful of calls at the same time."""
        loop = MediaLoop(self._engine, speed="max", clock=VirtualClock(call_time(plays[0])))
        calls = [_Call(self._agents, play, self._engine, self._synthesizer, self._renderer) for play in plays]
        async with asyncio.TaskGroup() as tasks:
            for call in calls:
                loop.add(call.session)
            tasks.create_task(loop.run(), name="media loop")
            results = [await call.session.result() for call in calls]
            loop.stop()
        return [call.outcome(result) for call, result in zip(calls, results, strict=True)]


class _Call:
    def __init__(
        self, agents: Agents, play: Play, engine: SpeechEngine, synthesizer: CachedSynthesizer, renderer: Renderer
    ) -> None:
        self.play = play
        self._log = Events()
        self._lines: list[Spoken] = []
        agents = with_own_tools(agents)
        conversation = conversation_of(agents, play, self._log)
        self._talk = Watched(conversation)
        customer = paying_customer(agents, play, conversation)
        prepare(customer.persona.line)
        rng = Random(derived_seed("line", play.flow, play.id))
        leg = SimulatedLeg(f"{play.flow}/{play.id}", _ANSWERED, customer, renderer, rng, lambda state, cause: None)
        leg.on_spoke = self._spoke
        parts = CallParts(
            engine=engine, synthesizer=synthesizer, conversation=self._talk, emit=self._log,
            voice=Voice(play.region), announcement=classify,
        )  # fmt: skip
        self.session = CallSession(leg, f"{play.flow}/{play.id}", parts)

    def _spoke(self, text: str, start_ms: int, end_ms: int) -> None:
        if text:
            self._lines.append(Spoken("customer", text, start_ms))

    def outcome(self, result: CallResult) -> Outcome:
        """What came of it, from the call's own events."""
        said = self._log.of(events.BOT_SAID)
        lines = self._lines + [Spoken("bot", _sounded(d), int(d["start_ms"])) for d in said]
        escalated = bool(self._log.of(events.ESCALATED))
        cut = [d for d in said if d["interrupted"]]
        meant = len(self.play.scenario.interrupts) + bool(self.play.scenario.always)
        ended = "transfer" if result.cause == "transfer" else "bot" if result.cause == "bot_hangup" else "customer"
        return judge(self.play, "audio", Happened(
            code=result.disposition.code,
            details=dict(result.disposition.details),
            lines=tuple(sorted((line for line in lines if line.text), key=lambda line: line.at_ms)),
            ended_by="limit" if result.cause == "max_duration" else ended,
            escalated=escalated,
            tools=tuple(str(d["tool"]) for d in self._log.of(events.TOOL_CALLED) if d["ok"]),
            unverified=tuple(self._talk.unverified),
            heard=tuple(str(d["text"]) for d in self._log.of(events.CUSTOMER_SAID)),
            duration_ms=result.duration_ms,
            bot_turns=len({d["turn"] for d in said}),
            false_interruptions=0 if meant else len({d["turn"] for d in cut}),
        ))  # fmt: skip

