"""The list of unsettled matters as people see it: the console's page in two languages, and ``alo tools``."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path

from fastapi.testclient import TestClient
from typer.testing import CliRunner

from app.cli import app
from app.server import create_app
from app.services import Services
from app.toolbox import Toolbox
from tests.app.sample import NOW
from tools.ledger import Claim
from tools.sql_ledger import SqlLedger


def claim(toolbox: Toolbox, tool: str = "choose_seat") -> str:
    """An effect that began and was never heard of again."""
    told = '{"seat": "12A", "note": "gọi 0912345678"}'
    SqlLedger(toolbox.database).begin(Claim(tool, "k1", "f", "+84900000001", NOW - timedelta(hours=1), told))
    return f"effect:{tool}:k1"


def test_the_page_lists_masks_and_settles(services: Services) -> None:
    toolbox = Toolbox.load(services.settings)
    matter = claim(toolbox)
    served = create_app(dataclasses.replace(services, toolbox=toolbox))
    with TestClient(served, base_url="http://127.0.0.1:8080") as client:
        page = client.get("/unsettled").text
        assert "chưa rõ kết quả" in page
        assert "12A" in page
        assert "0900 ••• •01" in page
        assert "/customers/" in page
        assert "0912345678" not in page
        assert "+84900000001" not in page
        assert "end unknown" in client.get("/unsettled?lang=en").text
        client.get("/unsettled?lang=vi")
        form = {"matter": matter, "do": "not_done", "note": "đã xem, gọi 0912345678"}
        assert client.post("/unsettled", data=form).status_code == 403
        form["token"] = served.state.console.csrf.token
        assert "kiểm tra ở đâu" in client.post("/unsettled", data={**form, "note": ""}).text
        assert "Không có việc nào" in client.post("/unsettled", data=form).text
    with toolbox.database.read() as session:
        row = session.connection().exec_driver_sql("SELECT note, by FROM tool_settlements").one()
    assert "0912345678" not in row.note
    assert row.by == "console"
    toolbox.database.close()


def test_the_command_lists_and_asks_the_source(services: Services) -> None:
    folder: Path = services.settings.data_dir
    toolbox = Toolbox.load(services.settings)
    matter = claim(toolbox)
    toolbox.database.close()
    listed = CliRunner().invoke(app, ["tools", "unsettled", "--data-dir", str(folder)])
    assert matter in listed.output
    assert "0912345678" not in listed.output
    told = CliRunner().invoke(app, ["tools", "settle", matter, "look", "--data-dir", str(folder)])
    assert "chưa được thực hiện" in told.output
    gone = CliRunner().invoke(app, ["tools", "unsettled", "--data-dir", str(folder)])
    assert "Không có việc nào" in gone.output
    again = CliRunner().invoke(app, ["tools", "settle", matter, "done", "--note", "x", "--data-dir", str(folder)])
    assert again.exit_code != 0
