"""Opens the database of a data folder, URL or engine for reading; brings rows into Arrow tables column by column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import (
    JSON,
    Boolean,
    CursorResult,
    Engine,
    Float,
    Integer,
    Select,
    String,
    cast,
    create_engine,
    event,
    inspect,
    make_url,
    select,
    type_coerce,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.orm import InstrumentedAttribute

from core.errors import InputError
from core.settings import Settings
from memory.types import UtcDateTime

Source = str | Path | Engine
"""A data folder, a database file, a SQLAlchemy URL or an open engine."""

Columns = Mapping[str, InstrumentedAttribute[Any]]

_ROWS_PER_FETCH = 50_000
"""Rows that exist as Python tuples at one time: enough that a fetch's fixed cost vanishes, a few MB at most."""

UTC_TIME = pa.timestamp("us", tz="UTC")
TEXT = pa.large_string()
"""What pandas keeps text in; 64-bit offsets because the words of a big campaign pass 2 GB."""


def open_source(source: Source) -> tuple[Engine, bool]:
    """A reading engine and whether it was made here (then dispose of it). Raises InputError if there is no database."""
    if isinstance(source, Engine):
        engine, ours = source, False
    else:
        engine, ours = _engine(source), True
    try:
        tables = set(inspect(engine).get_table_names())
    except DBAPIError as error:
        raise _no_database(engine.url.render_as_string()) from error
    if not {"conversations", "events"} <= tables:
        raise _no_database(engine.url.render_as_string())
    return engine, ours


def _engine(source: str | Path) -> Engine:
    if isinstance(source, str) and "://" in source:
        return _from_url(source)
    path = Path(source).expanduser()
    if path.is_dir():
        path = Path(make_url(Settings.model_validate({"data_dir": path}).sqlalchemy_url).database or "")
    return _from_url(f"sqlite:///{path.resolve()}")


def _from_url(text: str) -> Engine:
    try:
        url = make_url(text)
        if url.drivername in ("postgresql", "postgres"):
            url = url.set(drivername="postgresql+psycopg")
        url.get_dialect()
    except (ArgumentError, NoSuchModuleError) as error:
        raise _no_database("source") from error
    if url.get_backend_name() != "sqlite":
        return create_engine(url)
    if not url.database or not Path(url.database).is_file():
        raise _no_database(url.database or "sqlite")
    engine = create_engine(url)
    event.listen(engine, "connect", _read_only)
    return engine


def _read_only(connection: Any, _record: Any) -> None:
    """Analysis never changes what a campaign may be writing at this moment, and waits while it writes."""
    connection.execute("PRAGMA query_only=ON")
    connection.execute("PRAGMA busy_timeout=30000")


def _no_database(where: str) -> InputError:
    return InputError(
        "Không thấy cơ sở dữ liệu của Alô ở đây. Hãy chạy `alo demo` trước hoặc chỉ đúng thư mục dữ liệu.",
        "There is no Alô database here. Run `alo demo` first or name the right data folder.",
        where=where,
    )


def read_table(engine: Engine, columns: Columns, narrow: Any = lambda query: query) -> pa.Table:
    """The named ``columns`` as an Arrow table; ``narrow(select)`` adds joins and conditions.

    Times come as UTC timestamps, JSON as text.
    """
    lite = engine.dialect.name == "sqlite"
    query: Select[Any] = narrow(select(*(_plain(c, lite).label(name) for name, c in columns.items())))
    schema = pa.schema([(name, _raw_type(column, lite)) for name, column in columns.items()])
    # Streaming is for servers; on SQLite it would put SQLAlchemy's own buffer before the cursor read below.
    with engine.connect().execution_options(stream_results=not lite) as connection:
        table = pa.Table.from_batches(_batches(_fetches(connection.execute(query), lite), schema), schema)
    if not lite:
        return table
    return pa.table({name: _from_sqlite(table[name], column) for name, column in columns.items()})


def _fetches(result: CursorResult[Any], lite: bool) -> Iterable[Sequence[Any]]:
    """Rows in portions; SQLite's own tuples are taken as they are, which saves making a row object of each."""
    if not lite:
        yield from result.partitions(_ROWS_PER_FETCH)
        return
    while rows := result.cursor.fetchmany(_ROWS_PER_FETCH):
        yield rows


def _from_sqlite(values: pa.ChunkedArray, column: InstrumentedAttribute[Any]) -> pa.ChunkedArray:
    """SQLite has neither times nor truth values of its own."""
    if isinstance(column.type, UtcDateTime):
        return pc.assume_timezone(pc.cast(values, pa.timestamp("us")), "UTC")
    return pc.cast(values, pa.bool_()) if isinstance(column.type, Boolean) else values


def _batches(partitions: Iterable[Any], schema: pa.Schema) -> Iterable[pa.RecordBatch]:
    for rows in partitions:
        values = zip(*rows, strict=True)
        yield pa.RecordBatch.from_arrays(
            [pa.array(v, t) for v, t in zip(values, schema.types, strict=True)], schema=schema
        )


def _plain(column: InstrumentedAttribute[Any], lite: bool) -> Any:
    """The column without per-row conversion in Python: Arrow parses times and JSON a hundred times faster."""
    if isinstance(column.type, JSON):
        return cast(column, String)
    if lite and isinstance(column.type, UtcDateTime):
        return type_coerce(column, String)
    return column


def _raw_type(column: InstrumentedAttribute[Any], lite: bool) -> pa.DataType:
    kind = column.type
    if isinstance(kind, UtcDateTime):
        return TEXT if lite else UTC_TIME
    if isinstance(kind, Boolean):
        return pa.int64() if lite else pa.bool_()
    if isinstance(kind, Integer):
        return pa.int64()
    return pa.float64() if isinstance(kind, Float) else TEXT
