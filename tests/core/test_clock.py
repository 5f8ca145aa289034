import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from core.clock import SystemClock, VirtualClock, vietnam_time

START = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


async def test_virtual_sleepers_wake_in_order_of_their_time() -> None:
    clock = VirtualClock(START)
    woken: list[int] = []

    async def sleeper(minutes: int) -> None:
        await clock.sleep_until(START + timedelta(minutes=minutes))
        woken.append(minutes)

    async with asyncio.TaskGroup() as group:
        for minutes in (30, 10, 20):
            group.create_task(sleeper(minutes))
        await asyncio.sleep(0)
        assert clock.skip_to_next()
        assert clock.now() == START + timedelta(minutes=10)
        clock.advance(20 * 60)
    assert sorted(woken) == [10, 20, 30]
    assert not clock.skip_to_next()


async def test_a_time_already_past_does_not_wait() -> None:
    clock = VirtualClock(START)
    await clock.sleep_until(START - timedelta(hours=1))
    await SystemClock().sleep_until(START - timedelta(days=3650))


def test_virtual_clock_refuses_naive_times() -> None:
    with pytest.raises(ValueError, match="aware"):
        VirtualClock(datetime(2026, 1, 1))


def test_vietnam_is_seven_hours_ahead_all_year() -> None:
    for month in (1, 7):
        assert vietnam_time(datetime(2026, month, 1, tzinfo=UTC)).hour == 7
