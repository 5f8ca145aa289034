from __future__ import annotations

import os
from pathlib import Path

import pytest
from alembic import command
from alembic.util import CommandError
from sqlalchemy import Engine, text

from core.errors import ConfigurationError
from memory.database import alembic_config, open_database


def check_schema(engine: Engine) -> None:
    with engine.connect() as connection:
        try:
            command.check(alembic_config(connection))
        except CommandError as error:
            pytest.fail(f"the models need another migration: {error}")


def url_in(folder: Path) -> str:
    return f"sqlite:///{folder / 'alo.db'}"


def test_migrations_make_the_schema_of_the_models(tmp_path: Path) -> None:
    engine = open_database(url_in(tmp_path))
    check_schema(engine)
    engine.dispose()
    open_database(url_in(tmp_path)).dispose()


def test_migrations_can_be_undone(tmp_path: Path) -> None:
    engine = open_database(url_in(tmp_path))
    with engine.connect() as connection:
        command.downgrade(alembic_config(connection), "base")
        left = connection.execute(text("SELECT name FROM sqlite_master WHERE type IN ('table', 'trigger')")).scalars()
        assert set(left) <= {"alembic_version", "sqlite_sequence"}
    engine.dispose()


def test_sqlite_is_prepared(tmp_path: Path) -> None:
    engine = open_database(url_in(tmp_path))
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
        assert connection.execute(text("PRAGMA busy_timeout")).scalar() == 30_000
    engine.dispose()


def test_a_folder_is_made(tmp_path: Path) -> None:
    open_database(f"sqlite:///{tmp_path / 'a' / 'b' / 'alo.db'}").dispose()
    assert (tmp_path / "a" / "b" / "alo.db").exists()


@pytest.mark.parametrize("url", ["nonsense", "oracledb9://x/y", "sqlite://", "sqlite:///:memory:"])
def test_a_wrong_url_is_told(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_database(url)
    assert caught.value.where == "ALO_DATABASE_URL"


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "alo.db").write_text("họ tên,số điện thoại\n" * 300)
    with pytest.raises(ConfigurationError, match="không phải cơ sở dữ liệu"):
        open_database(url_in(tmp_path))


def test_a_database_of_a_newer_version_is_told(tmp_path: Path) -> None:
    engine = open_database(url_in(tmp_path))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(ConfigurationError, match="mới hơn"):
        open_database(url_in(tmp_path))


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(ConfigurationError, match="Không ghi được"):
        open_database(url_in(tmp_path / "data"))


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(ConfigurationError, match="Không ghi được"):
            open_database(url_in(tmp_path))
    finally:
        tmp_path.chmod(0o700)


def test_a_read_only_file_system_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For root, for whom mode bits say nothing: the check itself must be asked."""
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(ConfigurationError, match="Không ghi được"):
        open_database(url_in(tmp_path))


def test_a_server_that_is_away_is_told() -> None:
    with pytest.raises(ConfigurationError, match="Không kết nối được") as caught:
        open_database("postgresql://alo:secret@127.0.0.1:1/alo")
    assert "secret" not in str(caught.value)


def test_the_same_on_postgresql(postgres: str) -> None:
    from datetime import UTC, datetime

    from memory import events as kind
    from memory.conversations import ConversationStart
    from memory.store import DEFAULT_BUSINESS, Store

    now = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    with Store.open(postgres) as store:
        check_schema(store.engine)
        store.ensure_business(DEFAULT_BUSINESS, "Công ty Tài chính Sao Mai", now)
        store.opt_out(DEFAULT_BUSINESS, "+84900000001", now, "voice")
        store.begin_conversation(ConversationStart("conv_1", "voice", "outbound", now))
        emit = store.emitter("conv_1", lambda: now)
        emit(kind.CALL_DIALLED, 0, {"to": "+84900000001"})
        emit(kind.CUSTOMER_SAID, 5, {"text": "dạ"})
        store.flush()
        assert [event.at for event in store.events("conv_1")] == [now, now]
        assert store.opted_out(DEFAULT_BUSINESS, ["+84900000001"])
        call = store.call("conv_1")
        assert call is not None
        assert call.state == "dialling"
