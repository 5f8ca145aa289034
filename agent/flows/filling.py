"""The part of the engine that takes values: which slots may be filled now, and which values are within their limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from agent.brain.base import Asked, Command, SetSlot, SlotType
from agent.flows.plan_moves import Draft, PlanMoves
from agent.flows.slots import merged, plain, wrong_value
from agent.flows.state import Note, State
from memory import events

ANSWERS = frozenset({"filled", "same", "held", "answered", "unanswered", "else"})
"""Keys of ``on`` that are no intents."""


class Filling(PlanMoves):
    """What is asked, and what an answer fills."""

    _facts: Mapping[str, Any]
    _today: date

    def binds(self, state: State) -> bool:
        """Is the open question one whose yes agrees to something that it names?"""
        asked = self.asked(state)
        return asked.closed and (asked.slot is not None or state.asked.partition(".")[0] in self.flow.plans)

    def identifies(self, state: State) -> bool:
        """Is the open question whether this is the person who was called?"""
        return not state.verified and {"yes_no", "name"} <= set(self.asked(state).kinds)

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
