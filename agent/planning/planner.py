"""From wishes to ordered steps, backwards from each wish over what tools need and give."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from agent.planning.actions import Action, givers

_MAX_DEPTH = 12
"""Tools in one chain; longer ones are no conversation."""

Cost = tuple[int, int, int]
"""(effects, questions, calls): an effect is dearer than any question, a question than any look-up."""


@dataclass(frozen=True, slots=True)
class AskFor:
    """The customer has to tell this value."""

    value: str


@dataclass(frozen=True, slots=True)
class Use:
    """This tool has to be called."""

    tool: str


Step = AskFor | Use


class Unreachable(Exception):
    """No chain of tools and questions leads to ``wish``. ``missing`` is what nothing gives."""

    def __init__(self, wish: str, missing: str) -> None:
        super().__init__(f"{wish}: nothing gives {missing}")
        self.wish = wish
        self.missing = missing


@dataclass(frozen=True, slots=True)
class Domain:
    """What a plan may use."""

    actions: Mapping[str, Action]
    askable: tuple[str, ...] = ()
    """Values that the customer can be asked for."""


@dataclass(slots=True)
class _Search:
    domain: Domain
    missing: str = ""
    busy: set[str] = field(default_factory=set)
    """Tools on the current chain: a tool cannot be a step on the way to itself."""


def plan(domain: Domain, wishes: Sequence[str], known: Collection[str], done: Collection[str] = ()) -> tuple[Step, ...]:
    """Steps that make every wish true, in order. A wish is a tool to call or a value to know.

    ``known`` are values at hand, ``done`` tools that need no call. The same input gives the same plan. Raises
    Unreachable.
    """
    have = set(known)
    steps: list[Step] = []
    for wish in wishes:
        search = _Search(domain)
        action = domain.actions.get(wish)
        if action is not None:
            found = (_NOTHING, []) if wish in done else _use(search, action, have)
        else:
            found = _reach(search, wish, have)
        if found is None:
            raise Unreachable(wish, search.missing or wish)
        for step in found[1]:
            if step not in steps:
                steps.append(step)
            have |= _given(domain, step)
    return tuple(steps)


_NOTHING: Cost = (0, 0, 0)


def _reach(search: _Search, value: str, have: set[str]) -> tuple[Cost, list[Step]] | None:
    """The cheapest way to know ``value``."""
    if value in have:
        return _NOTHING, []
    ways: list[tuple[Cost, list[Step]]] = []
    if value in search.domain.askable:
        ways.append(((0, 1, 0), [AskFor(value)]))
    if len(search.busy) < _MAX_DEPTH:
        for action in givers(search.domain.actions, value):
            way = None if action.name in search.busy else _use(search, action, have)
            if way is not None:
                ways.append(way)
    if not ways:
        search.missing = search.missing or value
        return None
    return min(ways, key=lambda way: way[0])  # the first of equals, so the order of the plan decides


def _use(search: _Search, action: Action, have: set[str]) -> tuple[Cost, list[Step]] | None:
    """The cheapest way to call ``action``, the call included."""
    search.busy.add(action.name)
    have, steps, cost = set(have), list[Step](), _NOTHING
    try:
        for alternatives in action.needs:
            ways = [way for name in alternatives if (way := _reach(search, name, have)) is not None]
            if not ways:
                return None
            price, more = min(ways, key=lambda way: way[0])
            for step in more:
                if step not in steps:
                    steps.append(step)
                have |= _given(search.domain, step)
            cost = _plus(cost, price)
    finally:
        search.busy.discard(action.name)
    return _plus(cost, (int(action.effect), 0, 1)), [*steps, Use(action.name)]


def _plus(a: Cost, b: Cost) -> Cost:
    return a[0] + b[0], a[1] + b[1], a[2] + b[2]


def _given(domain: Domain, step: Step) -> set[str]:
    return {step.value} if isinstance(step, AskFor) else set(domain.actions[step.tool].gives.values())
