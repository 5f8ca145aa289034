"""The flight request by telephone: sound in, sound out, with a full flight, a change of mind and a failed payment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.conversation import Conversation
from app import rehearse_audio
from app.agents import Agents
from app.rehearse import conversation_of, on_text
from telephony.simulator.scenarios import Play, load_scenarios
from telephony.simulator.verdict import Outcome
from tools.samples.flights.seed import fill_flight

_SCENARIO = Path(__file__).with_name("troubles.yaml")
_IN_ORDER = ["find_booking", "search_flights", "rebook", "list_seats", "rebook", "search_flights", "rebook",
             "list_seats", "choose_seat", "lookup_invoice", "create_payment", "payment_status", "create_payment",
             "create_payment", "payment_status"]  # fmt: skip


def _sold_out(agents: Agents, play: Any, emit: Any) -> Conversation:
    """The conversation of a scenario; somebody takes the last places of the first flight that is chosen."""
    conversation = conversation_of(agents, play, emit)
    registry = conversation.tools
    real, first = registry.tools["rebook"], [True]

    def instead(**arguments: Any) -> Mapping[str, Any]:
        if first.pop() if first else False:
            with agents.toolbox.samples.database.write() as session:
                fill_flight(session, arguments["flight"])
        found: Mapping[str, Any] = real.call(**arguments)
        return found

    registry.tools["rebook"] = replace(real, call=instead)
    return conversation


def _everything() -> Play:
    return next(play for play in load_scenarios(_SCENARIO) if play.id == "everything")


def _right(outcome: Outcome) -> None:
    assert outcome.ok, (outcome.failures, [f"{line.role}: {line.text}" for line in outcome.happened.lines])
    tools = [tool for tool in outcome.happened.tools if tool != "search_flights"]
    assert tools == [tool for tool in _IN_ORDER if tool != "search_flights"]
    assert any("vừa hết chỗ" in line.text for line in outcome.happened.lines)


async def test_on_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.rehearse.conversation_of", _sold_out)
    _right(await on_text(Agents.load("Hàng không Sao Mai"), _everything()))


@pytest.mark.slow
async def test_on_audio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearse_audio, "conversation_of", _sold_out)
    play = _everything()
    (outcome,) = await rehearse_audio.on_audio(Agents.load("Hàng không Sao Mai"), [play])
    _right(outcome)
