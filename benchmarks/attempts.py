"""How many attempts per second a campaign makes when calls take no time: what durability costs.

``python benchmarks/attempts.py [attempts]``. The peer is DBOS alone: a trivial workflow started directly on SQLite,
32 per second on the disk of the machine on which the design was measured.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from campaigns.caller import CallJob, CallOutcome
from campaigns.contacts import ContactRow
from campaigns.runner import CampaignRunner
from campaigns.service import CampaignService, NewCampaign
from campaigns.settings import CampaignSettings
from campaigns.workflow import AttemptWorkflows
from core.clock import VirtualClock
from memory.store import DEFAULT_BUSINESS, Store

PEER_PER_S = 32.0


class NoTalk:
    """A caller whose calls are over at once."""

    async def call(self, job: CallJob) -> CallOutcome:
        return CallOutcome("PTP", answered=True)

    async def lookup(self, attempt_id: str) -> CallOutcome | None:
        return None


async def flow_of_time(clock: VirtualClock) -> None:
    """Let simulated time go by as real time does, so that the pacer never holds anybody up."""
    while True:
        await asyncio.sleep(0.001)
        clock.advance(0.001)


async def measure(folder: Path, attempts: int) -> tuple[float, float]:
    """Attempts per second, and CPU ms of the process per attempt."""
    clock = VirtualClock(datetime(2026, 11, 16, 2, tzinfo=UTC))
    with Store.open(f"sqlite:///{folder / 'alo.db'}") as store:
        store.ensure_business(DEFAULT_BUSINESS, "Công ty Tài chính Sao Mai", clock.now())
        runner = CampaignRunner(store, NoTalk(), clock, AttemptWorkflows(f"sqlite:///{folder / 'workflows.db'}"))
        service = CampaignService(store, clock)
        settings = CampaignSettings(concurrency=50, dials_per_second=1e6)
        rows = [ContactRow(f"+849{n:08d}", f"Khách {n}", n + 2) for n in range(attempts)]
        campaign = service.create(NewCampaign("Đo", "collection", "payment_reminder", settings=settings), rows)
        service.launch(campaign)
        await runner.start()
        time_flows = asyncio.create_task(flow_of_time(clock))
        begun, cpu = time.perf_counter(), time.process_time()
        await runner.run(campaign)
        wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
        time_flows.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await time_flows
        await runner.aclose()
    return attempts / wall, cpu / attempts * 1000


def main() -> None:
    attempts = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    with tempfile.TemporaryDirectory() as folder:
        per_s, cpu_ms = asyncio.run(measure(Path(folder), attempts))
    print(f"{'':28}{'per second':>12}{'CPU ms':>10}")
    print(f"{'Alô attempt, SQLite on disk':28}{per_s:12.1f}{cpu_ms:10.1f}")
    print(f"{'DBOS workflow alone':28}{PEER_PER_S:12.1f}{'':>10}")


if __name__ == "__main__":
    main()
