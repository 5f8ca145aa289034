"""Conversations of synthetic customers, replayed from what was written down, give the same commands and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agent.turns import BotTurn, CustomerTurn
from app.agents import Agents
from app.rehearse import Events, Watched, conversation_of, paying_customer, with_own_tools
from memory import events
from telephony.simulator.scenarios import Play, scenario_flows, scenarios_of
from telephony.simulator.textplay import play as play_text

_EVERY = 20


class Recorded(Watched):
    """Writes down what happened to the conversation, in order."""

    def __init__(self, inner: Any) -> None:
        super().__init__(inner)
        self.happened: list[tuple[str, Any]] = []
        self.said: list[str] = []

    async def on_customer(self, turn: CustomerTurn) -> BotTurn:
        self.happened.append(("said", turn))
        return await super().on_customer(turn)

    async def on_silence(self, count: int) -> BotTurn:
        self.happened.append(("silent", count))
        return await super().on_silence(count)

    async def on_hangup(self) -> None:
        self.happened.append(("gone", None))
        await super().on_hangup()

    def _note(self, turn: BotTurn) -> BotTurn:
        self.said.append(turn.text)
        return super()._note(turn)


def kept(log: Events) -> list[tuple[str, int, Mapping[str, Any]]]:
    return [(kind, at, {k: v for k, v in data.items() if k != "duration_ms"}) for kind, at, data in log.all]


def _plays() -> Sequence[Play]:
    flows = [flow for flow in scenario_flows() if flow != "flight_change"]  # there customers pay on the way
    return [play for flow in flows for play in scenarios_of(flow)][::_EVERY]


async def test_many_conversations_replayed_give_the_same_commands(agents: Agents) -> None:
    plays = _plays()
    assert len(plays) >= 10
    understood = 0
    for play in plays:
        log, own = Events(), with_own_tools(agents)
        talk = Recorded(conversation_of(own, play, log))
        await play_text(talk, paying_customer(own, play, talk._inner))
        again = Events()
        second = Recorded(conversation_of(with_own_tools(agents), play, again))
        await second.start()
        for what, given in talk.happened:
            if what == "said":
                await second.on_customer(given)
            elif what == "silent":
                await second.on_silence(given)
            else:
                await second.on_hangup()
        assert kept(again) == kept(log), play.id
        assert second.said == talk.said, play.id
        understood += len(log.of(events.UNDERSTOOD))
    assert understood > 3 * len(plays)
