"""The tables of tools (effects, audit trail, samples), in the same database as memory's, made when missing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Connection, Engine, MetaData, create_engine, inspect, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import StaticPool

from memory.database import DURABLE, WRITES, open_database
from memory.types import RowId, UtcDateTime


class ToolBase(DeclarativeBase):
    """All tables of tools and samples; apart from memory's schema and its migrations."""

    metadata = MetaData(naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s"})
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime()}


class ToolEffect(ToolBase):
    """One effect, claimed before it happens."""

    __tablename__ = "tool_effects"

    tool: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(index=True)
    fingerprint: Mapped[str]
    """of the arguments, so that a key cannot be used for another request"""
    state: Mapped[str]
    """started, done, refused; stuck: done, should have been taken back, and could not be"""
    value: Mapped[str | None]
    """result as JSON (tools.results.encode)"""
    at: Mapped[datetime | None]
    """when it began"""
    arguments: Mapped[str | None]
    """JSON, only while it is not known how it ended"""


class ToolSettlement(ToolBase):
    """What a person found out about something unsettled (tools.unsettled)."""

    __tablename__ = "tool_settlements"

    id: Mapped[str] = mapped_column(primary_key=True)
    """of the matter: effect:TOOL:KEY, payment:ID, notice:ID"""
    account: Mapped[str] = mapped_column(index=True)
    outcome: Mapped[str]
    """done or not_done"""
    note: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]


class ToolCall(ToolBase):
    """One line of the audit trail; the database refuses to change or delete it. Holds no argument, result or person."""

    __tablename__ = "tool_calls"

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    tool: Mapped[str]
    key: Mapped[str]
    """the idempotency key: who knows the conversation can find its calls, who reads only this table cannot"""
    verified: Mapped[bool]
    ok: Mapped[bool]
    error: Mapped[str | None]
    attempts: Mapped[int]
    duration_ms: Mapped[float]


_opening = threading.RLock()
"""Migrations know one database at a time in a process."""


class ToolDatabase:
    """Short transactions over one engine; safe to share between threads. Opened when first used, or by ``open``."""

    def __init__(self, make: Callable[[], Engine]) -> None:
        self._make = make
        self._engine: Engine | None = None
        self._turn = threading.RLock()  # SQLite has one writer and makes others poll; ours take turns here instead

    @classmethod
    def at(cls, url: str) -> ToolDatabase:
        """The database at ``url``, memory's tables included."""
        return cls(lambda: open_database(url))

    @classmethod
    def temporary(cls) -> ToolDatabase:
        """In memory, gone with the process: for tests, rehearsals, and agents without settings."""
        options = {"check_same_thread": False}
        return cls(lambda: create_engine("sqlite://", poolclass=StaticPool, connect_args=options))

    @property
    def engine(self) -> Engine:
        """Raises ConfigurationError if the database cannot be used."""
        if self._engine is not None:
            return self._engine
        with _opening:
            if self._engine is None:
                engine = self._make()
                with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
                    make_tables(connection)
                self._engine = engine
            return self._engine

    def open(self) -> ToolDatabase:
        """Now rather than at the first use. Raises ConfigurationError."""
        assert self.engine is not None
        return self

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Session]:
        """A transaction, committed at the end, rolled back on an exception. ``durable``: survives a power cut."""
        options = {WRITES: True, DURABLE: durable}
        with self._one_at_a_time(), Session(self.engine.execution_options(**options)) as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        only_one = isinstance(self.engine.pool, StaticPool)  # one connection for all: a reader would join the writer
        with self._turn if only_one else nullcontext(), Session(self.engine) as session:
            yield session

    def _one_at_a_time(self) -> Any:
        return self._turn if self.engine.dialect.name == "sqlite" else nullcontext()

    def close(self) -> None:
        """Give connections back; the next use opens again."""
        with _opening:
            if self._engine is not None:
                self._engine.dispose()
            self._engine = None


def make_tables(connection: Connection) -> None:
    """Create what is missing, once, however many processes start together."""
    postgres = connection.dialect.name == "postgresql"
    if postgres:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    fresh = not inspect(connection).has_table(ToolCall.__tablename__)
    ToolBase.metadata.create_all(connection)
    _add_columns(connection)
    if fresh:
        for statement in _KEEP_POSTGRES if postgres else _KEEP_SQLITE:
            connection.execute(text(statement))


def _add_columns(connection: Connection) -> None:
    """Columns that tables of an earlier version lack; new ones may be empty (NULL)."""
    found = inspect(connection)
    for table in ToolBase.metadata.sorted_tables:
        there = {column["name"] for column in found.get_columns(table.name)}
        for column in table.columns:
            if column.name not in there:
                kind = column.type.compile(connection.dialect)
                quote = connection.dialect.identifier_preparer.quote
                connection.execute(text(f"ALTER TABLE {quote(table.name)} ADD COLUMN {quote(column.name)} {kind}"))


_LOCK = 0x616C6F74
"""Advisory lock of PostgreSQL that table makers take."""

_KEEP_SQLITE = tuple(
    f"CREATE TRIGGER tool_calls_no_{act.lower()} BEFORE {act} ON tool_calls "
    "BEGIN SELECT RAISE(ABORT, 'tool_calls is kept'); END"
    for act in ("UPDATE", "DELETE")
)
_KEEP_POSTGRES = (
    "CREATE OR REPLACE FUNCTION tool_calls_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'tool_calls is kept'; END $$",
    "CREATE TRIGGER tool_calls_kept BEFORE UPDATE OR DELETE ON tool_calls "
    "FOR EACH ROW EXECUTE FUNCTION tool_calls_refuse()",
)
