"""Plan steps within a flow's state: what is known, which move comes next, what is on offer. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from agent.flows.expressions import evaluate
from agent.flows.model import Flow
from agent.flows.plans import FlowPlan
from agent.flows.slots import phrased
from agent.flows.state import Listing, State
from agent.planning.choosing import Option, read_choice, typed
from agent.planning.progress import Progress, view
from agent.planning.runner import AgreeUndo, Move, Offer, next_move, outline, unfinished
from speech.text.speak import speak
from speech.text.times import speak_time

CHOICE = "$choice"
"""Slot name under which a choice among results arrives: "2", "1,4" (one of these), any, more, none."""


def progress_of(state: State, plan: str) -> Progress:
    return state.plans.get(plan) or Progress()


def with_progress(state: State, plan: str, progress: Progress) -> State:
    return replace(state, plan=plan, plans={**state.plans, plan: progress})


class PlanSteps:
    """The plans of one flow for one conversation. ``page``: how many results are offered at once."""

    def __init__(self, flow: Flow, facts: Mapping[str, Any], page: int) -> None:
        self._flow = flow
        self._facts = facts
        self.page = page

    def told(self, state: State) -> dict[str, Any]:
        """What a plan starts from: facts and slots."""
        return {**self._facts, **state.slots}

    def wishes(self, plan: FlowPlan, state: State) -> tuple[str, ...]:
        """What is wanted now."""
        told = self.told(state)
        known = view(plan.rules.domain.actions, progress_of(state, plan.name), told).values
        values = {**known, **told, "verified": state.verified, "heard_anything": state.heard}
        return tuple(w.do for w in plan.wishes if w.when is None or evaluate(w.when, values, state.visits))

    def move(self, plan: FlowPlan, state: State) -> Move:
        return next_move(plan.rules, progress_of(state, plan.name), self.told(state), self.wishes(plan, state))

    def outline(self, plan: FlowPlan, state: State) -> Listing | None:
        """What is going to be done, for one sentence; None when that is not worth a sentence."""
        tools = outline(plan.rules, progress_of(state, plan.name), self.told(state), self.wishes(plan, state))
        listing = self._told(plan, tools, "rồi")
        return listing if len(listing.items) > 1 else None

    def _told(self, plan: FlowPlan, tools: Sequence[str], last: str) -> Listing:
        tells = [tell for tool in tools if (tell := plan.declared.tools[tool].tell) is not None]
        nothing: dict[str, Any] = {}
        return Listing(tuple((self._flow.wording[name].any[0], nothing) for name in dict.fromkeys(tells)), last)

    def unfinished(self, state: State) -> FlowPlan | None:
        """A plan with something in force that is not finished."""
        plans = (self._flow.plans[name] for name in state.plans)
        return next((plan for plan in plans if unfinished(plan.rules, state.plans[plan.name])), None)

    def values(self, state: State) -> dict[str, Any]:
        """What the plans know, for words and conditions; texts of tools as days and times where they are that."""
        found: dict[str, Any] = {}
        for name, progress in state.plans.items():
            plan = self._flow.plans[name]
            known = view(plan.rules.domain.actions, progress, self.told(state)).values
            found |= {key: typed(value) for key, value in known.items() if key in plan.values}
        return found | self._spoken(state)

    def _spoken(self, state: State) -> dict[str, Any]:
        """What the open question of the last plan lists."""
        plan = self._flow.plans.get(state.plan)
        move = self.move(plan, state) if plan is not None and state.plan in state.plans else None
        if plan is not None and isinstance(move, Offer):
            return {"options": self._listing(state, plan, move)}
        if plan is not None and isinstance(move, AgreeUndo):
            return {"undoing": self._told(plan, [call.tool for call in move.calls], "và")}
        return {}

    # -- choices ---------------------------------------------------------------------------------------------------

    def offer(self, state: State) -> tuple[FlowPlan, Offer] | None:
        """The choice that is open, if the last plan waits for one."""
        plan = self._flow.plans.get(state.plan)
        if plan is None or state.plan not in state.plans:
            return None
        move = self.move(plan, state)
        return (plan, move) if isinstance(move, Offer) else None

    def shown(self, state: State, offer: Offer) -> tuple[int, ...]:
        """Numbers of the results that are offered now."""
        progress = progress_of(state, state.plan)
        narrowed = progress.narrowed.get(offer.call.key)
        rows = tuple(n for n in offer.rows if narrowed is None or n in narrowed) or offer.rows
        start = progress.shown.get(offer.call.key, 0)
        return rows[start : start + self.page] or rows[: self.page]

    def read(self, state: State, text: str) -> str | None:
        """A choice in the customer's words, for the command ``CHOICE``; None if nothing is on offer or meant."""
        offered = self.offer(state)
        if offered is None or state.asked.removesuffix(".one") != offered[0].step("choose", offered[1].call.tool):
            return None
        plan, offer = offered
        options = [Option(n, self._known_by(plan, offer, n)) for n in offer.rows]
        return read_choice(text, options, self.shown(state, offer))

    def offered_numbers(self, state: State) -> tuple[int, ...]:
        """Numbers of the results that are offered now, () when none are."""
        offered = self.offer(state)
        return self.shown(state, offered[1]) if offered else ()

    def phrases(self, state: State) -> tuple[str, ...]:
        """What the customer may say to choose: helps recognition."""
        offered = self.offer(state)
        if offered is None:
            return ()
        plan, offer = offered
        values = [v for n in self.shown(state, offer) for v in self._known_by(plan, offer, n).values()]
        said = [speak_time(v.time()) if isinstance(v, datetime) else speak(v) for v in values if not isinstance(v, int)]
        return tuple(dict.fromkeys(words.lower() for words in said if words))

    def _known_by(self, plan: FlowPlan, offer: Offer, row: int) -> dict[str, Any]:
        by = plan.declared.choose[offer.call.tool].by
        values = plan.rules.domain.actions[offer.call.tool].values_of(offer.call.rows[row])
        return {name: typed(v) for name, v in phrased(self._flow.slots, values).items() if not by or name in by}

    def _listing(self, state: State, plan: FlowPlan, offer: Offer) -> Listing:
        action = plan.rules.domain.actions[offer.call.tool]
        pattern = self._flow.wording[plan.declared.choose[offer.call.tool].row].any[0]
        rows = [phrased(self._flow.slots, action.values_of(offer.call.rows[n])) for n in self.shown(state, offer)]
        return Listing(tuple((pattern, {name: typed(v) for name, v in row.items()}) for row in rows), "hoặc")
