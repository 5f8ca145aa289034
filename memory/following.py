"""Live events for consoles and webhooks: whoever follows hears of events once they are committed."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from types import TracebackType

from core.logging import get_logger
from memory.events import Event

_log = get_logger("memory.following")

Follower = Callable[[Sequence[Event]], None]


class Followers:
    """Fans batches of events out to callbacks, from the writer's thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._followers: dict[int, Follower] = {}
        self._next = 0

    def add(self, follower: Follower) -> Callable[[], None]:
        """Call ``follower`` with every batch until the returned function is called."""
        with self._lock:
            key, self._next = self._next, self._next + 1
            self._followers[key] = follower
        return lambda: self._remove(key)

    def _remove(self, key: int) -> None:
        with self._lock:
            self._followers.pop(key, None)

    def tell(self, events: Sequence[Event]) -> None:
        """Hand a committed batch to everybody; a follower's failure is its own."""
        with self._lock:
            followers = list(self._followers.values())
        for follower in followers:
            try:
                follower(events)
            except Exception as error:  # noqa: BLE001 a broken follower must not stop the record
                _log.warning("memory.follower_failed", error=type(error).__name__)


class EventStream:
    """``async with store.subscribe() as stream: async for event in stream``, in one event loop.

    Holds at most ``limit`` events; of a reader that is too slow the oldest are dropped and counted in ``dropped``.
    """

    def __init__(self, followers: Followers, conversation_id: str | None, limit: int) -> None:
        self._followers = followers
        self._conversation_id = conversation_id
        self._waiting: deque[Event] = deque(maxlen=limit)
        self._arrived = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._leave: Callable[[], None] | None = None
        self.dropped = 0

    async def __aenter__(self) -> EventStream:
        self._loop = asyncio.get_running_loop()
        self._leave = self._followers.add(self._from_writer)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._leave:
            self._leave()

    def _from_writer(self, events: Sequence[Event]) -> None:
        wanted = [e for e in events if self._conversation_id in (None, e.conversation_id)]
        if wanted and self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._take, wanted)

    def _take(self, events: Sequence[Event]) -> None:
        room = (self._waiting.maxlen or 0) - len(self._waiting)
        self.dropped += max(0, len(events) - room)
        self._waiting.extend(events)
        self._arrived.set()

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.popleft()
