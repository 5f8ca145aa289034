"""The flow engine: pure and deterministic. (state, commands) in, words to say and things to do out.

Guarantees, tested with random commands: it always ends (turn limit); a template marked sensitive is never said before
the identity is verified; dispositions are set by steps of the flow alone, so a promise exists only after the step that
follows the customer's yes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from agent.brain.base import Command, Meant, SlotValue
from agent.flows.answers import RESUME, Answering
from agent.flows.expressions import evaluate
from agent.flows.model import Flow
from agent.flows.plan_moves import HUNG_UP, Draft
from agent.flows.plan_steps import PlanSteps
from agent.flows.plans import AGAIN, AGREE, NO, REFUSE, STOP, YES
from agent.flows.proofs import MOST_MISSES, Proofs
from agent.flows.schema import Step
from agent.flows.slots import plain
from agent.flows.state import Bound, Line, Note, Result, State, ToolRequest
from agent.turns import Disposition
from memory import events

_MAX_HOPS = 25
"""Steps entered in one turn; the linter refuses loops without a question, this is the belt to those braces."""
COMING_BACK = "coming_back"
"""Template said when another flow is over and this one goes on."""
VOICE_PAGE, CHAT_PAGE = 3, 6
"""Results of a plan offered at once: what an ear keeps, and what an eye takes in."""


class Engine(Answering):
    """Runs one flow for one conversation. ``facts`` are the contact's, typed; ``today`` is the local date.

    ``page``: how many results of a plan are offered at once; few by voice, more where they can be read.
    """

    def __init__(self, flow: Flow, facts: Mapping[str, Any], today: date, page: int = VOICE_PAGE) -> None:
        self.flow = flow
        self.plans = PlanSteps(flow, facts, page)
        self.facts = self._facts = facts
        self._today = today
        self.taken_up: Mapping[str, SlotValue] = {}
        """Slots of an earlier conversation that broke off, taken in when the identity is verified."""
        self.locked = False
        """Too many wrong proofs of this customer's identity, in whatever conversations: a person has to take over."""
        self._proofs = Proofs(flow)

    # -- inputs ------------------------------------------------------------------------------------------------

    def start(self) -> Result:
        """The opening."""
        return self._enter(Draft(State(), [], []), self.flow.start)

    def begin(self, state: State, commands: Sequence[Command]) -> Result:
        """The customer turned to this flow within a conversation; ``commands`` are what they said of it."""
        meant = {c.intent for c in commands if isinstance(c, Meant)}
        held = tuple(e.intent for e in self.flow.always if e.intent in meant and e.verified)
        draft = Draft(replace(state, step=self.flow.enter, held=held), [], [])
        self._fill(draft, commands)
        on = self.flow.steps[self.flow.enter].on
        return self._enter(draft, on["held"] if held and not state.verified and "held" in on else self.flow.enter)

    def go_on(self, state: State) -> Result:
        """Another flow that had interrupted this one is over."""
        draft = Draft(replace(state, failed=0, digressions=0), [], [])
        if self.flow.back is not None:
            return self._enter(draft, self.flow.back)
        if COMING_BACK in self.flow.wording:
            self._say(draft, (COMING_BACK,))
        if state.asked.partition(".")[0] in self.flow.plans:
            return self._run(draft, state.asked.partition(".")[0])
        return self._ask_again(draft, failed=False)

    def react(self, state: State, commands: Sequence[Command]) -> Result:
        """The customer said something; ``commands`` is empty if nothing of it was understood."""
        if state.ended:
            return Result(state, hangup="ended")
        draft = Draft(replace(state, turns=state.turns + 1, heard=True), [], [])
        if draft.state.turns > self.flow.limits.turns:
            return self._enter(draft, self.flow.on_limit)
        return self._answer(draft, commands)

    def again(self, state: State) -> Result:
        """The last turn once more: the customer talked over it and cannot have heard what it asks."""
        if state.ended or not state.said or state.turns >= self.flow.limits.turns:
            return self.react(state, ())
        return self._pause(Draft(replace(state, turns=state.turns + 1, heard=True), [*state.said], []))

    def silence(self, state: State, count: int) -> Result:
        """The customer has not answered for the ``count``-th time in a row (from 1)."""
        if state.ended:
            return Result(state, hangup="ended")
        steps = self.flow.silence
        draft = Draft(replace(state, turns=state.turns + 1), [], [])
        if draft.state.turns > self.flow.limits.turns:
            return self._enter(draft, self.flow.on_limit)
        return self._enter(self._interrupting(draft), steps[min(count, len(steps)) - 1])

    def tool_done(
        self, state: State, ok: bool, value: Any = None, error: str | None = None, *, unsure: bool = False
    ) -> Result:
        """The tool that the last result asked for has answered, or failed with code ``error``.

        ``unsure``: nobody knows whether it did what it was asked.
        """
        if state.pending is not None:
            return self._plan_tool_done(Draft(state, [], []), ok=ok, value=value, error=error, unsure=unsure)
        draft = Draft(replace(state, waiting=None), [], [])
        step = self.flow.steps[state.waiting or state.step]
        assert step.tool is not None
        if not ok:
            return self._enter(draft, step.tool.failed)
        if step.tool.save is not None:
            draft.state = replace(draft.state, slots={**draft.state.slots, step.tool.save: value})
        return self._leave(draft, step)

    def escalate(self, result: Result, name: str) -> Result:
        """Go to step ``name`` instead of what ``result`` would do; its slots and notes stay, its words are dropped."""
        return self._enter(self._interrupting(Draft(result.state, [], [*result.notes])), name)

    def hang_up(self, state: State) -> Result:
        """The customer has hung up."""
        if state.ended:
            return Result(state)
        draft = Draft(state, [], [])
        return self._unwind(draft, HUNG_UP) or self._finish_hang_up(draft)

    def _finish_hang_up(self, draft: Draft) -> Result:
        state = draft.state
        found = state.disposition or Disposition(state.leaning or "HANGUP_EARLY", self._leaning_details(state))
        draft.state = replace(state, disposition=found, ended=True)
        return self._result(draft)

    def values(self, state: State) -> dict[str, Any]:
        """Facts and slots by name, for words and conditions."""
        known = {**self._facts, **self.plans.values(state), **state.slots}
        return {**known, "verified": state.verified, "heard_anything": state.heard, "today": self._today}

    # -- running steps -----------------------------------------------------------------------------------------------

    def _enter(self, draft: Draft, name: str) -> Result:
        for _ in range(_MAX_HOPS):
            if name == RESUME:
                return self._resume(draft)
            if name in (AGREE, REFUSE):
                name = f"{draft.state.plan}.{YES if name == AGREE else NO}"
            if name in (STOP, AGAIN):
                name = self._special(draft, name) or self.flow.start
                return self._run(draft, name) if name in self.flow.plans else self._enter(draft, name)
            name = self._proofs.barred(draft.state, name, locked=self.locked) or name
            step = self.flow.steps[name]
            if name.endswith((f".{YES}", f".{NO}")):
                name = self._plan_answered(draft, name)
                continue
            self._visit(draft, name, step)
            state = draft.state
            target = next((b.go for b in step.branch if evaluate(b.when, self.values(state), state.visits)), None)
            if (proof := self._proofs.missed(state, name, target)) is not None:
                draft.state = replace(state, misses=state.misses + 1)
                draft.notes.append(Note(events.IDENTITY_MISSED, {"method": proof.method, "misses": state.misses + 1}))
                target = self._proofs.over() if draft.state.misses >= MOST_MISSES else target
            if target is None:
                self._note(draft, step)
                self._say(draft, step.say)
                if step.tool is not None:
                    return self._call(draft, step)
                if step.plan is not None:
                    return self._begin(draft, name)
                if step.go is None:
                    return self._leave(draft, step)
                target = step.go
            name = target
        return self._enter_last(draft)

    def _enter_last(self, draft: Draft) -> Result:
        """Too many steps in one turn: end rather than hang."""
        draft.state = replace(draft.state, ended=True, disposition=draft.state.disposition or Disposition("BOT_FAILED"))
        return self._result(draft, hangup="loop")

    def _resume(self, draft: Draft) -> Result:
        asked = draft.state.resume or self.flow.start
        draft.state = replace(draft.state, asked=asked, resume="")
        if asked.partition(".")[0] in self.flow.plans:  # what was asked may no longer be the question
            self._simpler(draft, asked.partition(".")[0])
            return self._run(draft, asked.partition(".")[0])
        if draft.state.visits.get(asked, 0) > _MAX_HOPS:
            return self._enter(draft, self.flow.on_limit)
        return self._ask_again(draft, failed=False)

    def _visit(self, draft: Draft, name: str, step: Step) -> None:
        visits = {**draft.state.visits, name: draft.state.visits.get(name, 0) + 1}
        draft.state = replace(draft.state, step=name, visits=visits, leaning=step.leaning or draft.state.leaning)
        draft.notes.append(Note(events.FLOW_STEP, {"flow": self.flow.name, "step": name}))

    def _note(self, draft: Draft, step: Step) -> None:
        """What a step writes down once no branch led away from it: slots, identity, disposition."""
        state = draft.state
        slots = {k: v for k, v in state.slots.items() if k not in step.clear}
        slots |= {k: self._named(v, state) for k, v in step.set.items()}
        state = replace(state, slots=slots)
        if step.verify is not None and not state.verified:
            state = replace(state, verified=True, method=step.verify)
            draft.notes.append(Note(events.IDENTITY, {"verified": True, "method": step.verify}))
            again = {name: value for name, value in self.taken_up.items() if name not in state.slots}
            state = replace(state, slots={**state.slots, **again})
            for name, value in again.items():
                data = {"name": name, "value": plain(value), "corrected": False, "resumed": True}
                draft.notes.append(Note(events.SLOT_SET, data))
        if step.keep:
            draft.state = state
            self._keep(draft)
            state = draft.state
        if step.opt_out and not state.opted_out:
            state = replace(state, opted_out=True)
            draft.notes.append(Note(events.OPT_OUT, {"scope": "all"}))
        if step.disposition is not None:
            details = {k: plain(self._named(v, state)) for k, v in step.details.items()}
            state = replace(state, disposition=Disposition(step.disposition, details))
        draft.state = state

    def _say(self, draft: Draft, names: Sequence[Line]) -> None:
        for line in names:
            name = line.name if isinstance(line, Bound) else line
            if draft.state.verified or not self.flow.wording[name].sensitive:
                draft.lines.append(line)

    def _call(self, draft: Draft, step: Step) -> Result:
        assert step.tool is not None
        arguments = {key: self._named(value, draft.state) for key, value in step.tool.args.items()}
        draft.state = replace(draft.state, waiting=draft.state.step)
        return self._result(draft, tool=ToolRequest(step.tool.name, arguments))

    def _leave(self, draft: Draft, step: Step) -> Result:
        """The end of a step: a question, a person, the end, or the next step."""
        if step.go is not None:
            return self._enter(draft, step.go)
        if step.ask is not None:
            return self._ask(draft, step)
        if step.transfer is not None:
            draft.state = replace(draft.state, ended=True)
            return self._result(draft, transfer=step.transfer)
        if (unwound := self._unwind(draft, draft.state.step)) is not None:
            return unwound
        draft.state = replace(draft.state, ended=True)
        return self._result(draft, hangup=step.hangup or "done")

    def _ask(self, draft: Draft, step: Step) -> Result:
        assert step.ask is not None
        name = draft.state.step
        held = self._held(draft, step)
        if held is not None:
            return held
        fresh = name != draft.state.asked
        draft.state = replace(draft.state, asked=name, digressions=0 if fresh else draft.state.digressions)
        self._say(draft, (step.ask.words,))
        return self._pause(draft)

    def _held(self, draft: Draft, step: Step) -> Result | None:
        """Once verified, answer first what was said too early."""
        state = draft.state
        if not state.verified or not state.held:
            return None
        draft.state = replace(state, held=(), asked=state.step)
        for entry in self.flow.always:
            if entry.intent in state.held and entry.verified and not (entry.unless_filled and state.slots):
                return self._always(draft, entry)
        return None

    def _named(self, value: Any, state: State) -> Any:
        """A slot or fact by name, a literal in quotes, or the value itself."""
        if not isinstance(value, str):
            return value
        if value[:1] in "'\"":
            return value[1:-1]
        return self.values(state).get(value)

    def _leaning_details(self, state: State) -> dict[str, Any]:
        return {"at": plain(state.slots.get("callback_at"))} if state.leaning == "CALLBACK" else {}

    def _result(self, draft: Draft, **more: Any) -> Result:
        return Result(draft.state, tuple(draft.lines), tuple(draft.notes), tuple(draft.messages), **more)
