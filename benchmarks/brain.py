"""CPU time of one turn in the embedded brain: python -m benchmarks.brain [--rounds 3]

Sentences of models/intents/test.yaml and tests/agent/own_intents.yaml, as said and with a tenth of the syllables wrong,
in contexts from a bare question to one with own intents and ten kinds of slots. Every text is new to the caches. The
mark is 5 ms at the 95th percentile.
"""

from __future__ import annotations

import argparse
import random
import time
from datetime import datetime
from pathlib import Path

import numpy as np
import yaml

from agent.brain.base import Asked, Context, SlotType
from agent.brain.embedded import EmbeddedBrain
from agent.brain.own_intents import learn
from agent.turns import CustomerTurn
from models.intents.corrupt import corrupt

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 11, 23, 10)
CHOICES = {
    "seat": {"window": ("cửa sổ", "ghế cửa sổ"), "aisle": ("lối đi", "gần lối đi"), "any": ("sao cũng được",)},
    "doctor": {f"d{k}": (f"bác sĩ {name}",) for k, name in enumerate("Lan Hùng Trang Minh Phương Quân Hà Vy".split())},  # noqa: SIM905
}
SLOTS: dict[str, SlotType] = {
    "from": "place", "to": "place", "day": "date", "back": "date", "amount": "money", "seat": "choice",
    "doctor": "choice", "phone": "phone", "email": "email", "score": "score", "callback_at": "datetime",
}  # fmt: skip


def contexts() -> dict[str, Context]:
    """From the simplest question to the most that a flow can ask."""
    own = yaml.safe_load((ROOT / "tests/agent/own_intents.yaml").read_text("utf-8"))
    own.pop("out_of_scope")
    learnt = learn({name: tuple(part["learn"]) for intents in own.values() for name, part in intents.items()})
    plan: dict[str, SlotType] = {"promise_date": "date", "promise_amount": "money", "callback_at": "datetime"}
    cues = {"from": ("từ",), "to": ("đến", "vào", "ra"), "back": ("về",)}
    more = {"choices": CHOICES, "cues": cues}
    return {
        "yes or no": Context(NOW, asked=Asked(True, ("yes_no",)), name="Nguyễn Văn Hùng"),
        "day and amount": Context(NOW, asked=Asked(False, ("date",), "promise_date"), slots=plan),
        "own intents": Context(NOW, own=learnt, slots=plan),
        "a place": Context(NOW, asked=Asked(False, ("open",), "from"), slots=SLOTS, own=learnt, **more),
        "a choice by name": Context(NOW, asked=Asked(False, ("name",), "doctor"), slots=SLOTS, own=learnt, **more),
    }


def sentences(rounds: int) -> list[str]:
    """What callers say, the same text never twice."""
    shipped = yaml.safe_load((ROOT / "models/intents/test.yaml").read_text("utf-8"))
    own = yaml.safe_load((ROOT / "tests/agent/own_intents.yaml").read_text("utf-8"))
    own.pop("out_of_scope")
    said = [text for texts in shipped.values() for text in texts]
    said += [text for intents in own.values() for part in intents.values() for text in part["test"]]
    rng = random.Random(0)
    noisy = [corrupt(text, 0.1, rng) for _ in range(rounds) for text in said]
    return list(dict.fromkeys([*said, *noisy]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    brain = EmbeddedBrain()
    print("context             turns   CPU ms p50    p95    p99")
    for name, context in contexts().items():
        brain.read(CustomerTurn("alô"), context)
        spent = []
        for k, text in enumerate(sentences(options.rounds)):
            turn = CustomerTurn(f"{text} {name} {k}")  # no cache has seen it
            begun = time.thread_time_ns()
            brain.read(turn, context)
            spent.append((time.thread_time_ns() - begun) / 1e6)
        middle, high, highest = np.percentile(spent, [50, 95, 99])
        print(f"{name:18} {len(spent):6}   {middle:10.2f}  {high:5.2f}  {highest:5.2f}", flush=True)


if __name__ == "__main__":
    main()
