"""All sample services over one database; every conversation gets tools bound to its own customer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from tools.database import ToolDatabase
from tools.registry import ToolRegistry
from tools.samples.desk import Bound, Desk, system_now
from tools.samples.flights.seed import seed_flights
from tools.samples.flights.service import Flights
from tools.samples.payments import Payments
from tools.sql_ledger import SqlLedger
from tools.tool import Tool


@dataclass(frozen=True, slots=True)
class Samples:
    """The sample business. ``open`` it once per process."""

    database: ToolDatabase
    desk: Desk

    @classmethod
    def open(cls, database: ToolDatabase, now: Callable[[], datetime] = system_now) -> Samples:
        """With made-up customers added where they are missing. ``now`` is aware."""
        with database.write() as session:
            seed_flights(session, now())
        return cls(database, Desk(database, now))

    def tools_for(self, bound: Bound) -> list[Tool]:
        """Every sample tool of one customer."""
        parts = (Flights(self.desk, bound), Payments(self.desk, bound))
        return [each for part in parts for each in part.tools()]

    def registry(self, account: str) -> ToolRegistry:
        """The sample tools alone, for tests and rehearsals; "" is a caller nobody knows yet."""
        return ToolRegistry.of(
            self.tools_for(Bound(account)), account=account, ledger=SqlLedger(self.database), now=self.desk.now
        )
