"""kill -9 in the middle of a campaign of real calls: nobody is called twice for one attempt, nobody is forgotten."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

CONTACTS = 5
pytestmark = pytest.mark.slow


def ledger_of(data: Path) -> list[dict[str, str]]:
    """What the simulated provider wrote down; a torn last line is not there yet."""
    path = data / "simulator-calls.jsonl"
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith("}")]


def start(folder: Path, *more: str) -> subprocess.Popen[bytes]:
    command = ("demo", "--once", "--contacts", str(CONTACTS), "--seed", "2", "--data-dir", "data", *more)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.Popen(
        [sys.executable, "-m", "app.cli", *command], cwd=folder, env=environment, stdout=subprocess.DEVNULL
    )


def test_killed_and_started_again(tmp_path: Path) -> None:
    answered_when_killed = 0
    for _ in range(2):
        process = start(tmp_path)
        before = sum(line["state"] == "answered" for line in ledger_of(tmp_path / "data"))
        deadline = time.monotonic() + 200
        while process.poll() is None and time.monotonic() < deadline:
            answered = sum(line["state"] == "answered" for line in ledger_of(tmp_path / "data"))
            if answered > before:  # somebody is on the line
                break
            time.sleep(0.05)  # another process is watched from outside
        if process.poll() is None:
            answered_when_killed += 1
            process.send_signal(signal.SIGKILL)
        process.wait()
    assert answered_when_killed > 0

    assert start(tmp_path, "--json", "out.json").wait(timeout=250) == 0
    contacts = json.loads((tmp_path / "out.json").read_text("utf-8"))["contacts"]
    assert len(contacts) == CONTACTS
    assert all(contact["disposition"] for contact in contacts), contacts
    rings = Counter(line["key"] for line in ledger_of(tmp_path / "data") if line["state"] == "ringing")
    assert rings
    assert max(rings.values()) == 1
