"""Guessing at an identity is bounded: in a conversation, over its flows, and over a day's calls and chats."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from agent.conversation import Channel, Conversation
from agent.facts import typed_facts
from agent.flows.engine import Engine
from agent.flows.proofs import LOCKED, MOST_MISSES
from agent.flows.state import State
from agent.several import Several
from agent.turns import CustomerTurn, Transfer
from app.personal_tables import tool_tables
from app.toolbox import Toolbox
from memory import events
from tests.agent.talk import embedded, flows
from tests.postgres import throwaway_postgres
from tools.database import ToolDatabase
from tools.proofs import MOST_A_DAY, WINDOW, ProofGuard

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
FACTS: dict[str, Any] = {
    "name": "Nguyễn Văn Hùng", "gender": "male", "region": "north", "birth_year": 1985, "contract_last4": "4321",
    "amount_due": 2_500_000, "due_date": "2026-11-20", "company": "Tài chính Sao Mai", "phone": "0900000011",
    "period": "tháng 11",
}  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def toolbox(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Toolbox]:
    if request.param == "sqlite":
        yield Toolbox(ToolDatabase.at(f"sqlite:///{tmp_path / 'alo.db'}"))
    else:
        with throwaway_postgres() as url:
            made = Toolbox(ToolDatabase.at(url))
            yield made
            made.database.close()


class Call:
    """One conversation with whoever claims to be Hùng."""

    def __init__(self, toolbox: Toolbox, who: str, at: datetime = NOW, channel: Channel = "voice") -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.talk = Conversation(
            flows()["payment_reminder"], FACTS, embedded(), toolbox.registry(who, FACTS, lambda: at),
            lambda kind, _, data: self.events.append((kind, dict(data))), at, channel, key=who,
            guard=toolbox.guard(who, FACTS, lambda: at),
        )  # fmt: skip

    async def says(self, *lines: str) -> str:
        turn = await self.talk.start()
        for line in lines:
            if self.talk.disposition is None:
                turn = await self.talk.on_customer(CustomerTurn(line))
        self.transferred = any(isinstance(act, Transfer) for act in turn.acts)
        return turn.text

    @property
    def misses(self) -> int:
        return sum(kind == events.IDENTITY_MISSED for kind, _ in self.events)


YES = "đúng rồi anh đây"


async def test_a_day_of_guessing_ends_with_a_person(toolbox: Toolbox) -> None:
    for number, channel in enumerate(("voice", "chat")):
        call = Call(toolbox, f"call{number}", NOW + timedelta(hours=number), channel)  # type: ignore[arg-type]
        await call.says(YES, f"năm 197{number}", f"năm 198{number}")
        await call.talk.on_hangup()
        assert call.misses == 2
    fifth = Call(toolbox, "call3", NOW + timedelta(hours=2))
    await fifth.says(YES, "năm 1966", "anh sinh năm 1985")
    assert (fifth.misses, fifth.talk.verified) == (1, False)  # the fifth wrong one was the last
    assert fifth.transferred
    later = Call(toolbox, "call4", NOW + timedelta(hours=3), "chat")
    assert "nhân viên xác minh" in await later.says(YES)
    assert later.talk.disposition is not None
    assert later.talk.disposition.details["reason"] == "identity_locked"
    next_day = Call(toolbox, "call5", NOW + timedelta(hours=3) + WINDOW)
    await next_day.says(YES, "anh sinh năm 1985")
    assert next_day.talk.verified


async def test_a_guess_in_a_parallel_call_counts_at_once(toolbox: Toolbox) -> None:
    guard = toolbox.guard("other", FACTS, lambda: NOW)
    call = Call(toolbox, "call")
    await call.says(YES)
    for _ in range(MOST_A_DAY):
        await guard.missed()
    turn = await call.talk.on_customer(CustomerTurn("anh sinh năm 1985"))
    assert not call.talk.verified
    assert any(isinstance(act, Transfer) for act in turn.acts)


async def test_tries_in_one_conversation_are_three_whatever_the_proof(toolbox: Toolbox) -> None:
    call = Call(toolbox, "call")
    await call.says(YES, "năm 1971", "năm 1972", "số cuối là 1234", "4321", "anh sinh năm 1985")
    assert call.misses <= MOST_MISSES
    assert not call.talk.verified


def test_another_flow_gives_no_new_tries() -> None:
    shipped = flows()
    several = Several(shipped, FACTS, NOW.date(), 3)
    engine = Engine(shipped["payment_reminder"], typed_facts(shipped["payment_reminder"], FACTS), NOW.date())
    engine.locked = True
    begun = several.begin("bill_enquiry", engine, State(misses=2))
    assert begun is not None
    inner, state = begun
    assert (inner.locked, state.misses) == (True, 2)
    _, back = several.back(dataclasses.replace(state, misses=3))
    assert back.misses == 3


def test_a_lock_bars_every_question_for_a_proof() -> None:
    for name, flow in flows().items():
        if not any(step.verify in ("birth_year", "contract_last4", "booking_code") for step in flow.steps.values()):
            continue
        engine = Engine(flow, typed_facts(flow, {**FACTS, "booking_code": "482913"}, NOW.date()), NOW.date())
        engine.locked = True
        for step in ("ask_birth_year", "ask_last4", "ask_code", "match_birth_year", "match_last4", "match_code"):
            if step in flow.steps:
                assert engine.escalate(engine.start(), step).transfer is not None, (name, step)
        assert LOCKED in flow.steps


async def test_without_its_database_a_conversation_counts_for_itself() -> None:
    def away() -> Any:
        raise OperationalError("SELECT", {}, Exception("connection lost"))

    guard = ProofGuard(ToolDatabase(away), "x", lambda: NOW)
    assert not await guard.locked()
    await guard.missed()


def test_erasure_knows_the_table() -> None:
    assert "tool_identity_misses" in {one.table.name for one in tool_tables()}
    assert "tool_settlements" in {one.table.name for one in tool_tables()}
