"""The sample services with a time that tests move, and one customer's tools."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tools.database import ToolDatabase
from tools.registry import ToolRegistry, ToolResult
from tools.samples.desk import Bound
from tools.samples.flights.places import free_places
from tools.samples.flights.tables import Booking, Flight
from tools.samples.services import Samples
from tools.sql_ledger import SqlLedger

HUNG, MAI = "+84900000001", "+84900000002"
START = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


class Office:
    """Every call is verified and has a key of its own unless told otherwise."""

    def __init__(self, database: ToolDatabase | None = None, known: Mapping[str, Any] | None = None) -> None:
        self.known = known or {}
        self.now = START
        self.samples = Samples(database or ToolDatabase.temporary())
        self.desk = self.samples.desk(self.clock)
        self.calls = 0

    def clock(self) -> datetime:
        return self.now

    def tools(self, account: str = HUNG) -> ToolRegistry:
        tools = self.samples.tools_for(Bound(account, self.known), self.clock)
        ledger = SqlLedger(self.samples.database)
        return ToolRegistry.of(tools, account=account, ledger=ledger, now=self.clock, sleep=_no_pause)

    async def call(self, name: str, account: str = HUNG, key: str | None = None, **arguments: Any) -> ToolResult:
        self.calls += 1
        return await self.tools(account).call(name, arguments, key or f"k{self.calls}", verified=True)

    async def value(self, name: str, account: str = HUNG, **arguments: Any) -> Any:
        result = await self.call(name, account, **arguments)
        assert result.ok, (result.error, result.detail)
        return result.value

    def free(self, flight: str, cabin: str = "economy") -> int:
        with self.samples.database.read() as session:
            return free_places(session, session.get_one(Flight, flight), cabin)

    def booking(self, code: str = "482913") -> Booking:
        with self.samples.database.read() as session:
            return session.get_one(Booking, code)

    async def dearer(self, day: date = date(2026, 11, 28)) -> dict[str, Any]:
        """A flight that costs more than the one booked."""
        for n in range(20):
            rows = await self.value("search_flights", booking="482913", new_date=day + timedelta(days=n))
            for row in rows:
                if row["fare_difference"] > 0:
                    return dict(row)
        raise AssertionError("no dearer flight")


async def _no_pause(_: float) -> None:
    """Back-off costs no time in tests."""
