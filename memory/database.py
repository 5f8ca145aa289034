"""Opens the database and brings it up to date."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from core.errors import ConfigurationError

_BUSY_TIMEOUT_MS = 30_000
"""A slow disk may hold the one writer of SQLite for seconds; waiting is better than failing."""

WRITES = "alo_writes"
"""Execution option of connections that will write: SQLite then takes its write lock at BEGIN, where it waits its turn,
not at the first write, where it would fail if somebody wrote in between."""

DURABLE = "alo_durable"
"""Execution option: False lets a commit return before it is on the disk. The file stays consistent, a killed process
loses nothing, only a power cut may take the last moments; right for events, wrong for the intent to call somebody."""


def open_database(url: str) -> Engine:
    """An engine whose schema is at the newest migration. Raises ConfigurationError with what to do."""
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        _check_file(parsed)
    engine = _engine(parsed)
    try:
        with engine.connect() as connection:
            upgrade(connection)
    except DBAPIError as error:
        engine.dispose()
        raise _unusable(parsed, error) from error
    except CommandError as error:
        engine.dispose()
        raise ConfigurationError(
            "Cơ sở dữ liệu này do một phiên bản Alô mới hơn tạo ra. Hãy nâng cấp Alô hoặc dùng thư mục dữ liệu khác.",
            "This database was made by a newer version of Alô. Upgrade Alô or use another data folder.",
            where=parsed.render_as_string(hide_password=True),
        ) from error
    return engine


def upgrade(connection: Connection) -> None:
    """Run every migration not yet run."""
    command.upgrade(alembic_config(connection), "head")
    connection.commit()


def alembic_config(connection: Connection) -> Config:
    """Alembic settings bound to an open connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
        parsed.get_dialect()
    except (ArgumentError, NoSuchModuleError) as error:
        raise ConfigurationError(
            "Địa chỉ cơ sở dữ liệu không đúng. Hãy dùng dạng sqlite:////đường/dẫn/alo.db hoặc "
            "postgresql+psycopg://người_dùng@máy/tên_cơ_sở_dữ_liệu.",
            "The database URL is not valid. Use sqlite:////path/alo.db or postgresql+psycopg://user@host/database.",
            where="ALO_DATABASE_URL",
        ) from error
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    return parsed


def _check_file(url: URL) -> None:
    if not url.database or url.database == ":memory:":
        raise ConfigurationError(
            "Cơ sở dữ liệu trong bộ nhớ không dùng được vì Alô mở nhiều kết nối. Hãy chỉ định một tệp.",
            "An in-memory database cannot be used because Alô opens several connections. Name a file.",
            where="ALO_DATABASE_URL",
        )
    path = Path(url.database)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _not_writable(path.parent) from error
    if path.is_dir() or not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise _not_writable(path if path.exists() else path.parent)


def _not_writable(path: Path) -> ConfigurationError:
    return ConfigurationError(
        "Không ghi được vào đây. Hãy cấp quyền ghi hoặc đặt ALO_DATA_DIR sang thư mục khác.",
        "This place cannot be written to. Allow writing or point ALO_DATA_DIR to another folder.",
        where=str(path),
    )


def _unusable(url: URL, error: DBAPIError) -> ConfigurationError:
    shown = url.render_as_string(hide_password=True)
    if url.get_backend_name() == "sqlite":
        if "readonly" in str(error.orig) or "unable to open" in str(error.orig):
            return _not_writable(Path(url.database or ""))
        return ConfigurationError(
            "Tệp này không phải cơ sở dữ liệu của Alô hoặc đã hỏng. Hãy chọn tệp khác hoặc khôi phục từ bản sao lưu.",
            "This file is not a database of Alô or is damaged. Choose another file or restore a backup.",
            where=url.database,
        )
    return ConfigurationError(
        "Không kết nối được tới máy chủ cơ sở dữ liệu. Hãy kiểm tra máy chủ đang chạy, địa chỉ, tên và mật khẩu.",
        "The database server cannot be reached. Check that it runs, its address, the user name and the password.",
        where=shown,
    )


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's implicit BEGIN comes too late; _begin_sqlite says it
    connection.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get(WRITES):
        connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if options.get(DURABLE, True) else 'NORMAL'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(WRITES) else "BEGIN")
