"""A caller whose provider is a file: every ring is one synced line, so it survives kill −9."""

from __future__ import annotations

import asyncio
import json
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from campaigns.activity import skip_idle_time
from campaigns.caller import Caller, CallJob, CallOutcome
from campaigns.contacts import ContactRow
from campaigns.runner import CampaignRunner
from campaigns.service import CampaignService, NewCampaign
from campaigns.settings import CampaignSettings
from campaigns.workflow import AttemptWorkflows
from core.clock import Clock, VirtualClock
from memory.store import DEFAULT_BUSINESS, Store

MONDAY_9AM = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
"""09:00 in Vietnam on an ordinary Monday."""


class FileCaller:
    """Rings by appending to ``path``; refuses a key it knows, as carriers do. ``talk_s`` passes on ``clock``."""

    def __init__(
        self,
        path: Path,
        clock: Clock,
        outcome: Callable[[CallJob], CallOutcome] = lambda job: CallOutcome("PTP", answered=True),
        talk_s: float = 30.0,
    ) -> None:
        self.path = path
        self._clock = clock
        self._outcome = outcome
        self._talk = timedelta(seconds=talk_s)
        self.active = 0
        self.most_active = 0
        self.dialled_at: list[datetime] = []

    async def call(self, job: CallJob) -> CallOutcome:
        assert job.attempt_id not in self.rings(), "the same key must never be dialled again"
        self.active += 1
        self.most_active = max(self.most_active, self.active)
        self.dialled_at.append(self._clock.now())
        try:
            self._note({"key": job.attempt_id, "phone": job.phone})
            await self._clock.sleep_until(self._clock.now() + self._talk)
            outcome = self._outcome(job)
            self._note({"result": job.attempt_id, "code": outcome.code})
            return outcome
        finally:
            self.active -= 1

    async def lookup(self, attempt_id: str) -> CallOutcome | None:
        lines = self._lines()
        for line in lines:
            if line.get("result") == attempt_id:
                return CallOutcome(line["code"], answered=True)
        if any(line.get("key") == attempt_id for line in lines):
            return CallOutcome("TECH_ERROR", unknown=True)
        return None

    def rings(self) -> Counter[str]:
        """Attempt id → times it rang."""
        return Counter(line["key"] for line in self._lines() if "key" in line)

    def rings_by_phone(self) -> Counter[str]:
        return Counter(line["phone"] for line in self._lines() if "key" in line)

    def _lines(self) -> list[dict[str, str]]:
        if not self.path.exists():
            return []
        return [json.loads(line) for line in self.path.read_text().splitlines() if line.endswith("}")]

    def _note(self, entry: dict[str, str]) -> None:
        with self.path.open("a") as file:
            file.write(json.dumps(entry) + "\n")
            file.flush()
            os.fsync(file.fileno())


async def soon(condition: Callable[[], bool], turns: int = 100_000) -> None:
    """Let the loop and its threads work until ``condition``."""
    for _ in range(turns):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it did not happen")


class World:
    """A store, a virtual clock, and campaigns on them."""

    def __init__(self, folder: Path, url: str | None = None) -> None:
        self.folder = folder
        self.clock = VirtualClock(MONDAY_9AM)
        self.workflows_url = url or f"sqlite:///{folder / 'workflows.db'}"
        self.store = Store.open(url or f"sqlite:///{folder / 'alo.db'}")
        self.store.ensure_business(DEFAULT_BUSINESS, "Công ty Tài chính Sao Mai", MONDAY_9AM)
        self.runner: CampaignRunner | None = None
        self.service = CampaignService(self.store, self.clock, changed=self._wake)

    def _wake(self, campaign_id: str) -> None:
        if self.runner:
            self.runner.wake(campaign_id)

    def campaign(self, people: int, purpose: str = "collection", **settings: object) -> str:
        """A launched campaign with ``people`` contacts."""
        rows = [ContactRow(f"+8490000{n:04d}", f"Khách {n}", row_number=n + 2) for n in range(people)]
        new = NewCampaign("Nhắc nợ", purpose, "payment_reminder", settings=CampaignSettings(**settings))  # type: ignore[arg-type]
        campaign_id = self.service.create(new, rows)
        self.service.launch(campaign_id)
        return campaign_id

    @asynccontextmanager
    async def running(self, caller: Caller, *, skipping: bool = True) -> AsyncIterator[CampaignRunner]:
        """A started runner; idle virtual time is skipped."""
        workflows = AttemptWorkflows(self.workflows_url)
        self.runner = CampaignRunner(self.store, caller, self.clock, workflows)
        await self.runner.start()
        driver = (
            asyncio.create_task(skip_idle_time(self.runner.activity, self.clock, calls_sleep=True))
            if skipping
            else None
        )
        try:
            yield self.runner
        finally:
            if driver:
                driver.cancel()
            await self.runner.aclose()
            self.runner = None
