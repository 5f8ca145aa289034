"""A scripted customer for tests: plays lines against a conversation and keeps what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from agent.brain.base import Brain
from agent.brain.embedded import EmbeddedBrain
from agent.conversation import Channel, Conversation
from agent.flows.load import shipped_flows
from agent.flows.model import Flow
from agent.turns import BotTurn, CustomerTurn, HangUp, Say, Transfer
from tools.payments import PaymentDesk

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
"""Monday 23 November 2026, ten in the morning in Vietnam."""

FACTS: Mapping[str, Any] = {
    "name": "Nguyễn Văn Hùng", "gender": "male", "region": "north", "birth_year": 1985, "contract_last4": "4321",
    "amount_due": 2_500_000, "due_date": "2026-11-20", "company": "Tài chính Sao Mai",
    "service": "khám răng", "appointment_at": "2026-11-25T09:00", "place": "Phòng khám Hoa Sen",
}  # fmt: skip


@cache
def flows() -> Mapping[str, Flow]:
    return shipped_flows()


@cache
def brain() -> EmbeddedBrain:
    return EmbeddedBrain()


def embedded() -> Brain:
    return brain()


class Talk:
    """One conversation under test."""

    def __init__(
        self, flow: str = "payment_reminder", channel: Channel = "voice", brain: Brain | None = None, **facts: Any
    ) -> None:
        self.events: list[tuple[str, int, Mapping[str, Any]]] = []
        self.desk = PaymentDesk()
        self.turns: list[BotTurn] = []
        self.before_verified: list[Say] = []
        self.conversation = Conversation(
            flows()[flow], {**FACTS, **facts}, brain or embedded(), self.desk.tools_for("a"),
            lambda kind, at_ms, data: self.events.append((kind, at_ms, data)), NOW, channel, seed="test",
        )  # fmt: skip

    async def start(self) -> Talk:
        self._keep(await self.conversation.start())
        return self

    async def say(self, *lines: str) -> Talk:
        for line in lines:
            self._keep(await self.conversation.on_customer(CustomerTurn(line, at_ms=1000 * len(self.turns))))
        return self

    async def press(self, digits: str) -> Talk:
        self._keep(await self.conversation.on_customer(CustomerTurn("", digits=digits)))
        return self

    async def silent(self, *counts: int) -> Talk:
        for count in counts:
            self._keep(await self.conversation.on_silence(count))
        return self

    def _keep(self, turn: BotTurn) -> None:
        self.turns.append(turn)
        if not self.conversation.verified:
            self.before_verified += [act for act in turn.acts if isinstance(act, Say)]

    @property
    def last(self) -> BotTurn:
        return self.turns[-1]

    @property
    def code(self) -> str | None:
        return self.conversation.disposition.code if self.conversation.disposition else None

    @property
    def details(self) -> Mapping[str, Any]:
        return self.conversation.disposition.details if self.conversation.disposition else {}

    @property
    def over(self) -> bool:
        return any(isinstance(act, HangUp | Transfer) for act in self.last.acts)

    def data(self, kind: str) -> list[Mapping[str, Any]]:
        return [data for found, _, data in self.events if found == kind]


async def verified(**facts: Any) -> Talk:
    """A payment call that has got to the question when they will pay."""
    talk = await Talk(**facts).start()
    return await talk.say("đúng rồi anh đây", "anh sinh năm tám lăm")
