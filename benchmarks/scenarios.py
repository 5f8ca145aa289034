"""All shipped scenarios on text and by sound: task success by flow, region, noise and mood, and what it took.

python -m benchmarks.scenarios [--audio] [--flow F] [--every N] [--sample N] [--failures FOLDER] [--json OUT]

Scenarios that are held out are reported apart and never shown. The transcript of every other failure is kept in the
folder of --failures (default: failures/ in the data folder), one file each.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

from app.rehearse import agents_for, on_text
from app.rehearse_audio import on_audio
from core.settings import Settings
from telephony.simulator.report import as_data, by, escalation, false_interruptions
from telephony.simulator.scenarios import Play, scenario_flows, scenarios_of
from telephony.simulator.verdict import Outcome

TARGETS = {"text": 0.97, "audio": 0.90}
_GROUPS: dict[str, Callable[[Outcome], str]] = {
    "flow": lambda o: o.play.flow,
    "region": lambda o: o.play.region,
    "noise": lambda o: o.play.scenario.noise,
    "mood": lambda o: o.play.scenario.mood or "calm",
    "kind": lambda o: o.play.scenario.kind,
}


def percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def line(name: str, outcomes: Sequence[Outcome]) -> str:
    """One row: n, success of what was seen and of what was held out, turns, seconds, handed over."""
    seen, held = ([o for o in outcomes if o.play.held_out is own] for own in (False, True))
    turns = sum(o.happened.turns for o in outcomes) / len(outcomes)
    seconds = sum(o.happened.duration_ms for o in outcomes) / len(outcomes) / 1000
    success = [percent(sum(o.ok for o in part) / len(part)) if part else "–" for part in (seen, held)]
    handed = sum(o.happened.escalated for o in outcomes)
    return f"  {name:24} {len(outcomes):4} {success[0]:>8} {success[1]:>8} {turns:6.1f} {seconds:7.1f} {handed:5}"


def table(medium: str, outcomes: Sequence[Outcome], took_s: float) -> None:
    """Print the table of one medium."""
    precision, recall = escalation(outcomes)
    ok = sum(o.ok for o in outcomes) / len(outcomes)
    print(f"\n{medium}: {len(outcomes)} scenarios in {took_s:.0f} s, {percent(ok)} right (aim {TARGETS[medium]:.0%})")
    print(f"  {'':24}    n     seen held out  turns seconds  handed over")
    print(line("all", outcomes))
    for title, key in _GROUPS.items():
        print(f"  by {title}")
        for name, group in by(outcomes, key).items():
            print(line(name, group))
    print(f"  escalation: precision {percent(precision)}, recall {percent(recall)}")
    if medium == "audio":
        print(f"  false interruptions: {percent(false_interruptions(outcomes))} of the bot's turns")


def keep(folder: Path, outcomes: Sequence[Outcome]) -> int:
    """Write the transcript of each failure that may be looked at; returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    failed = [o for o in outcomes if not o.ok and not o.play.held_out]
    for o in failed:
        text = "\n".join((
            f"{o.play.flow}/{o.play.id} ({o.medium}, {o.play.region}, {o.play.scenario.kind}): {o.play.scenario.wants}",
            *o.failures, "", o.transcript, "", *(f"heard     {words}" for words in o.happened.heard),
        ))  # fmt: skip
        (folder / f"{o.medium}-{o.play.flow}-{o.play.id}.txt").write_text(text + "\n", "utf-8")
    return len(failed)


async def run(plays: Sequence[Play], medium: str) -> list[Outcome]:
    """All of them, in words or by sound."""
    agents = agents_for("Công ty Sao Mai", Settings())
    if medium == "audio":
        return await on_audio(agents, [play for play in plays if play.scenario.channel == "voice"])
    return [await on_text(agents, play) for play in plays]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--audio", action="store_true", help="by sound too (some 2 s of CPU per scenario)")
    parser.add_argument("--flow", help="only this flow")
    parser.add_argument("--every", type=int, default=1, help="only every N-th scenario")
    parser.add_argument("--sample", type=int, help="only so many, of those by voice, drawn by chance (always the same)")
    parser.add_argument("--failures", type=Path, help="folder for transcripts")
    parser.add_argument("--json", type=Path, help="everything, held-out transcripts left out")
    options = parser.parse_args()
    flows = [options.flow] if options.flow else scenario_flows()
    plays = [play for flow in flows for play in scenarios_of(flow)][:: options.every]
    if options.sample:
        plays = [play for play in plays if play.scenario.channel == "voice"]
        Random(5).shuffle(plays)
        plays = plays[: options.sample]
    folder = options.failures or Settings().data_dir / "failures"
    kept = 0
    rows = []
    for medium in ("text", "audio") if options.audio else ("text",):
        started = time.perf_counter()
        outcomes = asyncio.run(run(plays, medium))
        table(medium, outcomes, time.perf_counter() - started)
        kept += keep(folder, outcomes)
        rows += [
            {**as_data(o), "transcript": [], "heard": [], "failures": []} if o.play.held_out else as_data(o)
            for o in outcomes
        ]
    print(f"\n{kept} transcripts of failures in {folder}")
    if options.json:
        options.json.write_text(json.dumps(rows, ensure_ascii=False, default=str), "utf-8")


if __name__ == "__main__":
    main()
