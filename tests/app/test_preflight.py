from __future__ import annotations

import socket
from pathlib import Path

import pytest

from app.preflight import check_data_dir, check_port
from core.errors import ConfigurationError


def test_taken_port_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError) as error:
            check_port("127.0.0.1", port)
    assert f"Cổng {port} đang được chương trình khác dùng" in error.value.vi


def test_port_zero_picks_a_free_one() -> None:
    assert check_port("127.0.0.1", 0) > 0


def test_console_without_login_stays_on_this_machine() -> None:
    with pytest.raises(ConfigurationError, match="chưa có đăng nhập"):
        check_port("0.0.0.0", 8080)


def test_data_folder_is_made(tmp_path: Path) -> None:
    assert check_data_dir(tmp_path / "a" / "b").is_dir()


def test_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "alo").write_text("")
    with pytest.raises(ConfigurationError, match="không phải là thư mục"):
        check_data_dir(tmp_path / "alo")


def test_folder_that_cannot_be_written() -> None:
    with pytest.raises(ConfigurationError, match="Không ghi được"):
        check_data_dir(Path("/proc/alo-data"))


def test_missing_folder_is_not_made_for_readers(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="Không có thư mục"):
        check_data_dir(tmp_path / "none", create=False)
