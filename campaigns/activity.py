"""Knows when a campaign only waits for time or for calls, so that a virtual clock may move on.

Used from one event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from core.clock import VirtualClock


class Activity:
    """Counts work in progress and calls in progress."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._working = 0
        self.calls = 0
        """calls in progress"""
        self._due: dict[str, datetime] = {}
        self._changed = asyncio.Event()

    @property
    def settled(self) -> bool:
        """No work is pending: everything waits for a call to end or for a later time."""
        return self._working == 0 and all(when > self._now() for when in self._due.values())

    def begin(self) -> None:
        self._working += 1

    def end(self) -> None:
        self._working -= 1
        self._changed.set()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Something that must be over before time moves on."""
        self.begin()
        try:
            yield
        finally:
            self.end()

    @contextmanager
    def calling(self) -> Iterator[None]:
        """A call: whoever drives the audio moves time meanwhile."""
        self.calls += 1
        self.end()
        try:
            yield
        finally:
            self.begin()
            self.calls -= 1

    def wakes_at(self, who: str, when: datetime | None) -> None:
        """``who`` sleeps until ``when``; None: it is awake, or waits for no time."""
        if when is None:
            self._due.pop(who, None)
        else:
            self._due[who] = when
        self._changed.set()

    async def settle(self) -> None:
        """Return once ``settled``."""
        while not self.settled:
            self._changed.clear()
            await self._changed.wait()

    async def changed(self) -> None:
        """Return after the next change."""
        self._changed.clear()
        await self._changed.wait()


async def skip_idle_time(activity: Activity, clock: VirtualClock, *, calls_sleep: bool = False) -> None:
    """Drive a virtual clock: while nobody talks, jump to the next time anybody waits for. Runs until cancelled.

    ``calls_sleep``: calls have no audio that moves time, they wait on the clock themselves (tests, planning).
    """
    while True:
        await activity.settle()
        await asyncio.sleep(0)  # a call just begun gets to its first wait
        if not activity.settled:
            continue
        if (activity.calls and not calls_sleep) or not clock.skip_to_next():
            await activity.changed()
        else:
            # Sleepers are woken by callbacks of this loop; a campaign counts as busy from its time on (wakes_at).
            await asyncio.sleep(0)
