"""Consoles over an existing folder: one that only shows, and one that rehearses campaigns on simulated lines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import select

from app.agents import Agents
from app.hooks import gateway_of
from app.rehearse import agents_for
from app.runtime import RuntimeOptions, open_runtime
from app.services import Services
from app.simulation import Rehearsal
from app.starting import CampaignStarter
from core.clock import SystemClock, VirtualClock
from core.settings import Settings
from memory.schema import Campaign
from memory.store import Store
from telephony.simulator.carrier import SimulatorCarrier

COMPANY = "Công ty Tài chính Sao Mai"
"""Made up; in whose name the flows speak when no campaign says otherwise."""

_SEED = 7
"""Which synthetic customers answer; the same list always meets the same ones."""


def show_services(settings: Settings, store: Store, flow_file: Path | None = None) -> Services:
    """A console over ``store`` that runs no campaign; every flow can be talked to in text, and ``flow_file``'s too."""
    clock, agents = SystemClock(), agents_for(COMPANY, settings, flow_file)
    return Services(
        store=store,
        settings=settings,
        recordings_dir=settings.recordings_dir,
        flows=agents.flows,
        new_chat=agents.for_chat(clock),
        clock=clock,
        toolbox=agents.toolbox,
        payments=gateway_of(settings, agents.toolbox, clock),
    )


@asynccontextmanager
async def rehearsal_services(settings: Settings, store: Store) -> AsyncIterator[Services]:
    """A console whose campaigns call synthetic customers, and which goes on with those not finished.

    Calls take their real time; nights and waits for a retry are skipped.
    """
    clock, agents = VirtualClock(SystemClock().now()), Agents.load(COMPANY, settings)
    rehearsal = Rehearsal(clock, COMPANY)
    ledger = settings.data_dir / "simulator-calls.jsonl"
    options = RuntimeOptions(
        make_carrier=lambda synthesizer: SimulatorCarrier(synthesizer, ledger, _SEED, clock=clock),
        agents=agents,
        metadata=rehearsal.metadata,
        on_leg=rehearsal.on_leg,
        speed="real",
    )
    async with open_runtime(settings, store, clock, options) as runtime:
        start = CampaignStarter(runtime.runner)
        for campaign_id in await asyncio.to_thread(_unfinished, store):
            start(campaign_id)
        try:
            yield Services(
                store=store,
                settings=settings,
                recordings_dir=settings.recordings_dir,
                flows=agents.flows,
                new_chat=agents.for_chat(clock),
                campaigns=runtime.service,
                start=start,
                simulated=True,
                clock=clock,
                toolbox=agents.toolbox,
                payments=gateway_of(settings, agents.toolbox, clock),
            )
        finally:
            await start.aclose()


def _unfinished(store: Store) -> list[str]:
    with store.read() as session:
        return list(session.scalars(select(Campaign.id).where(Campaign.status.in_(("running", "paused")))))
