"""``alo tools`` as a user sees it, and the tools of conversations under a tools file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.toolbox import Toolbox
from core.clock import SystemClock
from core.errors import InputError
from core.settings import Settings
from tools.sources.file import ToolsFileError

FILE = """
samples: [payments]
sources:
  - sql: sqlite:///shop.db
    queries:
      lookup_debt: {sql: "SELECT owed AS amount_due FROM contracts WHERE phone = :account", one: true}
"""


def names(toolbox: Toolbox, facts: Mapping[str, Any] | None = None) -> set[str]:
    return set(toolbox.registry("contact", facts or {}, SystemClock().now).names())


def test_check_tells_what_there_is(tmp_path: Path) -> None:
    (tmp_path / "tools.yaml").write_text(FILE)
    result = CliRunner().invoke(app, ["tools", "check", str(tmp_path / "tools.yaml")])
    assert result.exit_code == 0
    assert "lookup_debt" in result.output


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (("payments", "casino"), "tools.yaml:2"),
        (("one:", "only:"), "tools.yaml:6"),
        (("SELECT", "DROP"), "tools.yaml:6"),
    ],
)
def test_mistakes_name_file_and_line(tmp_path: Path, change: tuple[str, str], where: str) -> None:
    (tmp_path / "tools.yaml").write_text(FILE.replace(*change))
    result = CliRunner().invoke(app, ["tools", "check", str(tmp_path / "tools.yaml")])
    assert isinstance(result.exception, ToolsFileError)
    assert result.exception.where == where


def test_file_chooses_samples_and_replaces_ours(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, _env_file=None)  # type: ignore[call-arg]
    everything = names(Toolbox.load(settings))
    assert {"find_booking", "find_order", "record_promise", "create_payment"} <= everything
    (tmp_path / "tools.yaml").write_text(FILE)
    mine = Toolbox.load(settings.model_copy(update={"tools_file": tmp_path / "tools.yaml"}))
    assert names(mine) & {"find_booking", "find_order"} == set()
    assert {"create_payment", "lookup_debt", "record_promise"} <= names(mine)
    assert mine.registry("c", {}, SystemClock().now).tools["lookup_debt"].untrusted
    with pytest.raises(InputError):
        Toolbox.load(settings.model_copy(update={"tools_file": tmp_path / "none.yaml"}))


async def test_samples_go_by_the_phone_of_the_contact() -> None:
    toolbox = Toolbox()
    mine = toolbox.registry("contact", {"phone": "0900 000 001", "amount_due": "5"}, SystemClock().now)
    assert (await mine.call("find_order", {}, verified=True)).value["order"] == "DH1001"
    assert (await mine.call("lookup_debt", {}, verified=True)).value["amount_due"] == 5
    nobody = toolbox.registry("conversation", {"phone": "không rõ"}, SystemClock().now)
    assert (await nobody.call("find_order", {}, verified=True)).error == "not_found"
