"""One background thread writes conversations and their events, in batches, in the order in which they were given.

The event loop only appends to a queue, so a call never waits for the disk.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, SQLAlchemyError

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

_CLOSING_S = 10.0
"""How long ``close`` waits for a database that is away before what is left is given up, row by row, with a log line."""


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
        self._give_up_s: float | None = None
        self.away_since: float | None = None
        """monotonic seconds; None while the database answers"""
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
        """Commit what is left and end the thread; a database that is away is waited for a little."""
        if self._closed:
            return
        self._closed = True
        self._give_up_s = time.monotonic() + _CLOSING_S
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
        """All of ``work`` in one transaction; a database that is away is waited for, and one bad row must not take its
        neighbours with it."""
        while work:
            try:
                self._commit(work)
                break
            except SQLAlchemyError as error:
                if self._wait_for(error):
                    continue
                if len(work) > 1:
                    _log.warning("memory.batch_failed", rows=len(work), error=type(error).__name__)
                    for item in work:
                        self._write([item])
                    return
                if not self._written_before(work[0], error):
                    _log.error("memory.row_lost", kind=type(work[0]).__name__, error=str(getattr(error, "orig", error)))
                    return
                break
        if self.away_since is not None:
            _log.warning("memory.back", waiting=self._queue.qsize())
            self.away_since = None
        self._tell(work)

    def _wait_for(self, error: SQLAlchemyError) -> bool:
        """Pause if trying again may help; while Alô is being closed, only for a little while."""
        if not passing(error) or (self._give_up_s is not None and time.monotonic() > self._give_up_s):
            return False
        if self.away_since is None:
            self.away_since = time.monotonic()
            _log.warning("memory.away", error=type(error).__name__, waiting=self._queue.qsize())
        threading.Event().wait(_RETRY_S)
        return True

    def _written_before(self, item: Work, error: SQLAlchemyError) -> bool:
        """A connection that broke during COMMIT leaves open whether it happened: look, rather than lose or double."""
        if not isinstance(error, IntegrityError):
            return False
        with self._engine.connect() as connection:
            if isinstance(item, Begin):
                return (
                    connection.execute(select(Conversation.id).where(Conversation.id == item.row["id"])).scalar()
                    is not None
                )
            if isinstance(item, Event):
                columns = select(EventRow.type, EventRow.at_ms).where(
                    EventRow.conversation_id == item.conversation_id, EventRow.seq == item.seq
                )
                return connection.execute(columns).one_or_none() == (item.type, item.at_ms)
        return False

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


def passing(error: SQLAlchemyError) -> bool:
    """Will waiting help? Locked files, full disks and servers that are away yes, broken constraints no."""
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated or isinstance(error.orig, OSError):
        return True
    if isinstance(error, OperationalError):
        state = getattr(error.orig, "sqlstate", None)
        told = str(error.orig)
        if any(word in told for word in ("locked", "busy", "disk I/O error", "disk is full")):
            return True
        # psycopg gives no code when it cannot connect; classes of codes: PostgreSQL appendix A
        return hasattr(error.orig, "sqlstate") and (state is None or state[:2] in ("08", "40", "53", "57"))
    return False


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
