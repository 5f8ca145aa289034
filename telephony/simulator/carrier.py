"""The simulator carrier: dials synthetic customers. Same seam as a SIP trunk, no network, deterministic by seed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from core.clock import Clock, SystemClock, vietnam_time
from core.errors import CarrierError
from core.ids import derived_id, derived_seed
from speech.synthesis.base import Synthesizer
from telephony.carrier import CallRecord, CallState, CarrierCapabilities, DialRequest
from telephony.simulator.customer import Customer, FarEnd
from telephony.simulator.goals import GOALS, Goal, goal_names
from telephony.simulator.ledger import Ledger
from telephony.simulator.leg import SimulatedLeg
from telephony.simulator.line import LineProfile, prepare
from telephony.simulator.meaning import make_meaning
from telephony.simulator.network import NO_ANSWER_BEHAVIOURS, NetworkPlan, outcome_of, plan_call
from telephony.simulator.persona import make_persona
from telephony.simulator.render import Renderer
from telephony.simulator.scenarios import Play, dealt
from telephony.simulator.scripted import ScriptedCustomer

_NETWORK_CODES: Mapping[str, str] = {
    "busy": "BUSY", "no_answer": "NO_ANSWER", "rejected": "REJECTED", "unreachable": "UNREACHABLE",
    "invalid_number": "INVALID",
}  # fmt: skip


class SimulatorCarrier:
    """Implements ``Carrier``. ``DialRequest.metadata`` describes the person called; all fields are optional:

    contact_id, name, gender ("male" | "female"), region ("north" | "central" | "south"), birth_year, contract_last4,
    amount_due (đồng), due_date (ISO), company, attempt (from 1), today (ISO), flow ("payment_reminder" |
    "appointment_reminder"), behaviour (a script of ``goals`` or an outcome of ``network``; without it one is drawn).

    Everything about a call derives from (seed, contact_id, attempt).
    """

    capabilities = CarrierCapabilities(name="simulator", early_media=True, dtmf=False, transfer=True, simulated=True)

    def __init__(
        self,
        synthesizer: Synthesizer,
        ledger_path: Path | None = None,
        seed: int = 0,
        *,
        line: LineProfile | None = None,
        clock: Clock | None = None,
    ) -> None:
        """``line`` replaces every persona's own line. ``ledger_path`` None keeps call records in memory only."""
        self.ledger = Ledger(ledger_path)
        self._renderer = Renderer(synthesizer)
        self._seed = seed
        self._line = line
        self._clock = clock or SystemClock()

    async def dial(self, request: DialRequest) -> SimulatedLeg:
        """Start a call. Raises CarrierError for a known key or an unknown behaviour."""
        plan, customer, rng = self._prepare(request)
        key = request.idempotency_key
        await asyncio.to_thread(prepare, customer.persona.line)
        await asyncio.to_thread(self.ledger.admit, key, request.to)

        def note(state: CallState, cause: str) -> None:
            self.ledger.note(key, state, cause)

        return SimulatedLeg(derived_id("leg", self._seed, key), plan, customer, self._renderer, rng, note)

    async def lookup(self, idempotency_key: str) -> CallRecord | None:
        return self.ledger.lookup(idempotency_key)

    async def aclose(self) -> None:
        await self._renderer.aclose()
        self.ledger.close()

    def _scripted(self, flow: str, behaviour: str, fields: Mapping[str, Any], attempt: int) -> ScriptedCustomer | None:
        """Who plays a scenario of ``scenarios/``, for flows that have no goal scripts; None for everything else."""
        if goal_names(flow):
            return None
        found = _dealt(flow).get(behaviour) or (_dealt(flow).get(_first(flow)) if "_then_" in behaviour else None)
        if found is None or (behaviour not in _dealt(flow) and attempt == 1):
            return None
        return ScriptedCustomer(found.for_contact(fields), attempt)

    def _prepare(self, request: DialRequest) -> tuple[NetworkPlan, FarEnd, Random]:
        fields = request.metadata
        attempt = int(fields.get("attempt", 1))
        rng = Random(derived_seed("call", self._seed, fields.get("contact_id", request.to), attempt))
        flow = str(fields.get("flow", "payment_reminder"))
        behaviour = str(fields.get("behaviour") or "") or self._draw_behaviour(request)
        scripted = self._scripted(flow, behaviour, fields, attempt)
        if scripted is not None:
            return plan_call("answered", request.ring_timeout_ms, rng), scripted, rng
        outcome, script = outcome_of(behaviour, attempt)
        if outcome != "answered" and not goal_names(flow):
            script, flow = "promises", "payment_reminder"  # nobody answers, so nothing is said
        goal = find_goal(flow, script)
        plan = plan_call(outcome, request.ring_timeout_ms, rng)
        if outcome != "answered":
            goal = Goal(behaviour, _NETWORK_CODES[outcome], {}, who="nobody", traits=frozenset({"silent"}))
        return plan, self._customer(goal, fields, attempt), rng

    def _customer(self, goal: Goal, fields: Mapping[str, Any], attempt: int) -> Customer:
        return make_customer(goal, fields, self._seed, attempt, self._today(fields), self._line)

    def _today(self, fields: Mapping[str, Any]) -> date:
        if fields.get("today"):
            return date.fromisoformat(str(fields["today"]))
        return vietnam_time(self._clock.now()).date()

    def _draw_behaviour(self, request: DialRequest) -> str:
        """For a business's own contacts: two in three pick up, and the same contact behaves the same each time."""
        fields = request.metadata
        rng = Random(derived_seed("behaviour", self._seed, fields.get("contact_id", request.to)))
        if rng.random() < 1 / 3:
            return rng.choice(NO_ANSWER_BEHAVIOURS)
        flow = str(fields.get("flow", "payment_reminder"))
        return rng.choice(goal_names(flow) or tuple(_dealt(flow)))


@cache
def _dealt(flow: str) -> Mapping[str, Play]:
    return {play.id: play for play in dealt(flow)}


def _first(flow: str) -> str:
    """Whoever answers when called again: the first, plainest scenario of the flow's own."""
    return next((name for name, play in _dealt(flow).items() if play.scenario.kind == "plain"), "")


def find_goal(flow: str, name: str) -> Goal:
    """The script ``name`` of ``flow``. Raises CarrierError if there is none."""
    if name == "promises" and flow == "appointment_reminder":
        name = "confirms"  # whoever answers the second time
    goal = GOALS.get((flow, name))
    if goal is None:
        known = ", ".join(goal_names(flow)) or ", ".join(sorted({f for f, _ in GOALS}))
        raise CarrierError(
            f"Khách hàng mô phỏng không có kịch bản {flow}/{name}. Có thể dùng: {known}.",
            f"The simulated customer has no script {flow}/{name}. Known: {known}.",
            where="metadata.behaviour",
        )
    return goal


def make_customer(
    goal: Goal, fields: Mapping[str, Any], seed: int, attempt: int, today: date, line: LineProfile | None = None
) -> Customer:
    """The customer of a contact: voice and manner belong to the person, what is said to the attempt."""
    contact = fields.get("contact_id", fields.get("name", ""))
    person = Random(derived_seed("person", seed, contact))
    words = Random(derived_seed("words", seed, contact, attempt))
    if goal.who in ("wrong", "relative"):  # somebody else picks up: only the name asked for stays
        fields = {**fields, "gender": None, "birth_year": None}
    persona = make_persona(fields, person, today, line)
    if goal.who in ("wrong", "relative"):
        persona = replace(persona, self_term="tôi" if persona.region == "north" else "tui", you_term="em")
    return Customer(persona, goal, make_meaning(goal, fields, today, words), words)
