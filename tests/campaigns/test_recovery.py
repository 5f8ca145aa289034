"""Every point at which a process can die, made by hand: all that is left is what ledger and carrier know."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from campaigns.caller import CallJob, CallOutcome
from campaigns.gate import Gate
from campaigns.ledger import Ledger
from campaigns.ownership import Ownership
from core.errors import CarrierError, ConfigurationError
from memory import events
from memory.conversations import ConversationStart
from memory.store import DEFAULT_BUSINESS
from tests.campaigns.helpers import FileCaller, World, soon


def die_after_intent(world: World, campaign: str) -> CallJob:
    """The intent is committed, then the process is gone."""
    job = Ledger(world.store, Gate()).claim(campaign, world.clock.now()).job
    assert job is not None
    return job


def outcomes(world: World, job: CallJob) -> list[tuple[str, str | None]]:
    return [(attempt.state, attempt.outcome) for attempt in world.service.attempts(job.contact_id)]


async def run_on(world: World, campaign: str, caller: FileCaller) -> None:
    async with world.running(caller) as runner:
        assert await runner.run(campaign) == "done"


async def test_an_intent_that_never_reached_the_carrier_is_dialled_once(world: World) -> None:
    caller = FileCaller(world.folder / "rings", world.clock)
    campaign = world.campaign(3)
    job = die_after_intent(world, campaign)
    await run_on(world, campaign, caller)
    assert outcomes(world, job) == [("done", "PTP")]
    assert caller.rings()[job.attempt_id] == 1
    assert set(caller.rings_by_phone().values()) == {1}


async def test_a_phone_that_rang_is_not_dialled_again_for_the_same_attempt(world: World) -> None:
    caller = FileCaller(world.folder / "rings", world.clock)
    campaign = world.campaign(1)
    job = die_after_intent(world, campaign)
    caller.path.write_text(json.dumps({"key": job.attempt_id, "phone": job.phone}) + "\n")
    await run_on(world, campaign, caller)
    assert outcomes(world, job) == [("unknown", "TECH_ERROR"), ("done", "PTP")]
    assert set(caller.rings().values()) == {1}
    [first, second] = world.service.attempts(job.contact_id)
    assert first.ended_at is not None
    assert second.intent_at >= first.ended_at + timedelta(minutes=15), "a new attempt, by the retry rule"


async def test_a_result_the_carrier_knows_is_taken_over(world: World) -> None:
    caller = FileCaller(world.folder / "rings", world.clock)
    campaign = world.campaign(1)
    job = die_after_intent(world, campaign)
    lines = [{"key": job.attempt_id, "phone": job.phone}, {"result": job.attempt_id, "code": "PAID"}]
    caller.path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    await run_on(world, campaign, caller)
    assert outcomes(world, job) == [("done", "PAID")]


async def test_what_the_conversation_recorded_before_the_crash_counts(world: World) -> None:
    class RecordedCaller(FileCaller):
        async def lookup(self, attempt_id: str) -> CallOutcome | None:
            return CallOutcome("TECH_ERROR", conversation_id="conv_1", unknown=True)

    campaign = world.campaign(1)
    job = die_after_intent(world, campaign)
    world.store.begin_conversation(ConversationStart("conv_1", "voice", "outbound", world.clock.now()))
    emit = world.store.emitter("conv_1", world.clock.now)
    emit(events.OPT_OUT, 1000, {"scope": "all"})
    emit(events.DISPOSITION, 2000, {"code": "REFUSE_PAY", "details": {}})
    world.store.flush()
    await run_on(world, campaign, RecordedCaller(world.folder / "rings", world.clock))
    assert outcomes(world, job) == [("done", "REFUSE_PAY")]
    assert world.store.opted_out(DEFAULT_BUSINESS, [job.phone]) == {job.phone}


async def test_the_record_of_an_interrupted_conversation_is_ended(world: World) -> None:
    class RecordedCaller(FileCaller):
        async def lookup(self, attempt_id: str) -> CallOutcome | None:
            return CallOutcome("TECH_ERROR", conversation_id="conv_1", unknown=True)

    campaign = world.campaign(1, max_attempts=1)
    die_after_intent(world, campaign)
    world.store.begin_conversation(ConversationStart("conv_1", "voice", "outbound", world.clock.now()))
    world.store.emitter("conv_1", world.clock.now)(events.CALL_RINGING, 1000, {})
    world.store.flush()
    await run_on(world, campaign, RecordedCaller(world.folder / "rings", world.clock))
    world.store.flush()
    assert [event.type for event in world.store.events("conv_1")] == [
        events.CALL_RINGING,
        events.FAILED,
        events.DISPOSITION,
    ]
    conversation = world.store.conversation("conv_1")
    assert conversation is not None
    assert conversation.disposition == "TECH_ERROR"
    assert conversation.ended_at is not None
    assert world.service.progress(campaign).dispositions == {"TECH_ERROR": 1}


@pytest.mark.parametrize("ending", ["pause", "stop"])
async def test_an_undialled_intent_of_a_paused_or_stopped_campaign_is_released(world: World, ending: str) -> None:
    caller = FileCaller(world.folder / "rings", world.clock)
    campaign = world.campaign(1)
    job = die_after_intent(world, campaign)
    getattr(world.service, ending)(campaign)
    async with world.running(caller) as runner:
        await asyncio.wait_for(runner.reconciled(), 20)
    assert outcomes(world, job) == [("released", None)]
    assert caller.rings() == {}
    [contact] = world.service.contacts(campaign)
    assert (contact.status, contact.attempts_made) == ("waiting", 0)


async def test_an_undialled_intent_is_released_when_the_hours_are_over(world: World) -> None:
    caller = FileCaller(world.folder / "rings", world.clock)
    campaign = world.campaign(1)
    job = die_after_intent(world, campaign)
    world.clock.advance(14 * 3600)  # 23:00
    await run_on(world, campaign, caller)
    assert outcomes(world, job) == [("released", None), ("done", "PTP")]
    assert caller.dialled_at[0].hour == 1, "08:00 in Vietnam"


async def test_a_carrier_that_cannot_tell_is_asked_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("campaigns.runner._CARRIER_AWAY_S", 0.01)

    class AwayCaller(FileCaller):
        asked = 0

        async def lookup(self, attempt_id: str) -> CallOutcome | None:
            self.asked += 1
            if self.asked < 3:
                raise CarrierError("nhà mạng không trả lời", "the carrier does not answer")
            return await super().lookup(attempt_id)

    caller = AwayCaller(world.folder / "rings", world.clock)
    campaign = world.campaign(1)
    job = die_after_intent(world, campaign)
    await run_on(world, campaign, caller)
    assert caller.asked == 3
    assert outcomes(world, job) == [("done", "PTP")]


async def test_a_database_that_fails_for_a_while_forgets_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("campaigns.runner._CARRIER_AWAY_S", 0.01)
    failures = iter(range(3))
    finish = Ledger.finish

    def failing(ledger: Ledger, attempt_id: str, outcome: CallOutcome, now: datetime) -> None:
        if next(failures, None) is not None:
            raise OperationalError("COMMIT", {}, Exception("disk is full"))
        finish(ledger, attempt_id, outcome, now)

    monkeypatch.setattr(Ledger, "finish", failing)
    caller = FileCaller(world.folder / "rings", world.clock)
    campaign = world.campaign(2)
    await run_on(world, campaign, caller)
    assert world.service.progress(campaign).dispositions == {"PTP": 2}
    assert set(caller.rings_by_phone().values()) == {1}


async def test_closing_in_the_middle_of_calls_is_like_a_crash(world: World) -> None:
    class EndlessCaller(FileCaller):
        async def call(self, job: CallJob) -> CallOutcome:
            self._note({"key": job.attempt_id, "phone": job.phone})
            self.active += 1
            await asyncio.Event().wait()
            raise AssertionError

    endless = EndlessCaller(world.folder / "rings", world.clock)
    campaign = world.campaign(2)
    async with world.running(endless) as runner:
        running = asyncio.create_task(runner.run(campaign))
        await soon(lambda: endless.active == 2)
        running.cancel()
    assert [a.state for c in world.service.contacts(campaign) for a in world.service.attempts(c.id)] == ["intended"] * 2

    caller = FileCaller(world.folder / "rings", world.clock)
    await run_on(world, campaign, caller)
    assert set(caller.rings().values()) == {1}
    assert world.service.progress(campaign).dispositions == {"PTP": 2}


async def test_the_same_on_postgresql(tmp_path: Path, postgres: str) -> None:
    world = World(tmp_path, postgres)
    caller = FileCaller(world.folder / "rings", world.clock)
    campaign = world.campaign(4, concurrency=2)
    job = die_after_intent(world, campaign)
    async with world.running(caller) as runner:
        with pytest.raises(ConfigurationError, match="tiến trình khác"):
            Ownership(world.store.engine).acquire()
        assert await runner.run(campaign) == "done"
    world.store.close()
    assert caller.rings()[job.attempt_id] == 1
    assert set(caller.rings_by_phone().values()) == {1}
