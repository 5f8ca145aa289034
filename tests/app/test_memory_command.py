"""``alo memory`` and ``alo privacy`` on a real folder, as an operator types them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import insert
from typer.testing import CliRunner

from app.cli import app
from app.personal_tables import OF_NOBODY, tool_tables
from core.errors import InputError
from memory import events as kind
from memory.people import Person
from memory.privacy import AmbiguousPersonError, UnknownPersonError
from memory.store import DEFAULT_BUSINESS, Store
from tests.memory.test_facts import MIRRORED, NOW, PROMISED, VERIFIED, talk
from tools.database import ToolBase

SPOKEN, PHONE = "0900 000 081", "+84900000081"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Store.open(f"sqlite:///{tmp_path / 'alo.db'}") as store:
        store.ensure_business(DEFAULT_BUSINESS, "Công ty Sao Mai", NOW)
        who = store.ensure_customer(DEFAULT_BUSINESS, Person(PHONE, "Nguyễn Văn [red]Hùng"), NOW).id
        said = (kind.CUSTOMER_SAID, {"turn": 2, "text": "thứ sáu cô chuyển khoản đủ nhé"})
        summary = (kind.SUMMARIZED, {"text": "Khách hẹn thanh toán."})
        talk(store, who, "conv_1", VERIFIED, said, MIRRORED, PROMISED, summary)
    return tmp_path


def alo(folder: Path, *arguments: str) -> str:
    result = CliRunner().invoke(
        app, [*arguments, "--data-dir", str(folder)], catch_exceptions=False, env={"COLUMNS": "200"}
    )
    assert result.exit_code == 0, result.output
    return result.output


def test_show_set_and_forget(folder: Path) -> None:
    shown = alo(folder, "memory", "show", SPOKEN)
    for part in ("[red]Hùng", PHONE, "promise", "28/11/2026", "pronoun", "Khách hẹn thanh toán."):
        assert part in shown
    alo(folder, "memory", "set", SPOKEN, "pronoun", "bác", "--by", "lan")
    alo(folder, "memory", "set", SPOKEN, "note", "chỉ gọi sau giờ làm")
    assert "bác" in alo(folder, "memory", "show", SPOKEN)
    assert "Đã quên 1" in alo(folder, "memory", "forget", SPOKEN, "promise")
    assert "promise" not in alo(folder, "memory", "show", SPOKEN)
    assert "Đã quên 3" in alo(folder, "memory", "forget", SPOKEN)
    with pytest.raises(InputError):
        alo(folder, "memory", "set", SPOKEN, "pronoun", "mày")
    with pytest.raises(UnknownPersonError):
        alo(folder, "memory", "show", "0900 000 099")


def test_search(folder: Path) -> None:
    found = alo(folder, "memory", "search", "chuyen khoan du")
    assert "thứ sáu cô chuyển khoản đủ nhé" in found
    assert "conv_1" in found
    assert "conv_1" in alo(folder, "memory", "search", "chuyển", "--customer", SPOKEN, "--outcome", "PTP")
    assert "Không tìm thấy" in alo(folder, "memory", "search", "chuyển", "--outcome", "PAID")
    assert "Không tìm thấy" in alo(folder, "memory", "search", "chuyển", "--until", "2020-01-01")
    assert "thêm 0" in alo(folder, "memory", "index")
    with pytest.raises(InputError):
        alo(folder, "memory", "search", "  ")


def test_a_shared_number_joined_split_and_told_apart(folder: Path) -> None:
    with Store.open(f"sqlite:///{folder / 'alo.db'}") as store:
        other = store.ensure_customer(DEFAULT_BUSINESS, Person(PHONE, "Trần Thị Mai"), NOW).id
        first = store.ensure_customer(DEFAULT_BUSINESS, Person(PHONE, "Nguyễn Văn [red]Hùng"), NOW).id
    listed = alo(folder, "memory", "matches")
    assert "khác tên" in listed
    assert other in listed
    for command in (("privacy", "export", SPOKEN), ("privacy", "erase", SPOKEN, "--yes")):
        with pytest.raises(AmbiguousPersonError, match="--customer"):
            alo(folder, *command)
    hers = json.loads(alo(folder, "privacy", "export", SPOKEN, "--customer", other))
    assert [one["name"] for one in hers["customers"]] == ["Trần Thị Mai"]
    assert (hers["conversations"], hers["facts"]) == ([], [])
    with pytest.raises(InputError, match="không dùng số"):
        alo(folder, "privacy", "export", "0900 000 055", "--customer", other)
    alo(folder, "memory", "join", first, other, "--by", "lan")
    assert "đã gộp" in alo(folder, "memory", "show", other)
    assert "Không có cặp nào" in alo(folder, "memory", "matches")
    assert len(json.loads(alo(folder, "privacy", "export", SPOKEN))["customers"]) == 2
    alo(folder, "memory", "split", other)
    with pytest.raises(InputError):
        alo(folder, "memory", "split", other)
    alo(folder, "memory", "apart", first, other)
    alo(folder, "privacy", "erase", SPOKEN, "--customer", other, "--yes")
    left = json.loads(alo(folder, "privacy", "export", SPOKEN))
    assert [one["name"] for one in left["customers"]] == ["Nguyễn Văn [red]Hùng"]
    assert left["facts"]


def test_every_table_of_tools_is_declared(folder: Path) -> None:
    declared = {one.table.name for one in tool_tables()}
    assert declared | OF_NOBODY == set(ToolBase.metadata.tables)
    assert not declared & OF_NOBODY


def test_tables_of_tools_are_exported_and_erased(folder: Path) -> None:
    tables = ToolBase.metadata.tables
    with Store.open(f"sqlite:///{folder / 'alo.db'}") as store:
        ToolBase.metadata.create_all(store.engine)
        with store.write() as session:
            for account, name in ((PHONE, "Nguyễn Bí Mật"), ("+84900000082", "Người Khác")):
                session.execute(
                    insert(tables["sample_customers"]), [{"account": account, "name": name, "segment": "x"}]
                )
                made = {
                    "key": f"k{account}",
                    "account": account,
                    "amount": 1,
                    "day": date(2026, 11, 28),
                    "made_at": NOW,
                }
                session.execute(insert(tables["tool_promises"]), [made])
                subject = {"id": f"inv{account}", "account": account, "subject": "nợ bí mật"}
                session.execute(insert(tables["sample_invoices"]), [subject])
                line = {"id": f"l{account}", "invoice_id": f"inv{account}", "position": 0, "text": "phí bí mật",
                        "amount": 5, "state": "open", "expires_at": NOW}  # fmt: skip
                session.execute(insert(tables["sample_invoice_lines"]), [line])
    data = json.loads(alo(folder, "privacy", "export", SPOKEN))
    assert [row["name"] for row in data["sample_customers"]] == ["Nguyễn Bí Mật"]
    assert [row["id"] for row in data["sample_invoice_lines"]] == [f"l{PHONE}"]
    told = alo(folder, "privacy", "erase", SPOKEN, "--yes")
    assert "sample_invoice_lines: 1" in told
    left = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
    assert b"B\\u00ed M\\u1eadt" not in left
    assert "Nguyễn Bí Mật".encode() not in left
    assert "Người Khác".encode() in left
