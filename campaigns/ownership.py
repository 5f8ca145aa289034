"""One runner per database: a second one would take the first one's calls in progress for leftovers of a crash."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from core.errors import ConfigurationError

_KEY = 0x416C_F4  # "Alô"


class Ownership:
    """A lock that the operating system or the database server takes back when the process dies, however it dies."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._file: sqlite3.Connection | None = None
        self._session: Connection | None = None

    def acquire(self) -> None:
        """Raises ConfigurationError if another process runs campaigns on this database."""
        if self._engine.dialect.name == "sqlite":
            self._acquire_file(Path(f"{self._engine.url.database}.runner"))
        else:
            self._acquire_session()

    def _acquire_file(self, path: Path) -> None:
        """An exclusive SQLite transaction on an empty file beside the database: works on every system."""
        self._file = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            self._file.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            self._file.close()
            self._file = None
            raise _taken() from error

    def _acquire_session(self) -> None:
        """A PostgreSQL advisory lock, held as long as its connection."""
        session = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if not session.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _KEY}).scalar():
            session.close()
            raise _taken()
        self._session = session

    def release(self) -> None:
        """Let another process run campaigns."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._session is not None:
            self._session.invalidate()  # not back to the pool: the lock belongs to the connection
            self._session.close()
            self._session = None


def _taken() -> ConfigurationError:
    return ConfigurationError(
        "Một tiến trình khác đang chạy chiến dịch trên cơ sở dữ liệu này. Hãy dừng tiến trình đó trước, "
        "hoặc đặt ALO_DATA_DIR sang thư mục khác.",
        "Another process runs campaigns on this database. Stop it first, or point ALO_DATA_DIR to another folder.",
    )
