"""The simulated provider's records: one ring per key, also after our process was killed."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import CarrierError
from telephony.carrier import CallState
from telephony.simulator.ledger import Ledger

_ROOT = Path(__file__).resolve().parents[2]


def test_a_key_is_admitted_once(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "calls.jsonl")
    ledger.admit("a", "+84900000001")
    with pytest.raises(CarrierError, match="a"):
        ledger.admit("a", "+84900000001")
    ledger.note("a", CallState.RINGING)
    ledger.note("a", CallState.BUSY, "busy")
    record = ledger.lookup("a")
    assert record is not None
    assert (record.state, record.rang, record.cause) == (CallState.BUSY, True, "busy")
    assert ledger.lookup("b") is None
    ledger.close()
    again = Ledger(tmp_path / "calls.jsonl")
    assert again.lookup("a") == record
    assert again.rings("a") == 1
    with pytest.raises(CarrierError):
        again.admit("a", "+84900000001")


def test_the_ledger_outlives_a_killed_process(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    code = (
        "import sys; from pathlib import Path; from telephony.carrier import CallState;"
        "from telephony.simulator.ledger import Ledger; l = Ledger(Path(sys.argv[1]));"
        "l.admit('dialled', '+84900000001'); l.admit('talking', '+84900000002');"
        "l.note('talking', CallState.RINGING); l.note('talking', CallState.ANSWERED, 'normal');"
        "print('ready', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == b"ready"
        os.kill(child.pid, signal.SIGKILL)
    ledger = Ledger(path)
    talking, dialled = ledger.lookup("talking"), ledger.lookup("dialled")
    assert talking is not None
    assert dialled is not None
    assert (talking.state, talking.rang, talking.cause) == (CallState.ENDED, True, "error")
    assert (dialled.state, dialled.rang) == (CallState.FAILED, False)
    with pytest.raises(CarrierError):
        ledger.admit("talking", "+84900000002")


def test_a_torn_line_spoils_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    path.write_text(json.dumps({"key": "a", "state": "ended"}) + '\n{"key": "b", "sta')
    ledger = Ledger(path)
    ledger.admit("c", "+84900000003")
    ledger.close()
    again = Ledger(path)
    assert again.keys() == ("a", "c")


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(CarrierError, match="sổ cuộc gọi"):
        Ledger(blocked / "calls.jsonl")
