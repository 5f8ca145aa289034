"""kill −9, for real: processes that run a campaign are killed at random moments until one gets to the end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from tests.campaigns.helpers import FileCaller, World

ROOT = Path(__file__).parents[2]
PEOPLE = 24
KILLS = 4


def start(folder: Path, campaign: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.campaigns.killed_campaign", str(folder), campaign],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def wait_for(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdout is not None
    assert process.stderr is not None
    if process.stdout.readline().strip() != word:
        process.kill()
        raise AssertionError(process.stderr.read())


def kill_when(process: subprocess.Popen[str], ledger: Path, lines: int) -> None:
    """SIGKILL as soon as the carrier's ledger has so many more lines."""
    wait_for(process, "ready")
    wanted = count(ledger) + lines
    deadline = time.monotonic() + 60
    while count(ledger) < wanted:
        assert process.poll() is None, "the campaign was over before it was killed: make it longer"
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()


def count(ledger: Path) -> int:
    return ledger.read_bytes().count(b"\n") if ledger.exists() else 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1])
def test_nobody_is_called_twice_and_nobody_is_forgotten(world: World, seed: int) -> None:
    rng = Random(seed)
    campaign = world.campaign(PEOPLE, concurrency=6, dials_per_second=5)
    caller = FileCaller(world.folder / "rings", world.clock)
    for kill in range(KILLS):
        kill_when(start(world.folder, campaign), caller.path, rng.randint(1, 10))
        if kill == KILLS // 2:
            world.service.pause(campaign)  # the next process finds it paused and resumes it
    last = start(world.folder, campaign)
    wait_for(last, "ready")
    wait_for(last, "done")
    assert last.wait(30) == 0

    rings = caller.rings()
    assert set(rings.values()) == {1}, "an attempt rang twice"
    progress = world.service.progress(campaign)
    assert progress.status == "done"
    assert progress.contacts == {"done": PEOPLE}, "somebody was forgotten"

    known = set()
    for contact in world.service.contacts(campaign):
        attempts = world.service.attempts(contact.id)
        assert attempts
        assert all(attempt.state != "intended" for attempt in attempts)
        for attempt in attempts:
            known.add(attempt.id)
            assert (attempt.id in rings) == (attempt.state != "released")
        assert contact.disposition == [a.outcome for a in attempts if a.state != "released"][-1]
    assert set(rings) <= known, "something rang that memory does not know"
    assert world.store.opted_out("biz_default", [f"+8490000{n:04d}" for n in range(PEOPLE)]) >= {"+84900000002"}
