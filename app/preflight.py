"""Checked before anything starts: a free port, a folder that can be written, an address that stays on this machine."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
from pathlib import Path

from core.errors import ConfigurationError


def check_port(host: str, port: int) -> int:
    """The port to listen on; 0 picks a free one. Raises ConfigurationError if it is taken or not allowed."""
    check_loopback(host)
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise _port_error(port, error) from error
        return int(probe.getsockname()[1])


def check_loopback(host: str) -> None:
    """The console has no login, so it listens on this machine only. Raises ConfigurationError otherwise."""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise ConfigurationError(
            "Bảng điều khiển chưa có đăng nhập nên chỉ nghe trên máy này. Hãy dùng ALO_HOST=127.0.0.1, và nếu cần mở "
            "từ máy khác thì đặt sau một máy chủ proxy có đăng nhập.",
            "The console has no login, so it listens on this machine only. Use ALO_HOST=127.0.0.1; to reach it from "
            "elsewhere put it behind a proxy with a login.",
            where="ALO_HOST",
        )


def check_data_dir(folder: Path, *, create: bool = True) -> Path:
    """The data folder, made if missing. Raises ConfigurationError if it cannot be written."""
    if not folder.exists() and not create:
        raise ConfigurationError(
            "Không có thư mục dữ liệu này. Hãy kiểm tra --data-dir, hoặc chạy alo demo để tạo dữ liệu mẫu.",
            "There is no such data folder. Check --data-dir, or run alo demo to make sample data.",
            where=str(folder),
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".alo-write-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise _folder_error(folder, error) from error
    return folder


def _port_error(port: int, error: OSError) -> ConfigurationError:
    if error.errno == errno.EADDRINUSE:
        return ConfigurationError(
            f"Cổng {port} đang được chương trình khác dùng. Hãy chọn cổng khác bằng --port, hoặc --port 0 để tự chọn.",
            f"Port {port} is taken by another program. Choose another with --port, or --port 0 for a free one.",
            where=f"--port {port}",
        )
    return ConfigurationError(
        f"Không mở được cổng {port} ({error.strerror}). Hãy chọn cổng từ 1024 trở lên bằng --port.",
        f"Port {port} cannot be opened ({error.strerror}). Choose one from 1024 up with --port.",
        where=f"--port {port}",
    )


def _folder_error(folder: Path, error: OSError) -> ConfigurationError:
    if isinstance(error, FileExistsError | NotADirectoryError):
        vi, en = "Đây không phải là thư mục.", "This is not a folder."
    else:
        vi, en = "Không ghi được vào thư mục này.", "This folder cannot be written to."
    return ConfigurationError(
        f"{vi} Hãy cấp quyền ghi hoặc chọn thư mục khác bằng --data-dir.",
        f"{en} Allow writing or choose another folder with --data-dir.",
        where=str(folder),
    )
