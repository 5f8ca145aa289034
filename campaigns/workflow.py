"""Each attempt is one durable DBOS workflow whose id is the attempt's id.

DBOS remembers which step was done; our tables stay the truth. Its steps run at least once, so the step that dials
asks the carrier first whenever it is not the first to run. DBOS is one per process.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from dbos import DBOS, DBOSConfig, SetWorkflowID
from dbos import error as dbos_error
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError

from core.errors import ConfigurationError

_VERSION = "alo-attempt-1"
"""DBOS recovers only workflows of its own version: this one changes when the steps below do, not with every release."""

_THREADS = 8
"""Of DBOS's own database work; a waiting workflow holds none."""

_POLL_S = 0.2
"""How often to look whether a recovered workflow has ended."""


_SQLITE_WITH_SUBSEC = (3, 42)
"""From Python 3.12 on DBOS writes unixepoch('subsec') into its schema, which older SQLite libraries read as NULL."""


class AttemptDriver(Protocol):
    """What the workflow does, given by the runner."""

    async def call_once(self, attempt_id: str) -> dict[str, Any] | None:
        """Dial and talk, or find out what became of an earlier try; None: never dialled, released."""
        ...

    async def close_attempt(self, attempt_id: str, outcome: dict[str, Any] | None) -> None:
        """Commit the outcome and what follows."""
        ...


_driver: AttemptDriver | None = None
_home: asyncio.AbstractEventLoop | None = None


@DBOS.workflow(name="alo_attempt")
async def attempt_workflow(attempt_id: str) -> None:
    """Call, then commit what came of it. The intent was committed before this started (Ledger.claim)."""
    outcome = await DBOS.run_step_async({"name": "call"}, _call, attempt_id)
    await DBOS.run_step_async({"name": "close"}, _close, attempt_id, outcome)


async def _call(attempt_id: str) -> dict[str, Any] | None:
    return await _at_home(lambda driver: driver.call_once(attempt_id))


async def _close(attempt_id: str, outcome: dict[str, Any] | None) -> None:
    await _at_home(lambda driver: driver.close_attempt(attempt_id, outcome))


async def _at_home(work: Callable[[AttemptDriver], Coroutine[Any, Any, Any]]) -> Any:
    """Run in the event loop of the calls, wait in DBOS's."""
    if _driver is None or _home is None:
        raise RuntimeError("no campaign runner is started")
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work(_driver), _home))


class AttemptWorkflows:
    """Starts and stops DBOS. ``url``: a SQLite file of its own, or a PostgreSQL database.

    DBOS lives in an event loop and a thread of its own: it replaces the default executor of every loop it runs in,
    and takes that executor away when it stops.
    """

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._engine: Engine | None = None
        self._loop = asyncio.new_event_loop()

    async def start(self, driver: AttemptDriver) -> None:
        """Launch DBOS; it then takes up by itself what a killed process left. Raises ConfigurationError."""
        global _driver, _home
        if _driver is not None:
            raise ConfigurationError(
                "Chiến dịch đang chạy trong tiến trình này rồi.",
                "A campaign runner is already started in this process.",
            )
        _driver, _home = driver, asyncio.get_running_loop()
        threading.Thread(target=self._loop.run_forever, name="alo-workflows", daemon=True).start()
        try:
            await self._there(self._launch())
        except (DBAPIError, dbos_error.DBOSException) as error:
            await self.close()
            raise ConfigurationError(
                "Không mở được cơ sở dữ liệu của các quy trình gọi. Hãy kiểm tra quyền ghi, hoặc xóa tệp nếu đã hỏng.",
                "The database of the call workflows cannot be opened. Check that it may be written, or delete it.",
                where=self._url.render_as_string(hide_password=True),
            ) from error

    async def _launch(self) -> None:
        config: DBOSConfig = {
            "name": "alo",
            "system_database_url": self._url.render_as_string(hide_password=False),
            "application_version": _VERSION,
            "executor_id": "alo",
            "log_level": "ERROR",
            "max_executor_threads": _THREADS,
        }
        if self._url.get_backend_name() == "sqlite":
            self._engine = config["system_database_engine"] = _sqlite(self._url.render_as_string(hide_password=False))
        DBOS(config=config)
        DBOS.launch()

    async def run(self, attempt_id: str) -> None:
        """Start the attempt's workflow and return when it ends. An id known already is not run again, only awaited."""
        await self._there(self._run(attempt_id))

    async def _run(self, attempt_id: str) -> None:
        with SetWorkflowID(attempt_id):
            handle = await DBOS.start_workflow_async(attempt_workflow, attempt_id)
        await handle.get_result(polling_interval_sec=_POLL_S)

    async def _there(self, work: Coroutine[Any, Any, None]) -> None:
        """Run in DBOS's event loop, wait in the caller's."""
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    async def close(self) -> None:
        """Stop; workflows in progress are taken up at the next start."""
        global _driver, _home
        await asyncio.to_thread(DBOS.destroy)
        _driver = _home = None
        self._loop.call_soon_threadsafe(self._loop.stop)
        if self._engine is not None:
            self._engine.dispose()


def _sqlite(url: str) -> Engine:
    """DBOS's file with a write-ahead log and one disk sync fewer per step.

    A killed process loses nothing. After a power cut DBOS may have forgotten its last steps; the intent in our own
    tables, which is synced, then leads to asking the carrier, as after any crash.
    """
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": 30})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = "IMMEDIATE"
        if sqlite3.sqlite_version_info < _SQLITE_WITH_SUBSEC:
            connection.create_function("unixepoch", 1, lambda _modifier: time.time())
        connection.execute("PRAGMA busy_timeout=30000")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")

    return engine
