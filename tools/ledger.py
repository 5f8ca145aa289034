"""What is remembered of effects, so that none happens twice, and of every call, so that it can be accounted for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

State = Literal["new", "started", "done", "refused", "reused"]
"""new: this call may run · started: began before, end unknown · done: result is kept · reused: other arguments."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the ledger knows of a key when a call begins."""

    state: State
    value: Any = None


@dataclass(frozen=True, slots=True)
class Claim:
    """An effect that is about to begin. ``fingerprint`` tells the arguments without naming them."""

    tool: str
    key: str
    fingerprint: str
    account: str = ""
    at: datetime | None = None
    arguments: str = ""
    """JSON; kept only until the end is known, for whoever has to look into it"""


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One line of the audit trail; holds no argument, no result and nobody's account."""

    at: datetime
    tool: str
    key: str
    verified: bool
    ok: bool
    error: str | None
    attempts: int
    duration_ms: float


class Ledger(Protocol):
    """Keeps effects by key and the audit trail. Methods may block on a database."""

    def begin(self, claim: Claim) -> Entry:
        """Claim the key before the effect."""
        ...

    def done(self, tool: str, key: str, value: Any) -> None:
        """The effect happened, with this JSON-like result."""
        ...

    def refused(self, tool: str, key: str) -> None:
        """The effect certainly did not happen; the key may be tried again."""
        ...

    def stuck(self, tool: str, key: str, *, yes: bool) -> None:
        """The effect should have been taken back and could not be; ``yes`` False: now it was."""
        ...

    def record(self, call: CallRecord) -> None:
        """Add a line to the audit trail."""
        ...


@dataclass(slots=True)
class MemoryLedger:
    """Lasts as long as the process: for tests and rehearsals."""

    effects: dict[tuple[str, str], tuple[str, Entry]] = field(default_factory=dict)
    calls: list[CallRecord] = field(default_factory=list)

    def begin(self, claim: Claim) -> Entry:
        known = self.effects.get((claim.tool, claim.key))
        if known is not None and known[0] != claim.fingerprint:
            return Entry("reused")
        if known is None or known[1].state == "refused":
            self.effects[(claim.tool, claim.key)] = (claim.fingerprint, Entry("started"))
            return Entry("new")
        return known[1]

    def done(self, tool: str, key: str, value: Any) -> None:
        self.effects[(tool, key)] = (self.effects[(tool, key)][0], Entry("done", value))

    def refused(self, tool: str, key: str) -> None:
        self.effects[(tool, key)] = (self.effects[(tool, key)][0], Entry("refused"))

    def stuck(self, tool: str, key: str, *, yes: bool) -> None:
        """Nobody looks into an effect of a process that is gone."""

    def record(self, call: CallRecord) -> None:
        self.calls.append(call)


def named_values(arguments: Mapping[str, Any], value: Any, names: frozenset[str]) -> dict[str, Any]:
    """The ``names`` found in a result or else in the arguments: what an undo is called with."""
    found = {**arguments, **(value if isinstance(value, Mapping) else {})}
    return {name: found[name] for name in names if found.get(name) is not None}
