"""kill −9, for real: processes that run a campaign are killed at random moments until one gets to the end."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from tests.campaigns.helpers import FileCaller, World

ROOT = Path(__file__).parents[2]
PEOPLE = 40


def start(folder: Path, campaign: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.campaigns.killed_campaign", str(folder), campaign],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def kill_after(process: subprocess.Popen[str], seconds: float) -> bool:
    """True if it was killed, False if it was done before."""
    assert process.stdout is not None
    assert process.stderr is not None
    if process.stdout.readline().strip() != "ready":
        process.kill()
        raise AssertionError(process.stderr.read())
    readable, _, _ = select.select([process.stdout], [], [], seconds)
    if readable:
        assert process.stdout.readline().strip() == "done", process.stderr.read()
        assert process.wait(30) == 0
        return False
    process.send_signal(signal.SIGKILL)
    process.wait()
    return True


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_nobody_is_called_twice_and_nobody_is_forgotten(world: World, seed: int) -> None:
    rng = Random(seed)
    campaign = world.campaign(PEOPLE, concurrency=6, dials_per_second=5)
    caller = FileCaller(world.folder / "rings", world.clock)
    kills, begun = 0, time.monotonic()
    while kill_after(start(world.folder, campaign), rng.uniform(0.05, 1.5) if kills < 8 else 120):
        kills += 1
        if kills == 4:
            world.service.pause(campaign)  # the next process finds it paused and resumes it
        assert time.monotonic() - begun < 240
    assert kills >= 3, "the campaign was over before it was killed: make it longer"

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
