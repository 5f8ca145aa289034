from __future__ import annotations

from datetime import timedelta

from campaigns.caller import CallJob, CallOutcome
from tests.campaigns.helpers import MONDAY_9AM, FileCaller, World


async def test_everybody_is_called_once_and_gets_a_disposition(world: World) -> None:
    caller = FileCaller(world.folder / "rings", world.clock)
    campaign = world.campaign(12, concurrency=4, dials_per_second=1)
    async with world.running(caller) as runner:
        assert await runner.run(campaign) == "done"
    progress = world.service.progress(campaign)
    assert (progress.status, progress.dispositions, progress.attempts) == ("done", {"PTP": 12}, 12)
    assert set(caller.rings_by_phone().values()) == {1}
    assert caller.most_active <= 4
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
    assert [attempt.outcome for attempt in world.service.attempts(first.id)] == ["NO_ANSWER", "NO_ANSWER", "PTP"]
    assert world.clock.now() > MONDAY_9AM + timedelta(hours=8)
