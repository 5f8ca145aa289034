"""Alembic's entry: runs on the connection that memory.database hands over."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import JSON, BigInteger, Connection

from memory.indexing import TEXT_INDEX, TEXT_TABLE
from memory.tables import Base
from memory.types import UtcDateTime


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our own column types by name into new migrations."""
    if kind == "type":
        if isinstance(item, UtcDateTime):
            return "memory.types.UtcDateTime()"
        if isinstance(item, JSON):
            return "memory.types.Json"
        if isinstance(item, BigInteger):
            return "memory.types.RowId"
    return False


def ours(_object: Any, name: str | None, _kind: str, _reflected: bool, _compared: Any) -> bool:
    """The text index is no table of the models; migration 0003 makes it."""
    return not (name or "").startswith((TEXT_TABLE, TEXT_INDEX))


def run(connection: Connection) -> None:
    """Run the migrations asked for; ``batch`` lets SQLite alter tables by rebuilding them."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=render_item,
        include_object=ours,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
