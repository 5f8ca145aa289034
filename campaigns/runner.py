"""Runs campaigns: picks who is due, asks the gate, paces, calls, records, retries — and takes up again after a crash.

All of it lives in one event loop, the one in which calls run. Database work is done in threads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from campaigns.activity import Activity
from campaigns.caller import Caller, CallJob, CallOutcome
from campaigns.facts import DoNotCallSource
from campaigns.gate import Gate
from campaigns.ledger import Ledger
from campaigns.ownership import Ownership
from campaigns.pacing import Pacer, SteadyPacer
from campaigns.settings import CampaignSettings
from campaigns.workflow import AttemptWorkflows
from core.clock import Clock
from core.errors import CarrierError
from core.logging import get_logger
from memory.store import Store

_log = get_logger("campaigns.runner")

_LOOK_AGAIN_S = 2.0
"""Real seconds after which a paused or waiting campaign looks whether another process changed it."""

_CLOSING_S = 10.0
"""Real seconds that outcomes may take to be written when closing."""

_CARRIER_AWAY_S = 5.0
"""Real seconds between questions to a carrier that cannot tell now what became of an attempt."""


@dataclass(slots=True)
class _Run:
    """One campaign in progress."""

    campaign_id: str
    settings: CampaignSettings
    pacer: Pacer
    wake: asyncio.Event
    active: set[str]


class CampaignRunner:
    """``await start()``, then ``await run(campaign_id)`` for each; ``await aclose()`` at the end."""

    def __init__(
        self,
        store: Store,
        caller: Caller,
        clock: Clock,
        workflows: AttemptWorkflows,
        *,
        gate: Gate | None = None,
        do_not_call: DoNotCallSource | None = None,
    ) -> None:
        self.ledger = Ledger(store, gate or Gate(), do_not_call)
        self._ownership = Ownership(store.engine)
        self._caller = caller
        self._clock = clock
        self._workflows = workflows
        self.activity = Activity(clock.now)
        """Tells whoever drives a virtual clock when time may move on."""
        self._runs: dict[str, _Run] = {}
        self._attempts: set[asyncio.Task[None]] = set()
        self._calls: set[asyncio.Future[CallOutcome]] = set()
        self._fresh: set[str] = set()
        """Attempts claimed by this process and not yet dialled: the only ones dialled without asking the carrier."""
        self._orphans: set[str] = set()
        """Open attempts found at the start, being reconciled."""
        self._closed = asyncio.Event()

    async def start(self) -> list[str]:
        """Take up what a killed process left; returns the campaigns that should be run on.

        Raises ConfigurationError if another process runs campaigns on this database.
        """
        self._ownership.acquire()
        try:
            open_attempts = await asyncio.to_thread(self.ledger.open_attempts)
            self._orphans = set(open_attempts)
            await self._workflows.start(self)
        except BaseException:
            self._ownership.release()
            raise
        for attempt_id in open_attempts:
            self._spawn(self._take_up(attempt_id))
        return await asyncio.to_thread(self.ledger.running)

    async def run(self, campaign_id: str) -> str:
        """Run until every contact is final (``done``) or the campaign is ``stopped``; returns which.

        While it is paused nothing is dialled and calls in progress end normally.
        """
        settings = await asyncio.to_thread(self.ledger.settings, campaign_id)
        run = _Run(campaign_id, settings, SteadyPacer(settings.dials_per_second), asyncio.Event(), set())
        self._runs[campaign_id] = run
        self.activity.begin()
        try:
            return await self._dispatch(run)
        finally:
            self.activity.wakes_at(campaign_id, None)
            self.activity.end()
            del self._runs[campaign_id]

    def wake(self, campaign_id: str) -> None:
        """The campaign's status or contacts changed: look at once."""
        run = self._runs.get(campaign_id)
        if run:
            run.wake.set()

    async def reconciled(self) -> None:
        """Return once every attempt that an earlier process left open is closed."""
        while self._orphans:
            await self._closed.wait()
            self._closed.clear()

    async def aclose(self) -> None:
        """Stop without waiting for calls: their attempts are reconciled at the next start."""
        for call in list(self._calls):
            call.cancel()
        if self._attempts:
            await asyncio.wait(self._attempts, timeout=_CLOSING_S)
        for task in list(self._attempts):
            task.cancel()
        await asyncio.gather(*self._attempts, return_exceptions=True)
        await self._workflows.close()
        self._ownership.release()

    # Dispatching

    async def _dispatch(self, run: _Run) -> str:
        while True:
            run.wake.clear()
            now = self._clock.now()
            if len(run.active) >= run.settings.concurrency:
                await self._rest(run, None)
                continue
            if (ready := run.pacer.ready_at(now)) > now:
                await self._rest(run, ready)
                continue
            claim = await asyncio.to_thread(self.ledger.claim, run.campaign_id, now)
            if claim.job:
                run.pacer.dialled(now)
                self._begin(run, claim.job)
            elif claim.status == "running" and not claim.unfinished and not run.active:
                await asyncio.to_thread(self.ledger.complete, run.campaign_id, self._clock.now())
            elif claim.status in ("done", "stopped") and not run.active:
                return claim.status
            else:
                await self._rest(run, claim.next_due_at)

    async def _rest(self, run: _Run, until: datetime | None) -> None:
        """Wait for a call to end, for a change, or for ``until``."""
        waits: set[asyncio.Task[Any]] = {asyncio.create_task(run.wake.wait())}
        if until is not None:
            waits.add(asyncio.create_task(self._clock.sleep_until(until)))
            await asyncio.sleep(0)  # both tasks have begun: the clock knows the time that is waited for
        self.activity.wakes_at(run.campaign_id, until)
        self.activity.end()
        try:
            await asyncio.wait(waits, timeout=_LOOK_AGAIN_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.activity.begin()
            self.activity.wakes_at(run.campaign_id, None)
            for task in waits:
                task.cancel()

    def _begin(self, run: _Run, job: CallJob) -> None:
        run.active.add(job.attempt_id)
        self._fresh.add(job.attempt_id)
        self._spawn(self._attempt(run, job.attempt_id))

    def _spawn(self, work: Any) -> None:
        # Counted from now on, not from the task's first step, or a virtual clock could slip in between.
        self.activity.begin()
        task = asyncio.create_task(work)
        self._attempts.add(task)
        task.add_done_callback(self._attempts.discard)

    async def _attempt(self, run: _Run, attempt_id: str) -> None:
        try:
            await self._workflows.run(attempt_id)
        except Exception as error:  # noqa: BLE001 one attempt's trouble must not stop the campaign
            _log.error("campaign.attempt_failed", attempt_id=attempt_id, error=type(error).__name__, detail=str(error))
            await self._reconcile(attempt_id)
        finally:
            run.active.discard(attempt_id)
            run.wake.set()
            self.activity.end()

    # After a crash

    async def _take_up(self, attempt_id: str) -> None:
        """An open attempt of an earlier process: DBOS takes up what it knows, we what it does not."""
        try:
            await self._workflows.run(attempt_id)
            if await asyncio.to_thread(self.ledger.job, attempt_id):
                await self._reconcile(attempt_id)
        except Exception as error:  # noqa: BLE001 the others must still be taken up
            _log.error("campaign.recovery_failed", attempt_id=attempt_id, error=type(error).__name__)
            await self._reconcile(attempt_id)
        finally:
            self._orphans.discard(attempt_id)
            self._closed.set()
            for run in self._runs.values():
                run.wake.set()
            self.activity.end()

    async def _reconcile(self, attempt_id: str) -> None:
        """Close an attempt whose workflow can no longer do it, however long the database or the carrier is away."""
        self._fresh.discard(attempt_id)
        while True:
            try:
                return await self._close_by_carrier(attempt_id)
            except Exception as error:  # noqa: BLE001 a contact must never be forgotten, whatever broke
                _log.error("campaign.cannot_close", attempt_id=attempt_id, error=type(error).__name__)
                await asyncio.sleep(_CARRIER_AWAY_S)

    async def _close_by_carrier(self, attempt_id: str) -> None:
        if await asyncio.to_thread(self.ledger.job, attempt_id) is None:
            return
        known = await self._ask_carrier(attempt_id)
        await self.close_attempt(attempt_id, None if known is None else asdict(known))

    async def _ask_carrier(self, attempt_id: str) -> CallOutcome | None:
        while True:
            try:
                return await self._caller.lookup(attempt_id)
            except CarrierError as error:
                _log.warning("campaign.carrier_cannot_tell", attempt_id=attempt_id, error=str(error))
                await asyncio.sleep(_CARRIER_AWAY_S)

    # The steps of the workflow (AttemptDriver)

    async def call_once(self, attempt_id: str) -> dict[str, Any] | None:
        """Dial and talk; of an attempt that may have been dialled before, ask the carrier first."""
        job = await asyncio.to_thread(self.ledger.job, attempt_id)
        if job is None:
            return None
        if attempt_id in self._fresh:
            self._fresh.discard(attempt_id)
        else:
            known = await self._ask_carrier(attempt_id)
            if known is not None:
                return asdict(known)
            if not await asyncio.to_thread(self.ledger.may_still_dial, attempt_id, self._clock.now()):
                return None
        return asdict(await self._call(job))

    async def _call(self, job: CallJob) -> CallOutcome:
        with self.activity.calling():
            call = asyncio.ensure_future(self._caller.call(job))
            self._calls.add(call)
            try:
                return await call
            except Exception as error:  # noqa: BLE001 the boundary to voice: whatever broke, the attempt must end
                _log.error("campaign.call_failed", attempt_id=job.attempt_id, error=type(error).__name__)
                return CallOutcome("TECH_ERROR", {"error": type(error).__name__})
            finally:
                self._calls.discard(call)

    async def close_attempt(self, attempt_id: str, outcome: Mapping[str, Any] | None) -> None:
        """Commit the outcome; None releases the contact."""
        now = self._clock.now()
        if outcome is None:
            await asyncio.to_thread(self.ledger.release, attempt_id, now)
        else:
            await asyncio.to_thread(self.ledger.finish, attempt_id, CallOutcome(**outcome), now)
