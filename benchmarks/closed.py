"""How well and how fast closed sets are read: long lists of phrases, a yes or a no, and what is neither.

    python -m benchmarks.closed [--split test|dev] [--each 40] [--conditions clean g711 street] [--parts names answers]

**Names** of a list of 200, said bare in three dialects with voices kept out of training, are looked up in that list,
and in lists of 3,000 and 30,000 that begin with it. Times are processor seconds of one core, with numpy in one thread.

**Answers**: every yes and every no of the grammar, in three dialects, is read while one is expected ("expected") and as
a member of the closed set ("closed"). So are sounds that nobody speaks (sounds.py) and sentences about something
else. A reading is believed from 0.85 on, as the agent does (closed: 0.15), or with what 95 % of the line's right
answers have; sounds and sentences are, if it says a yes or a no that was not there. They come down a quiet line; it is
the line of the answers that sets the mark for them.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.closed_data import SHORTEST, listed, load
from benchmarks.recognition import Heard, listen
from benchmarks.recognition_data import CONDITIONS, Item, Split, Spoken
from benchmarks.recognition_data import load as load_calls
from benchmarks.sounds import SOUNDS, sound
from speech.recognition.acoustic import AcousticModel
from speech.recognition.closed import grammar_set, phrase_set
from speech.recognition.decoder import Decoder
from speech.recognition.embedded import load_language_model
from speech.recognition.grammar import machine_for, polarity
from speech.threads import one_blas_thread
from speech.types import OPEN, Expectation

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


Reading = tuple[str, float]
"""Text and confidence."""


def expected() -> Callable[[NDArray[np.float32]], Reading]:
    """The open search that leans on a yes or no, as a call hears."""
    model = load_language_model()
    decoder = Decoder(model)
    decoder.expect(machine_for(Expectation(("yes_no",)), model))

    def read(rows: NDArray[np.float32]) -> Reading:
        decoder.advance(rows)
        decoded = decoder.finish()
        return decoded.texts[0], decoded.confidence

    return read


def closed() -> Callable[[NDArray[np.float32]], Reading]:
    """The closed set, as ``alo transcribe --grammar yes_no`` hears."""
    members = grammar_set("yes_no")

    def read(rows: NDArray[np.float32]) -> Reading:
        words = members.best(rows)
        return members.answer(words), sum(w.confidence for w in words) / max(1, len(words))

    return read


def answers(heard: dict[str, list[Heard]], strange: dict[str, list[Heard]]) -> None:
    """Who is believed: right and wrong answers by line, then sounds and other sentences by kind."""
    for name, read, usual in (("expected", expected(), 0.85), ("closed", closed(), 0.15)):
        said = {kind: [_falsely(h, *read(h.rows)) for h in items] for kind, items in strange.items()}
        print(f"\nYes or no, {name}: % believed\n")
        print("| line | floor | right | wrong way round, of the believed | " + " | ".join(said) + " |")
        print("|---" * (4 + len(said)) + "|")
        for line, items in heard.items():
            found = [read(h.rows) for h in items]
            right = [sure for h, (text, sure) in zip(items, found, strict=True) if _way(text) == h.item.truth]
            wrong = [sure for h, (text, sure) in zip(items, found, strict=True) if _way(text) not in (h.item.truth, "")]
            for floor in (0.0, usual, float(np.quantile(right, 0.05))):
                good, bad = (sum(sure >= floor for sure in group) for group in (right, wrong))
                taken = [
                    f"{100 * sum(false and sure >= floor for false, sure in group) / len(group):.0f}"
                    for group in said.values()
                ]
                cells = [f"{floor:.2f}", f"{100 * good / len(items):.1f}", f"{bad} of {good + bad}", *taken]
                print(f"| {line} | " + " | ".join(cells) + " |", flush=True)


def _falsely(heard: Heard, text: str, sure: float) -> tuple[bool, float]:
    """Is there a yes or a no in the reading that was not there? And its confidence."""
    return _way(text) not in ("", _way(heard.item.text)), sure


def _way(text: str) -> str:
    return {True: "yes", False: "no", None: ""}[polarity(text)]


def strange_sounds(each: int, seed: int) -> list[Spoken]:
    """Sounds that nobody speaks, by kind."""
    rng = np.random.default_rng(seed)
    return [
        Spoken(Item(kind, "", "north", "", OPEN), sound(kind, rng), True) for kind in SOUNDS for _ in range(each)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=("dev", "test"), default="test")
    parser.add_argument("--each", type=int, default=40, help="names per dialect")
    parser.add_argument("--seed", type=int, default=77)
    parser.add_argument("--conditions", nargs="*", default=CONDITIONS[:3])
    parser.add_argument("--parts", nargs="*", choices=("names", "answers"), default=("names", "answers"))
    parser.add_argument("--model", type=Path, help="folder of another acoustic model")
    parser.add_argument("--work", type=Path, default=Path("alo-data/recognition-bench"))
    args = parser.parse_args()
    one_blas_thread()
    acoustic = AcousticModel(args.model)
    if "names" in args.parts:
        names = {line: _said(acoustic, args, "names", line, args.each) for line in args.conditions}
        lists(names, args.split, args.seed)
    if "answers" in args.parts:
        strange: dict[str, list[Heard]] = {}
        for heard in listen(acoustic, strange_sounds(args.each, args.seed)):
            strange.setdefault(heard.item.kind, []).append(heard)
        calls = listen(acoustic, load_calls(args.work, args.split, "g711", max(1, args.each // 4), args.seed))
        strange["other sentences"] = [heard for heard in calls if heard.item.kind == "open"]
        answers({line: _said(acoustic, args, "answers", line, 1) for line in args.conditions}, strange)


def _said(acoustic: AcousticModel, args: argparse.Namespace, what: str, line: str, each: int) -> list[Heard]:
    return listen(acoustic, load(args.work, what, args.split, line, each, args.seed))


if __name__ == "__main__":
    main()
