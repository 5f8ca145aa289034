"""A process that runs one campaign until it is done or killed. Started by test_kill.py.

Arguments: folder, campaign id. Prints "ready" once the runner has started and "done" at the end.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from random import Random

from campaigns.caller import CallJob, CallOutcome
from campaigns.gate import Gate
from campaigns.ledger import Ledger
from campaigns.runner import CampaignRunner
from campaigns.service import CampaignService
from campaigns.workflow import AttemptWorkflows
from core.clock import VirtualClock
from memory.store import Store
from tests.campaigns.helpers import MONDAY_9AM, FileCaller


class HurriedCaller(FileCaller):
    """Talks for some real milliseconds before and after its conversation is known to the carrier."""

    async def call(self, job: CallJob) -> CallOutcome:
        rng = Random(job.attempt_id)
        await asyncio.sleep(rng.random() * 0.02)
        outcome = await super().call(job)
        await asyncio.sleep(rng.random() * 0.02)
        return outcome


class RushingClock(VirtualClock):
    """Waiting for later takes a few real milliseconds: days pass in seconds, and a kill can hit any moment."""

    async def sleep_until(self, when: datetime) -> None:
        await asyncio.sleep(0.005)
        left = (when - self.now()).total_seconds()
        if left > 0:
            self.advance(left)


def behaviour(job: CallJob) -> CallOutcome:
    """By phone: some do not answer at first, some want to be called back, some ask to be left alone."""
    match int(job.phone[-2:]) % 6:
        case 0 if job.attempt_number == 1:
            return CallOutcome("NO_ANSWER")
        case 1 if job.attempt_number <= 2:
            return CallOutcome("BUSY")
        case 2:
            return CallOutcome("OPT_OUT", answered=True, opted_out=True)
        case _:
            return CallOutcome("PTP", {"date": "2026-11-20", "amount": 500_000}, answered=True)


async def main(folder: Path, campaign_id: str, say: Callable[[str], object]) -> None:
    with Store.open(f"sqlite:///{folder / 'alo.db'}") as store:
        clock = RushingClock(Ledger(store, Gate()).last_moment() or MONDAY_9AM)
        caller = HurriedCaller(folder / "rings", clock, behaviour, talk_s=20)
        runner = CampaignRunner(store, caller, clock, AttemptWorkflows(f"sqlite:///{folder / 'workflows.db'}"))
        service = CampaignService(store, clock, changed=runner.wake)
        await runner.start()
        say("ready")
        if service.campaign(campaign_id).status == "paused":
            service.resume(campaign_id)
        await runner.run(campaign_id)
        await runner.aclose()
    say("done")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], lambda word: print(word, flush=True)))  # noqa: T201
