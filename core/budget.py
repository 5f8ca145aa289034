"""A time limit that holds whatever the code within it makes of its cancellation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """``asyncio.timeout``, also where a library cancels by a kind of CancelledError of its own. Raises TimeoutError.

    Importing Pipecat replaces ``asyncio.wait_for`` by wait_for2 on Python 3.11; when an answer comes at the very moment
    of its cancellation, that raises a subclass, which ``asyncio.timeout`` of 3.11 lets through (3.12 does not).
    """
    async with asyncio.timeout(seconds):
        try:
            yield
        except asyncio.CancelledError as error:
            if type(error) is asyncio.CancelledError:
                raise
            raise asyncio.CancelledError from error
