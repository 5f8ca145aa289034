"""The part of the engine that makes something of an answer: keys, choices, values, intents, reactions, asking again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from agent.brain.base import Command, Meant, Question, SetSlot
from agent.flows.filling import Filling
from agent.flows.plan_moves import Draft
from agent.flows.plan_steps import CHOICE
from agent.flows.plans import AGREE, NO
from agent.flows.schema import Always
from agent.flows.state import Result

RESUME = "$resume"
"""Target that goes back to the question a digression interrupted."""
KEY = "$key"
"""Slot name under which keys pressed arrive."""
_SURE = 0.7
"""Least probability of a question that is answered in passing, and of words of a flow's own that count as a yes."""
_MAX_DIGRESSIONS = 4
_LOST = 5
"""So many turns that were not understood end a conversation politely if they are half of it: nobody is being helped."""


class Answering(Filling):
    """What follows from what the customer said."""

    def _answer(self, draft: Draft, commands: Sequence[Command]) -> Result:
        meant = {c.intent: c.confidence for c in commands if isinstance(c, Meant)}
        step = self.flow.steps.get(draft.state.asked)
        on = {i: to for i, to in step.on.items() if to != AGREE or meant.get(i, 1.0) >= _SURE} if step else {}
        key = next((f"key {c.value}" for c in commands if isinstance(c, SetSlot) and c.slot == KEY), None)
        if key in on:
            return self._enter(self._understood(draft), on[key])
        ahead = next((e for e in self.flow.always if e.first and meant.get(e.intent, 0.0) >= _SURE), None)
        if ahead is not None and draft.state.verified >= ahead.verified and next(iter(meant)) == ahead.intent:
            return self._enter(draft, on[ahead.intent]) if ahead.intent in on else self._always(draft, ahead)
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
        best = max((chance for intent, chance in meant.items() if intent in on), default=0.0)
        for entry in reactions:
            if (changed and entry.unless_filled) or (draft.state.verified and entry.unverified):
                continue
            if entry.verified and meant[entry.intent] < min(_SURE, best):
                continue  # "ờ chú rồi" for "ờ đúng rồi": a surer answer to the question outweighs a guess
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
        refused = "deny" in meant and on.get("deny", "").endswith(f".{NO}")  # of a plan, which looks what has changed
        if changed and "filled" in on and not refused:
            return self._enter(self._understood(draft), on["filled"])
        intent = "deny" if changed and refused else next((i for i in meant if i in on), None)  # the surest first
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
        draft.state = replace(draft.state, failed=0, lost=draft.state.lost + entry.unclear)
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
            state = replace(state, failed=state.failed + 1, lost=state.lost + (not prefix))
            if state.lost >= _LOST and 2 * state.lost >= state.turns:
                draft.state = state
                return self._enter(draft, self.flow.on_limit)
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
