"""Synthetic customers against the shipped flows on text, clean and with recognition errors.

Every behaviour × region × seed.

python -m benchmarks.rehearsal [--seeds N] [--rate R] [--flow F] [--show N]
Prints right dispositions by behaviour, promises that nobody made, leaks, turns and the brain's time per turn.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from agent.brain.embedded import EmbeddedBrain
from agent.conversation import Conversation
from agent.flows.load import shipped_flows
from agent.flows.model import Flow
from agent.turns import BotTurn, CustomerTurn
from core.ids import derived_seed
from models.intents.corrupt import corrupt
from telephony.simulator.carrier import find_goal, make_customer
from telephony.simulator.goals import goal_names
from telephony.simulator.textplay import Transcript, play
from tools.payments import PaymentDesk

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
_NAMES = (("Nguyễn Văn Hùng", "male"), ("Trần Thị Lan", "female"), ("Lê Minh Quân", "male"), ("Phạm Ngọc Hà", "female"))


class Noisy:
    """A conversation behind a bad line: what the customer says arrives with wrong syllables."""

    def __init__(self, inner: Conversation, rate: float, seed: int) -> None:
        self._inner = inner
        self._rate = rate
        self._rng = random.Random(seed)
        self.heard: list[str] = []

    @property
    def disposition(self) -> Any:
        return self._inner.disposition

    async def start(self) -> BotTurn:
        return await self._inner.start()

    async def on_customer(self, turn: CustomerTurn) -> BotTurn:
        text = corrupt(turn.text.replace(",", ""), self._rate, self._rng) if self._rate else turn.text
        self.heard.append(text)
        return await self._inner.on_customer(replace(turn, text=text))

    async def on_silence(self, count: int) -> BotTurn:
        return await self._inner.on_silence(count)

    async def on_hangup(self) -> None:
        await self._inner.on_hangup()


def fields_of(k: int, region: str) -> dict[str, Any]:
    """A made-up contact."""
    name, gender = _NAMES[k % len(_NAMES)]
    return {
        "contact_id": f"c{k}", "name": name, "gender": gender, "region": region, "birth_year": 1970 + k * 7 % 35,
        "contract_last4": f"{(k * 7919 + 1234) % 10000:04d}", "amount_due": 1_500_000 + k % 7 * 550_000,
        "due_date": (TODAY + timedelta(3)).isoformat(), "company": "Tài chính Sao Mai", "today": TODAY.isoformat(),
        "service": "khám răng", "place": "Phòng khám Hoa Sen",
        "appointment_at": datetime(2026, 11, 25, 9, 0).isoformat(),
    }  # fmt: skip


async def rehearse(
    flow: Flow, behaviour: str, region: str, k: int, rate: float, brain: EmbeddedBrain
) -> tuple[Transcript, list[str], list[Any]]:
    """One conversation."""
    fields = fields_of(k, region)
    seed = derived_seed(flow.name, behaviour, region, k)
    customer = make_customer(find_goal(flow.name, behaviour), fields, seed, 1, TODAY)
    log: list[Any] = []
    inner = Conversation(
        flow,
        fields,
        brain,
        PaymentDesk().tools_for(f"c{k}"),
        lambda t, at, d: log.append((t, at, dict(d))),
        NOW,
        seed=str(seed),
    )
    noisy = Noisy(inner, rate, seed)
    return await play(noisy, customer), noisy.heard, log


def right(transcript: Transcript) -> bool:
    """Same code as meant."""
    assert transcript.truth is not None
    return transcript.disposition is not None and transcript.disposition.code == transcript.truth.code


def false_promise(transcript: Transcript) -> bool:
    """A promise recorded that was not made, or another day or amount than meant."""
    found, truth = transcript.disposition, transcript.truth
    if found is None or found.code != "PTP" or truth is None:
        return False
    return truth.code != "PTP" or any(found.details.get(key) != truth.details.get(key) for key in ("date", "amount"))


@dataclass(slots=True)
class Tally:
    """Counts of one flow at one error rate."""

    good: Counter[str] = field(default_factory=Counter)
    count: Counter[str] = field(default_factory=Counter)
    wrong: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    regions: dict[str, list[int]] = field(default_factory=lambda: {r: [0, 0] for r in ("north", "central", "south")})
    promises: int = 0
    leaks: int = 0
    off: int = 0
    lines: int = 0

    def add(self, behaviour: str, region: str, transcript: Transcript) -> bool:
        """Count one conversation; False if it is worth a look."""
        ok, lie = right(transcript), false_promise(transcript)
        truth, found = transcript.truth, transcript.disposition
        assert truth is not None
        self.count[behaviour] += 1
        self.good[behaviour] += ok
        self.regions[region][0] += ok
        self.regions[region][1] += 1
        self.promises += lie
        self.off += bool(ok and found and truth.details and dict(found.details) != dict(truth.details))
        self.leaks += truth.heard_debt
        self.lines += len(transcript.lines)
        if not ok:
            self.wrong[behaviour][found.code if found else "none"] += 1
        return ok and not lie and not truth.heard_debt

    def show(self, flow: str, rate: float, took_s: float) -> None:
        total, good = sum(self.count.values()), sum(self.good.values())
        print(
            f"{flow}, {rate:.0%} of syllables wrong: {good}/{total} = {good / max(total, 1):.1%} right, "
            f"{self.promises} false promises, {self.leaks} leaks, {self.off} other details, "
            f"{self.lines / max(total, 1):.1f} lines a call, {took_s / max(self.lines, 1) * 1000:.1f} ms a line"
        )
        print("  " + ", ".join(f"{region} {a / max(b, 1):.1%}" for region, (a, b) in self.regions.items()))
        for behaviour in self.count:
            if self.good[behaviour] < self.count[behaviour]:
                wrong = dict(self.wrong[behaviour])
                print(f"  {behaviour:20} {self.good[behaviour]}/{self.count[behaviour]}  {wrong}")


def show_failure(transcript: Transcript, heard: list[str], log: list[Any]) -> None:
    """One conversation with what was heard and understood."""
    print(f"--- {transcript.truth}\n    recorded {transcript.disposition}\n{transcript}")
    understood = [d["commands"] for kind, _, d in log if kind == "agent.understood"]
    for words, commands in zip(heard, understood, strict=False):
        print("    ", words, "→", [c.get("intent") or (c.get("slot"), c.get("value")) for c in commands])


async def table(flow: Flow, options: argparse.Namespace, brain: EmbeddedBrain) -> None:
    """Rehearse one flow and print its figures."""
    tally, shown, started = Tally(), 0, time.perf_counter()
    for behaviour in (options.only,) if options.only else goal_names(flow.name):
        for region in tally.regions:
            for k in range(options.first, options.first + options.seeds):
                transcript, heard, log = await rehearse(flow, behaviour, region, k, options.rate, brain)
                if not tally.add(behaviour, region, transcript) and shown < options.show:
                    shown += 1
                    show_failure(transcript, heard, log)
    tally.show(flow.name, options.rate, time.perf_counter() - started)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=6, help="customers per behaviour and region")
    parser.add_argument("--first", type=int, default=0, help="number of the first of them")
    parser.add_argument("--rate", type=float, default=0.0, help="share of syllables heard wrongly")
    parser.add_argument("--flow", help="only this flow")
    parser.add_argument("--only", help="only this behaviour")
    parser.add_argument("--show", type=int, default=0, help="print so many conversations that went wrong")
    options = parser.parse_args()
    brain = EmbeddedBrain()
    for name, flow in shipped_flows().items():
        if options.flow in (None, name):
            await table(flow, options, brain)


if __name__ == "__main__":
    asyncio.run(main())
