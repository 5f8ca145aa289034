"""One background thread writes conversations and their events, in batches, in the order in which they were given.

The event loop only appends to a queue, so a call never waits for the disk.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, insert, update
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from core.logging import get_logger
from memory import events as kind
from memory.database import DURABLE, WRITES
from memory.events import Event
from memory.indexing import passage_row
from memory.learning import learn_from, note_opt_out
from memory.projection import call_changes, conversation_changes
from memory.schema import Call, Conversation
from memory.schema import Event as EventRow
from memory.tables import Passage

_log = get_logger("memory.writer")

_BATCH = 1000
"""Rows per transaction at most."""

_GATHER_S = 0.05
"""How long to gather a batch: one commit per 50 ms costs nothing and the console still looks immediate."""

_RETRY_S = 0.5
"""Pause before a batch is tried again while the database is locked or away."""


@dataclass(frozen=True, slots=True)
class Begin:
    """A conversation starts: its row, as columns."""

    row: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """Columns of a conversation that no event tells."""

    conversation_id: str
    columns: dict[str, Any]


Work = Begin | Change | Event


class BackgroundWriter:
    """Takes work from any thread; ``written`` hears of every batch of events once it is committed."""

    def __init__(self, engine: Engine, lock: threading.Lock, written: Callable[[Sequence[Event]], None]) -> None:
        self._engine = engine.execution_options(**{WRITES: True, DURABLE: False})
        self._lock = lock
        self._written = written
        self._queue: queue.SimpleQueue[Work | Future[None] | None] = queue.SimpleQueue()
        self._hurry = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="alo-memory-writer", daemon=True)
        self._thread.start()

    def put(self, work: Work) -> None:
        """Never blocks. Raises RuntimeError after ``close``."""
        if self._closed:
            raise RuntimeError("the memory writer is closed")
        self._queue.put(work)

    def flush(self, timeout_s: float | None = None) -> None:
        """Return once everything given before is committed."""
        self.flushed().result(timeout_s)

    def flushed(self) -> Future[None]:
        """Done once everything given before is committed."""
        done: Future[None] = Future()
        if not self._thread.is_alive():
            done.set_result(None)
            return done
        self._queue.put(done)
        self._hurry.set()
        return done

    def close(self) -> None:
        """Commit what is left and end the thread."""
        if self._closed:
            return
        self._closed = True
        self._queue.put(None)
        self._hurry.set()
        self._thread.join()

    def _run(self) -> None:
        running = True
        while running:
            first = self._queue.get()
            if not isinstance(first, Future) and first is not None:
                self._hurry.wait(_GATHER_S)
            self._hurry.clear()
            batch = [first, *self._drain()]
            work = [item for item in batch if isinstance(item, Begin | Change | Event)]
            failure: Exception | None = None
            try:
                self._write(work)
            except Exception as error:  # noqa: BLE001 - the thread's boundary: whoever waits is told, later work goes on
                failure = error
                _log.error("memory.writer_failed", error=type(error).__name__, exc_info=error)
            for item in batch:
                if isinstance(item, Future):
                    item.set_result(None) if failure is None else item.set_exception(failure)
            running = None not in batch

    def _drain(self) -> list[Work | Future[None] | None]:
        items: list[Work | Future[None] | None] = []
        while len(items) < _BATCH:
            try:
                items.append(self._queue.get_nowait())
            except queue.Empty:
                break
        return items

    def _write(self, work: list[Work]) -> None:
        if not work:
            return
        try:
            self._commit(work)
        except SQLAlchemyError as error:
            self._write_singly(work, error)
            return
        self._tell(work)

    def _write_singly(self, work: list[Work], cause: SQLAlchemyError) -> None:
        """One bad row must not take its neighbours with it; a database that is away is waited for."""
        _log.warning("memory.batch_failed", rows=len(work), error=type(cause).__name__)
        for item in work:
            while True:
                try:
                    self._commit([item])
                    self._tell([item])
                    break
                except SQLAlchemyError as error:
                    if _passing(error) and not self._closed:
                        threading.Event().wait(_RETRY_S)
                        continue
                    _log.error("memory.row_lost", kind=type(item).__name__, error=str(getattr(error, "orig", error)))
                    break

    def _commit(self, work: list[Work]) -> None:
        with self._lock, self._engine.begin() as connection:
            rows: list[dict[str, Any]] = []
            passages: list[dict[str, Any]] = []
            for item in work:
                if isinstance(item, Event):
                    rows.append(_event_row(item))
                    _project(connection, item)
                    passage = passage_row(item.conversation_id, item.seq, item.type, item.data)
                    passages += [passage] if passage else []
                elif isinstance(item, Begin):
                    connection.execute(insert(Conversation).values(item.row))
                else:
                    connection.execute(
                        update(Conversation).where(Conversation.id == item.conversation_id).values(item.columns)
                    )
            if rows:
                connection.execute(insert(EventRow), rows)
            if passages:
                connection.execute(insert(Passage), passages)
            for item in work:
                if isinstance(item, Event):
                    _remember(connection, item)

    def _tell(self, work: Sequence[Work]) -> None:
        events = [item for item in work if isinstance(item, Event)]
        if events:
            self._written(events)


def _passing(error: SQLAlchemyError) -> bool:
    """Will waiting help? Locked files and lost servers yes, broken constraints no."""
    if not isinstance(error, DBAPIError):
        return False
    return error.connection_invalidated or "locked" in str(error.orig) or "busy" in str(error.orig)


def _event_row(event: Event) -> dict[str, Any]:
    return {
        "conversation_id": event.conversation_id,
        "seq": event.seq,
        "type": event.type,
        "at": event.at,
        "at_ms": event.at_ms,
        "data": dict(event.data),
    }


def _remember(connection: Connection, event: Event) -> None:
    """What a conversation taught is written down with its last event, in the same transaction."""
    if event.type == kind.DISPOSITION:
        learn_from(connection, event.conversation_id)
    elif event.type == kind.OPT_OUT:
        note_opt_out(connection, event)


def _project(connection: Connection, event: Event) -> None:
    changes = conversation_changes(event)
    if changes:
        connection.execute(update(Conversation).where(Conversation.id == event.conversation_id).values(changes))
    changes = call_changes(event)
    if changes:
        key = Call.conversation_id == event.conversation_id
        if not connection.execute(update(Call).where(key).values(changes)).rowcount:
            connection.execute(insert(Call).values({"conversation_id": event.conversation_id, "state": "", **changes}))
