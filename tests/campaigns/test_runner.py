from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import select

from campaigns.caller import CallJob, CallOutcome
from campaigns.contacts import ContactRow
from campaigns.ownership import Ownership
from campaigns.service import NewCampaign
from campaigns.settings import CampaignSettings
from core.clock import vietnam_time
from core.errors import ConfigurationError, InputError, RefusedError
from memory.schema import GateDecision
from memory.store import DEFAULT_BUSINESS
from tests.campaigns.helpers import MONDAY_9AM, FileCaller, World, soon


async def test_everybody_is_called_once_and_gets_a_disposition(world: World) -> None:
    caller = FileCaller(world.folder / "rings", world.clock)
    campaign = world.campaign(12, concurrency=4, dials_per_second=1)
    async with world.running(caller) as runner:
        assert await runner.run(campaign) == "done"
    progress = world.service.progress(campaign)
    assert (progress.status, progress.dispositions, progress.attempts) == ("done", {"PTP": 12}, 12)
    assert (progress.finished, progress.total) == (12, 12)
    assert set(caller.rings_by_phone().values()) == {1}
    assert caller.most_active == 4
    gaps = [b - a for a, b in zip(caller.dialled_at, caller.dialled_at[1:], strict=False)]
    assert min(gaps) >= timedelta(seconds=0.999)


async def test_retries_follow_the_outcome_in_virtual_days(world: World) -> None:
    def outcome(job: CallJob) -> CallOutcome:
        return CallOutcome("NO_ANSWER") if job.attempt_number < 3 else CallOutcome("PTP", {"date": "2026-11-20"})

    caller = FileCaller(world.folder / "rings", world.clock, outcome)
    campaign = world.campaign(2)
    async with world.running(caller) as runner:
        await runner.run(campaign)
    assert world.service.progress(campaign).dispositions == {"PTP": 2}
    [first, _] = world.service.contacts(campaign)
    attempts = world.service.attempts(first.id)
    assert [attempt.outcome for attempt in attempts] == ["NO_ANSWER", "NO_ANSWER", "PTP"]
    assert [vietnam_time(attempt.intent_at).strftime("%d %H") for attempt in attempts] == ["16 09", "16 14", "16 18"]
    assert first.disposition_details == {"date": "2026-11-20"}


async def test_a_callback_is_made_when_the_customer_asked_for_it(world: World) -> None:
    def outcome(job: CallJob) -> CallOutcome:
        first = CallOutcome("CALLBACK", {"at": "2026-11-16T21:30:00+07:00"}, answered=True)
        return first if job.attempt_number == 1 else CallOutcome("PAID", answered=True)

    caller = FileCaller(world.folder / "rings", world.clock, outcome)
    campaign = world.campaign(1)
    async with world.running(caller) as runner:
        await runner.run(campaign)
    # Half past nine in the evening is outside the hours: the next morning it is.
    assert vietnam_time(caller.dialled_at[1]).strftime("%d %H:%M") == "17 08:00"


async def test_a_campaign_launched_at_night_begins_in_the_morning(world: World) -> None:
    world.clock.advance(14 * 3600)
    caller = FileCaller(world.folder / "rings", world.clock)
    campaign = world.campaign(2)
    async with world.running(caller) as runner:
        await runner.run(campaign)
    assert vietnam_time(caller.dialled_at[0]).strftime("%d %H:%M") == "17 08:00"
    with world.store.read() as session:
        logged = [(row.allowed, row.code) for row in session.scalars(select(GateDecision).order_by(GateDecision.id))]
    assert logged == [(False, "hours"), (False, "hours"), (True, "ok"), (True, "ok")]


async def test_pause_and_resume(world: World) -> None:
    caller = FileCaller(world.folder / "rings", world.clock)
    campaign = world.campaign(6, concurrency=2)
    async with world.running(caller) as runner:
        running = asyncio.create_task(runner.run(campaign))
        await soon(lambda: bool(caller.dialled_at))
        await asyncio.to_thread(world.service.pause, campaign)
        await soon(lambda: not world.service.progress(campaign).contacts.get("active"))
        called = len(caller.dialled_at)
        assert called < 6
        await asyncio.sleep(0.1)
        assert len(caller.dialled_at) == called
        assert not running.done()
        world.service.resume(campaign)
        assert await running == "done"
    assert set(caller.rings_by_phone().values()) == {1}
    assert len(caller.dialled_at) == 6


async def test_stop_lets_calls_end_and_makes_no_more(world: World) -> None:
    caller = FileCaller(world.folder / "rings", world.clock)
    campaign = world.campaign(6, concurrency=2)
    async with world.running(caller) as runner:
        running = asyncio.create_task(runner.run(campaign))
        await soon(lambda: bool(caller.dialled_at))
        await asyncio.to_thread(world.service.stop, campaign)
        assert await running == "stopped"
    progress = world.service.progress(campaign)
    assert progress.status == "stopped"
    assert progress.contacts.get("active", 0) == 0
    assert progress.dispositions == {"PTP": len(caller.dialled_at)}
    with pytest.raises(RefusedError):
        world.service.resume(campaign)


async def test_the_kill_switch_halts_everything_at_once(world: World) -> None:
    caller = FileCaller(world.folder / "rings", world.clock)
    world.service.set_kill_switch(True)
    campaign = world.campaign(3)
    assert {f.decision.code for f in world.service.dry_run(campaign).skipped} == {"kill_switch"}
    async with world.running(caller) as runner:
        running = asyncio.create_task(runner.run(campaign))
        await asyncio.sleep(0.2)
        assert not caller.dialled_at
        world.service.set_kill_switch(False)
        assert await running == "done"
    assert world.service.progress(campaign).dispositions == {"PTP": 3}


async def test_an_opt_out_holds_in_every_campaign(world: World) -> None:
    caller = FileCaller(
        world.folder / "rings",
        world.clock,
        lambda job: CallOutcome("HARDSHIP", opted_out=True, opt_out_text="đừng gọi nữa"),
    )
    first, second = world.campaign(1), world.campaign(2, "transactional")
    async with world.running(caller) as runner:
        await runner.run(first)
        assert world.store.opted_out(DEFAULT_BUSINESS, ["+84900000000"]) == {"+84900000000"}
        assert [f.decision.code for f in world.service.dry_run(second).skipped] == ["opted_out"]
        await runner.run(second)
    assert world.service.progress(second).contacts == {"skipped": 1, "done": 1}
    assert world.service.contacts(second)[0].disposition_details == {"reason": "opted_out"}
    assert caller.rings_by_phone() == {"+84900000000": 1, "+84900000001": 1}


async def test_a_wrong_number_is_not_called_by_the_next_campaign(world: World) -> None:
    caller = FileCaller(world.folder / "rings", world.clock, lambda job: CallOutcome("WRONG_NUMBER", answered=True))
    async with world.running(caller) as runner:
        await runner.run(world.campaign(1))
        second = world.campaign(1)
        await runner.run(second)
    assert world.service.contacts(second)[0].disposition_details == {"reason": "suppressed"}


async def test_a_promise_keeps_the_next_campaign_waiting(world: World) -> None:
    caller = FileCaller(world.folder / "rings", world.clock, lambda job: CallOutcome("PTP", {"date": "2026-11-18"}))
    async with world.running(caller) as runner:
        await runner.run(world.campaign(1))
        second = world.campaign(1)
        [foreseen] = world.service.dry_run(second).waiting
        assert foreseen.decision.code == "promised"
        await runner.run(second)
    assert vietnam_time(caller.dialled_at[1]).strftime("%d %H:%M") == "19 08:00"


async def test_daily_caps_count_over_campaigns_but_not_what_never_rang(world: World) -> None:
    caller = FileCaller(world.folder / "rings", world.clock, lambda job: CallOutcome("REFUSE_PAY"))
    silent = FileCaller(world.folder / "silent", world.clock, lambda job: CallOutcome("REFUSE_PAY", rang=False))
    async with world.running(silent) as runner:
        for _ in range(4):
            await runner.run(world.campaign(1))
    async with world.running(caller) as runner:
        for _ in range(4):
            await runner.run(world.campaign(1))
    days = [vietnam_time(moment).strftime("%d %H") for moment in caller.dialled_at]
    assert days == ["16 09", "16 09", "16 09", "17 08"]


async def test_a_call_that_breaks_does_not_break_the_campaign(world: World) -> None:
    class BrokenCaller(FileCaller):
        async def call(self, job: CallJob) -> CallOutcome:
            if job.phone.endswith("1") and job.attempt_number == 1:
                self._note({"key": job.attempt_id, "phone": job.phone})
                raise RuntimeError("voice is broken")
            return await super().call(job)

    caller = BrokenCaller(world.folder / "rings", world.clock)
    campaign = world.campaign(3)
    async with world.running(caller) as runner:
        await runner.run(campaign)
    assert world.service.progress(campaign).dispositions == {"PTP": 3}
    broken = world.service.attempts(world.service.contacts(campaign)[1].id)
    assert [attempt.outcome for attempt in broken] == ["TECH_ERROR", "PTP"]


async def test_two_campaigns_at_once(world: World) -> None:
    caller = FileCaller(world.folder / "rings", world.clock)
    campaigns = [world.campaign(5, concurrency=2), world.campaign(5, "transactional", concurrency=2)]
    async with world.running(caller) as runner:
        assert await asyncio.gather(*(runner.run(campaign) for campaign in campaigns)) == ["done", "done"]
    assert set(caller.rings_by_phone().values()) == {2}
    assert caller.most_active <= 4


async def test_only_one_runner_per_database(world: World) -> None:
    caller = FileCaller(world.folder / "rings", world.clock)
    async with world.running(caller):
        with pytest.raises(ConfigurationError, match="tiến trình khác"):
            Ownership(world.store.engine).acquire()
        code = "import sys, sqlite3; sqlite3.connect(sys.argv[1], timeout=0).execute('BEGIN EXCLUSIVE')"
        other = [sys.executable, "-c", code, str(world.folder / "alo.db.runner")]
        locked = await asyncio.to_thread(subprocess.run, other, capture_output=True, text=True)
        assert "locked" in locked.stderr
    again = Ownership(world.store.engine)
    again.acquire()
    again.release()


async def test_a_broken_workflow_file_is_told_and_can_be_replaced(world: World) -> None:
    broken = world.folder / "workflows.db"
    broken.write_text("this is no database " * 100)
    caller = FileCaller(world.folder / "rings", world.clock)
    with pytest.raises(ConfigurationError, match="quy trình gọi"):
        async with world.running(caller):
            pass
    broken.unlink()
    campaign = world.campaign(1)
    async with world.running(caller) as runner:
        assert await runner.run(campaign) == "done"


# The service


def test_a_purpose_is_needed_and_contacts_too(world: World) -> None:
    row = ContactRow("+84900000001", "An")
    with pytest.raises(RefusedError, match="mục đích"):
        world.service.create(NewCampaign("x", "", "payment_reminder"), [row])
    with pytest.raises(InputError, match="liên hệ"):
        world.service.create(NewCampaign("x", "collection", "payment_reminder"), [])
    for settings in ({"concurrency": 0}, {"windows": (("9h", "10h"),)}, {"weekdays": (0,)}):
        new = NewCampaign("x", "collection", "f", settings=CampaignSettings(**settings))  # type: ignore[arg-type]
        with pytest.raises(InputError):
            world.service.create(new, [row])
    assert world.service.campaigns() == []


def test_nothing_is_half_imported(world: World) -> None:
    rows = [ContactRow("+84900000001", "An"), ContactRow("+84900000001", "An lần nữa")]
    with pytest.raises(InputError, match="trùng"):
        world.service.create(NewCampaign("x", "collection", "payment_reminder"), rows)
    assert world.service.campaigns() == []


def test_settings_survive_the_database(world: World) -> None:
    settings = CampaignSettings(windows=(("09:00", "11:00"),), weekdays=(1, 2), daily_cap=1, caller_id="1900")
    campaign = world.service.create(
        NewCampaign("x", "collection", "f", settings=settings), [ContactRow("+84900000001", "An")]
    )
    stored = world.service.campaign(campaign).settings
    assert CampaignSettings.from_json({**stored, "from_the_future": 1}) == settings


def test_dry_run_tells_who_is_called_who_waits_and_who_is_skipped(world: World) -> None:
    rows = [ContactRow(f"+8490000000{n}", f"Khách {n}", row_number=n + 2) for n in range(3)]
    world.store.opt_out(DEFAULT_BUSINESS, "+84900000001", MONDAY_9AM, "voice")
    settings = CampaignSettings(windows=(("10:00", "11:00"),))
    early = world.service.create(NewCampaign("x", "collection", "f", settings=settings), rows)
    report = world.service.dry_run(early)
    assert [(f.row_number, f.decision.code) for f in report.contacts] == [(2, "hours"), (3, "opted_out"), (4, "hours")]
    assert (len(report.allowed), len(report.waiting), len(report.skipped)) == (0, 2, 1)
    with world.store.read() as session:
        assert session.scalars(select(GateDecision)).all() == [], "a look ahead is no decision"


def test_status_moves_only_as_it_may(world: World) -> None:
    campaign = world.service.create(NewCampaign("x", "collection", "f"), [ContactRow("+84900000001", "An")])
    with pytest.raises(RefusedError):
        world.service.pause(campaign)
    world.service.launch(campaign)
    with pytest.raises(RefusedError):
        world.service.launch(campaign)
    world.service.pause(campaign)
    world.service.resume(campaign)
    world.service.stop(campaign)
    with pytest.raises(InputError, match="Không có chiến dịch"):
        world.service.launch("cmp_unknown")
