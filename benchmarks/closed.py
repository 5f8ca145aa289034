"""How well and how fast closed sets are read: long lists of phrases.

    python -m benchmarks.closed [--split test|dev] [--each 40] [--conditions clean g711 street]

Names of a list of 200, said bare in three dialects with voices kept out of training, are looked up in that list, and in
lists of 3,000 and 30,000 that begin with it. Times are processor seconds of one core, with numpy in one thread.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from benchmarks.closed_data import SHORTEST, listed, load
from benchmarks.recognition import Heard, listen
from benchmarks.recognition_data import CONDITIONS, Split
from speech.recognition.acoustic import AcousticModel
from speech.recognition.closed import phrase_set
from speech.threads import one_blas_thread

SIZES = (SHORTEST, 3_000, 30_000)


def lists(heard: dict[str, list[Heard]], split: Split, seed: int) -> None:
    """Time to build, share of names that are read right and time to read, by size of the list and line."""
    names = listed(split, seed, SIZES[-1])
    columns = [f"{condition}: right, % | CPU, ms per s" for condition in heard]
    print("\nNames\n\n| phrases | build, s | " + " | ".join(columns) + " |")
    print("|---" * (2 + 2 * len(heard)) + "|")
    for size in SIZES:
        began = time.process_time()
        members = phrase_set(names[:size])
        cells = [f"{time.process_time() - began:.2f}"]
        for items in heard.values():
            began = time.process_time()
            right = sum(members.answer(members.best(h.rows)) == h.item.truth for h in items)
            spent = time.process_time() - began
            cells += [f"{100 * right / len(items):.1f}", f"{1000 * spent / sum(h.seconds for h in items):.1f}"]
        print(f"| {size:,} | " + " | ".join(cells) + " |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=("dev", "test"), default="test")
    parser.add_argument("--each", type=int, default=40, help="names per dialect")
    parser.add_argument("--seed", type=int, default=77)
    parser.add_argument("--conditions", nargs="*", default=CONDITIONS[:3])
    parser.add_argument("--model", type=Path, help="folder of another acoustic model")
    parser.add_argument("--work", type=Path, default=Path("alo-data/recognition-bench"))
    args = parser.parse_args()
    one_blas_thread()
    acoustic = AcousticModel(args.model)
    names = {
        line: listen(acoustic, load(args.work, "names", args.split, line, args.each, args.seed))
        for line in args.conditions
    }
    lists(names, args.split, args.seed)


if __name__ == "__main__":
    main()
