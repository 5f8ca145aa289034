"""The flow engine: pure and deterministic. (state, commands) in, words to say and things to do out.

Guarantees, tested with random commands: it always ends (turn limit); a template marked sensitive is never said before
the identity is verified; dispositions are set by steps of the flow alone, so a promise exists only after the step that
follows the customer's yes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from agent.brain.base import Asked, Command, Meant, Question, SetSlot, SlotType, SlotValue
from agent.flows.expressions import evaluate
from agent.flows.model import Flow
from agent.flows.plan_moves import HUNG_UP, Draft, PlanMoves
from agent.flows.plan_steps import CHOICE, PlanSteps
from agent.flows.plans import AGAIN, AGREE, NO, REFUSE, STOP, YES
from agent.flows.schema import Always, Step
from agent.flows.slots import merged, plain, wrong_value
from agent.flows.state import Bound, Line, Note, Result, State, ToolRequest
from agent.turns import Disposition
from memory import events

RESUME = "$resume"
"""Target that goes back to the question a digression interrupted."""
ANSWERS = frozenset({"filled", "same", "held", "answered", "unanswered", "else"})
"""Keys of ``on`` that are no intents."""
KEY = "$key"
"""Slot name under which keys pressed arrive."""
_SURE = 0.7
"""Least probability of a question that is answered in passing."""
_MAX_HOPS = 25
"""Steps entered in one turn; the linter refuses loops without a question, this is the belt to those braces."""
_MAX_DIGRESSIONS = 4
COMING_BACK = "coming_back"
"""Template said when another flow is over and this one goes on."""
VOICE_PAGE, CHAT_PAGE = 3, 6
"""Results of a plan offered at once: what an ear keeps, and what an eye takes in."""


class Engine(PlanMoves):
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

    # -- inputs ------------------------------------------------------------------------------------------------

    def start(self) -> Result:
        """The opening."""
        return self._enter(Draft(State(), [], []), self.flow.start)

    def begin(self, state: State, commands: Sequence[Command]) -> Result:
        """The customer turned to this flow within a conversation; ``commands`` are what they said of it."""
        draft = Draft(replace(state, step=self.flow.enter), [], [])
        self._fill(draft, commands)
        return self._enter(draft, self.flow.enter)

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

    def binds(self, state: State) -> bool:
        """Is the open question one whose yes agrees to something that it names?"""
        asked = self.asked(state)
        return asked.closed and (asked.slot is not None or state.asked.partition(".")[0] in self.flow.plans)

    def asked(self, state: State) -> Asked:
        """The open question, for the brain."""
        step = self.flow.steps.get(state.asked)
        if step is None or step.ask is None:
            return Asked()
        intents = frozenset(k for k in step.on if k not in ANSWERS and not k.startswith("key "))
        return Asked("yes_no" in step.ask.expect, step.ask.expect, step.ask.slot, intents)

    def fillable(self, state: State) -> dict[str, SlotType]:
        """Slots that may be filled now, the asked one first."""
        asked = self.asked(state).slot
        names = [asked] if asked else []
        names += [name for name, slot in self.flow.slots.items() if slot.open and name != asked]
        return {name: self.flow.slots[name].type for name in names}

    def values(self, state: State) -> dict[str, Any]:
        """Facts and slots by name, for words and conditions."""
        known = {**self._facts, **self.plans.values(state), **state.slots}
        return {**known, "verified": state.verified, "heard_anything": state.heard}

    # -- what to do with commands --------------------------------------------------------------------------------

    def _answer(self, draft: Draft, commands: Sequence[Command]) -> Result:
        meant = {c.intent: c.confidence for c in commands if isinstance(c, Meant)}
        step = self.flow.steps.get(draft.state.asked)
        on = step.on if step else {}
        key = next((f"key {c.value}" for c in commands if isinstance(c, SetSlot) and c.slot == KEY), None)
        if key in on:
            return self._enter(self._understood(draft), on[key])
        changed, problem = self._fill(draft, commands)
        choice = next((str(c.value) for c in commands if isinstance(c, SetSlot) and c.slot == CHOICE), None)
        if choice is not None and not changed and (chosen := self._chosen(draft, choice)) is not None:
            return chosen
        if self._restated(draft.state, commands) and "deny" not in meant and "same" in on and not changed:
            return self._enter(self._understood(draft), on["same"])
        reactions = [e for e in self.flow.always if e.intent in meant and e.intent not in on]
        asked = self.asked(draft.state).slot
        changed -= {slot for e in self.flow.always if e.intent in meant for slot in e.takes if slot != asked}
        answered = bool(changed and "filled" in on) or any(intent in on for intent in meant)
        early: list[str] = []
        for entry in reactions:
            if (changed and entry.unless_filled) or (draft.state.verified and entry.unverified):
                continue
            if answered and entry.go is None:
                if not entry.repeat and meant[entry.intent] >= _SURE and draft.state.verified >= entry.verified:
                    self._say(draft, [entry.say] if entry.say else [])  # in passing, then on with the answer
                continue
            if entry.verified and not draft.state.verified:
                early.append(entry.intent)
                continue
            return self._always(draft, entry, meant[entry.intent])
        if early:
            surest = max(early, key=lambda intent: meant[intent])
            draft.state = replace(draft.state, held=tuple(dict.fromkeys((*draft.state.held, surest))))
            if "held" in on and not changed:
                return self._enter(self._understood(draft), on["held"])
        question = next((c for c in commands if isinstance(c, Question)), None)
        return self._answer_question(draft, on, meant, bool(changed), problem, question)

    def _answer_question(
        self,
        draft: Draft,
        on: Mapping[str, str],
        meant: Collection[str],
        changed: bool,
        problem: str | None,
        question: Question | None = None,
    ) -> Result:
        if changed and "filled" in on:
            return self._enter(self._understood(draft), on["filled"])
        intent = next((i for i in meant if i in on), None)  # the surest first
        if problem is not None and (problem or intent is None):
            self._say(draft, [problem] if problem else [])
            return self._ask_again(draft, failed=True, prefix=bool(problem))
        if intent is not None:
            return self._enter(self._understood(draft), on[intent])
        if question is not None and (told := "answered" if question.found else "unanswered") in on:
            return self._enter(self._understood(draft), on[told])
        if question is not None and (question.found or "else" not in on):
            return self._in_passing(draft, found=question.found)
        if "else" in on:
            return self._enter(draft, on["else"])
        return self._ask_again(draft, failed=True)

    def _always(self, draft: Draft, entry: Always, chance: float = 1.0) -> Result:
        draft.state = replace(draft.state, failed=0)
        if entry.go is not None:
            unsure = chance < entry.sure and entry.unsure is not None and not draft.state.visits.get(entry.unsure)
            return self._enter(self._interrupting(draft), entry.unsure if unsure and entry.unsure else entry.go)
        if draft.state.digressions >= _MAX_DIGRESSIONS:
            return self._ask_again(draft, failed=True)
        draft.state = replace(draft.state, digressions=draft.state.digressions + 1)
        if entry.repeat and draft.state.said:
            lines = tuple(line for line in draft.state.said if line != entry.say)
            draft.lines += [entry.say, *lines] if entry.say else list(lines)
            return self._pause(draft)
        if entry.say is not None:
            draft.lines.append(entry.say)
        return self._ask_again(draft, failed=False)

    def _in_passing(self, draft: Draft, *, found: bool) -> Result:
        """The conversation answers something outside the flow; here the open question is asked again.

        Whoever gets answers may ask on; whoever gets none is offered a person after a few.
        """
        if not found and draft.state.digressions >= _MAX_DIGRESSIONS:
            return self._ask_again(draft, failed=True)
        draft.state = replace(draft.state, failed=0, digressions=draft.state.digressions + (not found))
        return self._ask_again(draft, failed=False)

    def _interrupting(self, draft: Draft) -> Draft:
        """Remember the open question, unless it belongs to a digression itself."""
        asked = draft.state.asked
        if asked and RESUME not in self._targets(asked):
            draft.state = replace(draft.state, resume=asked)
        return draft

    def _targets(self, name: str) -> tuple[str, ...]:
        step = self.flow.steps[name]
        return (*step.on.values(), *([step.go] if step.go else []))

    def _understood(self, draft: Draft) -> Draft:
        draft.state = replace(draft.state, failed=0, digressions=0)
        return draft

    def _ask_again(self, draft: Draft, *, failed: bool, prefix: bool = False) -> Result:
        """The open question once more; a person is offered after too many words that were not understood."""
        state = draft.state
        name = state.asked or self.flow.start
        if failed:
            state = replace(state, failed=state.failed + 1)
            if state.failed > self.flow.limits.failed or (
                state.failed == self.flow.limits.failed and state.failures == 0 and not prefix
            ):
                draft.state = replace(state, failed=0, failures=state.failures + 1)
                target = self.flow.on_failure if draft.state.failures == 1 else self.flow.on_limit
                return self._enter(self._interrupting(draft), target)
        ask = self.flow.steps[name].ask
        if ask is None:
            return self._enter(draft, name)
        draft.state = replace(state, step=name)
        self._say(draft, (ask.again if failed and ask.again and not prefix else ask.words,))
        return self._pause(draft)

    def _pause(self, draft: Draft) -> Result:
        """Wait for the customer; the question of ``asked`` is (still) open."""
        step = self.flow.steps.get(draft.state.asked)
        draft.state = replace(draft.state, said=tuple(draft.lines))
        ask = step.ask if step else None
        if ask is not None and (more := self.plans.phrases(draft.state)):
            ask = ask.model_copy(update={"phrases": (*more, *ask.phrases)})
        return self._result(draft, ask=ask)

    # -- slots -----------------------------------------------------------------------------------------------------

    def _fill(self, draft: Draft, commands: Sequence[Command]) -> tuple[set[str], str | None]:
        """Take the valid values. (slots with a new value, template that says what is wrong with another)."""
        changed: set[str] = set()
        problem: str | None = None
        fillable = self.fillable(draft.state)
        for command in commands:
            if not isinstance(command, SetSlot) or command.slot not in fillable:
                continue
            slot = self.flow.slots[command.slot]
            command = merged(command, draft.state.slots.get(command.slot))
            wrong = wrong_value(slot, command.value, self._facts, self._today)
            if wrong is not None:
                problem = (wrong or problem or "") if self._awaited(draft.state, command.slot) else problem
                continue
            before = draft.state.slots.get(command.slot)
            asked = self.asked(draft.state)
            if before == command.value and (asked.closed or command.slot != asked.slot):
                continue
            changed.add(command.slot)
            draft.state = replace(draft.state, slots={**draft.state.slots, command.slot: command.value})
            data = {"name": command.slot, "value": plain(command.value), "corrected": before is not None}
            draft.notes.append(Note(events.SLOT_SET, data))
        return changed, None if changed else problem

    def _awaited(self, state: State, name: str) -> bool:
        """Is a value for ``name`` an answer to the open question?"""
        asked = self.asked(state).slot
        return asked is not None and (asked == name or (self.flow.slots[asked].open and self.flow.slots[name].open))

    def _restated(self, state: State, commands: Sequence[Command]) -> bool:
        """Did the customer answer a yes-or-no question by saying again the very value that it names?"""
        asked = self.asked(state)
        if not asked.closed or asked.slot is None or asked.slot not in state.slots:
            return False
        before = state.slots[asked.slot]
        given = [merged(c, before).value for c in commands if isinstance(c, SetSlot) and c.slot == asked.slot]
        return given == [before]

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
            step = self.flow.steps[name]
            if name.endswith((f".{YES}", f".{NO}")):
                name = self._plan_answered(draft, name)
                continue
            self._visit(draft, name, step)
            state = draft.state
            target = next((b.go for b in step.branch if evaluate(b.when, self.values(state), state.visits)), None)
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
