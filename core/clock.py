"""Time is injected: nothing below ``app`` reads the wall clock by itself.

Two clocks run in Alô. A *call* counts the milliseconds of its own audio. A *campaign* reads a ``Clock``: the
system's in production, a virtual one in simulations, where waiting for tomorrow's retry costs nothing.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import threading
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
"""The callee's time zone for every legal rule: UTC+7 without daylight saving (vietnam_rules §7)."""


_LONGEST_SLEEP_S = 3600.0
"""The machine's clock may be set meanwhile, so look again at least once an hour."""


class Clock(Protocol):
    """Tells the time and waits for it."""

    def now(self) -> datetime:
        """Aware UTC time."""
        ...

    async def sleep_until(self, when: datetime) -> None:
        """Return once ``now() >= when``."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep_until(self, when: datetime) -> None:
        left_s = (when - self.now()).total_seconds()
        if left_s > 0:
            await asyncio.sleep(min(left_s, _LONGEST_SLEEP_S))
            await self.sleep_until(when)


class VirtualClock:
    """A clock that moves only when told: media ticks advance it, idle time is skipped.

    Safe to read and to wait on from any thread and any event loop.
    """

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("VirtualClock needs an aware datetime")
        self._now = start.astimezone(UTC)
        self._waiting: list[tuple[datetime, int, asyncio.AbstractEventLoop, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        """Move on by ``seconds`` and wake whoever waited for a time now reached."""
        self._move_to(self._now + timedelta(seconds=seconds))

    def skip_to_next(self) -> bool:
        """Jump to the earliest time anybody waits for; False if nobody waits."""
        with self._lock:
            if not self._waiting:
                return False
            target = self._waiting[0][0]
        self._move_to(max(target, self._now))
        return True

    def _move_to(self, when: datetime) -> None:
        due = []
        with self._lock:
            self._now = when
            while self._waiting and self._waiting[0][0] <= when:
                due.append(heapq.heappop(self._waiting))
        for _, _, loop, future in due:
            loop.call_soon_threadsafe(_resolve, future)

    async def sleep_until(self, when: datetime) -> None:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        with self._lock:
            if when <= self._now:
                return
            heapq.heappush(self._waiting, (when, next(self._order), loop, future))
        await future


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def vietnam_time(moment: datetime) -> datetime:
    """``moment`` (aware) as local time in Vietnam."""
    return moment.astimezone(VIETNAM)
