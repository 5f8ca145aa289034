"""Seconds and memory of loading calls for analysis, beside a plain pandas loader that parses JSON row by row.

python benchmarks/analytics.py [turns]        (default 200000; each loader runs in a process of its own)
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

TURNS_PER_CALL = 11
"""Of the made-up calls, about; only sets how many calls are made."""


def measure(loader: str, folder: Path) -> dict[str, float]:
    """Run one loader in a fresh process, so that peak memory is its own."""
    command = [sys.executable, __file__, "--only", loader, str(folder)]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, float] = json.loads(out)
    return found


def plain_pandas(folder: Path) -> int:
    """What a first notebook does: read_sql, json.loads on each row, json_normalize, merge."""
    import pandas as pd
    from sqlalchemy import create_engine

    engine = create_engine(f"sqlite:///{folder / 'alo.db'}")
    calls = pd.read_sql("SELECT * FROM conversations", engine, parse_dates=["started_at"])
    events = pd.read_sql("SELECT * FROM events ORDER BY conversation_id, seq", engine, parse_dates=["at"])
    events["data"] = events["data"].map(json.loads)
    turns = events[events["type"].isin(["customer.said", "bot.said"])].reset_index(drop=True)
    turns = pd.concat([turns.drop(columns="data"), pd.json_normalize(turns["data"].tolist(), max_level=0)], axis=1)
    for event_type, column in (("customer.sentiment", "score"), ("agent.understood", "intent")):
        part = events[events["type"] == event_type]
        part = part[["conversation_id"]].assign(
            turn=[d["turn"] for d in part["data"]], **{column: [d[column] for d in part["data"]]}
        )
        turns = turns.merge(part, how="left", on=["conversation_id", "turn"])
    return len(turns) if len(calls) else 0


def alo_load(folder: Path) -> int:
    """Everything: three frames, references aligned, syllable errors computed."""
    import analytics

    return len(analytics.load(folder).turns)


def alo_turns(folder: Path) -> int:
    """Without the raw events frame."""
    import analytics

    return len(analytics.load(folder, columns={"events": []}).turns)


def alo_scan(folder: Path) -> int:
    """The same in pieces of 5,000 calls: memory stays flat however many there are."""
    import analytics

    return sum(len(piece.turns) for piece in analytics.scan(folder, columns={"events": []}, chunk=5_000))


LOADERS = {
    "plain pandas, no recognition error": plain_pandas,
    "analytics.load": alo_load,
    "analytics.load, events left out": alo_turns,
    "analytics.scan, 5,000 calls a piece": alo_scan,
}


def run_one(name: str, folder: Path) -> None:
    import pandas  # noqa: F401  # imports are not what is measured
    import pyarrow.compute  # noqa: F401

    import analytics  # noqa: F401

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, busy = time.perf_counter(), time.process_time()
    turns = LOADERS[name](folder)
    seconds, cpu = time.perf_counter() - start, time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"turns": turns, "seconds": seconds, "cpu": cpu, "peak_mb": (peak - before) / 1024}))


def main() -> None:
    if sys.argv[1:2] == ["--only"]:
        run_one(sys.argv[2], Path(sys.argv[3]))
        return
    from tests.analytics.made_up import write_many

    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        turns = write_many(folder, wanted // TURNS_PER_CALL)
        size = (folder / "alo.db").stat().st_size / 1e6
        print(f"{turns:,} turns, database of {size:,.0f} MB\n")
        print("| loader | seconds | CPU seconds | CPU µs per turn | peak memory above imports, MB |")
        print("|---|---:|---:|---:|---:|")
        for loader in LOADERS:
            found = measure(loader, folder)
            per_turn = found["cpu"] / found["turns"] * 1e6
            times = f"{found['seconds']:.1f} | {found['cpu']:.1f} | {per_turn:.0f}"
            print(f"| {loader} | {times} | {found['peak_mb']:.0f} |", flush=True)


if __name__ == "__main__":
    main()
