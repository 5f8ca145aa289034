"""A database that goes away, an older schema with data in it."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from alembic import command
from sqlalchemy import Engine, create_engine, text

from memory import events as kind
from memory.conversations import ConversationStart
from memory.database import alembic_config, open_database
from memory.events import Event
from memory.people import Person
from memory.search import search
from memory.store import DEFAULT_BUSINESS, Store

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


class Server:
    """The throw-away PostgreSQL, stopped and started again."""

    def __init__(self, url: str) -> None:
        self.home = Path(parse_qs(urlsplit(url).query)["host"][0])

    def stop(self) -> None:
        self._pg_ctl("-m", "immediate", "stop")

    def start(self) -> None:
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.home}' -c fsync=off"
        self._pg_ctl("-w", "-l", str(self.home / "log"), "-o", options, "start")

    def _pg_ctl(self, *arguments: str) -> None:
        binary = shutil.which("pg_ctl")
        assert binary is not None
        owner = (self.home / "data").stat().st_uid
        subprocess.run([binary, "-D", self.home / "data", *arguments], check=True, capture_output=True, user=owner)


def test_a_server_that_goes_away_mid_turn_loses_nothing(postgres: str) -> None:
    server = Server(postgres)
    with Store.open(postgres) as store:
        store.begin_conversation(ConversationStart("conv_1", "voice", "outbound", NOW))
        emit = store.emitter("conv_1", lambda: NOW)
        emit(kind.CUSTOMER_SAID, 1, {"turn": 1, "text": "dạ"})
        store.flush(30)
        heard: list[int] = []
        store.follow(lambda events: heard.extend(event.at_ms for event in events))
        server.stop()
        for number in range(2, 200):
            emit(kind.SILENCE, number, {"count": number})
        waiting = store.flushed()
        with pytest.raises(TimeoutError):
            waiting.result(0.3)
        assert store.away
        server.start()
        waiting.result(60)
        assert not store.away
        assert [event.at_ms for event in store.events("conv_1")] == list(range(1, 200))
        assert heard == list(range(2, 200))


def test_what_was_committed_unseen_is_not_written_twice_nor_reported_lost(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'alo.db'}") as store:
        start = ConversationStart("conv_1", "chat", "inbound", NOW)
        event = Event("conv_1", 0, kind.CUSTOMER_SAID, NOW, 5, {"turn": 1, "text": "dạ"})
        store.begin_conversation(start)
        store.append(event)
        store.flush()
        store.begin_conversation(start)  # the connection broke during COMMIT, so all of it comes once more
        store.append(event)
        store.append(Event("conv_1", 1, kind.SILENCE, NOW, 9))
        store.flush()
        assert [one.at_ms for one in store.events("conv_1")] == [5, 9]
        talk = store.conversation("conv_1")
        assert talk is not None
        assert talk.turns == 1


def test_writers_wait_while_another_process_holds_the_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'alo.db'}"
    with Store.open(url) as store:
        other = create_engine(url)
        with other.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            store.begin_conversation(ConversationStart("conv_1", "chat", "inbound", NOW))
            waiting = store.flushed()
            assert not waiting.done()
            connection.rollback()
        waiting.result(30)
        other.dispose()
        assert store.conversation("conv_1") is not None


def older(engine: Engine) -> None:
    """A database as 0002 left it, with two customers and a conversation of one."""
    with engine.connect() as connection:
        command.downgrade(alembic_config(connection), "0002")
        connection.commit()
    at = "2026-11-20 02:00:00"
    data = '{"turn": 1, "text": "Thứ sáu anh trả nợ đủ"}'
    with engine.begin() as connection:
        for statement in (
            f"INSERT INTO businesses VALUES ('{DEFAULT_BUSINESS}', 'Sao Mai', NULL, NULL, '{{}}', '{at}')",
            *(
                "INSERT INTO customers (id, business_id, phone, name, fields, created_at, updated_at) VALUES "
                f"('cus_{n}', '{DEFAULT_BUSINESS}', {phone}, 'Nguyễn Văn Hùng', '{{}}', '{at}', '{at}')"
                for n, phone in ((1, "'+84900000081'"), (2, "NULL"))
            ),
            "INSERT INTO conversations (id, business_id, customer_id, channel, direction, started_at, turns, verified, "
            "disposition_details, escalated, escalation, opted_out) VALUES "
            f"('conv_1', '{DEFAULT_BUSINESS}', 'cus_1', 'voice', 'outbound', '{at}', 1, true, '{{}}', false, '{{}}', "
            "false)",
        ):
            connection.execute(text(statement.replace(":", r"\:")))
        connection.execute(
            text("INSERT INTO events (conversation_id, seq, type, at, at_ms, data) VALUES ('conv_1', 0, :t, :at, 5, :d)"
                 if connection.dialect.name == "sqlite" else
                 "INSERT INTO events (conversation_id, seq, type, at, at_ms, data) "
                 "VALUES ('conv_1', 0, :t, CAST(:at AS timestamptz), 5, CAST(:d AS jsonb))"),
            {"t": kind.CUSTOMER_SAID, "at": at, "d": data},
        )  # fmt: skip


def check_upgraded(url: str) -> None:
    with closing(Store.open(url)) as store:
        known = store.ensure_customer(DEFAULT_BUSINESS, Person("+84900000081"), NOW)
        assert (known.id, known.name) == ("cus_1", "Nguyễn Văn Hùng")
        with store.read() as session:
            assert [hit.conversation.id for hit in search(session, "tra no").hits] == ["conv_1"]
        assert store.remembered("cus_1", None, NOW).last_conversation == "conv_1"


def test_an_older_database_is_brought_up_to_date_with_its_data(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'alo.db'}"
    engine = open_database(url)
    older(engine)
    engine.dispose()
    check_upgraded(url)


def test_the_same_on_postgresql(postgres: str) -> None:
    engine = open_database(postgres)
    older(engine)
    engine.dispose()
    check_upgraded(postgres)
