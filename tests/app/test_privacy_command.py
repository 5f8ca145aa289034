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
from memory import events as kind
from memory.phones import PhoneError
from memory.privacy import UnknownPersonError
from memory.store import DEFAULT_BUSINESS, Store
from tests.memory import test_privacy as sample
from tests.postgres import throwaway_postgres
from tools.database import ToolDatabase
from tools.ledger import Claim
from tools.proofs import ProofGuard
from tools.samples.invoices import Payment, PaymentNotice
from tools.sql_ledger import SqlLedger
from tools.unsettled import settle

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


def test_tables_of_tools_are_erased_to_the_last_byte(folder: Path) -> None:
    """Effects in doubt keep their arguments, payments their owner, the guard wrong proofs: all of it goes."""
    number, secret = "+84900000071", "ghế của Quách Thị Bích Nguyệt"
    database = ToolDatabase.at(url(folder))
    told = json.dumps({"note": secret}, ensure_ascii=False)
    for claim in (Claim("add_note", "k1", "f", number, sample.NOW, told), Claim("rebook", "k2", "f", number)):
        SqlLedger(database).begin(claim)
    settle(database, "effect:rebook:k2", "done", secret, by="lan", now=sample.NOW)
    ProofGuard(database, number, lambda: sample.NOW).note()
    with database.write() as session:
        session.add(
            Payment(
                id="pay_1", invoice_id="inv_1", account=number, amount=1, state="open", created_at=sample.NOW,
                expires_at=sample.NOW, source="conv_1",
            )
        )  # fmt: skip
        session.add(PaymentNotice(id="notice_1", payment_id="pay_1", outcome="wrong_amount", at=sample.NOW))
    database.close()
    with Store.open(url(folder)) as store:
        store.add_event("conv_1", kind.PAYMENT, sample.NOW, {"notice": "notice_1", "outcome": "paid"}, once="notice")
    shown = json.loads(alo(folder, "export", SPOKEN))
    tables = ("tool_effects", "tool_settlements", "tool_identity_misses", "sample_payments", "sample_payment_notices")
    assert [len(shown[name]) for name in tables] == [2, 1, 1, 1, 1]
    assert any(one["type"] == kind.PAYMENT for one in shown["events"])
    alo(folder, "erase", SPOKEN, "--yes")
    left = sample.bytes_on_disk(folder)
    assert sample.found_in(left, (*sample.SECRETS, secret, "notice_1", "pay_1")) == set()
    assert sample.found_in(left, sample.NEIGHBOUR) == set(sample.NEIGHBOUR)


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
