"""Lets the console start campaigns: from a web thread into the event loop in which calls run."""

from __future__ import annotations

import asyncio

from campaigns.runner import CampaignRunner
from core.logging import get_logger

_log = get_logger("app.starting")


class CampaignStarter:
    """``start(campaign_id)`` from any thread. Made in the runner's event loop."""

    def __init__(self, runner: CampaignRunner) -> None:
        self._runner = runner
        self._loop = asyncio.get_running_loop()
        self._running: dict[str, asyncio.Task[str]] = {}

    def __call__(self, campaign_id: str) -> None:
        """Run the campaign unless it runs already."""
        self._loop.call_soon_threadsafe(self._begin, campaign_id)

    async def run(self, campaign_id: str) -> str:
        """Run the campaign and return how it ended (``CampaignRunner.run``)."""
        self._begin(campaign_id)
        return await self._running[campaign_id]

    def _begin(self, campaign_id: str) -> None:
        if campaign_id in self._running:
            return
        task = self._loop.create_task(self._runner.run(campaign_id), name=f"campaign {campaign_id}")
        self._running[campaign_id] = task
        task.add_done_callback(lambda done: self._ended(campaign_id, done))

    def _ended(self, campaign_id: str, task: asyncio.Task[str]) -> None:
        del self._running[campaign_id]
        if not task.cancelled() and (error := task.exception()):
            _log.error("app.campaign_failed", campaign=campaign_id, error=type(error).__name__, exc_info=error)

    async def aclose(self) -> None:
        """Stop waiting for campaigns; calls in progress are reconciled at the next start."""
        for task in list(self._running.values()):
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)
