"""All sample services over one database; every conversation gets tools bound to its own customer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final, Protocol

from tools.database import ToolDatabase
from tools.registry import ToolRegistry
from tools.samples.appointments import Appointments
from tools.samples.crm import Crm, seed_crm
from tools.samples.desk import Bound, Desk, Seeder, system_now
from tools.samples.faq import Faq, seed_faq
from tools.samples.flights.seed import seed_flights
from tools.samples.flights.service import Flights
from tools.samples.orders import Orders, seed_orders
from tools.samples.payments import Payments
from tools.sql_ledger import SqlLedger
from tools.tool import Tool


class Service(Protocol):
    """One sample, bound to a customer."""

    def tools(self) -> list[Tool]: ...


SERVICES: Final[Mapping[str, Callable[[Desk, Bound], Service]]] = MappingProxyType(
    {
        "appointments": Appointments,
        "crm": Crm,
        "faq": Faq,
        "flights": Flights,
        "orders": Orders,
        "payments": Payments,
    }
)
"""By the name that a tools file uses."""


@dataclass(slots=True)
class Samples:
    """The sample business; one per process."""

    database: ToolDatabase
    names: Collection[str] = tuple(SERVICES)
    seeder: Seeder = field(default_factory=lambda: Seeder((seed_crm, seed_faq, seed_flights, seed_orders)))

    def desk(self, now: Callable[[], datetime] = system_now) -> Desk:
        """The samples at the time that ``now`` (aware) tells."""
        return Desk(self.database, now, self.seeder)

    def tools_for(self, bound: Bound, now: Callable[[], datetime] = system_now) -> list[Tool]:
        """Every sample tool of one customer."""
        desk = self.desk(now)
        return [each for name in self.names for each in SERVICES[name](desk, bound).tools()]

    def registry(self, account: str, now: Callable[[], datetime] = system_now) -> ToolRegistry:
        """The sample tools alone, for tests and rehearsals; "" is a caller nobody knows yet."""
        tools = self.tools_for(Bound(account), now)
        return ToolRegistry.of(tools, account=account, ledger=SqlLedger(self.database), now=now)
