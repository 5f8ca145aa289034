"""The index of what was said: which words of which event, in tables that both databases search by full text.

SQLite searches an FTS5 table over ``passages`` that triggers keep in step; PostgreSQL a GIN index on the same column.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Connection, text

from memory import events as kind
from memory.folding import fold

TEXT_TABLE: Final = "passages_fts"
"""SQLite's full-text table; its shadow tables begin with the same name."""
TEXT_INDEX: Final = "ix_passages_words"
"""PostgreSQL's index."""
ROLES: Final[Mapping[str, str]] = {
    kind.CUSTOMER_SAID: "customer",
    kind.BOT_SAID: "bot",
    kind.SUMMARIZED: "summary",
}
"""Events whose words are searched, and who speaks."""

_LONGEST: Final = 20_000
"""Letters of one passage; somebody may paste a book into a chat."""
_AT_ONCE: Final = 1000


def words_said(type_: str, data: Mapping[str, Any]) -> str:
    """The words of an event as they were said or typed; what the bot did not get to say is not among them."""
    if type_ == kind.BOT_SAID and data.get("interrupted"):
        return str(data.get("heard_text") or "")
    return str(data.get("text") or "")


def passage_row(conversation_id: str, seq: int, type_: str, data: Mapping[str, Any]) -> dict[str, Any] | None:
    """Columns of ``passages`` for an event; None if nothing in it is to be found by words."""
    role = ROLES.get(type_)
    folded = fold(words_said(type_, data)[:_LONGEST]) if role else ""
    if not folded:
        return None
    return {"conversation_id": conversation_id, "seq": seq, "role": role, "folded": folded}


def make_text_index(connection: Connection) -> None:
    """What searches ``passages`` by words. Part of migration 0003."""
    if connection.dialect.name != "sqlite":
        connection.execute(
            text(f"CREATE INDEX {TEXT_INDEX} ON passages USING gin (to_tsvector('simple'::regconfig, folded))")
        )
        return
    connection.exec_driver_sql(
        f"CREATE VIRTUAL TABLE {TEXT_TABLE} USING fts5(folded, content='passages', content_rowid='id')"
    )
    gone = f"INSERT INTO {TEXT_TABLE}({TEXT_TABLE}, rowid, folded) VALUES ('delete', old.id, old.folded);"
    come = f"INSERT INTO {TEXT_TABLE}(rowid, folded) VALUES (new.id, new.folded);"
    for verb, actions in (("INSERT", come), ("DELETE", gone), ("UPDATE", f"{gone} {come}")):
        connection.exec_driver_sql(
            f"CREATE TRIGGER passages_text_{verb.lower()} AFTER {verb} ON passages BEGIN {actions} END"
        )


def remove_text_index(connection: Connection) -> None:
    """Undo ``make_text_index``."""
    if connection.dialect.name != "sqlite":
        connection.execute(text(f"DROP INDEX {TEXT_INDEX}"))
        return
    for verb in ("insert", "delete", "update"):
        connection.exec_driver_sql(f"DROP TRIGGER passages_text_{verb}")
    connection.exec_driver_sql(f"DROP TABLE {TEXT_TABLE}")


def forget_deleted_words(connection: Connection) -> None:
    """SQLite keeps the words of deleted passages in the index until its parts are merged: merge them now."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"INSERT INTO {TEXT_TABLE}({TEXT_TABLE}) VALUES ('optimize')")


def fill_index(connection: Connection) -> int:
    """Index every event that is not indexed yet; returns how many were added."""
    added = 0
    for rows in _batches(_missing(connection)):
        connection.execute(
            text(
                "INSERT INTO passages (conversation_id, seq, role, folded) "
                "VALUES (:conversation_id, :seq, :role, :folded)"
            ),
            rows,
        )
        added += len(rows)
    return added


def _missing(connection: Connection) -> Iterator[dict[str, Any]]:
    last = 0
    types = ", ".join(f"'{name}'" for name in ROLES)
    query = text(
        "SELECT e.id, e.conversation_id, e.seq, e.type, e.data FROM events e "
        "LEFT JOIN passages p ON p.conversation_id = e.conversation_id AND p.seq = e.seq "
        f"WHERE e.type IN ({types}) AND p.id IS NULL AND e.id > :last ORDER BY e.id LIMIT {_AT_ONCE}"
    )
    while found := connection.execute(query, {"last": last}).all():
        for row in found:
            last = row.id
            data = json.loads(row.data) if isinstance(row.data, str) else row.data
            columns = passage_row(row.conversation_id, row.seq, row.type, data)
            if columns is not None:
                yield columns


def _batches(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch
