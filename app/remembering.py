"""What the agent is given of earlier conversations when a new one begins: read off the event loop, within a budget."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from memory import events
from memory.events import Emit
from memory.remembered import NOTHING, Remembered
from memory.store import Store

BUDGET_S: Final = 1.0
"""Nobody waits longer for a database that does not answer; the phone has not rung yet, the chat not begun."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """What came of recalling; ``tell`` writes it into the conversation's record once it has begun."""

    remembered: Remembered = NOTHING
    away: bool = False
    """the database did not answer, so the agent knows nothing of earlier conversations"""

    def tell(self, emit: Emit) -> None:
        found = self.remembered
        if self.away:
            emit(events.FAILED, 0, {"component": "memory", "error": "database_away"})
        elif found.last_conversation or found.facts():
            data = {"facts": sorted(found.facts()), "stopped": sorted(found.stopped)}  # names; values are elsewhere
            emit(
                events.RECALLED,
                0,
                {**data, "conversation": found.last_conversation, "open_elsewhere": found.elsewhere},
            )


async def recall(
    store: Store, customer_id: str | None, flow: str, now: datetime, *, besides: str, budget_s: float = BUDGET_S
) -> Recalled:
    """For the conversation ``besides``, which is about to begin. Never raises for the database's sake."""
    if customer_id is None:
        return Recalled()
    try:
        async with asyncio.timeout(budget_s):
            return Recalled(await asyncio.to_thread(store.remembered, customer_id, flow, now, besides=besides))
    except (SQLAlchemyError, TimeoutError):
        return Recalled(away=True)
