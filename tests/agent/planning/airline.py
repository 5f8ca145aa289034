"""A caller of the sample airline for tests: the real flow, brain and tools, and what happens behind the scenes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from agent.conversation import Channel, Conversation
from agent.flows.model import Flow
from agent.turns import BotTurn, CustomerTurn, Disposition, HangUp, SendMessage, Transfer
from memory import events
from tests.agent.talk import embedded
from tests.agent.talk import flows as shipped
from tools import ToolRegistry
from tools.database import ToolDatabase
from tools.samples.flights.places import place_of
from tools.samples.flights.seed import fill_flight
from tools.samples.flights.tables import Booking, TakenSeat
from tools.samples.gateway import pretend_payment
from tools.samples.services import Samples

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
PHONE = "+84900000001"
FACTS: Mapping[str, Any] = {
    "name": "Nguyễn Văn Hùng", "gender": "male", "region": "north", "birth_year": 1985, "phone": PHONE,
    "booking_code": "482913", "company": "Hàng không Sao Mai",
}  # fmt: skip


class Caller:
    """One conversation with the hotline."""

    def __init__(
        self,
        channel: Channel = "voice",
        tools: ToolRegistry | None = None,
        flow: str = "flight_change",
        seed: str = "test",
        flows: Mapping[str, Flow] | None = None,
        **facts: Any,
    ) -> None:
        self.samples = Samples(ToolDatabase.temporary())
        self.events: list[tuple[str, Mapping[str, Any]]] = []
        self.turns: list[BotTurn] = []
        self.conversation = Conversation(
            (flows or shipped())[flow], {**FACTS, **facts}, embedded(),
            tools or self.samples.registry(PHONE, lambda: NOW),
            lambda kind, _, data: self.events.append((kind, dict(data))), NOW, channel, seed=seed, flows=flows or {},
        )  # fmt: skip

    async def start(self) -> Caller:
        self.turns.append(await self.conversation.start())
        return self

    async def say(self, *lines: str) -> str:
        """Says them one after the other; the last answer."""
        for line in lines:
            assert not self.over, f"over before “{line}”: {self.turns[-1].text}"
            self.turns.append(await self.conversation.on_customer(CustomerTurn(line, at_ms=1000 * len(self.turns))))
        return self.turns[-1].text

    @property
    def over(self) -> bool:
        return any(isinstance(act, HangUp | Transfer) for act in self.turns[-1].acts)

    @property
    def disposition(self) -> Disposition:
        found = self.conversation.disposition
        assert found is not None
        return found

    @property
    def messages(self) -> list[str]:
        return [act.text for turn in self.turns for act in turn.acts if isinstance(act, SendMessage)]

    @property
    def called(self) -> list[str]:
        """Tools that did something, those taken back with a minus."""
        done = [data for kind, data in self.events if kind == events.TOOL_CALLED and data["ok"]]
        return [("-" if data["undo"] else "") + str(data["tool"]) for data in done]

    def known(self, name: str) -> Any:
        return self.conversation.known[name]

    def pays(self, outcome: str = "paid") -> None:
        pretend_payment(self.samples.desk(lambda: NOW), self.known("payment"), outcome)  # type: ignore[arg-type]

    def fills(self, flight: str) -> None:
        """Strangers buy every place that is left."""
        with self.samples.database.write() as session:
            fill_flight(session, flight)

    def place(self) -> tuple[str, str | None]:
        """(flight, seat) of the booking, held ones counted."""
        with self.samples.database.read() as session:
            booking = session.get_one(Booking, "482913")
            flight = place_of(session, booking).flight.id
            seats = session.query(TakenSeat).filter_by(booking="482913", flight_id=flight).all()
            return flight, seats[0].seat if seats else None
