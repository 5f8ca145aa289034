"""A throw-away PostgreSQL server on a socket in a folder, where its binaries are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def throwaway_postgres() -> Iterator[str]:
    """Its URL; skips the test where there is no server to start."""
    initdb, server = shutil.which("initdb"), shutil.which("pg_ctl")
    if not initdb or not server:
        pytest.skip("no PostgreSQL server binaries on this machine")
    user: dict[str, int] = {}
    home = Path(tempfile.mkdtemp(prefix="alo-pg-", dir="/tmp"))  # socket paths must be short
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        user = {"user": 65534}
        shutil.chown(home, 65534)
    data = home / "data"
    try:
        subprocess.run([initdb, "-D", data, "-U", "alo", "-A", "trust", "-N"], check=True, capture_output=True, **user)
        options = f"-c listen_addresses='' -c unix_socket_directories='{home}' -c fsync=off"
        start = [server, "-D", data, "-w", "-l", home / "log", "-o", options]
        if subprocess.run([*start, "start"], capture_output=True, **user).returncode:
            pytest.skip("the PostgreSQL server of this machine does not start")
        yield f"postgresql+psycopg://alo@/postgres?host={home}"
        subprocess.run([server, "-D", data, "-m", "immediate", "stop"], capture_output=True, **user)
    finally:
        shutil.rmtree(home, ignore_errors=True)
