"""``alo privacy`` on a real folder, with the workflow engine's file beside the database."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from campaigns.forgetting import forget_workflows
from campaigns.ownership import Ownership
from core.errors import ConfigurationError, RefusedError
from memory import erasure
from memory.phones import PhoneError
from memory.privacy import UnknownPersonError
from memory.store import DEFAULT_BUSINESS, Store
from tests.memory import test_privacy as sample
from tests.postgres import throwaway_postgres

SPOKEN = "0900 000 071"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Store.open(url(tmp_path)) as store:
        sample.fill(store)
    sample.recorded(tmp_path)
    workflows = sqlite3.connect(tmp_path / "workflows.db")
    workflows.execute("CREATE TABLE workflow_status (workflow_uuid TEXT PRIMARY KEY, output TEXT)")
    workflows.execute("CREATE TABLE operation_outputs (workflow_uuid TEXT, output TEXT)")
    workflows.execute("CREATE TABLE queues (name TEXT)")
    for number, words in ((1, sample.SECRETS[2]), (2, sample.NEIGHBOUR[1])):
        for table in ("workflow_status", "operation_outputs"):
            workflows.execute(f"INSERT INTO {table} VALUES (?, ?)", (f"att_{number}", words))
    workflows.commit()
    workflows.close()
    return tmp_path


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'alo.db'}"


def alo(folder: Path, *arguments: str) -> str:
    """Output of a command that must succeed; a refusal is raised as ``main`` would see it."""
    result = CliRunner().invoke(app, ["privacy", *arguments, "--data-dir", str(folder)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_export_to_a_file_and_to_standard_output(folder: Path) -> None:
    out = folder / "person.json"
    alo(folder, "export", SPOKEN, "--out", str(out))
    data = json.loads(out.read_text(encoding="utf-8"))
    assert data["customers"][0]["name"] == sample.SECRETS[0]
    assert data["recordings"] == ["conv_1.wav"]
    assert json.loads(alo(folder, "export", "+84 900 000 071")) == data


def test_erase_wants_to_be_confirmed(folder: Path) -> None:
    with pytest.raises(RefusedError, match="--yes") as refusal:
        alo(folder, "erase", SPOKEN)
    assert refusal.value.exit_code
    assert json.loads(alo(folder, "export", SPOKEN))["customers"]


def test_erase_removes_the_person_from_every_file_of_the_folder(folder: Path) -> None:
    with Store.open(url(folder)) as store:
        store.opt_out(DEFAULT_BUSINESS, sample.PHONE, sample.NOW, "voice", text=sample.SECRETS[2])
    reason = f"khách {SPOKEN} yêu cầu"
    told = alo(folder, "erase", SPOKEN, "--yes", "--reason", reason, "--by", "lan")
    assert "Đã xóa vĩnh viễn" in told
    assert "The number is kept with its opt-out" in told
    left = sample.bytes_on_disk(folder)
    assert sample.found_in(left, sample.SECRETS) == {"900000071"}
    assert SPOKEN.encode() not in left
    assert sample.found_in(left, sample.NEIGHBOUR) == set(sample.NEIGHBOUR)
    assert [path.name for path in (folder / "recordings").iterdir()] == ["conv_2.wav"]
    assert "đã được xóa từ trước" in alo(folder, "erase", SPOKEN, "--yes")


def test_an_interrupted_erasure_is_finished(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ConfigurationError("không xóa được", "cannot remove")

    with monkeypatch.context() as broken:
        broken.setattr(erasure, "_remove", refuse)
        with pytest.raises(ConfigurationError):
            alo(folder, "erase", SPOKEN, "--yes")
    assert "finished 1 interrupted" in alo(folder, "erase", SPOKEN, "--yes")
    assert sample.found_in(sample.bytes_on_disk(folder), sample.SECRETS) == set()
    assert not (folder / "recordings" / "conv_1.wav").exists()


def test_unknown_people_and_numbers_are_told(folder: Path) -> None:
    for command in (["export"], ["erase", "--yes"]):
        with pytest.raises(UnknownPersonError) as unknown:
            alo(folder, *command, "0900 000 099")
        assert unknown.value.exit_code
        with pytest.raises(PhoneError):
            alo(folder, *command, "12")


def test_nobody_is_erased_while_campaigns_run_on_the_database(folder: Path) -> None:
    with Store.open(url(folder)) as store:
        owner = Ownership(store.engine)
        owner.acquire()
        try:
            with pytest.raises(ConfigurationError, match="đang chạy chiến dịch"):
                alo(folder, "erase", SPOKEN, "--yes")
        finally:
            owner.release()
    assert "Đã xóa" in alo(folder, "erase", SPOKEN, "--yes")


def test_workflows_on_a_postgresql_server_are_forgotten(postgres: str) -> None:
    from sqlalchemy import create_engine, text

    engine = create_engine(postgres)
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA dbos"))
        connection.execute(text("CREATE TABLE dbos.workflow_status (workflow_uuid text PRIMARY KEY, output text)"))
        connection.execute(
            text("CREATE TABLE dbos.events (workflow_uuid text REFERENCES dbos.workflow_status, value text)")
        )
        for name in ("att_1", "att_2"):
            connection.execute(text("INSERT INTO dbos.workflow_status VALUES (:name, 'x')"), {"name": name})
            connection.execute(text("INSERT INTO dbos.events VALUES (:name, 'x')"), {"name": name})
    forget_workflows(postgres, ["att_1"])
    forget_workflows(postgres, ["att_1"])
    with engine.connect() as connection:
        for table in ("workflow_status", "events"):
            assert connection.execute(text(f"SELECT workflow_uuid FROM dbos.{table}")).scalars().all() == ["att_2"]
    engine.dispose()


@pytest.fixture
def postgres() -> Iterator[str]:
    with throwaway_postgres() as server:
        yield server
