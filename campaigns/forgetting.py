"""Removes what the workflow engine (DBOS) keeps of erased people: inputs and results of their attempts."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import create_engine, inspect, make_url, text

_SCHEMA = "dbos"
_KEY = "workflow_uuid"


def forget_workflows(url: str, attempt_ids: Sequence[str]) -> None:
    """Delete the workflows of these attempts. ``url`` as for AttemptWorkflows; no runner may use it meanwhile."""
    parsed = make_url(url)
    if not attempt_ids:
        return
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and Path(parsed.database).is_file():
            _forget_in_file(Path(parsed.database), attempt_ids)
        return
    engine = create_engine(parsed)
    try:
        inspector = inspect(engine)
        if _SCHEMA not in inspector.get_schema_names():
            return
        tables = [
            name
            for name in inspector.get_table_names(_SCHEMA)
            if any(column["name"] == _KEY for column in inspector.get_columns(name, _SCHEMA))
        ]
        with engine.begin() as connection:
            for table in _children_first(tables):
                statement = text(f'DELETE FROM {_SCHEMA}."{table}" WHERE {_KEY} = ANY(:ids)')
                connection.execute(statement, {"ids": list(attempt_ids)})
    finally:
        engine.dispose()


def _forget_in_file(path: Path, attempt_ids: Sequence[str]) -> None:
    connection = sqlite3.connect(path, timeout=30, isolation_level=None)
    try:
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("BEGIN IMMEDIATE")
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        keyed = [name for name in names if _KEY in _columns(connection, name)]
        for table in _children_first(keyed):
            rows = [(one,) for one in attempt_ids]
            connection.executemany(f'DELETE FROM "{table}" WHERE {_KEY} = ?', rows)
        connection.execute("COMMIT")
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    return {row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')}


def _children_first(tables: Sequence[str]) -> list[str]:
    return sorted(tables, key=lambda name: name == "workflow_status")
