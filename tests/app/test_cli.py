"""The command line as a user runs it: a process, its output, its exit code."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from typer.exceptions import TyperException
from typer.testing import CliRunner

from app.cli import app
from app.services import Services
from app.usage import usage_error
from core.errors import AloError
from tests.app.sample import CAMPAIGN

HEADER = "Họ tên,Số điện thoại,Số tiền,Ngày đến hạn\n"


def alo(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app.cli", *map(str, arguments)]
    here = Path(__file__).parents[2]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, cwd=cwd or here,
        env={**os.environ, "PYTHONPATH": str(here), "COLUMNS": "200"},
    )  # fmt: skip


def test_help_is_vietnamese_and_loads_nothing_heavy() -> None:
    heavy = {"sqlalchemy", "pandas", "fastapi", "numpy", "onnxruntime", "dbos"}
    code = f"import sys, app.cli; print(sorted({heavy!r} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"
    assert "Chạy thử" in CliRunner().invoke(app, ["--help"]).output


def test_taken_port_is_told_in_two_languages(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = alo("serve", "--port", str(port), "--data-dir", tmp_path)
    assert run.returncode == 2
    assert f"Cổng {port} đang được chương trình khác dùng" in run.stderr
    assert f"Port {port} is taken" in run.stderr
    assert "Traceback" not in run.stderr


def test_read_only_folder(tmp_path: Path) -> None:
    run = alo("demo", "--once", "--data-dir", "/proc/alo")
    assert run.returncode == 2
    assert "Không ghi được vào thư mục này" in run.stderr
    assert "Traceback" not in run.stderr


def test_missing_data_folder(tmp_path: Path) -> None:
    run = alo("campaign", "list", "--data-dir", tmp_path / "none")
    assert run.returncode == 2
    assert "Không có thư mục dữ liệu này" in run.stderr


def test_a_folder_without_data_is_told_and_left_alone(tmp_path: Path) -> None:
    with pytest.raises(AloError, match="chưa có dữ liệu của Alô"):
        CliRunner().invoke(app, ["report", "--data-dir", str(tmp_path)], catch_exceptions=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "vi"),
    [
        (["bogus"], "Không có lệnh “bogus”."),
        (["campaign", "check"], "Còn thiếu file."),
        (["nlu", "train"], "Còn thiếu tùy chọn --"),
        (["demo", "--contacts", "abc"], "--contacts phải là số nguyên."),
        (["demo", "--contacts", "0"], "--contacts phải từ 1 trở lên."),
        (["demo", "--port", "99999"], "--port không được quá 65535."),
        (["demo", "--speed", "fast"], "--speed không nhận “fast”; hãy chọn max, real."),
        (["demo", "--sed", "3"], "Không có tùy chọn --sed; có thể là"),
        (["demo", "--seed"], "Sau --seed phải có một giá trị."),
        (["text", "speak", "a", "b"], "Thừa “a b”."),
    ],
)
def test_a_wrong_command_line_is_told_in_two_languages(arguments: list[str], vi: str) -> None:
    with pytest.raises(TyperException) as error:
        app(arguments, standalone_mode=False)
    told = usage_error(error.value)
    assert told.vi.startswith(vi)
    assert "--help" in told.vi
    assert told.en.startswith(error.value.format_message()[:20])
    assert told.exit_code == error.value.exit_code == 2


def test_broken_flow_names_file_line_and_reason(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("flow: x\nsteps: 3\n", encoding="utf-8")
    run = alo("flow", "check", broken)
    assert run.returncode == 2
    assert "broken.yaml:2" in run.stderr
    assert "steps" in run.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "rỗng"),
        ("Họ tên,Số điện thoại\nLan,0900000021\n", "Thiếu cột bắt buộc: số tiền, ngày đến hạn"),
        (HEADER, "không có liên hệ nào"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, text: str, message: str) -> None:
    listed = tmp_path / "ds.csv"
    listed.write_text(text, encoding="utf-8")
    with pytest.raises(AloError) as error:
        CliRunner().invoke(app, ["campaign", "check", str(listed), "-f", "payment_reminder"], catch_exceptions=False)
    assert message in error.value.vi
    assert error.value.exit_code != 0


def check(tmp_path: Path, rows: str, *options: str) -> tuple[int, str]:
    listed = tmp_path / "ds.csv"
    listed.write_text(HEADER + rows, encoding="utf-8")
    arguments = ["campaign", "check", str(listed), "-f", "payment_reminder", "--data-dir", str(tmp_path), *options]
    run = CliRunner(env={"COLUMNS": "200"}).invoke(app, arguments, catch_exceptions=False)
    return run.exit_code, run.output


def test_bad_rows_are_told_and_good_ones_kept(tmp_path: Path) -> None:
    rows = (
        "Lan,0900000021,1.500.000,28/11/2026\n"
        "Bảy,090000002,1.500.000,28/11/2026\n"
        "Tám,0900000023,1.500.000,31/02/2026\n"
        "Lan,0900 000 021,1500000,28/11/2026\n"
    )
    code, output = check(tmp_path, rows, "--report", str(tmp_path / "bad.csv"))
    assert code == 0
    assert "4 dòng: 1 dùng được, 3 bị loại" in output
    for reason in ("thừa hoặc thiếu chữ số", "31/02/2026 không có thật", "trùng số với dòng 2"):
        assert reason in output
    assert len((tmp_path / "bad.csv").read_text(encoding="utf-8-sig").splitlines()) == 4
    assert not (tmp_path / "alo.db").exists()


def test_nobody_usable_is_a_failure(tmp_path: Path) -> None:
    code, _ = check(tmp_path, "Bảy,090000002,1.500.000,28/11/2026\n")
    assert code == 3


def test_the_gate_knows_opt_outs_of_the_folder(services: Services) -> None:
    services.store.opt_out("biz_default", "+84900000021", services.clock.now(), "voice")
    _, output = check(services.settings.data_dir, "Lan,0900000021,1.500.000,28/11/2026\n")
    assert "Khách đã yêu cầu không liên hệ" in output
    assert "0900 ••• •21" in output


def test_list_and_export(services: Services, tmp_path: Path) -> None:
    folder = ["--data-dir", str(services.settings.data_dir)]
    listed = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["campaign", "list", *folder], catch_exceptions=False)
    assert CAMPAIGN in listed.output
    assert "2/5" in listed.output
    out = tmp_path / "out.csv"
    CliRunner().invoke(app, ["campaign", "export", CAMPAIGN, "-o", str(out), *folder], catch_exceptions=False)
    shown = out.read_text(encoding="utf-8-sig")
    assert "Nguyễn Văn Hùng" in shown
    masked = ["campaign", "export", CAMPAIGN, "--masked", "-o", str(out), *folder]
    CliRunner().invoke(app, masked, catch_exceptions=False)
    hidden = out.read_text(encoding="utf-8-sig")
    assert "Hùng" not in hidden
    assert "[tên]" in hidden
    assert "900000" not in hidden
    assert len(hidden.splitlines()) == len(shown.splitlines())
    with pytest.raises(AloError, match="Không có chiến dịch này"):
        CliRunner().invoke(app, ["campaign", "export", "none", "-o", str(out), *folder], catch_exceptions=False)
    with pytest.raises(AloError, match=r"đuôi \.csv hoặc \.xlsx"):
        CliRunner().invoke(app, ["campaign", "export", CAMPAIGN, "-o", "out.pdf", *folder], catch_exceptions=False)


def test_a_campaign_is_paused_resumed_and_stopped_from_the_terminal(services: Services) -> None:
    folder = ["--data-dir", str(services.settings.data_dir)]

    def order(action: str) -> str:
        return CliRunner().invoke(app, ["campaign", action, CAMPAIGN, *folder], catch_exceptions=False).output

    assert "Tạm dừng" in order("pause")
    with pytest.raises(AloError, match="“tạm dừng”, không chuyển sang “tạm dừng” được"):
        order("pause")
    assert "Đang gọi" in order("resume")
    assert "Đã dừng" in order("stop")
    with pytest.raises(AloError, match="Không có chiến dịch này"):
        CliRunner().invoke(app, ["campaign", "stop", "none", *folder], catch_exceptions=False)


def test_every_new_call_is_halted_and_allowed_again(services: Services) -> None:
    folder = ["--data-dir", str(services.settings.data_dir)]
    for arguments, on in (([], True), (["--off"], False)):
        CliRunner().invoke(app, ["campaign", "halt", *arguments, *folder], catch_exceptions=False)
        business = services.store.business("biz_default")
        assert business is not None
        assert business.settings["kill_switch"] is on


def test_bad_setting_names_its_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALO_PORT", "nhiều")
    with pytest.raises(AloError) as error:
        CliRunner().invoke(app, ["campaign", "list", "--data-dir", str(tmp_path)], catch_exceptions=False)
    assert error.value.where == "ALO_PORT"


@pytest.mark.parametrize("command", [["demo", "--once"], ["rehearse", "otp_voice"]])
def test_a_result_that_cannot_be_written_is_told_before_the_work(tmp_path: Path, command: list[str]) -> None:
    out = tmp_path / "none" / "out.json"
    with pytest.raises(AloError, match="thư mục chứa nó không có"):
        CliRunner(env={"ALO_DATA_DIR": str(tmp_path / "data")}).invoke(
            app, [*command, "--json", str(out)], catch_exceptions=False
        )


def test_demo_refuses_a_date_that_is_none() -> None:
    with pytest.raises(AloError, match="không có thật"):
        CliRunner().invoke(app, ["demo", "--date", "2026-02-31"], catch_exceptions=False)
