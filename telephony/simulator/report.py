"""What came of scenarios in figures: success, turns, seconds, escalations right and wrong, false interruptions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from telephony.simulator.verdict import Outcome


def share(outcomes: Sequence[Outcome]) -> str:
    """ "57/58"; "—" of nothing."""
    return f"{sum(outcome.ok for outcome in outcomes)}/{len(outcomes)}" if outcomes else "—"


def summary(outcomes: Sequence[Outcome]) -> str:
    """One line for people, in Vietnamese."""
    n = max(len(outcomes), 1)
    turns = sum(outcome.happened.turns for outcome in outcomes) / n
    seconds = sum(outcome.happened.duration_ms for outcome in outcomes) / n / 1000
    handed = sum(outcome.happened.escalated for outcome in outcomes)
    good = sum(outcome.ok for outcome in outcomes)
    return (
        f"{good}/{len(outcomes)} đạt ({good / n:.0%}), trung bình {turns:.1f} lượt khách, {seconds:.0f} giây, "
        f"{handed} lần chuyển nhân viên"
    )


def escalation(outcomes: Sequence[Outcome]) -> tuple[float | None, float | None]:
    """(precision, recall) of handing over, over the scenarios that say whether it is right; None without any."""
    judged = [(o.happened.escalated, o.play.scenario.expect.must_escalate) for o in outcomes]
    told = [(did, must) for did, must in judged if must is not None]
    right = sum(did and must for did, must in told)
    did_all, must_all = sum(did for did, _ in told), sum(bool(must) for _, must in told)
    return (right / did_all if did_all else None), (right / must_all if must_all else None)


def false_interruptions(outcomes: Sequence[Outcome]) -> float | None:
    """Share of the bot's turns that were cut though nobody meant to interrupt; None without turns."""
    turns = sum(outcome.happened.bot_turns for outcome in outcomes)
    return sum(outcome.happened.false_interruptions for outcome in outcomes) / turns if turns else None


def by(outcomes: Sequence[Outcome], key: Callable[[Outcome], str]) -> Mapping[str, list[Outcome]]:
    """Outcomes in groups, by name."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(key(outcome), []).append(outcome)
    return dict(sorted(groups.items()))


def as_data(outcome: Outcome) -> dict[str, Any]:
    """For a JSON file: everything that is needed to see what went wrong."""
    happened, play = outcome.happened, outcome.play
    return {
        "flow": play.flow, "scenario": play.id, "kind": play.scenario.kind, "held_out": play.held_out,
        "medium": outcome.medium, "ok": outcome.ok, "failures": list(outcome.failures), "region": play.region,
        "mood": play.scenario.mood or "calm", "noise": play.scenario.noise, "code": happened.code,
        "details": dict(happened.details), "turns": happened.turns, "duration_ms": happened.duration_ms,
        "escalated": happened.escalated, "tools": list(happened.tools), "ended_by": happened.ended_by,
        "bot_turns": happened.bot_turns, "false_interruptions": happened.false_interruptions,
        "transcript": [{"role": line.role, "text": line.text, "at_ms": line.at_ms} for line in happened.lines],
        "heard": list(happened.heard),
    }  # fmt: skip
