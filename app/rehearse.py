"""Rehearsal of a flow: its scenarios on text, in process, through the same conversations that calls have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from agent.conversation import Conversation
from agent.turns import BotTurn, CustomerTurn, Disposition, Say
from app.agents import Agents
from app.flow_files import load_own
from app.services import ChatRequest
from app.toolbox import Toolbox
from campaigns.caller import CallJob
from core.clock import VIETNAM, VirtualClock
from core.logging import get_logger
from core.settings import Settings
from memory import events
from telephony.simulator.scenarios import Play
from telephony.simulator.scripted import ScriptedCustomer
from telephony.simulator.textplay import play as play_text
from telephony.simulator.verdict import Happened, Outcome, judge
from tools.samples.gateway import pretend_payment

_log = get_logger("rehearsal")


class Events:
    """What a conversation emits, kept in memory."""

    def __init__(self) -> None:
        self.all: list[tuple[str, int, Mapping[str, Any]]] = []

    def __call__(self, type_: str, at_ms: int, data: Mapping[str, Any]) -> None:
        self.all.append((type_, at_ms, dict(data)))

    def of(self, type_: str) -> list[Mapping[str, Any]]:
        """Data of all events of one type, in order."""
        return [data for kind, _, data in self.all if kind == type_]


class Watched:
    """A conversation that remembers what it said before it knew who is on the line."""

    def __init__(self, inner: Conversation) -> None:
        self._inner = inner
        self.unverified: list[str] = []

    @property
    def disposition(self) -> Disposition | None:
        return self._inner.disposition

    @property
    def verified(self) -> bool:
        return self._inner.verified

    async def start(self) -> BotTurn:
        return self._note(await self._inner.start())

    async def on_customer(self, turn: CustomerTurn) -> BotTurn:
        return self._note(await self._inner.on_customer(turn))

    async def on_silence(self, count: int) -> BotTurn:
        return self._note(await self._inner.on_silence(count))

    async def on_hangup(self) -> None:
        await self._inner.on_hangup()

    def _note(self, turn: BotTurn) -> BotTurn:
        if not self._inner.verified:
            self.unverified += [words for act in turn.acts if isinstance(act, Say) for words in (act.text, act.spoken)]
        return turn


def agents_for(company: str, settings: Settings, flow_file: Path | None = None) -> Agents:
    """The agents of this process, with a business's own flow among theirs. Raises FlowError."""
    agents = Agents.load(company, settings)
    if flow_file is None:
        return agents
    flow = load_own(flow_file, settings)
    return replace(agents, flows={**agents.flows, flow.name: flow})


def conversation_of(agents: Agents, play: Play, emit: Events) -> Conversation:
    """The agent's side of a scenario."""
    now = call_time(play)
    fields = {"company": play.file.company, **play.contact}
    if play.scenario.channel == "chat":
        request = ChatRequest(play.flow, f"rehearsal/{play.flow}/{play.id}", fields, emit, lambda: 0)
        return agents.for_chat(VirtualClock(now))(request)  # type: ignore[return-value]
    return agents.for_call(job_of(play, fields), emit, now)


def with_own_tools(agents: Agents) -> Agents:
    """The same agents over tables of their own, so that scenarios do not meet and leave nothing behind."""
    return replace(agents, toolbox=Toolbox())


def paying_customer(agents: Agents, play: Play, conversation: Conversation) -> ScriptedCustomer:
    """The customer of a scenario, who can pay by the link that the sample payment service sends."""
    customer = ScriptedCustomer(play)

    def pay(works: bool) -> None:
        payment = conversation.known.get("payment")
        if payment is not None:
            desk = agents.toolbox.samples.desk(lambda: call_time(play))
            pretend_payment(desk, str(payment), "paid" if works else "failed")

    customer.on_pay = pay
    return customer


def job_of(play: Play, fields: Mapping[str, Any]) -> CallJob:
    """The scenario as a campaign's attempt."""
    who = f"rehearsal/{play.flow}/{play.id}"
    return CallJob(
        attempt_id=who, attempt_number=1, campaign_id="rehearsal", contact_id=who, customer_id=who,
        business_id="rehearsal", purpose="", flow=play.flow, phone=str(fields.get("phone") or "+84900000099"),
        name=fields.get("name"), region=play.region, fields=fields,
    )  # fmt: skip


def call_time(play: Play) -> datetime:
    """When the call of a scenario takes place."""
    return play.file.now.replace(tzinfo=VIETNAM)


async def on_text(agents: Agents, play: Play) -> Outcome:
    """One scenario in words. Raises InputError where the contact lacks what the flow requires."""
    log = Events()
    agents = with_own_tools(agents)
    conversation = conversation_of(agents, play, log)
    watched = Watched(conversation)
    try:
        transcript = await play_text(watched, paying_customer(agents, play, conversation))
    except Exception as error:  # noqa: BLE001 - one scenario that breaks the agent must not hide the others
        _log.exception("rehearsal_failed", flow=play.flow, scenario=play.id)
        return Outcome(play, "text", Happened(None, {}, (), "error"), (f"lỗi {type(error).__name__}",))
    found = transcript.disposition
    return judge(play, "text", Happened(
        code=found.code if found else None,
        details=dict(found.details) if found else {},
        lines=tuple(transcript.lines),
        ended_by=transcript.ended_by,
        escalated=transcript.ended_by == "transfer",
        tools=tuple(data["tool"] for data in log.of(events.TOOL_CALLED) if data["ok"]),
        unverified=tuple(watched.unverified),
        duration_ms=_length(transcript.lines),
        bot_turns=sum(line.role == "bot" for line in transcript.lines),
    ))  # fmt: skip


def _length(lines: Iterable[Any]) -> int:
    last = max(lines, key=lambda line: line.at_ms, default=None)
    return 0 if last is None else last.at_ms + 68 * len(last.text)
