"""The part of the engine that runs plan steps: moves of the plan become questions, tool calls and words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from agent.flows.model import Flow
from agent.flows.plan_steps import PlanSteps, progress_of, with_progress
from agent.flows.plans import AGAIN, NO, STOP, YES, FlowPlan
from agent.flows.schema import Step
from agent.flows.state import Bound, Line, Note, Result, State, ToolRequest
from agent.planning.choosing import ANY, MORE, NONE
from agent.planning.progress import Progress, fingerprint, view
from agent.planning.runner import (
    Agree,
    AgreeUndo,
    Ask,
    End,
    Invoke,
    Move,
    Offer,
    Revert,
    answered,
    choose,
    finish,
    repair,
    reverted,
    stop,
    yes,
)
from agent.turns import Disposition
from memory import events

HUNG_UP = "$hangup"
"""In ``State.leaving``: the customer has hung up."""
_MAX_MOVES = 20
"""Moves of a plan between two tool calls or questions; every one changes something, so this is never reached."""


@dataclass(slots=True)
class Draft:
    """A result being put together."""

    state: State
    lines: list[Line]
    notes: list[Note]
    messages: list[Line] = field(default_factory=list)


class PlanMoves(ABC):
    """What the engine does at a plan step. ``Engine`` is the only subclass; it brings the rest of a flow."""

    flow: Flow
    plans: PlanSteps

    @abstractmethod
    def values(self, state: State) -> dict[str, Any]: ...

    @abstractmethod
    def _enter(self, draft: Draft, name: str) -> Result: ...

    @abstractmethod
    def _leave(self, draft: Draft, step: Step) -> Result: ...

    @abstractmethod
    def _say(self, draft: Draft, names: Sequence[Line]) -> None: ...

    @abstractmethod
    def _result(self, draft: Draft, **more: Any) -> Result: ...

    @abstractmethod
    def _finish_hang_up(self, draft: Draft) -> Result: ...

    # -- moves -----------------------------------------------------------------------------------------------------

    def _begin(self, draft: Draft, name: str) -> Result:
        """A plan step is entered: a plan that was given up before starts anew, any other goes on."""
        progress = progress_of(draft.state, name)
        if progress.ending:
            progress = replace(progress, ending="", why="", troubles={}, told=False, refused={})
        draft.state = with_progress(draft.state, name, progress)
        return self._run(draft, name)

    def _run(self, draft: Draft, name: str) -> Result:
        """Moves until the customer is asked, a tool is called or the plan ends."""
        plan = self.flow.plans[name]
        for _ in range(_MAX_MOVES):
            move = self.plans.move(plan, draft.state)
            if isinstance(move, Invoke | Revert):
                return self._call_tool(draft, plan, move)
            if not isinstance(move, End):
                return self._put(draft, plan, move)
            progress = progress_of(draft.state, name)
            if move.how == "done" or progress.ending:
                return self._end_plan(draft, plan, move.how)
            draft.state = with_progress(draft.state, name, stop(progress, move.how))  # first take back what was done
        return self._enter(draft, self.flow.on_limit)

    def _call_tool(self, draft: Draft, plan: FlowPlan, move: Invoke | Revert) -> Result:
        self._tell(draft, plan)
        draft.state = replace(draft.state, pending=move, waiting=plan.name)
        place = f"{self.flow.name}/{draft.state.run}/{plan.name}"
        if isinstance(move, Invoke):
            request = ToolRequest(move.tool, move.arguments, f"{place}/{move.key}")
        else:
            call = move.call
            request = ToolRequest(call.tool, call.arguments, f"{place}/{call.key}", undo=True, value=call.result)
        return self._result(draft, tool=request)

    def _tell(self, draft: Draft, plan: FlowPlan) -> None:
        """What is going to be done, once."""
        progress = progress_of(draft.state, plan.name)
        if progress.told or progress.ending or plan.declared.tell is None:
            return
        steps = self.plans.outline(plan, draft.state)
        if steps is not None:
            self._say(draft, (Bound(plan.declared.tell, {"steps": steps}),))
        draft.state = with_progress(draft.state, plan.name, replace(progress, told=True))

    def _put(self, draft: Draft, plan: FlowPlan, move: Move) -> Result:
        """Ask what the plan needs to be told."""
        self._tell(draft, plan)
        step = self._question(draft.state, plan, move)
        progress = replace(progress_of(draft.state, plan.name), put=_put_of(step, move))
        draft.state = with_progress(draft.state, plan.name, progress)
        return self._enter(draft, step)

    def _question(self, state: State, plan: FlowPlan, move: Move) -> str:
        """The step that puts ``move`` to the customer."""
        if isinstance(move, Ask):
            return plan.step("ask", move.value)
        if isinstance(move, Offer):
            single = plan.declared.choose[move.call.tool].one is not None and len(self.plans.shown(state, move)) == 1
            return plan.step("choose", move.call.tool, *(("one",) if single else ()))
        if isinstance(move, AgreeUndo):
            return plan.step("undo")
        assert isinstance(move, Agree)
        confirm = plan.declared.confirm[int(move.confirm.name)]
        name = plan.step("confirm", move.confirm.name)
        nothing = confirm.free is not None and confirm.amount is not None and not self.values(state).get(confirm.amount)
        return f"{name}.free" if nothing else name

    def _end_plan(self, draft: Draft, plan: FlowPlan, how: str) -> Result:
        state = draft.state
        progress = progress_of(state, plan.name)
        draft.notes.append(Note(events.PLAN, {"plan": plan.name, "end": how, "why": progress.why}))
        if how == "done":
            draft.state = with_progress(state, plan.name, finish(progress))
            return self._enter(draft, plan.on["done"])
        if state.leaving:
            draft.state = replace(with_progress(state, plan.name, finish(progress)), leaving="")
            if how == "stuck":
                draft.state = replace(draft.state, disposition=_with_stuck(draft.state, plan))
            return self._on_leaving(draft, state.leaving)
        target = plan.on.get(how) or plan.on["failed"]
        if how == "stuck":
            draft.state = with_progress(state, plan.name, finish(progress))  # a person settles what is left
        return self._enter(draft, target)

    def _on_leaving(self, draft: Draft, name: str) -> Result:
        if name == HUNG_UP:
            return self._finish_hang_up(draft)
        draft.state = replace(draft.state, step=name)
        return self._leave(draft, self.flow.steps[name])

    def _unwind(self, draft: Draft, leaving: str) -> Result | None:
        """Before the conversation ends at ``leaving``: take back what an unfinished plan has done."""
        plan = self.plans.unfinished(draft.state)
        if plan is None:
            return None
        progress = stop(progress_of(draft.state, plan.name), "failed", "left")
        draft.state = replace(with_progress(draft.state, plan.name, progress), leaving=leaving)
        return self._run(draft, plan.name)

    # -- answers ---------------------------------------------------------------------------------------------------

    def _plan_answered(self, draft: Draft, name: str) -> str:
        """A generated step: what a yes or a no changes; the step to go on with."""
        plan = self.flow.plans[name.rpartition(".")[0]]
        progress, move = progress_of(draft.state, plan.name), self.plans.move(plan, draft.state)
        same = isinstance(move, Agree | AgreeUndo | Offer) and progress.put == _put_of(draft.state.asked, move)
        if not same:
            return plan.name  # the question has changed under the answer: put the new one
        if name.endswith(f".{YES}") and isinstance(move, Offer):
            rows = self.plans.shown(draft.state, move)
            if len(rows) == 1:  # a yes takes the only one; among several it chooses none
                draft.state = with_progress(draft.state, plan.name, choose(progress, move.call, rows[0]))
            return plan.name
        if isinstance(move, Offer) and draft.state.asked.endswith(".one"):
            return self._next_one(draft, plan, move)
        if name.endswith(f".{YES}"):
            assert isinstance(move, Agree | AgreeUndo)
            draft.state = with_progress(draft.state, plan.name, yes(progress, move))
            return plan.name
        if isinstance(move, AgreeUndo):
            slots = {k: v for k, v in (progress.basis or {}).items() if k in self.flow.slots}
            draft.state = replace(draft.state, slots=slots)
            return plan.name
        own = plan.declared.confirm[int(move.confirm.name)].no if isinstance(move, Agree) else None
        return own or plan.declared.otherwise or (AGAIN if isinstance(move, Agree) and plan.declared.choose else STOP)

    def _next_one(self, draft: Draft, plan: FlowPlan, offer: Offer) -> str:
        """A no to the single result on offer: the next one, and after the last what a no to everything leads to."""
        progress, (shown,) = progress_of(draft.state, plan.name), self.plans.shown(draft.state, offer)
        later = [row for row in offer.rows if row > shown]
        narrowed = {**progress.narrowed, offer.call.key: tuple(later[:1])} if later else {}
        draft.state = with_progress(draft.state, plan.name, replace(progress, narrowed=narrowed, shown={}))
        return plan.name if later else plan.declared.otherwise or STOP

    def _simpler(self, draft: Draft, name: str) -> None:
        """After turns that were not understood, results are offered one at a time."""
        offered = self.plans.offer(draft.state)
        if offered is None or offered[0].name != name or not draft.state.failures:
            return
        plan, offer = offered
        progress = progress_of(draft.state, name)
        first = self.plans.shown(draft.state, offer)[:1]
        if plan.declared.choose[offer.call.tool].one is not None:
            narrowed = {**progress.narrowed, offer.call.key: first}
            draft.state = with_progress(draft.state, name, replace(progress, narrowed=narrowed, shown={}))

    def _special(self, draft: Draft, target: str) -> str | None:
        """$stop and $again for the plan that is running; None if it is over and there is nothing to go back to."""
        plan = self.flow.plans.get(draft.state.plan)
        if plan is None:
            return None
        progress = progress_of(draft.state, plan.name)
        if target == STOP:
            draft.state = with_progress(draft.state, plan.name, stop(progress, "stopped", "customer"))
            return plan.name
        known = view(plan.rules.domain.actions, progress, self.plans.told(draft.state))
        again = next((call for call in reversed(known.valid) if call.rows and call.chosen is not None), None)
        if again is not None:
            progress = replace(choose(progress, again, None), narrowed={}, shown={})
        draft.state = with_progress(draft.state, plan.name, progress)
        return plan.name

    def _keep(self, draft: Draft) -> None:
        """The customer agreed that what was done so far stays."""
        for name, progress in draft.state.plans.items():
            draft.state = with_progress(draft.state, name, finish(progress))

    def _chosen(self, draft: Draft, answer: str) -> Result | None:
        """The customer chose among results, wants to see more, or none of them."""
        offered = self.plans.offer(draft.state)
        if offered is None:
            return None
        plan, offer = offered
        progress, key = progress_of(draft.state, plan.name), offer.call.key
        rows = self.plans.shown(draft.state, offer)
        if answer == NONE:
            return self._enter(draft, plan.step(NO))
        if answer == MORE:
            start = progress.shown.get(key, 0) + self.plans.page
            start = start if start < len(offer.rows) else 0
            progress = replace(progress, shown={**progress.shown, key: start}, narrowed={})
        else:
            meant = rows[:1] if answer == ANY else _numbers(answer, offer.rows)
            if not meant:
                return None
            if set(meant) >= set(progress.narrowed.get(key, offer.rows)):  # all on offer are by the aisle: any will do
                meant = rows[:1]
            if len(meant) == 1:
                progress = choose(progress, offer.call, meant[0])
            else:
                progress = replace(progress, narrowed={**progress.narrowed, key: meant}, shown={})
        draft.state = replace(with_progress(draft.state, plan.name, progress), failed=0, digressions=0)
        return self._run(draft, plan.name)

    def _plan_tool_done(self, draft: Draft, *, ok: bool, value: Any, error: str | None, unsure: bool) -> Result:
        """The tool of ``State.pending`` has answered or failed."""
        state, plan = draft.state, self.flow.plans[draft.state.waiting or draft.state.plan]
        move = state.pending
        draft.state = replace(state, pending=None, waiting=None)
        progress = progress_of(state, plan.name)
        if isinstance(move, Revert):
            return self._reverted(draft, plan, reverted(progress, move.call, ok=ok), move.call.tool)
        assert move is not None
        told = self.plans.told(state)
        found = answered(plan.rules, progress, move, told, ok=ok, value=value, error=error, unsure=unsure)
        if not found.trouble:
            draft.state = with_progress(draft.state, plan.name, found.progress)
            send = plan.declared.tools[move.tool].send
            if ok and send is not None:
                draft.messages.append(Bound(send, self.values(draft.state)))
            return self._run(draft, plan.name)
        return self._repair(draft, plan, move.tool, found.progress, found.trouble)

    def _reverted(self, draft: Draft, plan: FlowPlan, progress: Progress, tool: str) -> Result:
        draft.state = with_progress(draft.state, plan.name, progress)
        more = isinstance(self.plans.move(plan, draft.state), Revert)
        redone = any(tool in r.redo for by_code in plan.rules.repairs.values() for r in by_code.values())
        if not more and not redone and not progress.ending and plan.declared.undone is not None:
            self._say(draft, (plan.declared.undone,))
        return self._run(draft, plan.name)

    def _repair(self, draft: Draft, plan: FlowPlan, tool: str, progress: Progress, trouble: str) -> Result:
        before = self.values(draft.state)
        progress, mend = repair(plan.rules, progress, tool, trouble)
        draft.state = with_progress(draft.state, plan.name, progress)
        data = {"plan": plan.name, "tool": tool, "trouble": trouble, "repaired": mend is not None}
        draft.notes.append(Note(events.PLAN, data))
        if mend is None:
            return self._run(draft, plan.name)
        if mend.say is not None:
            self._say(draft, (Bound(mend.say, before),))
        slots = {name: value for name, value in draft.state.slots.items() if name not in mend.forget}
        draft.state = replace(draft.state, slots=slots)
        return self._enter(draft, mend.go) if mend.go is not None else self._run(draft, plan.name)


def _put_of(step: str, move: Move) -> str:
    """Names a question with all it rests on."""
    return fingerprint([step.removesuffix(".free"), repr(move)])


def _numbers(answer: str, rows: Sequence[int]) -> tuple[int, ...]:
    meant = {int(part) for part in answer.split(",") if part.isdigit()}
    return tuple(row for row in rows if row in meant)


def _with_stuck(state: State, plan: FlowPlan) -> Disposition:
    """The outcome, with what could not be taken back: a person has to see to it."""
    calls = state.plans[plan.name].calls
    actions = plan.rules.domain.actions
    left = [c.tool for c in calls if actions[c.tool].effect and c.status in ("stuck", "done", "unsure")]
    found = state.disposition or Disposition("BOT_FAILED")
    return Disposition(found.code, {**found.details, "left_undone": ", ".join(left)})
