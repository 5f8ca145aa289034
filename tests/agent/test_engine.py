"""The engine with random customers: it always ends, never tells an unverified person, never promises by itself."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.brain.base import Command, Meant, SetSlot
from agent.brain.intents import INTENTS
from agent.facts import typed_facts
from agent.flows.engine import Engine
from agent.flows.state import Result, State
from memory import events
from tests.agent.talk import FACTS, flows

TODAY = date(2026, 11, 23)
_DATES = st.integers(-40, 80).map(lambda days: TODAY + timedelta(days))
_SLOTS = {
    "promise_date": _DATES, "promise_amount": st.sampled_from([500, 100_000, 2_500_000, 9_000_000]),
    "said_birth_year": st.sampled_from([1970, 1985, 1999]), "said_last4": st.sampled_from(["4321", "1111", "12"]),
    "paid_on": _DATES, "callback_at": _DATES.map(lambda day: datetime(day.year, day.month, day.day, 9)),
    "new_time": _DATES.map(lambda day: datetime(day.year, day.month, day.day, 15)),
    "$key": st.sampled_from(["1", "2", "3", "9"]),
}  # fmt: skip
_MEANT = st.builds(Meant, st.sampled_from(sorted(INTENTS)), st.sampled_from([0.4, 0.6, 0.9]))
_FILL = st.one_of(*(st.builds(SetSlot, st.just(name), values) for name, values in _SLOTS.items()))
_TURN = st.lists(st.one_of(_MEANT, _FILL), max_size=3)
_CALL = st.lists(st.one_of(_TURN, st.integers(1, 3)), min_size=1, max_size=60)


def engine_of(flow: str) -> Engine:
    return Engine(flows()[flow], typed_facts(flows()[flow], FACTS), TODAY)


def finish(engine: Engine, result: Result, ok: bool = True) -> list[Result]:
    """The result and those of the tools it calls."""
    results = [result]
    while results[-1].tool is not None:
        results.append(engine.tool_done(results[-1].state, ok, "done"))
    return results


@pytest.mark.parametrize("flow", ["payment_reminder", "appointment_reminder"])
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(call=_CALL, tools_work=st.booleans())
def test_random_customers(flow: str, call: list[list[Command] | int], tools_work: bool) -> None:
    engine = engine_of(flow)
    results = finish(engine, engine.start())
    for turn in call:
        state = results[-1].state
        if state.ended:
            break
        before = state
        heard = engine.silence(state, turn) if isinstance(turn, int) else engine.react(state, turn)
        for result in finish(engine, heard, tools_work):
            results.append(result)
            sensitive = [line for line in result.lines if engine.flow.wording[line].sensitive]
            assert not sensitive or result.state.verified
            assert result.state.ended or result.ask is not None or result.tool is not None
        after = results[-1].state
        if after.disposition is not None and after.disposition.code == "PTP":
            assert after.verified
            assert before.asked == "recap_amount"
            said_yes = {c.intent for c in turn if isinstance(c, Meant)} if isinstance(turn, list) else set()
            restated = [c for c in turn if isinstance(c, SetSlot)] if isinstance(turn, list) else []
            assert said_yes & {"affirm", "promise", "pay_full"} or restated
            assert after.disposition.details["date"] == str(before.slots["promise_date"])


@pytest.mark.parametrize("flow", ["payment_reminder", "appointment_reminder"])
@settings(max_examples=40, deadline=None)
@given(turn=_TURN)
def test_the_same_answer_for_ever_ends(flow: str, turn: list[Command]) -> None:
    engine = engine_of(flow)
    result = finish(engine, engine.start())[-1]
    for _ in range(engine.flow.limits.turns + 2):
        if result.state.ended:
            break
        result = finish(engine, engine.react(result.state, turn))[-1]
    assert result.state.ended
    assert result.state.disposition is not None


def test_replay_gives_the_same() -> None:
    engine = engine_of("payment_reminder")
    turns: list[list[Command]] = [[Meant("affirm")], [SetSlot("said_birth_year", 1985)], [Meant("who")]]

    def run() -> State:
        result = engine.start()
        for turn in turns:
            result = engine.react(result.state, turn)
        return result.state

    assert run() == run()


def test_failed_tool_is_no_promise() -> None:
    engine = engine_of("payment_reminder")
    result = engine.start()
    for turn in ([Meant("affirm")], [SetSlot("said_birth_year", 1985)], [SetSlot("promise_date", TODAY)]):
        result = engine.react(result.state, turn)
    result = engine.react(result.state, [Meant("affirm")])
    assert result.tool is not None
    assert result.tool.arguments == {"amount": 2_500_000, "day": TODAY}
    last = finish(engine, result, ok=False)[-1]
    assert last.state.disposition is not None
    assert last.state.disposition.code == "TECH_ERROR"


def test_limits_of_slots() -> None:
    engine = engine_of("payment_reminder")
    result = engine.react(engine.start().state, [Meant("affirm")])
    result = engine.react(result.state, [SetSlot("said_birth_year", 1985)])
    for value, line in ((TODAY + timedelta(31), "date_too_far"), (TODAY - timedelta(1), "date_past")):
        answer = engine.react(result.state, [SetSlot("promise_date", value)])
        assert answer.lines[0] == line
        assert "promise_date" not in answer.state.slots
    too_much = engine.react(result.state, [SetSlot("promise_amount", 3_000_000)])
    assert too_much.lines[0] == "amount_too_big"


def test_correction_is_noted() -> None:
    engine = engine_of("payment_reminder")
    result = engine.react(engine.start().state, [Meant("affirm")])
    result = engine.react(result.state, [SetSlot("said_birth_year", 1985)])
    result = engine.react(result.state, [SetSlot("promise_date", TODAY)])
    result = engine.react(result.state, [Meant("deny"), SetSlot("promise_date", TODAY + timedelta(3))])
    notes = [note.data for note in result.notes if note.type == events.SLOT_SET]
    assert notes == [{"name": "promise_date", "value": "2026-11-26", "corrected": True}]
    assert result.lines == ("recap",)


def test_half_a_call_not_understood_ends_it() -> None:
    engine = engine_of("appointment_reminder")
    state = engine.start().state
    turns = 0
    while not state.ended:  # a yes now and then, as music and foreign words are heard
        turns += 1
        commands = [Meant("greeting", 0.9)] if turns % 3 == 0 else []
        state = engine.react(state, commands).state
    assert turns <= 8
    assert state.disposition is not None
    assert state.disposition.code == "BOT_FAILED"


def test_a_question_nobody_heard_is_put_again() -> None:
    engine = engine_of("appointment_reminder")
    first = engine.react(engine.start().state, [Meant("affirm", 0.9)])
    again = engine.again(first.state)
    assert again.lines == first.lines
    assert again.state.asked == first.state.asked
    assert (again.state.failed, again.state.lost) == (0, 0)


def test_a_surer_answer_outweighs_a_guess_at_another_matter() -> None:
    engine = engine_of("payment_reminder")
    state = engine.start().state
    for turn in ([Meant("affirm", 0.9)], [SetSlot("said_birth_year", int(FACTS["birth_year"]))]):
        state = engine.react(state, turn).state
    recap = engine.react(state, [Meant("promise", 0.9), SetSlot("promise_date", TODAY + timedelta(3))]).state
    assert recap.asked.startswith("recap")
    guessed = engine.react(recap, [Meant("affirm", 0.75), Meant("already_paid", 0.63)])
    meant = engine.react(recap, [Meant("affirm", 0.75), Meant("already_paid", 0.8)])
    assert guessed.tool is not None
    assert guessed.tool.name == "record_promise"
    assert meant.state.asked == "paid_when"
