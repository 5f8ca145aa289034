"""A tool as the planner sees it: what it takes, what it gives, whether it changes or costs something."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from tools import Tool


@dataclass(frozen=True, slots=True)
class Action:
    """One tool within one plan. Its arguments and results go by the plan's names for them."""

    name: str
    takes: Mapping[str, Any] = field(default_factory=dict)
    """Argument → name of the value, or a literal wrapped in ``Literal``."""
    needs: tuple[tuple[str, ...], ...] = ()
    """Values that must be known, each with its alternatives: (("code", "phone"),) is one of the two."""
    gives: Mapping[str, str] = field(default_factory=dict)
    """Key of the result → name of the value."""
    effect: bool = False
    cost: bool = False
    undo: str | None = None
    private: bool = False
    """Only for the verified customer."""
    expect: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Value → what it has to be for the call to count."""

    def arguments(self, values: Mapping[str, Any]) -> dict[str, Any] | None:
        """What to call it with; None while something it needs is unknown."""
        if not all(any(values.get(name) is not None for name in names) for names in self.needs):
            return None
        found = {arg: v.value if isinstance(v, Literal) else values.get(v) for arg, v in self.takes.items()}
        return {arg: value for arg, value in found.items() if value is not None}

    def trouble_of(self, result: Any) -> str | None:
        """The first value that is not what it has to be; None if all are."""
        found = self.values_of(result)
        return next((str(found.get(k)) for k, good in self.expect.items() if str(found.get(k)) not in good), None)

    def values_of(self, result: Any) -> dict[str, Any]:
        """The plan's values in one result: a dict, or a bare value for the only name it gives."""
        if isinstance(result, Mapping):
            return {name: result[key] for key, name in self.gives.items() if result.get(key) is not None}
        names = list(self.gives.values())
        return {names[0]: result} if len(names) == 1 and result is not None else {}


@dataclass(frozen=True, slots=True)
class Literal:
    """A fixed argument, written into the flow."""

    value: Any


def action_of(
    tool: Tool,
    arguments: Mapping[str, Any] | None = None,
    results: Mapping[str, str] | None = None,
    more_needs: Collection[str] = (),
    expect: Mapping[str, tuple[str, ...]] | None = None,
) -> Action:
    """``tool`` with the plan's own names: ``arguments`` maps argument → value name or Literal, ``results`` key → value
    name; what they leave out keeps its name."""
    renamed = arguments or {}
    takes = {arg: renamed.get(arg, arg) for arg in tool.arguments.model_fields}
    needs = tuple(names for need in tool.needs if (names := _alternatives(need, renamed)) is not None)
    return Action(
        name=tool.name,
        takes=takes,
        needs=(*needs, *((name,) for name in more_needs)),
        gives={key: (results or {}).get(key, key) for key in tool.gives},
        effect=tool.effect,
        cost=tool.cost,
        undo=tool.undo,
        private=tool.permission == "verified",
        expect=expect or {},
    )


def _alternatives(need: str, renamed: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Names under which a need is met; None if a literal meets it."""
    names = [renamed.get(arg, arg) for arg in need.split("|")]
    return None if any(isinstance(name, Literal) for name in names) else tuple(names)


def givers(actions: Mapping[str, Action], value: str) -> list[Action]:
    """Actions whose result holds ``value``, in the order of the plan."""
    return [action for action in actions.values() if value in action.gives.values()]


def values_given(actions: Collection[Action]) -> frozenset[str]:
    return frozenset(name for action in actions for name in action.gives.values())
