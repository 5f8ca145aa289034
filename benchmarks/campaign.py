"""Synthetic customers against the shipped flows on text: every behaviour × region × seed, clean and with recognition errors.

python -m benchmarks.rehearsal [--seeds N] [--rate R] [--flow F] [--show N]
Prints right dispositions by behaviour, promises that nobody made, leaks, turns and the brain's time per turn.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from agent.brain.embedded import EmbeddedBrain
from agent.conversation import Conversation
from agent.flows.load import shipped_flows
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


async def rehearse(flow: Any, behaviour: str, region: str, k: int, rate: float, brain: EmbeddedBrain) -> tuple[Transcript, list[str], list[Any]]:
    """One conversation."""
    fields = fields_of(k, region)
    seed = derived_seed(flow.name, behaviour, region, k)
    customer = make_customer(find_goal(flow.name, behaviour), fields, seed, 1, TODAY)
    log: list[Any] = []
    inner = Conversation(
        flow, fields, brain, PaymentDesk().tools_for(f"c{k}"), lambda t, at, d: log.append((t, at, dict(d))), NOW, seed=str(seed)
    )
    noisy = Noisy(inner, rate, seed)
    return await play(noisy, customer), noisy.heard, log


def right(transcript: Transcript) -> bool:
    """Same code as meant (a payment that only the customer tells of is PAID_WAIT)."""
    assert transcript.truth is not None
    wanted = {"PAID": "PAID_WAIT"}.get(transcript.truth.code, transcript.truth.code)
    return transcript.disposition is not None and transcript.disposition.code == wanted


def false_promise(transcript: Transcript) -> bool:
    """A promise recorded that was not made, or another day or amount than meant."""
    found, truth = transcript.disposition, transcript.truth
    if found is None or found.code != "PTP" or truth is None:
        return False
    return truth.code != "PTP" or any(found.details.get(key) != truth.details.get(key) for key in ("date", "amount"))


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--flow")
    parser.add_argument("--only")
    parser.add_argument("--show", type=int, default=0)
    options = parser.parse_args()
    flows = shipped_flows()
    brain = EmbeddedBrain()
    for name, flow in flows.items():
        if options.flow in (None, name):
            await table(flow, options, brain)


async def table(flow: Any, options: argparse.Namespace, brain: EmbeddedBrain) -> None:
    good: Counter[str] = Counter()
    count: Counter[str] = Counter()
    wrong: dict[str, Counter[str]] = defaultdict(Counter)
    by_region: Mapping[str, list[int]] = {r: [0, 0] for r in ("north", "central", "south")}
    promises = leaks = turns = shown = off = 0
    started = time.perf_counter()
    for behaviour in goal_names(flow.name):
        if options.only and behaviour != options.only:
            continue
        for region in by_region:
            for k in range(options.seeds):
                transcript, heard, log = await rehearse(flow, behaviour, region, k, options.rate, brain)
                ok = right(transcript)
                count[behaviour] += 1
                good[behaviour] += ok
                by_region[region][0] += ok
                by_region[region][1] += 1
                lie = false_promise(transcript)
                promises += lie
                truth, found = transcript.truth, transcript.disposition
                if ok and found and truth and truth.details and dict(found.details) != dict(truth.details):
                    off += 1
                leaks += bool(truth and truth.heard_debt)
                turns += len(transcript.lines)
                if not ok:
                    wrong[behaviour][found.code if found else "none"] += 1
                if (not ok or lie or (truth and truth.heard_debt)) and shown < options.show:
                    shown += 1
                    print(f"--- {behaviour} {region} {k}: {found} wanted {truth}")
                    print(transcript)
                    print("   heard:", heard)
                    print("   understood:", [[(c.get("intent") or (c.get("slot"), c.get("value"))) for c in d["commands"]] for t, _, d in log if t == "agent.understood"])
    total = sum(count.values())
    took = time.perf_counter() - started
    print(f"{flow.name}, error rate {options.rate:.0%}: {sum(good.values())}/{total} = {sum(good.values()) / max(total, 1):.1%} right, "
          f"{promises} false promises, {leaks} leaks, {off} other details, {turns / max(total, 1):.1f} lines a call, {took / max(turns, 1) * 1000:.1f} ms a line")
    print("  " + ", ".join(f"{r} {a / max(b, 1):.1%}" for r, (a, b) in by_region.items()))
    for behaviour in count:
        if good[behaviour] < count[behaviour]:
            print(f"  {behaviour:20} {good[behaviour]}/{count[behaviour]}  {dict(wrong[behaviour])}")


if __name__ == "__main__":
    asyncio.run(main())
