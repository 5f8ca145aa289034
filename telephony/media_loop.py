"""The one ticker of all calls: every 20 ms, take in, listen, decide, send.

Real speed keeps absolute deadlines, so that lateness never adds up. Maximum speed runs ticks back to back and moves a
virtual clock 20 ms per tick; before each tick it waits for everything that calls are awaiting, so that simulated time
is audio time and a run gives the same result on a fast machine and a slow one.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from core.clock import VirtualClock
from core.logging import get_logger
from speech.engine import SpeechEngine
from speech.types import FRAME_MS
from telephony.session import CallSession

Speed = Literal["real", "max"]
_FRAME_S: Final = FRAME_MS / 1000
_BREATHE_EVERY_S: Final = 0.01
_READINGS, _CALLS_PER_READING = 2, 16
"""Turns that a tick reads to their end or ahead, each for some ms of CPU: so many, or more with more calls."""
_FULL_COLLECTION: Final = 100
"""Collections of the middle generation before a full one; Python's own 10 is one a minute with 40 calls."""
_LATEST_MS: Final = 1000
_RESYNC_S: Final = 1.0
"""Further behind than this (a suspended machine), the schedule starts anew instead of racing to catch up."""
_log = get_logger("telephony.media_loop")


@dataclass(slots=True)
class LoopStats:
    """What the loop did."""

    ticks: int = 0
    call_ticks: int = 0
    """Ticks times calls: 20 ms of one call each."""
    busy_s: float = 0.0
    waited_s: float = 0.0
    """Wall time in which ticks waited for agents and synthesis (max speed only)."""
    resyncs: int = 0
    late_ticks: list[int] = field(default_factory=lambda: [0] * (_LATEST_MS + 1))
    """Real speed only: how many ticks began so many whole ms late; the last bin holds all later ones."""

    def note_lateness(self, late_ms: float) -> None:
        """Count one tick."""
        self.late_ticks[min(max(int(late_ms), 0), _LATEST_MS)] += 1

    def lateness(self, *percentiles: float) -> list[float]:
        """Percentiles (0…100) of how late ticks began, in ms, to the ms above."""
        counts = np.cumsum(self.late_ticks)
        if not counts[-1]:
            return [0.0 for _ in percentiles]
        return [float(np.searchsorted(counts, counts[-1] * share / 100) + 1) for share in percentiles]


class MediaLoop:
    """Runs in one event loop; ``add`` from that loop only."""

    def __init__(self, engine: SpeechEngine, *, speed: Speed = "real", clock: VirtualClock | None = None) -> None:
        """``clock`` is moved on by max speed; real speed leaves time to the system."""
        self.stats = LoopStats()
        self._engine = engine
        self._speed = speed
        self._clock = clock
        self._sessions: list[CallSession] = []
        self._finishing: deque[CallSession] = deque()
        self._added = asyncio.Event()
        self._stopping = False
        self._tasks: asyncio.TaskGroup | None = None

    @property
    def active(self) -> int:
        """Calls under way."""
        return len(self._sessions)

    def add(self, session: CallSession) -> None:
        """Take a call in. Raises RuntimeError after ``stop``."""
        if self._stopping:
            raise RuntimeError("this MediaLoop was stopped")
        session.real_time = self._speed == "real"
        self._sessions.append(session)
        if self._tasks is not None:
            self._start(session, self._tasks)
        self._added.set()

    def stop(self) -> None:
        """Let ``run`` return once the calls under way have ended; no more are taken in."""
        self._stopping = True
        self._added.set()

    async def run(self) -> None:
        """Tick until ``stop``. Cancelling hangs up all calls."""
        gc.collect()
        gc.freeze()  # Models and vocabularies stay: full collections need not walk them in the middle of calls.
        young, middle, _ = gc.get_threshold()
        gc.set_threshold(young, middle, _FULL_COLLECTION)  # One walks all calls at once: 20–30 ms with 40 of them.
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            for session in self._sessions:
                self._start(session, tasks)
            try:
                while True:
                    if not self._sessions:
                        if self._stopping:
                            break
                        self._added.clear()
                        await self._added.wait()
                        continue
                    await (self._real() if self._speed == "real" else self._max())
            finally:
                self._tasks = None

    def _start(self, session: CallSession, tasks: asyncio.TaskGroup) -> None:
        tasks.create_task(session.run(), name=f"call {session.conversation_id}")

    async def _real(self) -> None:
        """Ticks against the clock until no call is left."""
        deadline = time.perf_counter()
        while self._sessions:
            started = time.perf_counter()
            late = started - deadline
            if late > _RESYNC_S:
                _log.warning("media.resync", late_ms=round(late * 1000))
                self.stats.resyncs += 1
                deadline = started
            self.stats.note_lateness(late * 1000)
            self._tick(started)
            deadline += _FRAME_S
            # Always through the event loop, even when late: agents and synthesis must get on.
            await asyncio.sleep(max(deadline - time.perf_counter(), 0))

    async def _max(self) -> None:
        """Ticks back to back until no call is left."""
        breathed = time.perf_counter()
        while self._sessions:
            started = time.perf_counter()
            for session in self._sessions:
                await session.settled()
            self.stats.waited_s += time.perf_counter() - started
            for ended in self._tick(time.perf_counter()):
                await ended.settled()
            if self._clock is not None:
                self._clock.advance(_FRAME_S)
            if time.perf_counter() - breathed >= _BREATHE_EVERY_S:
                await asyncio.sleep(0)  # Console, workflows and whoever waits for the clock.
                breathed = time.perf_counter()

    def _tick(self, started: float) -> list[CallSession]:
        """20 ms of all calls; the calls that ended in them."""
        sessions = self._sessions
        for session in sessions:
            try:
                session.receive(started)
            except Exception as error:  # noqa: BLE001 - the boundary of a call: one that breaks must not hurt others
                session.fail(error)
        self._engine.listen()
        for session in sessions:
            try:
                session.advance()
            except Exception as error:  # noqa: BLE001 - as above
                session.fail(error)
        self._read(sessions)
        self.stats.ticks += 1
        self.stats.call_ticks += len(sessions)
        ended = [session for session in sessions if session.over]
        if ended:
            self._sessions = [session for session in sessions if not session.over]
        self.stats.busy_s += time.perf_counter() - started
        return ended

    def _read(self, sessions: list[CallSession]) -> None:
        """What costs most, after the packets are out: the words of this tick are acted upon in the next one.

        Turns that end are read in the order in which they did; of many at once some wait for the next tick.
        """
        self._engine.recognize()
        waiting = self._finishing
        waiting += [session for session in sessions if session.finishing and session not in waiting]
        left = max(_READINGS, len(sessions) // _CALLS_PER_READING)
        while waiting and left:
            session = waiting.popleft()
            if not session.finishing:
                continue
            left -= 1
            try:
                session.finish_turn()
            except Exception as error:  # noqa: BLE001 - the boundary of a call
                session.fail(error)
        self._engine.read_ahead(left)
