"""How far a plan has come: every call made, every yes given. Immutable; what is known follows from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

from agent.planning.actions import Action
from core.ids import derived_id

Status = Literal["done", "refused", "unsure", "undone", "stuck", "dropped"]
"""done · refused: certainly not done · unsure: nobody knows · undone: taken back · stuck: could not be taken back ·
dropped: a look-up that no longer counts."""


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call of a plan."""

    tool: str
    key: str
    """Idempotency key: the same step of the same conversation has the same one, after a crash too."""
    arguments: Mapping[str, Any]
    status: Status
    value: Any = None
    """The result as the tool gave it: a dict, or a list of dicts to choose from."""
    chosen: int | None = None
    """Which of the list."""
    error: str | None = None
    tries: int = 1

    @property
    def rows(self) -> tuple[Mapping[str, Any], ...]:
        """What there is to choose from; empty for a single result."""
        if not isinstance(self.value, (list, tuple)):
            return ()
        return tuple(row for row in self.value if isinstance(row, Mapping))

    @property
    def result(self) -> Any:
        """The single result or the chosen one; None while nothing is chosen."""
        if not isinstance(self.value, (list, tuple)):
            return self.value
        return self.rows[self.chosen] if self.chosen is not None else None


@dataclass(frozen=True, slots=True)
class Yes:
    """What the customer agreed to: these values, under this question. Other values void it."""

    question: str
    values: str
    """Fingerprint."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Everything a plan remembers. Replaying the same inputs gives the same progress."""

    calls: tuple[Call, ...] = ()
    yes: tuple[Yes, ...] = ()
    refused: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """Value → what turned out to be impossible for it and is not offered again."""
    troubles: Mapping[str, int] = field(default_factory=dict)
    """Tool → how often it failed."""
    shown: Mapping[str, int] = field(default_factory=dict)
    """Key of a call → first of its results that is on offer."""
    narrowed: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Key of a call → those of its results that fit what the customer said ("buổi sáng")."""
    retired: tuple[str, ...] = ()
    """Effects (TOOL:KEY) that are to be taken back and done once more."""
    put: str = ""
    """Fingerprint of the question that was put last: a yes to another one counts for nothing."""
    basis: Mapping[str, Any] | None = None
    """What the customer had told when the last effect was done: what a no to undoing it goes back to."""
    told: bool = False
    """Has the plan been told?"""
    finished: bool = False
    """Every wish came true; what was done stays, whatever comes later."""
    ending: str = ""
    """"" while it runs; else how it ends once everything is undone: stopped, failed …"""
    why: str = ""
    """What went wrong, as TOOL:CODE."""

    def with_call(self, call: Call) -> Progress:
        """The call added, or the one with its key replaced."""
        if any(known.key == call.key and known.tool == call.tool for known in self.calls):
            calls = tuple(call if (k.key, k.tool) == (call.key, call.tool) else k for k in self.calls)
        else:
            calls = (*self.calls, call)
        return replace(self, calls=calls)

    def agreed(self, question: str, values: Mapping[str, Any]) -> bool:
        return Yes(question, fingerprint(values)) in self.yes

    def with_yes(self, question: str, values: Mapping[str, Any]) -> Progress:
        return replace(self, yes=(*self.yes, Yes(question, fingerprint(values))))

    def live(self, actions: Mapping[str, Action]) -> tuple[Call, ...]:
        """Effects in force, the latest last."""
        return tuple(c for c in self.calls if actions[c.tool].effect and c.status in ("done", "unsure"))

    def open_rows(self, action: Action, call: Call) -> list[int]:
        """Numbers of the results of ``call`` that may still be offered."""
        rows = [action.values_of(row) for row in call.rows]
        return [n for n, row in enumerate(rows) if not any(row.get(k) in bad for k, bad in self.refused.items())]


@dataclass(frozen=True, slots=True)
class View:
    """What is known now, and which calls it rests on."""

    values: Mapping[str, Any]
    valid: tuple[Call, ...]
    """Calls whose arguments are still what they would be called with."""
    stale: tuple[Call, ...]
    """Effects in force that rest on what is no longer so."""


def view(actions: Mapping[str, Action], progress: Progress, told: Mapping[str, Any]) -> View:
    """Goes through the calls in order: a call counts as long as it would be made again the same way.

    ``told`` are facts and slots. Nothing is thrown away: a date that changes and changes back finds its old results.
    """
    values = dict(told)
    valid: list[Call] = []
    stale: list[Call] = []
    for call in progress.calls:
        if call.status != "done":
            continue
        action = actions[call.tool]
        arguments = action.arguments(values)
        if arguments is not None and fingerprint(arguments) == fingerprint(call.arguments):
            valid.append(call)
            values |= action.values_of(call.result)
        elif action.effect:
            stale.append(call)
    return View(values, tuple(valid), tuple(stale))


def next_key(progress: Progress, tool: str, arguments: Mapping[str, Any]) -> str:
    """The key of the next call of ``tool``: an unsure one is tried again under its own, any other gets a new one."""
    earlier = [call for call in progress.calls if call.tool == tool]
    for call in earlier:
        if call.status == "unsure" and fingerprint(call.arguments) == fingerprint(arguments):
            return call.key
    return f"{tool}/{len(earlier) + 1}"


def fingerprint(values: Any) -> str:
    """Short and stable: equal for equal values, dates and their ISO form included."""
    return derived_id("plan", json.dumps(values, sort_keys=True, ensure_ascii=False, default=_plain))


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
