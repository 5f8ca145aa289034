"""How fast new calls may be started. Pure: times in, times out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol


class Pacer(Protocol):
    """Spreads dials over time."""

    def ready_at(self, now: datetime) -> datetime:
        """When the next dial may start; ``now`` or earlier means at once."""
        ...

    def dialled(self, now: datetime) -> None:
        """A dial started."""
        ...


class SteadyPacer:
    """At most ``per_second`` dials, evenly spaced: carriers drop bursts. After a pause nothing is made up for."""

    def __init__(self, per_second: float) -> None:
        self._gap = timedelta(seconds=1 / per_second)
        self._next: datetime | None = None

    def ready_at(self, now: datetime) -> datetime:
        return now if self._next is None else self._next

    def dialled(self, now: datetime) -> None:
        # Counting from the planned time keeps the rate exact although the loop wakes a little late.
        planned = self._next if self._next is not None and now - self._next < self._gap else now
        self._next = planned + self._gap
