"""Whole campaigns over simulated telephone lines: is what Alô records what the customers meant?

    python -m benchmarks.campaign --seeds 1 2 3 --contacts 24 [--json OUT]

Runs ``alo demo --once`` for each seed and prints a line per seed, every difference, and the sums. Seeds that somebody
tuned on say little: name others when quoting a figure.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any


def rehearse(seed: int, contacts: int, folder: Path) -> dict[str, Any]:
    """The summary of one demo run."""
    out = folder / f"{seed}.json"
    command = [sys.executable, "-m", "app.cli", "demo", "--once", "--contacts", str(contacts), "--seed", str(seed)]
    command += ["--json", str(out), "--data-dir", str(folder / str(seed))]
    subprocess.run(command, check=True, capture_output=True)
    return dict(json.loads(out.read_text("utf-8")))


def differences(summary: dict[str, Any]) -> list[str]:
    """Contacts whose record differs from what they meant, one line each."""
    lines = []
    for contact in summary["contacts"]:
        same = contact["disposition"] == contact["truth"]
        if same and contact["disposition"] == "PTP":
            same = all(contact["details"].get(k) == contact["truth_details"].get(k) for k in ("date", "amount"))
        if not same:
            meant = f"{contact['truth']} {contact['truth_details'] or ''}".strip()
            recorded = f"{contact['disposition']} {contact['details'] or ''}".strip()
            lines.append(
                f"{contact['behaviour']} ({contact['region']}): meant {meant}; recorded {recorded}; "
                f"syllable error {contact['syllable_error']}"
            )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--contacts", type=int, default=24)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--keep", type=Path, help="folder for the databases and recordings")
    options = parser.parse_args()
    results: dict[int, Any] = {}
    with tempfile.TemporaryDirectory() as temporary:
        for seed in options.seeds:
            summary = rehearse(seed, options.contacts, options.keep or Path(temporary))
            wrong = differences(summary)
            totals, heard = summary["totals"], summary["recognition"].get("all", {})
            kept = ("recognition", "realtime_factor", "latency_ms")
            results[seed] = {**totals, "wrong": wrong, **{key: summary[key] for key in kept}}
            print(
                f"seed {seed}: {totals['as_meant']}/{totals['contacts']} as meant, "
                f"syllable error {heard.get('syllable_error')}, {summary['realtime_factor']}x real time",
                flush=True,
            )
            for line in wrong:
                print(f"    {line}", flush=True)
    meant, contacts = (sum(r[key] for r in results.values()) for key in ("as_meant", "contacts"))
    promises = sum("recorded PTP" in line for r in results.values() for line in r["wrong"])
    print(f"all: {meant}/{contacts} as meant ({meant / contacts:.1%}), wrong promises: {promises}")
    if options.json:
        options.json.write_text(json.dumps(results, ensure_ascii=False, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
