"""When has the customer finished? Ours beside silence only, Smart Turn v3.2 and Pipecat's defaults, in one run.

    python -m benchmarks.end_of_turn [--each 12] [--seed 2] [--split test] [--flat]

Synthetic telephone turns in three regions with pauses inside them (``end_of_turn_data``), through the voice activity
and the recogniser that a call uses. Every policy sees the same turns and is swept over its own threshold:

* cut-ins: share of turns that the policy ends in a pause inside them;
* delay: median (and mean) time from the customer's real end to the decision, over the turns that were not cut.

Smart Turn is asked 200 ms into every silence, as Pipecat does, with the whole turn so far at 16 kHz.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import soxr

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.end_of_turn_data import KINDS, RATE, Turn, render
from speech.end_of_turn import EndOfTurnOptions, silence_needed_ms
from speech.engine import SETTLED_MS, SpeechEngine
from speech.recognition.embedded import EmbeddedRecognizer
from speech.types import FRAME_SAMPLES

ASK_AT_MS = 200
"""Silence after which Smart Turn is asked."""
PIPECAT_GIVE_UP_MS = 3000
PIPECAT_SURE = 0.5


@dataclass(slots=True)
class Silence:
    """One stretch of silence as the engine saw it: from 32 ms windows, with the text so far."""

    ticks: list[tuple[int, int, str]] = field(default_factory=list)
    """(ms of the call, ms of silence, partial text)"""
    smart: float = 0.0
    """Smart Turn's probability that the turn is over."""
    decided: bool = False
    """The shipped rule has ended it."""


@dataclass(slots=True)
class Heard:
    """One turn with all its silences."""

    turn: Turn
    silences: list[Silence]
    cpu_s: float
    """Of our readings and decisions."""


class SmartTurn:
    """Pipecat's network, one session; ``cpu_s`` sums what it cost."""

    def __init__(self) -> None:
        from pipecat.audio.turn.smart_turn.local_smart_turn_v3 import LocalSmartTurnAnalyzerV3

        self._analyzer = LocalSmartTurnAnalyzerV3(sample_rate=16000)
        self.cpu_s, self.asked = 0.0, 0

    def probability(self, pcm: np.ndarray) -> float:
        begun = time.process_time()
        wide = soxr.resample(pcm.astype(np.float32) / 32768, RATE, 16000)
        self._analyzer.set_sample_rate(16000)
        found = self._analyzer._predict_endpoint(wide[-8 * 16000 :])
        self.cpu_s += time.process_time() - begun
        self.asked += 1
        return float(found["probability"])


def listen(engine: SpeechEngine, turn: Turn, smart: SmartTurn) -> Heard:
    """The turn through voice activity and recognition, tick by tick, as in a call."""
    stream = engine.open("turn")
    stream.expect(turn.expectation)
    silences: list[Silence] = []
    current: Silence | None = None
    cpu_s = 0.0
    for at in range(0, len(turn.audio) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
        stream.push(turn.audio[at : at + FRAME_SAMPLES])
        engine.tick()
        activity = stream.activity
        if not activity.turn_open or activity.speaking:
            current = None
            continue
        if current is None:
            current = Silence()
            silences.append(current)
        now_ms = (at + FRAME_SAMPLES) * 1000 // RATE
        begun = time.process_time()
        text = stream.partial().text
        if activity.silence_ms >= SETTLED_MS and not current.decided:
            current.decided = activity.silence_ms >= silence_needed_ms(text, turn.expectation)
            cpu_s += time.process_time() - begun
        current.ticks.append((now_ms, activity.silence_ms, text))
        if not current.smart and activity.silence_ms >= ASK_AT_MS:
            heard_from = max(0, activity.turn_start_ms - 500) * RATE // 1000
            current.smart = smart.probability(turn.audio[heard_from : at + FRAME_SAMPLES]) or 1e-9
    stream.finish()
    stream.close()
    return Heard(turn, silences, cpu_s)


Policy = Callable[[Turn, Silence, int, str], float]
"""(turn, silence, ms of silence, text) → ms of silence needed."""


@dataclass(frozen=True, slots=True)
class Point:
    """What one setting of a policy gives."""

    cut_ins: float
    median_ms: float
    mean_ms: float
    worst_ms: float
    """95th percentile."""
    cut: tuple[Turn, ...] = ()


def judge(heard: Sequence[Heard], policy: Policy) -> Point:
    """Replay a policy over what was heard."""
    delays, cut = [], []
    for one in heard:
        ended = next(
            (now for s in one.silences for now, ms, text in s.ticks if ms >= policy(one.turn, s, ms, text)), None
        )
        if ended is None:
            ended = len(one.turn.audio) * 1000 // RATE
        if ended < one.turn.end_ms:
            cut.append(one.turn)
        else:
            delays.append(ended - one.turn.end_ms)
    known = np.array(delays or [np.nan])
    median, worst = np.quantile(known, (0.5, 0.95))
    return Point(len(cut) / len(heard), float(median), float(known.mean()), float(worst), tuple(cut))


def silence_only(needed_ms: float) -> Policy:
    return lambda turn, silence, ms, text: needed_ms


def smart_turn(sure: float, give_up_ms: float) -> Policy:
    return lambda turn, silence, ms, text: ASK_AT_MS if silence.smart >= sure else give_up_ms


def ours(patience: float = 0.0, scale: float = 1.0) -> Policy:
    """The shipped rule; ``patience`` is added to its doubt, ``scale`` multiplies the silences it asks for."""
    shipped = EndOfTurnOptions()
    options = replace(
        shipped,
        doubts=tuple(doubt - patience for doubt in shipped.doubts),
        silences_ms=tuple(scale * ms for ms in shipped.silences_ms),
    )
    return lambda turn, silence, ms, text: silence_needed_ms(text, turn.expectation, options)


def curve(points: Sequence[Point], measure: str) -> list[tuple[float, float]]:
    """(delay, cut-ins), the best for every delay: points that another one beats in both are dropped."""
    points = sorted(points, key=lambda p: getattr(p, measure))
    kept: list[tuple[float, float]] = []
    for point in points:
        if not kept or point.cut_ins < kept[-1][1]:
            kept.append((getattr(point, measure), point.cut_ins))
    return kept


def cut_ins_at(points: Sequence[Point], delay_ms: float, measure: str) -> float:
    delays, shares = zip(*curve(points, measure), strict=True)
    return float(np.interp(delay_ms, delays, shares))


def delay_at(points: Sequence[Point], cut_ins: float, measure: str) -> float:
    return min((delay for delay, share in curve(points, measure) if share <= cut_ins), default=float("nan"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=12, help="turns of each kind and region")
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--split", choices=("dev", "test"), default="test")
    parser.add_argument("--show", type=int, default=0, help="print so many turns that ours cut")
    parser.add_argument("--flat", action="store_true", help="every part before a pause said as a sentence of its own")
    args = parser.parse_args()
    engine, smart = SpeechEngine(EmbeddedRecognizer()), SmartTurn()
    heard = [listen(engine, turn, smart) for turn in render(args.split, args.each, args.seed, flat=args.flat)]
    paused = sum(bool(h.turn.pauses_ms) for h in heard)
    print(f"{len(heard)} turns, {paused} with pauses inside, split {args.split}, seed {args.seed}")
    rows = {
        "silence only (Silero)": [judge(heard, silence_only(ms)) for ms in np.geomspace(64, 2400, 60)],
        "Smart Turn v3.2": [
            judge(heard, smart_turn(p, ms)) for p in np.linspace(0.02, 0.98, 25) for ms in np.geomspace(250, 2600, 20)
        ],
        "Alô": [judge(heard, ours(p, s)) for p in np.linspace(-3, 3, 13) for s in (0.55, 0.7, 0.85, 1.0, 1.25)],
    }
    print("| policy | cut-ins at a median delay of 300 ms | at a mean of 300 ms | median delay at 5 % cut-ins | mean |")
    print("|---|---|---|---|---|")
    for name, points in rows.items():
        shares = " | ".join(f"{100 * cut_ins_at(points, 300, m):.1f} %" for m in ("median_ms", "mean_ms"))
        delays = " | ".join(f"{delay_at(points, 0.05, m):.0f} ms" for m in ("median_ms", "mean_ms"))
        print(f"| {name} | {shares} | {delays} |")
    print("| setting as shipped | cut-ins | median delay | mean | p95 |")
    print("|---|---|---|---|---|")
    for name, policy in (
        ("Pipecat's defaults", smart_turn(PIPECAT_SURE, PIPECAT_GIVE_UP_MS)),
        ("Alô", ours()),
    ):
        point = judge(heard, policy)
        delays = f"{point.median_ms:.0f} ms | {point.mean_ms:.0f} ms | {point.worst_ms:.0f} ms"
        print(f"| {name} | {100 * point.cut_ins:.1f} % | {delays} |")
    point = judge(heard, ours())
    print("cut-ins by kind:", {k: sum(t.kind == k for t in point.cut) for k in KINDS})
    for turn in point.cut[: args.show]:
        print("  cut:", turn.kind, turn.region, turn.text, turn.pauses_ms)
    silences = sum(len(one.silences) for one in heard)
    print(f"Alô: {1000 * sum(one.cpu_s for one in heard) / max(silences, 1):.1f} ms CPU a silence, {silences} silences")
    print(f"Smart Turn: {1000 * smart.cpu_s / max(smart.asked, 1):.0f} ms CPU a question, {smart.asked} questions")


if __name__ == "__main__":
    main()
