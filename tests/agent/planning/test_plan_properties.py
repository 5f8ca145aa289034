"""Plans with random customers and random failures: they end, effects follow a yes, and nothing is left half-done."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.brain.base import Command, Meant, SetSlot
from agent.flows.plan_steps import CHOICE
from agent.flows.saved import from_json, to_json
from agent.flows.state import Result, State
from tests.agent.planning.world import TODAY, World, engine, settle, tools

_FATES = st.sampled_from(["ok"] * 8 + ["full", "declined", "broken", "unsure_done", "unsure_not"])
_OTHER = [
    "deny", "cancel", "stall", "who", "repeat", "opt_out", "ask_person", "dont_know", "busy", "anger", "promise",
    "refuse", "reschedule",
]  # fmt: skip
_MEANT = st.builds(Meant, st.sampled_from(["affirm"] * 4 + _OTHER))
_FILL = st.one_of(
    st.builds(SetSlot, st.just("day"), st.integers(0, 9).map(lambda n: TODAY + timedelta(n))),
    st.builds(SetSlot, st.just("extra"), st.integers(0, 2)),
    st.builds(SetSlot, st.just(CHOICE), st.sampled_from(["0", "1", "0,1", "any", "more", "none", "9", "x"])),
)
_TURN = st.lists(st.one_of(_MEANT, _FILL, _FILL), max_size=2)
_CALL = st.lists(st.one_of(_TURN, _TURN, _TURN, st.just(1)), min_size=1, max_size=25)


@dataclass(slots=True)
class Run:
    """One conversation with the plan."""

    states: list[State] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    world: World = field(default_factory=World)
    unasked: list[str] = field(default_factory=list)
    hung_up: bool = False


def play(call: list[Any], fates: list[str]) -> Run:
    running, run = engine(), Run(world=World(list(fates)))
    state = settle(running, running.start(), run.world, run.results)
    for turn in call:
        run.states.append(state)
        if state.ended:
            break
        before, values = len(run.world.calls), running.values(state)
        commands: list[Command] = [] if isinstance(turn, int) else turn
        result = running.silence(state, turn) if isinstance(turn, int) else running.react(state, commands)
        said_yes = any(isinstance(c, Meant) and c.intent in ("affirm", "promise") for c in commands)
        asked = state.asked
        state = settle(running, result, run.world, run.results)
        _check_yes(run, running.flow.plans["trip"], before, said_yes, asked, values)
    run.hung_up = not state.ended
    run.states.append(settle(running, running.hang_up(state), run.world, run.results))
    return run


def _check_yes(run: Run, plan: Any, before: int, said_yes: bool, asked: str, values: Any) -> None:
    """Every effect of a turn is covered by the question that was open and answered with yes, with the same values."""
    for request in run.world.calls[before:]:
        if request.undo or not tools()[request.name].effect:
            continue
        confirm = plan.rules.confirm_of(request.name)
        covered = said_yes and asked == f"trip.confirm.{confirm.name}"
        same = all(request.arguments.get(k) == values.get(k) for k in request.arguments)
        repeated = any(c.key == request.key for c in run.world.calls[:before])
        if not ((covered and same) or repeated):
            run.unasked.append(f"{request.name} after {asked}")


def _check(run: Run) -> None:
    """What holds of every conversation."""
    last = run.states[-1]
    assert last.ended
    assert last.disposition is not None
    assert not run.unasked
    assert not run.world.twice
    code = last.disposition.code
    kept = code == "CONFIRMED" or any(r.transfer is not None for r in run.results)
    if not kept and run.world.done:  # something could not be taken back: it is told
        assert last.disposition.details.get("left_undone")
        assert any(c.undo for c in run.world.calls)
    if code == "CONFIRMED":
        assert last.verified


@settings(max_examples=150, deadline=None)
@given(call=_CALL, fates=st.lists(_FATES, max_size=40))
def test_random_customers_and_failures(call: list[Any], fates: list[str]) -> None:
    _check(play(call, fates))


def test_likely_customers_and_failures() -> None:
    """Customers who mostly go along, so that plans get far before something happens."""
    rng, count = Random(4), Counter[str]()
    for _ in range(600):
        run = play([_likely(rng) for _ in range(rng.randint(4, 25))], [_fate(rng) for _ in range(40)])
        _check(run)
        count[run.states[-1].disposition.code] += 1  # type: ignore[union-attr]
        count["effects"] += sum(tools()[c.name].effect and not c.undo for c in run.world.calls)
        count["undone"] += sum(c.undo for c in run.world.calls)
    assert count["CONFIRMED"] >= 60
    assert count["effects"] >= 200
    assert count["undone"] >= 50


def _likely(rng: Random) -> Any:
    day = SetSlot("day", TODAY + timedelta(rng.randint(1, 9)))
    other = Meant(rng.choice(_OTHER))
    choice = SetSlot(CHOICE, rng.choice(["0", "0", "1", "0,1", "any", "more", "none"]))
    extra = SetSlot("extra", rng.randint(0, 2))
    return rng.choices([[Meant("affirm")], [choice], [day], [extra], [other], [], 1], [45, 20, 15, 7, 6, 4, 3])[0]


def _fate(rng: Random) -> str:
    return rng.choices(["ok", "full", "declined", "broken", "unsure_done", "unsure_not"], [88, 3, 4, 1, 2, 2])[0]


@settings(max_examples=40, deadline=None)
@given(call=_CALL, fates=st.lists(_FATES, max_size=40))
def test_replay_and_saving_change_nothing(call: list[Any], fates: list[str]) -> None:
    first, second = play(call, fates), play(call, fates)
    assert first.states == second.states
    assert [r.lines for r in first.results] == [r.lines for r in second.results]
    assert first.world.calls == second.world.calls
    for state in first.states:
        assert from_json(to_json(state)) == state


def test_saved_in_the_middle_goes_on_the_same() -> None:
    """A process that dies in the middle of an effect repeats it under the same key."""
    running, world = engine(), World()
    state = settle(running, running.start(), world, [])
    state = settle(running, running.react(state, [SetSlot("day", TODAY + timedelta(3))]), world, [])
    state = settle(running, running.react(state, [SetSlot(CHOICE, "0")]), world, [])
    lost = running.react(state, [Meant("affirm")])
    again = engine().react(from_json(to_json(state)), [Meant("affirm")])
    assert lost.tool is not None
    assert lost.tool == again.tool
    assert lost.state == again.state
