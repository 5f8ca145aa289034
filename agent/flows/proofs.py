"""Where a flow compares what somebody said with what only the customer knows, and how often that may fail.

Read off the flow, so that a business's own flow is held to it too: a step with a branch to a ``verify`` step whose
condition names a slot of a private type (year, digits) is a comparison.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from agent.brain.base import PRIVATE_TYPES
from agent.flows.expressions import names
from agent.flows.model import Flow
from agent.flows.state import State

MOST_MISSES: Final = 3
"""Wrong proofs in one conversation, whatever flows it turns to."""
LOCKED: Final = "identity_locked"
"""Step (of common.yaml) where a person takes over because there were too many wrong proofs."""
NOT_VERIFIED: Final = "cannot_verify"
"""Step of a flow's own for who could not prove their identity in this conversation."""


@dataclass(frozen=True, slots=True)
class Proof:
    """One comparison."""

    slots: frozenset[str]
    right: frozenset[str]
    """steps that verify"""
    method: str


class Proofs:
    """The comparisons of one flow."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._steps: Mapping[str, Proof] = {
            name: found for name in flow.steps if (found := _proof(flow, name)) is not None
        }
        private = {slot for proof in self._steps.values() for slot in proof.slots}
        self._asking = {name for name, step in flow.steps.items() if step.ask and step.ask.slot in private}

    def barred(self, state: State, step: str, *, locked: bool) -> str | None:
        """Where to go instead of asking for, or comparing, one more proof."""
        if state.verified or not (locked or state.misses >= MOST_MISSES):
            return None
        return self._locked() if step in self._steps or step in self._asking else None

    def missed(self, state: State, step: str, target: str | None) -> Proof | None:
        """The comparison that just failed; ``target``: the branch taken."""
        proof = self._steps.get(step)
        if proof is None or state.verified or target in proof.right:
            return None
        return proof if any(state.slots.get(slot) is not None for slot in proof.slots) else None

    def over(self) -> str:
        """Where to go after the last wrong proof."""
        return NOT_VERIFIED if NOT_VERIFIED in self._flow.steps else self._locked()

    def _locked(self) -> str:
        return LOCKED if LOCKED in self._flow.steps else self._flow.on_limit


def _proof(flow: Flow, name: str) -> Proof | None:
    right: set[str] = set()
    slots: set[str] = set()
    for branch in flow.steps[name].branch:
        compared = {one for one in names(branch.when)[0] if one in flow.slots and flow.slots[one].type in PRIVATE_TYPES}
        target = flow.steps.get(branch.go)
        if compared and target is not None and target.verify is not None:
            right.add(branch.go)
            slots |= compared
    if not right:
        return None
    method = flow.steps[min(right)].verify
    return Proof(frozenset(slots), frozenset(right), method or "")
