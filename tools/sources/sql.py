"""Named SQL queries as tools: reads on a read-only connection, effects in one transaction with a row count to keep."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from pydantic import BaseModel
from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from tools.results import MAX_ITEMS
from tools.samples.desk import Bound
from tools.sources.declared import arguments_of, declared_tool, fields_of, tool_name
from tools.sources.file import Query, SqlPart, ToolsFile
from tools.tool import KEY, Tool, ToolRefusal, ToolUnavailable

ACCOUNT: Final = "account"
_READ = re.compile(r"\s*(select|with|values)\b", re.IGNORECASE)
_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]\w*)")


@dataclass(frozen=True, slots=True)
class SqlSource:
    """Queries on one database of the business."""

    queries: dict[str, Query]
    models: dict[str, type[BaseModel]]
    url: URL = field(repr=False)
    _engines: dict[bool, Engine] = field(default_factory=dict, repr=False)
    _opening: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @classmethod
    def load(cls, file: ToolsFile, number: int, part: SqlPart, url: str) -> SqlSource:
        """Raises ToolsFileError for a URL or a query that cannot be right. Connects only when first called."""
        try:
            parsed = make_url(url)
            parsed.get_dialect()
        except (ArgumentError, NoSuchModuleError, ImportError) as error:
            raise file.error(
                "Địa chỉ cơ sở dữ liệu không đúng hoặc thiếu trình điều khiển.",
                "The database URL is not valid, or its driver is not installed.", "sources", number,
            ) from error  # fmt: skip
        models = {}
        for name, query in part.queries.items():
            _check(file, ("sources", number, "queries", name, "sql"), query)
            models[name] = arguments_of(query, name, fields_of(query.args, query.optional))
        return cls(part.queries, models, parsed)

    def tools(self, bound: Bound) -> list[Tool]:
        return [self._tool(name, query, bound) for name, query in self.queries.items()]

    def _tool(self, name: str, query: Query, bound: Bound) -> Tool:
        names = set(_PARAMETER.findall(query.sql))
        effect = query.effect is True

        async def run(values: dict[str, Any], key: str) -> Any:
            given = {each: values.get(each) for each in names}
            if ACCOUNT in names:
                given[ACCOUNT] = bound.owner()
            if KEY in names:
                given[KEY] = key
            return await asyncio.to_thread(self._run, query, given)

        return declared_tool(
            query,
            tool_name(query, name),
            self.models[name],
            run,
            bound,
            effect=effect,
            takes_key=effect and KEY in names,
        )

    def _run(self, query: Query, values: dict[str, Any]) -> Any:
        effect = query.effect is True
        try:
            with self._connection(effect, query.timeout_ms) as connection, connection.begin():
                result = connection.execute(text(query.sql), values)
                rows = [dict(row) for row in result.mappings().fetchmany(MAX_ITEMS)] if result.returns_rows else None
                touched = len(rows) if rows is not None else result.rowcount
                if effect and query.rows is not None and touched != query.rows:
                    raise _nothing()  # rolls back
        except DBAPIError as error:
            raise _away(None if effect else False) from error
        if rows is None:
            return {"rows": touched}
        if query.one and not rows:
            raise _nothing()
        return rows[0] if query.one else rows

    @contextmanager
    def _connection(self, effect: bool, timeout_ms: int) -> Iterator[Connection]:
        with self._engine(effect).connect() as connection:
            if connection.dialect.name == "postgresql":
                connection = connection.execution_options(postgresql_readonly=not effect)
                connection.exec_driver_sql(f"SET statement_timeout = {int(timeout_ms)}")
                connection.commit()
            with _interrupted(connection, timeout_ms):
                yield connection

    def _engine(self, effect: bool) -> Engine:
        with self._opening:
            if effect not in self._engines:
                self._engines[effect] = _open(self.url, effect)
            return self._engines[effect]

    def close(self) -> None:
        for engine in self._engines.values():
            engine.dispose()


def _open(url: URL, effect: bool) -> Engine:
    """SQLite files of the business are never made by us, and opened read-only for reads."""
    if url.get_backend_name() == "sqlite" and url.database:
        mode = "rw" if effect else "ro"
        url = url.set(database=f"file:{quote(url.database)}", query={"mode": mode, "uri": "true"})
        return create_engine(url, connect_args={"check_same_thread": False, "timeout": 2})
    return create_engine(url, pool_pre_ping=True)


@contextmanager
def _interrupted(connection: Connection, timeout_ms: int) -> Iterator[None]:
    """Stops a statement of SQLite that runs too long; servers have a time limit of their own."""
    if connection.dialect.name != "sqlite":
        yield
        return
    raw = connection.connection.driver_connection
    assert raw is not None
    timer = threading.Timer(timeout_ms / 1000, raw.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _check(file: ToolsFile, key: tuple[Any, ...], query: Query) -> None:
    statement = query.sql.strip().rstrip(";")
    names = set(_PARAMETER.findall(statement))
    told = set(query.args) | set(query.bind)
    problem = None
    if ";" in statement:
        problem = ("chỉ được một câu lệnh", "only one statement is allowed")
    elif query.effect is not True and not _READ.match(statement):
        problem = ("câu lệnh ghi phải có effect: true", "a statement that writes needs effect: true")
    elif names - told - {ACCOUNT, KEY}:
        missing = ", ".join(sorted(names - told - {ACCOUNT, KEY}))
        problem = (f"thiếu args cho: {missing}", f"args do not tell: {missing}")
    elif (told | set(query.optional)) - names:
        unused = ", ".join(sorted((told | set(query.optional)) - names))
        problem = (f"câu lệnh không dùng: {unused}", f"the statement does not use: {unused}")
    elif {ACCOUNT, KEY} & set(query.args):
        problem = ("account và idempotency_key do chương trình điền", "account and idempotency_key are filled in by us")
    if problem is not None:
        raise file.error(f"Truy vấn không dùng được: {problem[0]}.", f"The query cannot be used: {problem[1]}.", *key)


def _nothing() -> ToolRefusal:
    return ToolRefusal("not_found", "Không có dữ liệu này.", "There is no such data.")


def _away(done: bool | None) -> ToolUnavailable:
    return ToolUnavailable(
        "database_unavailable", "Cơ sở dữ liệu không trả lời.", "The database does not answer.", done=done
    )
