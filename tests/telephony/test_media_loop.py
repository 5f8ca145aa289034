"""Many calls in one ticker, at both speeds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from agent.turns import BotTurn, HangUp, Say
from core.clock import VirtualClock
from memory import events
from speech.engine import SpeechEngine
from speech.recognition.fake import ScriptedRecognizer, ScriptedStream
from speech.synthesis.cache import CachedSynthesizer
from speech.synthesis.espeak import EspeakSynthesizer
from speech.types import Hypothesis
from telephony.carrier import CallProgress, MediaPacket
from telephony.media_loop import LoopStats, MediaLoop
from telephony.results import CallResult
from telephony.session import CallParts, CallSession
from tests.telephony.scripted import Journal, ScriptedLeg, ScriptedTalk

START = datetime(2026, 11, 23, 3, tzinfo=UTC)
ASK = "Dạ anh trả ngày nào ạ?"
BYE = "Dạ em chào anh ạ."


@pytest.fixture
async def synthesizer() -> AsyncIterator[CachedSynthesizer]:
    cached = CachedSynthesizer(EspeakSynthesizer())
    yield cached
    await cached.aclose()


class World:
    """Calls that share an engine and a loop."""

    def __init__(self, synthesizer: CachedSynthesizer, calls: int, **loop: object) -> None:
        self.engine = SpeechEngine(ScriptedRecognizer(*[["ngày mười lăm"]] * calls))
        self.loop = MediaLoop(self.engine, **loop)  # type: ignore[arg-type]
        self.synthesizer = synthesizer
        self.journals: list[Journal] = []
        self.sessions: list[CallSession] = []

    def call(self, leg: ScriptedLeg | None = None, talk: ScriptedTalk | None = None) -> CallSession:
        journal = Journal()
        leg = leg or ScriptedLeg([("ngày nào", 300 + 40 * len(self.sessions), "ngày mười lăm")])
        talk = talk or ScriptedTalk([BotTurn((Say(ASK, ASK),)), BotTurn((Say(BYE, BYE), HangUp("done")))])
        session = CallSession(
            leg, f"conv_{len(self.sessions)}", CallParts(self.engine, self.synthesizer, talk, journal)
        )
        self.journals.append(journal)
        self.sessions.append(session)
        self.loop.add(session)
        return session

    async def run(self) -> list[CallResult]:
        self.loop.stop()
        await self.loop.run()
        return [await session.result() for session in self.sessions]

    def timeless(self) -> list[list[tuple[str, int, object]]]:
        """All events without what was measured."""
        return [[event for event in journal.events if event[0] != events.BOT_LATENCY] for journal in self.journals]


async def test_max_speed_gives_the_same_events_every_time(synthesizer: CachedSynthesizer) -> None:
    runs = []
    for _ in range(2):
        clock = VirtualClock(START)
        world = World(CachedSynthesizer(synthesizer), 5, speed="max", clock=clock)
        for _ in range(5):
            world.call()
        results = await world.run()
        assert all(result.cause == "bot_hangup" for result in results)
        assert clock.now() - START == timedelta(milliseconds=20 * world.loop.stats.ticks)
        runs.append((world.timeless(), [result.duration_ms for result in results]))
    assert runs[0] == runs[1]


async def test_max_speed_wakes_who_waits_for_the_clock(synthesizer: CachedSynthesizer) -> None:
    clock = VirtualClock(START)
    world = World(synthesizer, 1, speed="max", clock=clock)
    session = world.call()
    woken: list[int] = []

    async def wait() -> None:
        await clock.sleep_until(START + timedelta(seconds=3))
        woken.append(world.loop.stats.ticks)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(wait())
        await world.run()
    assert (await session.result()).failure is None
    assert 150 <= woken[0] <= 250


class BrokenLeg(ScriptedLeg):
    """Fails in the middle of the call."""

    def poll(self, now_ms: int) -> tuple[list[CallProgress], list[MediaPacket], list[str]]:
        if now_ms >= 1500:
            raise ConnectionError("wire cut")
        return super().poll(now_ms)

    def hang_up(self) -> None:
        raise ConnectionError("no wire")


async def test_a_call_that_breaks_hurts_no_other(synthesizer: CachedSynthesizer) -> None:
    world = World(synthesizer, 3, speed="max")
    world.call()
    world.call(BrokenLeg())
    world.call()
    good, broken, other = await world.run()
    assert (broken.disposition.code, broken.failure) == ("TECH_ERROR", "ConnectionError")
    assert good.cause == other.cause == "bot_hangup"


async def test_the_loop_waits_without_calls_and_takes_later_ones(synthesizer: CachedSynthesizer) -> None:
    world = World(synthesizer, 2, speed="max")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(world.loop.run())
        await asyncio.sleep(0.05)
        assert world.loop.stats.ticks == 0
        first = world.call()
        await first.result()
        ticks = world.loop.stats.ticks
        await asyncio.sleep(0.05)
        assert (world.loop.stats.ticks, world.loop.active) == (ticks, 0)
        second = world.call()
        assert (await second.result()).cause == "bot_hangup"
        world.loop.stop()
    with pytest.raises(RuntimeError):
        world.call()


def test_lateness_is_counted_in_constant_space() -> None:
    stats = LoopStats()
    assert stats.lateness(50, 99) == [0.0, 0.0]
    for k in range(1000):
        stats.note_lateness(0.5 if k < 980 else 70.2)
    stats.note_lateness(5000)
    assert stats.lateness(50, 99) == [1.0, 71.0]
    assert len(stats.late_ticks) == 1001


async def test_real_speed_keeps_time(synthesizer: CachedSynthesizer) -> None:
    world = World(synthesizer, 2, speed="real")
    world.call(ScriptedLeg(ring_ms=100), ScriptedTalk([BotTurn((Say(BYE, BYE), HangUp("done")))]))
    started = time.perf_counter()
    (result,) = await world.run()
    took_ms = (time.perf_counter() - started) * 1000
    assert took_ms == pytest.approx(result.ring_ms + result.duration_ms, rel=0.1, abs=200)
    p50, p99 = world.loop.stats.lateness(50, 99)
    assert 0 <= p50 <= p99 < 1000
    assert world.journals[0].all(events.BOT_SAID)[0]["heard_text"] == BYE


class Watched(ScriptedRecognizer):
    """Notes after how many packets each final reading was taken."""

    def __init__(self, *scripts: Sequence[str]) -> None:
        super().__init__(*scripts)
        self.sent: list[int] = []
        self.finished_at: list[int] = []

    def open(self) -> WatchedStream:
        return WatchedStream(next(self._scripts, ()), self)


class WatchedStream(ScriptedStream):
    def __init__(self, lines: Sequence[str], watched: Watched) -> None:
        super().__init__(lines)
        self._watched = watched

    def finish(self) -> Hypothesis:
        self._watched.finished_at.append(len(self._watched.sent))
        return super().finish()


class WatchedLeg(ScriptedLeg):
    watched: Watched

    def send(self, payload: bytes) -> None:
        self.watched.sent.append(self._now)
        super().send(payload)


async def test_turns_that_end_together_are_read_after_the_packets_a_few_a_tick(
    synthesizer: CachedSynthesizer,
) -> None:
    calls = 5
    world = World(synthesizer, calls, speed="max")
    world.engine.recognizer = watched = Watched(*[["ngày mười lăm"]] * calls)
    for _ in range(calls):
        leg = WatchedLeg([("ngày nào", 300, "ngày mười lăm")])
        leg.watched = watched
        world.call(leg)
    results = await world.run()
    assert [result.cause for result in results] == ["bot_hangup"] * calls
    said = [journal.all(events.CUSTOMER_SAID)[0] for journal in world.journals]
    assert [turn["text"] for turn in said] == ["ngày mười lăm"] * calls
    # All calls are in step: a tick's packets are all out before a turn is read, two turns a tick.
    assert all(packets % calls == 0 for packets in watched.finished_at)
    assert [packets // calls - watched.finished_at[0] // calls for packets in watched.finished_at] == [0, 0, 1, 1, 2]
    assert len({turn["end_ms"] for turn in said}) == 1
