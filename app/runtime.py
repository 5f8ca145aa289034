"""The composition root: the only place where parts are chosen and wired together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from app.agents import Agents
from app.recognizers import recognizer_choice
from app.voice import OnLeg, VoiceCaller, VoiceParts
from app.voices import open_speaker
from campaigns.activity import skip_idle_time
from campaigns.caller import CallJob
from campaigns.runner import CampaignRunner
from campaigns.service import CampaignService
from campaigns.workflow import AttemptWorkflows
from core.clock import Clock, VirtualClock
from core.settings import Settings
from memory.store import Store
from speech.engine import SpeechEngine
from speech.recognition.choice import close_recognizer, open_recognizer
from speech.smart_turn import SmartTurn
from speech.synthesis.espeak import EspeakSynthesizer
from telephony.carrier import Carrier
from telephony.media_loop import MediaLoop, Speed
from telephony.recording import RecordingWriter

MakeCarrier = Callable[[EspeakSynthesizer], Carrier]


@dataclass(frozen=True, slots=True)
class RuntimeOptions:
    """What differs between a rehearsal and a real campaign."""

    make_carrier: MakeCarrier
    agents: Agents
    metadata: Callable[[CallJob], Mapping[str, Any]] = lambda job: {}
    on_leg: OnLeg | None = None
    speed: Speed = "real"


@dataclass(frozen=True, slots=True)
class Runtime:
    """Everything one process needs to run campaigns. Made by ``open_runtime``."""

    store: Store
    clock: Clock
    loop: MediaLoop
    engine: SpeechEngine
    service: CampaignService
    runner: CampaignRunner
    unfinished: tuple[str, ...]
    """Campaigns that were running when an earlier process ended."""


def workflows_url(settings: Settings) -> str:
    """Where DBOS keeps its own tables: a file beside our SQLite file, or a schema of its own in our database."""
    url = make_url(settings.sqlalchemy_url)
    if url.get_backend_name() == "sqlite":
        return f"sqlite:///{Path(url.database or 'alo.db').with_name('workflows.db')}"
    return settings.sqlalchemy_url


@asynccontextmanager
async def open_runtime(
    settings: Settings, store: Store, clock: Clock, options: RuntimeOptions
) -> AsyncIterator[Runtime]:
    """Start synthesis, recognition, media loop and campaign runner; stop them in reverse order.

    Raises AloError, in an ExceptionGroup once calls can be under way.
    """
    async with AsyncExitStack() as stack:
        espeak = EspeakSynthesizer()
        stack.push_async_callback(espeak.aclose)
        await espeak.start()
        speaker = open_speaker(settings, espeak, clock)
        stack.push_async_callback(speaker.aclose)
        await speaker.start()
        carrier = options.make_carrier(espeak)
        stack.push_async_callback(carrier.aclose)
        inline = options.speed == "max"  # virtual time stands still while somebody reads
        choice = recognizer_choice(settings)
        recognizer = await asyncio.to_thread(lambda: open_recognizer(choice, inline=inline, clock=clock))
        stack.push_async_callback(asyncio.to_thread, close_recognizer, recognizer)
        smart_turn = await asyncio.to_thread(lambda: SmartTurn(inline=inline)) if settings.smart_turn else None
        if smart_turn is not None:
            stack.push_async_callback(asyncio.to_thread, smart_turn.close)
        engine = await asyncio.to_thread(lambda: SpeechEngine(recognizer, smart_turn=smart_turn))
        await options.agents.warm_up()
        recordings = RecordingWriter(settings.recordings_dir)
        stack.push_async_callback(asyncio.to_thread, recordings.close)
        virtual = clock if isinstance(clock, VirtualClock) else None
        loop = MediaLoop(engine, speed=options.speed, clock=virtual)
        parts = VoiceParts(
            store=store,
            clock=clock,
            carrier=carrier,
            loop=loop,
            engine=engine,
            synthesizer=speaker,
            recordings=recordings,
            make_conversation=lambda job, emit, _, known: options.agents.for_call(
                job, emit, clock.now(), known, streams=True
            ),
            metadata=options.metadata,
            on_leg=options.on_leg,
        )
        runner = CampaignRunner(store, VoiceCaller(parts), clock, AttemptWorkflows(workflows_url(settings)))
        service = CampaignService(store, clock, changed=_from_any_thread(runner.wake))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(loop.run(), name="media loop")
            helpers = []
            if virtual is not None:
                helpers.append(tasks.create_task(skip_idle_time(runner.activity, virtual), name="skip idle time"))
                if options.speed == "real":
                    helpers.append(tasks.create_task(_follow_wall_clock(virtual, loop), name="wall clock"))
            try:
                unfinished = await runner.start()
                yield Runtime(store, clock, loop, engine, service, runner, tuple(unfinished))
            finally:
                await runner.aclose()
                loop.stop()
                for helper in helpers:
                    helper.cancel()


def _from_any_thread(wake: Callable[[str], None]) -> Callable[[str], None]:
    """The console changes campaigns from threads of its own."""
    here = asyncio.get_running_loop()

    def call(campaign_id: str) -> None:
        here.call_soon_threadsafe(wake, campaign_id)

    return call


async def _follow_wall_clock(clock: VirtualClock, loop: MediaLoop) -> None:
    """A rehearsal at real speed: simulated time goes by while calls are up, and is skipped when none is."""
    ticking = asyncio.get_running_loop()
    before = ticking.time()
    while True:
        await asyncio.sleep(_CLOCK_STEP_S)
        now = ticking.time()
        if loop.active:
            clock.advance(now - before)
        before = now


_CLOCK_STEP_S = 0.05
