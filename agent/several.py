"""Several flows in one conversation: the customer turns to another matter, and the interrupted one goes on after it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from agent.brain.base import IntentScorer, Meant, StartFlow, Understanding
from agent.brain.own_intents import learn
from agent.facts import typed_facts
from agent.flows.engine import Engine
from agent.flows.model import Flow
from agent.flows.state import Result, State
from agent.turns import Say
from core.errors import InputError
from speech.text.normalize import common_words, fold

ENDS_ALL = frozenset({
    "opted_out", "silence", "not_understood", "wrong_number", "third_party", "deceased", "identity", "callback", "loop",
})  # fmt: skip
"""Reasons to hang up that end the whole conversation, not only the matter just talked about."""
_SURE = 0.6
"""Least probability of a trigger."""
_STAYS = frozenset({"opt_out", "ask_person", "legal_threat", "abuse", "wrong_person", "deceased", "third_party"})
"""Who means this gets an answer to it, whatever flow the words remind of."""
_MAX_SWITCHES = 6
"""In one conversation: every flow has its own limit of turns, and somebody who only wanders gets to an end too."""


@dataclass(slots=True)
class Several:
    """The flows that this conversation may turn to, and those that wait for their turn again."""

    flows: Mapping[str, Flow]
    fields: Mapping[str, Any]
    today: date
    page: int
    waiting: tuple[tuple[Engine, State], ...] = ()
    switches: int = 0
    _learnt: dict[tuple[str, ...], IntentScorer] = field(default_factory=dict)

    def turned(self, flow: Flow, read: Understanding) -> Understanding:
        """``read`` with a wish for another flow, if the words ask for one and mean nothing more urgent."""
        meant = {c.intent for c in read.commands if isinstance(c, Meant)}
        allowed = self.allowed(flow)
        kept = tuple(c for c in read.commands if not (isinstance(c, StartFlow) and c.flow not in allowed))
        read = replace(read, commands=kept)
        if not allowed or meant & _STAYS or any(isinstance(c, StartFlow) for c in kept):
            return read
        chances = self._scorer(allowed).probabilities(common_words(fold(read.reading)))
        best = max(chances, key=lambda name: chances[name], default="")
        if chances.get(best, 0.0) < _SURE:
            return read
        return replace(read, commands=(StartFlow(best, chances[best]), *kept))

    def pressed(self, flow: Flow, keys: str, read: Understanding) -> Understanding:
        """``read`` with the flow that a key of the menu of ``flow`` stands for."""
        name = flow.menu.get(keys, "")
        return replace(read, commands=(StartFlow(name), *read.commands)) if name in self.allowed(flow) else read

    def allowed(self, flow: Flow) -> tuple[str, ...]:
        """Flows that may begin now: those that ``flow`` lets begin, none of which waits already."""
        busy = {flow.name, *(engine.flow.name for engine, _ in self.waiting)}
        if self.switches >= _MAX_SWITCHES:
            return ()
        names = self.flows if "*" in flow.starts else flow.starts
        return tuple(name for name in names if name not in busy and name in self.flows and self.flows[name].triggers)

    def begin(self, name: str, engine: Engine, state: State) -> tuple[Engine, State] | None:
        """The engine and first state of another flow; None if it needs to know of the customer what nobody told us."""
        try:
            facts = typed_facts(self.flows[name], self.fields)
        except InputError:
            return None
        self.waiting = (*self.waiting, (engine, state))
        self.switches += 1
        first = State(
            verified=state.verified, method=state.method, misses=state.misses, heard=True, run=self.switches
        )  # fmt: skip
        begun = Engine(self.flows[name], facts, self.today, self.page)
        begun.locked = engine.locked
        return begun, first

    def comes_back(self, result: Result) -> bool:
        """Is only the inner matter over?"""
        return bool(self.waiting) and result.hangup is not None and result.hangup not in ENDS_ALL

    def back(self, inner: State) -> tuple[Engine, State]:
        """The flow that waited last, knowing who the customer is by now and how the inner matter ended."""
        (engine, state), self.waiting = self.waiting[-1], self.waiting[:-1]
        state = replace(state, misses=inner.misses)
        if inner.verified and not state.verified:
            state = replace(state, verified=True, method=inner.method)
        if engine.flow.back is not None:
            state = replace(state, disposition=inner.disposition)
        return engine, state

    def leave(self) -> tuple[tuple[Engine, State], ...]:
        """The flows that wait, the last first: nobody comes back to them."""
        waiting, self.waiting = self.waiting[::-1], ()
        return waiting

    def _scorer(self, names: tuple[str, ...]) -> IntentScorer:
        if names not in self._learnt:
            self._learnt[names] = learn({name: self.flows[name].triggers for name in names})
        return self._learnt[names]


def without_goodbye(said: Say) -> Say:
    """Words that ended an inner matter, without taking leave: the conversation goes on. Text "" if nothing is left."""
    return replace(said, text=_staying(said.text), spoken=_staying(said.spoken))


def _staying(text: str) -> str:
    kept = [sentence for sentence in text.split(". ") if not _LEAVE.search(sentence)]
    return f"{'. '.join(kept).rstrip('.')}." if kept else ""


_LEAVE = re.compile(
    r"\bchào (?:\w+ ){0,2}ạ\b|\bchào (?:anh|chị|cô|chú|bác|ông|bà|em|bạn|mình)\b|\bchúc \w+ ", re.IGNORECASE
)
