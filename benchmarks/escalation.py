"""Do heated callers reach a person, and calm ones not? Real conversations on text, phrases never tuned on.

python -m benchmarks.escalation [--first K] [--seeds N] [--show N] [--rate R]
A heated caller plays a shipped script until their temper breaks, then says heated things in four turns of five. A calm
one plays the same scripts, and now and then says something that only looks heated ("kiện hàng", "sợ ma").
"""

from __future__ import annotations

import argparse
import asyncio
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from agent.brain.embedded import EmbeddedBrain
from agent.conversation import Conversation
from agent.flows.load import shipped_flows
from agent.flows.model import Flow
from benchmarks.rehearsal import NOW, TODAY, fields_of
from core.ids import derived_seed
from memory import events
from models.intents.corrupt import corrupt
from telephony.simulator.carrier import find_goal, make_customer
from telephony.simulator.customer import Aside, Customer, Reply
from telephony.simulator.goals import goal_names
from telephony.simulator.meaning import Truth
from telephony.simulator.textplay import Transcript, play
from tools.payments import PaymentDesk

FLOWS = ("payment_reminder", "appointment_reminder")
TEMPERS = ("angry", "ironic", "threat", "danger", "abuse", "despair")
AT_ONCE = ("threat", "danger")
HEATED_REASONS = frozenset({"anger", "legal_threat", "danger", "ask_person"})
_ACCEPTS = ("ừ cho gặp đi", "được, chuyển đi", "có, cho tôi gặp", "ừ")
_MOST_RANTS = 6


@lru_cache(maxsize=1)
def phrases() -> Mapping[str, list[str]]:
    """Held-out phrases by temper."""
    held: Mapping[str, list[str]] = yaml.safe_load(
        Path(__file__).with_name("escalation_phrases.yaml").read_text(encoding="utf-8")
    )
    return held


@lru_cache(maxsize=1)
def _flows() -> Mapping[str, Flow]:
    return shipped_flows()


class Tempered:
    """A synthetic customer who says some of ``lines`` in place of the script's answers."""

    def __init__(self, inner: Customer, lines: list[str], *, begin: int, share: float, heated: bool, seed: int) -> None:
        self.persona = inner.persona
        self._inner = inner
        self._rng = random.Random(seed)
        self._lines = self._rng.sample(lines, len(lines))
        self._begin, self._share, self._heated = begin, share, heated
        self._turns = self.said = 0

    def pickup(self) -> list[Reply]:
        return self._inner.pickup()

    def bot_started(self, text: str) -> list[Aside]:
        return []

    def interrupted(self) -> None:
        self._inner.interrupted()

    def bot_said(self, text: str) -> None:
        self._inner.bot_said(text)

    def bot_finished(self, text: str) -> Reply:
        reply = self._inner.bot_finished(text)
        self._turns += 1
        if self._turns < self._begin or reply.keys or (reply.hang_up and not self._heated):
            return reply
        if self._heated and "gặp nhân viên" in text and self._rng.random() < 0.6:
            return Reply(self._rng.choice(_ACCEPTS))
        if self.said and self._heated and self.said >= _MOST_RANTS:
            return Reply("thôi", hang_up=True)
        if self._rng.random() >= self._share:
            return reply
        line = self._lines[self.said % len(self._lines)]
        self.said += 1
        if self._heated or reply.text is None or self._rng.random() < 0.3:
            return Reply(line)
        return Reply(f"{line}, {reply.text}")

    def bot_silent(self, count: int) -> Reply:
        return self._inner.bot_silent(count)

    def truth(self) -> Truth:
        return self._inner.truth()


@dataclass(slots=True)
class Case:
    """One conversation and what came of it."""

    temper: str
    transcript: Transcript
    said: int
    transferred: str = ""
    offered: bool = False
    alerts: list[str] = field(default_factory=list)
    turns_to_person: int = 0

    @property
    def escalated(self) -> bool:
        """Was the caller handed over, or offered a person because of their temper?"""
        return bool(self.transferred in HEATED_REASONS or self.offered or self.alerts)


async def converse(flow: str, goal: str, temper: str, k: int, brain: EmbeddedBrain, rate: float = 0.0) -> Case:
    """One caller; ``rate`` is the share of syllables that arrive wrong."""
    seed = derived_seed("escalation", flow, goal, temper, k)
    rng = random.Random(seed)
    region = rng.choice(("north", "central", "south"))
    fields = fields_of(k, region)
    heated = temper != "calm"
    lines = [corrupt(line, rate, rng) if rate else line for line in phrases()[temper if heated else "lures"]]
    inner = make_customer(find_goal(flow, goal), fields, seed, 1, TODAY)
    begin, share = (rng.randint(1, 3), 0.8) if heated else (1, 0.3)
    customer = Tempered(inner, lines, begin=begin, share=share, heated=heated, seed=seed)
    log: list[tuple[str, Mapping[str, Any]]] = []
    conversation = Conversation(
        _flows()[flow], fields, brain, PaymentDesk().tools_for(f"c{k}"),
        lambda kind, _at, data: log.append((kind, dict(data))), NOW, seed=str(seed),
    )  # fmt: skip
    case = Case(temper, await play(conversation, customer), 0)
    last = case.transcript.lines[-1] if case.transcript.lines else None
    unheard = case.transcript.ended_by == "bot" and last is not None and last.text in lines  # said after the goodbye
    case.said = customer.said - unheard
    for kind, data in log:
        if kind == events.ESCALATED:
            case.transferred = str(data["reason"])
        elif kind == events.ALERTED:
            case.alerts.append(str(data["rule"]))
        elif kind == events.FLOW_STEP and data["step"] == "calm_down":
            case.offered = True
    return case


def calm_goals(flow: str) -> list[str]:
    """Scripts whose customer is at peace: no wish for a person, no anger, nobody who ends the contact."""
    return [
        name
        for name in goal_names(flow)
        if find_goal(flow, name).code not in ("TRANSFERRED", "OPT_OUT", "DISPUTE", "REFUSE_PAY", "HARDSHIP")
        and not any(word in name for word in ("angry", "abus", "person", "threat", "opt"))
    ]


async def measure(
    seeds: int, rate: float = 0.0, flows: Sequence[str] = FLOWS, most_goals: int | None = None, first: int = 0
) -> tuple[list[Case], list[Case]]:
    """(heated, calm) conversations: every flow × temper or script × seed.

    Left out: callers whose call was over before the bot had heard two heated things (one, of danger and threats).
    """
    brain = EmbeddedBrain()
    heated, calm = [], []
    for flow in flows:
        goals = calm_goals(flow)[:most_goals]
        for k in range(first, first + seeds):
            for number, temper in enumerate(TEMPERS):
                heated.append(await converse(flow, goals[(k + number) % len(goals)], temper, k, brain, rate))
            for goal in goals:
                calm.append(await converse(flow, goal, "calm", k, brain, rate))
    return [case for case in heated if case.said >= (1 if case.temper in AT_ONCE else 2) or case.transferred], calm


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="number of the first seed")
    parser.add_argument("--rate", type=float, default=0.0, help="share of syllables heard wrongly")
    parser.add_argument("--show", type=int, default=0, help="print so many conversations that went wrong")
    options = parser.parse_args()
    heated, calm = asyncio.run(measure(options.seeds, options.rate, first=options.first))
    reached = [case for case in heated if case.transferred]
    wrongly = [case for case in calm if case.escalated]
    print(f"heated callers who reach a person: {len(reached)}/{len(heated)} = {len(reached) / len(heated):.1%}")
    print(f"calm callers escalated: {len(wrongly)}/{len(calm)} = {len(wrongly) / len(calm):.1%}")
    precision = len(reached) / max(1, len(reached) + sum(bool(case.transferred) for case in wrongly))
    print(f"precision of transfers {precision:.1%}, recall {len(reached) / len(heated):.1%}")
    for temper in TEMPERS:
        mine = [case for case in heated if case.temper == temper]
        got = [case for case in mine if case.transferred]
        alerts = sum(bool(case.alerts) for case in mine)
        mean = sum(case.said for case in got) / max(1, len(got))
        print(
            f"  {temper:8} {len(got):3}/{len(mine):3} transferred after {mean:.1f} heated turns, {alerts} alerted  "
            f"{dict(Counter(case.transferred or case.transcript.ended_by for case in mine))}"
        )
    print(f"  calm     {dict(Counter(case.transferred or ('offer' if case.offered else 'alert') for case in wrongly))}")
    for case in ([c for c in heated if not c.transferred] + wrongly)[: options.show]:
        print(f"--- {case.temper} {case.transferred} {case.alerts}\n{case.transcript}")


if __name__ == "__main__":
    main()
