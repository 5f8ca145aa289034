"""`alo demo`: a made-up lender's payment-reminder campaign calls synthetic customers, watched live."""

from __future__ import annotations

import asyncio
import sys
import threading
import time as wall
from datetime import date, datetime, time
from pathlib import Path

from fastapi import FastAPI
from rich.console import Console

from agent.flows.model import Flow
from app.agents import Agents
from app.commands.demo import DemoOptions
from app.commands.live import LiveTable, summary
from app.commands.output import write_json
from app.hooks import gateway_of
from app.preflight import check_data_dir, check_port
from app.runtime import Runtime, RuntimeOptions, open_runtime
from app.server import create_app
from app.services import Services
from app.serving import ConsoleServer
from app.simulation import Rehearsal
from app.starting import CampaignStarter
from app.summary import summarize
from app.usage import INTERRUPTED
from campaigns.contacts import ContactRow
from campaigns.gate import Gate
from campaigns.importing import import_contacts
from campaigns.ledger import Ledger
from campaigns.service import NewCampaign
from campaigns.settings import CampaignSettings
from core.clock import VIETNAM, VirtualClock
from core.errors import InputError
from core.ids import new_id
from core.settings import Settings
from memory.store import Store
from telephony.simulator.carrier import SimulatorCarrier
from telephony.simulator.goals import goal_names
from telephony.simulator.population import SyntheticContact, population, write_csv

COMPANIES = {
    "payment_reminder": "Công ty Tài chính Sao Mai", "appointment_reminder": "Phòng khám Hoa Ban",
    "delivery_confirmation": "Cửa hàng Hoa Ban", "satisfaction_survey": "Trung tâm Điện máy Hoa Ban",
    "otp_voice": "Ngân hàng Sao Mai",
}  # fmt: skip
"""Who calls in the demo of a flow. Made up, like everybody they call. Advertising is left out: without a checked
do-not-call list the gate lets no such call through."""

OPENING_HOUR = time(9, 0)
DEMO_DATE = date(2026, 11, 25)
"""An ordinary Wednesday. A fixed day makes a seed give the same conversations whenever it is run."""
SCENARIO_DATE = date(2026, 11, 23)
"""The Monday on which the customers of ``scenarios/`` live: they say "thứ sáu" and mean the one after it."""

_CONCURRENCY = {"max": 12, "real": 20}


def run_demo(options: DemoOptions) -> int:
    """Run it to the end; returns the exit code: 130 if Ctrl-C came before the campaign was over. Raises AloError for a
    taken port or an unusable folder."""
    settings = Settings()
    if options.data_dir is not None:
        settings = settings.model_copy(update={"data_dir": options.data_dir})
    if options.port is not None:
        settings = settings.model_copy(update={"port": options.port})
    keep_open = not options.once and sys.stdout.isatty()
    check_data_dir(settings.data_dir)
    if keep_open or options.port is not None:
        check_port(settings.host, settings.port)
    over = threading.Event()
    try:
        asyncio.run(_run(options, settings, keep_open, over))
    except KeyboardInterrupt:
        return 0 if over.is_set() else INTERRUPTED
    return 0


async def _run(options: DemoOptions, settings: Settings, keep_open: bool, over: threading.Event) -> None:
    usual = DEMO_DATE if goal_names(options.flow) else SCENARIO_DATE
    first_day = date.fromisoformat(options.date) if options.date else usual
    company = _company(options.flow)
    people = population(options.contacts, options.seed, options.flow, first_day)
    rows = await asyncio.to_thread(_import, settings.data_dir / "demo-contacts.csv", people, options.flow)
    agents = Agents.load(company, settings)
    ledger = settings.data_dir / "simulator-calls.jsonl"
    with Store.open(settings.sqlalchemy_url) as store:
        opening = datetime.combine(first_day, OPENING_HOUR, VIETNAM)
        clock = VirtualClock(max(opening, Ledger(store, Gate()).last_moment() or opening))
        rehearsal = Rehearsal(clock, company, people)
        runtime_options = RuntimeOptions(
            make_carrier=lambda synthesizer: SimulatorCarrier(synthesizer, ledger, options.seed, clock=clock),
            agents=agents,
            metadata=rehearsal.metadata,
            on_leg=rehearsal.on_leg,
            speed="real" if options.speed == "real" else "max",
        )
        async with open_runtime(settings, store, clock, runtime_options) as runtime:
            start = CampaignStarter(runtime.runner)
            campaign_id = await asyncio.to_thread(_campaign_of, runtime, options, agents.flows[options.flow], rows)
            if not keep_open and options.port is None:
                await _campaign(runtime, start, options, campaign_id, address=None)
                return
            with ConsoleServer(_console(settings, runtime, agents, start), settings.host, settings.port) as server:
                await _campaign(runtime, start, options, campaign_id, server.address)
                over.set()
                if keep_open:
                    await asyncio.Event().wait()  # until Ctrl-C


def _console(settings: Settings, runtime: Runtime, agents: Agents, start: CampaignStarter) -> FastAPI:
    services = Services(
        store=runtime.store,
        settings=settings,
        recordings_dir=settings.recordings_dir,
        flows=agents.flows,
        new_chat=agents.for_chat(runtime.clock),
        campaigns=runtime.service,
        start=start,
        simulated=True,
        clock=runtime.clock,
        toolbox=agents.toolbox,
        payments=gateway_of(settings, agents.toolbox, runtime.clock),
    )
    return create_app(services)


def _company(flow: str) -> str:
    if flow not in COMPANIES:
        known = ", ".join(COMPANIES)
        raise InputError(
            f"Chưa có khách hàng tổng hợp cho kịch bản “{flow}”. Hãy chọn: {known}.",
            f"There are no synthetic customers for the flow “{flow}”. Choose one of: {known}.",
            where="--flow",
        )
    return COMPANIES[flow]


def _import(path: Path, people: list[SyntheticContact], flow: str) -> list[ContactRow]:
    """Through the file that a business would upload, like any other contacts."""
    write_csv(people, path)
    return list(import_contacts(path, flow=flow).rows)


def _campaign_of(runtime: Runtime, options: DemoOptions, flow: Flow, rows: list[ContactRow]) -> str:
    """The campaign to run: one of this seed and size that an earlier process left unfinished, or a new one."""
    for campaign_id in runtime.unfinished:
        left = runtime.service.campaign(campaign_id)
        if left.name == _name(options, flow) and len(runtime.service.contacts(campaign_id, len(rows) + 1)) == len(rows):
            return campaign_id
    return _create(runtime, options, flow, rows)


def _name(options: DemoOptions, flow: Flow) -> str:
    return f"{flow.title['vi']} (mô phỏng, hạt giống {options.seed})"


def _create(runtime: Runtime, options: DemoOptions, flow: Flow, rows: list[ContactRow]) -> str:
    business = new_id("biz")  # opt-outs and daily limits of an earlier demo in the same folder do not count here
    runtime.store.ensure_business(business, COMPANIES[flow.name], runtime.clock.now())
    concurrency = options.concurrency or _CONCURRENCY[options.speed]
    new = NewCampaign(
        name=_name(options, flow),
        purpose=flow.purpose,
        flow=flow.name,
        business_id=business,
        settings=CampaignSettings(concurrency=concurrency, dials_per_second=2.0),
    )
    campaign_id = runtime.service.create(new, rows)
    runtime.service.launch(campaign_id)
    return campaign_id


async def _campaign(
    runtime: Runtime,
    start: CampaignStarter,
    options: DemoOptions,
    campaign_id: str,
    address: str | None,
) -> None:
    """Run it, watched; then print and write what came of it."""
    console = Console()
    if address:
        console.print(f"Bảng điều khiển / console: [link={address}]{address}[/link]")
    started = wall.perf_counter()
    with LiveTable(runtime.store, campaign_id, console):
        await start.run(campaign_id)
    wall_s = wall.perf_counter() - started
    await asyncio.wrap_future(runtime.store.flushed())
    result = await asyncio.to_thread(summarize, runtime.store, runtime.service, campaign_id, runtime.loop.stats, wall_s)
    if options.json_path is not None:
        write_json(options.json_path, result)
    summary(console, {**result, "address": address, "folder": options.data_dir or Settings().data_dir})
