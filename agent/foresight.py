"""A likely turn understood before it is over: started in the customer's silence, dropped for free when they go on.

Only the reading is made ahead. A brain reads words and knows no effects; flow, tools, memory and events are told
nothing until the turn is really taken. Worth it where a reading takes long, that is with a language model.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from agent.brain.base import Brain, Context, Understanding
from agent.turns import CustomerTurn


@dataclass(slots=True)
class _Ahead:
    text: str
    context: Context
    reading: asyncio.Task[Understanding]


class Foresight:
    """One conversation's. At most one reading is under way."""

    def __init__(self, brain: Brain) -> None:
        self._brain = brain
        self._ahead: _Ahead | None = None

    @property
    def worthwhile(self) -> bool:
        """Does the brain take its time?"""
        return getattr(self._brain, "slow", False) is True

    def begin(self, turn: CustomerTurn, context: Context) -> None:
        """Read ``turn`` now, in case it is all. Call inside an event loop; another reading under way is dropped."""
        if not self.worthwhile or not turn.text:
            return
        if self._ahead is not None and self._ahead.text == turn.text and self._ahead.context == context:
            return
        self.drop()
        reading = asyncio.get_running_loop().create_task(_read(self._brain, turn, context))
        self._ahead = _Ahead(turn.text, context, reading)

    async def read(self, turn: CustomerTurn, context: Context) -> Understanding:
        """What the turn says: the reading made ahead if it is of the same words and the brain itself made it."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead.text == turn.text and ahead.context == context:
            understood = await ahead.reading
            if not understood.fallback:
                return understood
        elif ahead is not None:
            ahead.reading.cancel()
        return await self._brain.understand(turn, context)

    def drop(self) -> None:
        """The customer goes on, or hangs up."""
        if self._ahead is not None:
            self._ahead.reading.cancel()
            self._ahead = None


async def _read(brain: Brain, turn: CustomerTurn, context: Context) -> Understanding:
    return await brain.understand(turn, context)
