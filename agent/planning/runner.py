"""One move of a plan at a time: what to ask, offer, confirm, call or take back next, and what an answer changes.

Pure. The plan is made anew before every move from what is known then, so a new date, a full flight or a failed tool
needs no case of its own: what no longer holds is no longer known, and the planner finds the way from there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from agent.planning.actions import Action
from agent.planning.planner import AskFor, Domain, Unreachable, Use, plan
from agent.planning.progress import Call, Progress, View, next_key, view

UNDO = "undo"
"""Name of the yes that lets effects be taken back."""
EMPTY = "empty"
"""Trouble of a look-up that found nothing to choose from."""
_TRIES = 2
"""Calls of one effect whose outcome is unknown, under one key."""
_MAX_TROUBLES = 3


@dataclass(frozen=True, slots=True)
class Confirm:
    """A question that must be answered with yes before any of ``covers`` is called."""

    name: str
    covers: tuple[str, ...]
    shows: frozenset[str] = frozenset()
    """Values that the question names."""


@dataclass(frozen=True, slots=True)
class Repair:
    """What to do when a tool fails in a known way: say it, forget what led there, go on by ``go`` or by a new plan."""

    say: str | None = None
    forget: tuple[str, ...] = ()
    redo: tuple[str, ...] = ()
    go: str | None = None
    times: int = _MAX_TROUBLES


@dataclass(frozen=True, slots=True)
class Rules:
    """What a plan may do and how."""

    domain: Domain
    confirms: tuple[Confirm, ...] = ()
    repairs: Mapping[str, Mapping[str, Repair]] = field(default_factory=dict)
    """Tool → error code, or "else" → repair."""

    def confirm_of(self, tool: str) -> Confirm | None:
        return next((confirm for confirm in self.confirms if tool in confirm.covers), None)


@dataclass(frozen=True, slots=True)
class Ask:
    value: str


@dataclass(frozen=True, slots=True)
class Offer:
    """Let the customer choose among the results of ``call``; ``rows`` are those that are left."""

    call: Call
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Agree:
    """Get a yes to ``confirm`` for ``values``."""

    confirm: Confirm
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AgreeUndo:
    """Get a yes to taking ``calls`` back, because they rest on what is no longer so."""

    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Invoke:
    tool: str
    arguments: Mapping[str, Any]
    key: str


@dataclass(frozen=True, slots=True)
class Revert:
    """Take ``call`` back."""

    call: Call


@dataclass(frozen=True, slots=True)
class End:
    """done, stopped (the customer does not want it any more), failed, or stuck (something could not be taken back)."""

    how: str


Move = Ask | Offer | Agree | AgreeUndo | Invoke | Revert | End


def next_move(rules: Rules, progress: Progress, told: Mapping[str, Any], wishes: Sequence[str]) -> Move:
    """The next move. ``told`` are facts and slots, ``wishes`` the tools and values that are wanted now."""
    actions = rules.domain.actions
    if progress.ending:
        return _wind_up(rules, progress)
    now = view(actions, progress, told)
    try:
        wanted = plan(rules.domain, wishes, _known(told))
        steps = plan(rules.domain, wishes, _known(now.values), _finished(now))
    except Unreachable:
        return End("failed")
    unwanted = _unwanted(actions, progress, now, wanted)
    if unwanted:
        return _take_back(actions, progress, unwanted)
    if not steps:
        return End("done")
    first = steps[0]
    return Ask(first.value) if isinstance(first, AskFor) else _call(rules, progress, now, actions[first.tool])


def outline(rules: Rules, progress: Progress, told: Mapping[str, Any], wishes: Sequence[str]) -> tuple[str, ...]:
    """Tools still to be called, in order: what the customer is told of the plan."""
    now = view(rules.domain.actions, progress, told)
    try:
        steps = plan(rules.domain, wishes, _known(now.values), _finished(now))
    except Unreachable:
        return ()
    return tuple(step.tool for step in steps if isinstance(step, Use))


def _known(values: Mapping[str, Any]) -> set[str]:
    return {name for name, value in values.items() if value is not None}


def _finished(now: View) -> set[str]:
    return {call.tool for call in now.valid if call.result is not None or not call.rows}


def _unwanted(
    actions: Mapping[str, Action], progress: Progress, now: View, wanted: Collection[Any]
) -> tuple[Call, ...]:
    """Effects in force that no longer fit, that nobody wants any more, or that are to be done again."""
    tools = {step.tool for step in wanted if isinstance(step, Use)}
    effects = (call for call in now.valid if actions[call.tool].effect)
    again = (c for c in effects if c.tool not in tools or f"{c.tool}:{c.key}" in progress.retired)
    return (*now.stale, *again)


def _take_back(actions: Mapping[str, Action], progress: Progress, calls: tuple[Call, ...]) -> Move:
    calls = tuple(call for call in progress.calls if call in calls)  # in the order they were made
    if any(actions[call.tool].undo is None for call in calls):
        return End("failed")
    if all(progress.agreed(UNDO, {"tool": call.tool, "key": call.key}) for call in calls):
        return Revert(calls[-1])
    return AgreeUndo(calls)


def _call(rules: Rules, progress: Progress, now: View, action: Action) -> Move:
    offered = next((c for c in reversed(now.valid) if c.tool == action.name and c.rows and c.chosen is None), None)
    if offered is not None:
        return Offer(offered, tuple(progress.open_rows(action, offered)))
    arguments = action.arguments(now.values) or {}
    if action.effect:
        confirm = rules.confirm_of(action.name)
        if confirm is None:
            return End("failed")  # the linter refuses such a flow; never an effect without a question
        values = _asked_about(rules, confirm, now)
        if not progress.agreed(confirm.name, values):
            return Agree(confirm, values)
    return Invoke(action.name, arguments, next_key(progress, action.name, arguments))


def _asked_about(rules: Rules, confirm: Confirm, now: View) -> dict[str, Any]:
    """What a yes binds: the values the question names and those its tools would be called with."""
    actions = rules.domain.actions
    by_effects = {name for action in actions.values() if action.effect for name in action.gives.values()}
    names = set(confirm.shows)
    for tool in confirm.covers:
        names |= {name for name in actions[tool].takes.values() if isinstance(name, str)}
    return {name: now.values[name] for name in sorted(names - by_effects) if now.values.get(name) is not None}


def _wind_up(rules: Rules, progress: Progress) -> Move:
    """Everything in force is taken back, the latest first."""
    actions = rules.domain.actions
    live = progress.live(actions)
    undoable = [call for call in live if actions[call.tool].undo is not None]
    if undoable:
        return Revert(undoable[-1])
    left = live or any(call.status == "stuck" for call in progress.calls)
    return End("stuck" if left else progress.ending)


# -- what answers change ---------------------------------------------------------------------------------------------


def yes(progress: Progress, move: Agree | AgreeUndo) -> Progress:
    """The customer agreed to the question of ``move``."""
    if isinstance(move, Agree):
        return progress.with_yes(move.confirm.name, move.values)
    for call in move.calls:
        progress = _agreed_undo(progress, call)
    return progress


def choose(progress: Progress, call: Call, row: int | None) -> Progress:
    """The customer took number ``row`` of the results, or None: wants to choose again."""
    return progress.with_call(replace(call, chosen=row))


def stop(progress: Progress, how: str, why: str = "") -> Progress:
    """No more steps; what was done is taken back."""
    return progress if progress.ending else replace(progress, ending=how, why=why or progress.why)


def finish(progress: Progress) -> Progress:
    """Every wish came true: what was done stays."""
    return replace(progress, finished=True)


def unfinished(rules: Rules, progress: Progress) -> bool:
    """Is anything in force that belongs to a plan which is not finished?"""
    return not progress.finished and bool(progress.live(rules.domain.actions))


@dataclass(frozen=True, slots=True)
class Answered:
    """What a tool's answer changes. ``trouble`` is the code of what went wrong, "" if nothing did."""

    progress: Progress
    trouble: str = ""


def answered(
    rules: Rules,
    progress: Progress,
    asked: Invoke,
    told: Mapping[str, Any],
    *,
    ok: bool,
    value: Any = None,
    error: str | None = None,
    unsure: bool = False,
) -> Answered:
    """The tool of ``asked`` has answered, failed (``error``), or nobody knows (``unsure``)."""
    action = rules.domain.actions[asked.tool]
    before = next((c for c in progress.calls if c.tool == asked.tool and c.key == asked.key), None)
    tries = before.tries + 1 if before else 1
    call = Call(asked.tool, asked.key, asked.arguments, "done", value, None, error, tries)
    if ok:
        return _succeeded(action, progress, call, told)
    unsure = unsure or (before is not None and before.status == "unsure")  # no later refusal takes a doubt away
    if action.effect and unsure:
        progress = replace(progress.with_call(replace(call, status="unsure")), finished=False)
        return Answered(progress) if tries < _TRIES else Answered(progress, "unsure")
    confirm = rules.confirm_of(action.name)
    given = tuple(yes for yes in progress.yes if confirm is None or yes.question != confirm.name)
    refused = replace(progress.with_call(replace(call, status="refused")), yes=given)
    return Answered(refused, error or "error")  # the yes is used up: another try is asked for anew


def _succeeded(action: Action, progress: Progress, call: Call, told: Mapping[str, Any]) -> Answered:
    if action.effect:
        return Answered(replace(progress.with_call(call), basis=dict(told), finished=False))
    if isinstance(call.value, (list, tuple)):
        rows = progress.open_rows(action, call)
        if not rows:
            return Answered(progress.with_call(replace(call, status="dropped")), EMPTY)
        if len(rows) == 1:
            call = replace(call, chosen=rows[0])
    elif action.gives and not action.values_of(call.value):
        return Answered(progress.with_call(replace(call, status="dropped")), EMPTY)
    elif (trouble := action.trouble_of(call.value)) is not None:
        return Answered(progress.with_call(replace(call, status="dropped")), trouble)
    return Answered(progress.with_call(call))


def repair(rules: Rules, progress: Progress, tool: str, trouble: str) -> tuple[Progress, Repair | None]:
    """How ``trouble`` with ``tool`` is mended; without a way left the plan ends as failed and is taken back."""
    known = rules.repairs.get(tool, {})
    found = known.get(trouble) or (None if trouble == "unsure" else known.get("else"))
    count = progress.troubles.get(tool, 0) + 1
    progress = replace(progress, troubles={**progress.troubles, tool: count}, why=f"{tool}:{trouble}")
    if found is None or count > found.times:
        return stop(progress, "failed", f"{tool}:{trouble}"), None
    for call in progress.live(rules.domain.actions):
        if call.tool in found.redo:
            progress = replace(_agreed_undo(progress, call), retired=(*progress.retired, f"{call.tool}:{call.key}"))
    return forget(rules, progress, found.forget), found


def _agreed_undo(progress: Progress, call: Call) -> Progress:
    return progress.with_yes(UNDO, {"tool": call.tool, "key": call.key})


def forget(rules: Rules, progress: Progress, names: Sequence[str]) -> Progress:
    """Values that led to a failure: what was chosen is not offered again, and the look-up it came from is repeated."""
    for name in names:
        for call in reversed(progress.calls):
            action = rules.domain.actions[call.tool]
            given = action.values_of(call.result) if call.status == "done" and not action.effect else {}
            if name in given:
                bad = (*progress.refused.get(name, ()), given[name]) if call.rows else progress.refused.get(name, ())
                progress = replace(
                    progress.with_call(replace(call, status="dropped")), refused={**progress.refused, name: bad}
                )
                break
    return progress


def reverted(progress: Progress, call: Call, *, ok: bool) -> Progress:
    """``call`` was taken back, or could not be. Every yes given before is void: what comes next is asked anew."""
    changed = replace(progress.with_call(replace(call, status="undone" if ok else "stuck")), finished=False)
    if not ok:
        return stop(changed, "failed", f"{call.tool}:{UNDO}")
    keep = tuple(given for given in progress.yes if given.question == UNDO)
    return replace(changed, yes=keep)
