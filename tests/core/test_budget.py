"""A time limit over code that cancels in its own way."""

from __future__ import annotations

import asyncio

import pytest

from core.budget import within


class OwnCancelledError(asyncio.CancelledError):
    """As wait_for2 has one."""


async def _stalls() -> None:
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError as error:
        raise OwnCancelledError from error


async def test_a_library_s_own_cancellation_is_a_timeout() -> None:
    with pytest.raises(TimeoutError):
        async with within(0):
            await _stalls()


async def test_cancelled_from_outside_stays_cancelled() -> None:
    async def limited() -> None:
        async with within(60):
            await _stalls()

    task = asyncio.create_task(limited())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_is_done_in_time_passes() -> None:
    async with within(60):
        done = True
    assert done
