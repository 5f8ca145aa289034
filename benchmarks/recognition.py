"""How well and how fast the embedded recogniser hears: open speech, and answers to closed questions.

    python benchmarks/recognition.py [--split test|dev] [--each 40] [--seed 77] [--model FOLDER] [--json FILE]

Test split: sentence patterns and voices kept out of training. Three ways of reading the same posteriors are compared:
greedy, with the language model, and with what the dialogue expects as well. Closed answers count as right when they
mean the same (the same date, amount, name, yes or no …), whatever the filler words. In mode "expected" open speech is
decoded while dates, amounts, yes/no and 30 key phrases are expected, to see whether that does harm. Names are one of
three ("name") or one of a list of 200 ("listed"), digits four or ten ("phone"). Needs scipy for the first run, which
renders the calls. The decoder's settings were chosen on the dev split.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.recognition_data import CONDITIONS, KEY_PHRASES, TODAY, Item, Spoken, load
from models.recogniser.score import distance, greedy
from speech.recognition.acoustic import AcousticModel
from speech.recognition.decoder import Decoder, DecoderOptions
from speech.recognition.embedded import load_language_model
from speech.recognition.grammar import Mixture, machine_for
from speech.recognition.units import UNITS, units_to_syllable
from speech.text.normalize import common_words
from speech.text.write import parse_dates, parse_digits, parse_money, parse_times
from speech.types import DIALECTS, OPEN, Expectation

MODES = ("greedy", "lm", "expected")
MARKED = ("yes_no", "digits", "phone", "date", "money", "listed")
KINDS = (*MARKED, "time", "name", "key")
BINS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 1.01)
ELSEWHERE = Expectation(("yes_no", "date", "money"), tuple(p for group in KEY_PHRASES.values() for p in group))
"""What a payment flow expects while the caller says something else: used for open speech in mode "expected"."""


_BATCH = 32


@dataclass(frozen=True, slots=True)
class Heard:
    """An item and its posteriors."""

    item: Item
    rows: NDArray[np.float32]
    seconds: float
    first: bool


def listen(model: AcousticModel, spoken: list[Spoken]) -> list[Heard]:
    """Posteriors of every utterance; a call's utterances share their speaker's traits, calls are heard side by side."""
    calls: list[list[Spoken]] = []
    for one in spoken:
        if one.first:
            calls.append([])
        calls[-1].append(one)
    out: dict[int, Heard] = {}
    for first in range(0, len(calls), _BATCH):
        members = calls[first : first + _BATCH]
        states = [model.new_state() for _ in members]
        for turn in range(max(map(len, members))):
            having = [(state, call[turn]) for state, call in zip(states, members, strict=True) if len(call) > turn]
            group = [state for state, _ in having]
            heard = zip(model.step(group, [one.audio for _, one in having]), model.flush(group), strict=True)
            for (state, one), rows in zip(having, heard, strict=True):
                model.reset_utterance(state)
                out[id(one)] = Heard(one.item, np.concatenate(rows), len(one.audio) / 8000, one.first)
    return [out[id(one)] for one in spoken]


@dataclass(frozen=True, slots=True)
class Read:
    """A text and how sure its words are; greedy reading says nothing about that."""

    text: str
    confidence: tuple[float, ...] = ()


def read(heard: list[Heard], mode: str, options: DecoderOptions, mixture: Mixture) -> tuple[list[Read], float]:
    """Readings, and processor seconds of decoding per second of audio."""
    if mode == "greedy":
        return [Read(greedy_text(h.rows)) for h in heard], 0.0
    model = load_language_model()
    decoder = Decoder(model, options)
    found, spent = [], 0.0
    for h in heard:
        expected = ELSEWHERE if h.item.kind == "open" else h.item.expectation
        decoder.expect(machine_for(expected if mode == "expected" else OPEN, model, mixture))
        began = time.process_time()
        decoder.advance(h.rows)
        words = decoder.finish().words
        spent += time.process_time() - began
        found.append(Read(" ".join(w.text for w in words), tuple(w.confidence for w in words)))
    return found, spent / sum(h.seconds for h in heard)


def greedy_text(rows: NDArray[np.float32]) -> str:
    """Best unit per frame, spelt."""
    return " ".join(units_to_syllable(*s) if all(s) else "".join(UNITS[u] for u in s if u) for s in greedy(rows))


def meaning(kind: str, text: str) -> object:
    """What a closed answer says."""
    if kind == "date":
        return [s.value for s in parse_dates(text, TODAY)]
    if kind == "money":
        return [s.value for s in parse_money(text)]
    if kind == "time":
        return [s.value for s in parse_times(text)]
    if kind in ("digits", "phone"):
        return [s.value for s in parse_digits(text)]
    if kind == "yes_no":
        words = set(common_words(text).split())
        return "no" if words & {"không", "chưa", "sai", "nhầm"} else "yes" if words else ""
    if kind == "key":
        padded = f" {common_words(text)} "
        return [name for name, phrases in KEY_PHRASES.items() if any(f" {p} " in padded for p in phrases)]
    return text


def right(item: Item, text: str) -> bool:
    """Does the reading mean what was meant?"""
    if item.kind in ("name", "listed"):
        return f" {item.truth} " in f" {text} "
    if item.kind == "yes_no":
        return meaning("yes_no", text) == item.truth
    if item.kind == "key":
        found = meaning("key", text)
        return isinstance(found, list) and item.truth in found
    return meaning(item.kind, text) == meaning(item.kind, item.text)


def reliability(heard: list[Heard], found: list[Read]) -> dict:
    """Words by confidence: how many, their mean confidence and the share that is right, %; the mean gap of the two."""
    sure: list[float] = []
    hits: list[bool] = []
    for h, reading in zip(heard, found, strict=True):
        words = reading.text.split()
        matched = SequenceMatcher(None, h.item.text.split(), words, autojunk=False).get_matching_blocks()
        right_at = {block.b + k for block in matched for k in range(block.size)}
        sure += reading.confidence
        hits += [k in right_at for k in range(len(words))]
    confidence, hit = np.array(sure), np.array(hits)
    bins, gap = [], 0.0
    for low, high in pairwise(BINS):
        inside = (confidence >= low) & (confidence < high)
        if inside.any():
            said, true = 100 * float(confidence[inside].mean()), 100 * float(hit[inside].mean())
            bins.append((f"{low:g}-{min(high, 1):g}", int(inside.sum()), round(said, 1), round(true, 1)))
            gap += abs(said - true) * float(inside.mean())
    return {"bins": bins, "ece": round(gap, 1)}


def measure(heard: list[Heard], options: DecoderOptions, mixture: Mixture, modes: tuple[str, ...] = MODES) -> dict:
    """Figures by mode: syllable error of open speech, accuracy of closed answers by kind and dialect, reliability."""
    out: dict = {}
    for mode in modes:
        found, rtf = read(heard, mode, options, mixture)
        wrong: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        good: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for h, reading in zip(heard, found, strict=True):
            errors, words = distance(h.item.text.split(), reading.text.split()), len(h.item.text.split())
            family = "open" if h.item.kind == "open" else "closed"
            for key in (f"{family} {h.item.region}", family):
                wrong[key][0] += errors
                wrong[key][1] += words
            if family == "closed":
                keys = [h.item.kind, f"{h.item.kind} {h.item.region}"]
                keys += [f"marked {h.item.region}", "marked"] if h.item.kind in MARKED else []
                for key in keys:
                    good[key][0] += right(h.item, reading.text)
                    good[key][1] += 1
        out[mode] = {
            "syllable_error": {k: round(100 * a / b, 1) for k, (a, b) in wrong.items()},
            "accuracy": {k: round(100 * a / b, 1) for k, (a, b) in good.items()},
            "rtf": round(rtf, 5),
        }
        if mode != "greedy":
            out[mode]["reliability"] = reliability(heard, found)
    return out


def show(results: dict[str, dict]) -> None:
    """Four tables in Markdown."""
    rows = [(condition, mode, figures) for condition, modes in results.items() for mode, figures in modes.items()]
    print("Syllable error, %\n\n| condition | reading | open: " + " | ".join([*DIALECTS, "all"]) + " | closed: all |")
    print("|---" * 7 + "|")
    for condition, mode, figures in rows:
        e = figures["syllable_error"]
        cells = [e[f"open {d}"] for d in DIALECTS] + [e["open"], e["closed"]]
        print(f"| {condition} | {mode} | " + " | ".join(map(str, cells)) + " |")
    print("\nClosed answers understood, % (marked: the first six)\n")
    columns = [*KINDS, *(f"marked {d}" for d in DIALECTS), "marked"]
    print("| condition | reading | " + " | ".join(columns) + " | decoder RTF |")
    print("|---" * (len(columns) + 3) + "|")
    for condition, mode, figures in rows:
        cells = [figures["accuracy"][k] for k in columns]
        print(f"| {condition} | {mode} | " + " | ".join(map(str, cells)) + f" | {figures['rtf']} |")
    print("\nThe same by region, with expectations, %\n\n| condition | region | " + " | ".join(KINDS) + " |")
    print("|---" * (len(KINDS) + 2) + "|")
    for condition, modes in results.items():
        for region in DIALECTS if "expected" in modes else ():
            cells = [modes["expected"]["accuracy"][f"{kind} {region}"] for kind in KINDS]
            print(f"| {condition} | {region} | " + " | ".join(map(str, cells)) + " |")
    print("\nWords by confidence: how many, mean confidence, % right\n\n| condition | reading | words | ECE |")
    print("|---" * 4 + "|")
    for condition, mode, figures in rows:
        if found := figures.get("reliability"):
            bins = "; ".join(f"{name}: {n}, {said}, {true}" for name, n, said, true in found["bins"])
            print(f"| {condition} | {mode} | {bins} | {found['ece']} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=("dev", "test"), default="test")
    parser.add_argument("--each", type=int, default=40, help="items per kind and dialect")
    parser.add_argument("--seed", type=int, default=77)
    parser.add_argument("--model", type=Path, help="folder of another acoustic model")
    parser.add_argument("--work", type=Path, default=Path("alo-data/recognition-bench"))
    parser.add_argument("--conditions", nargs="*", default=CONDITIONS)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    acoustic = AcousticModel(args.model)
    results = {}
    for condition in args.conditions:
        calls = load(args.work, args.split, condition, args.each, args.seed)
        results[condition] = measure(listen(acoustic, calls), DecoderOptions(), Mixture())
    show(results)
    if args.json:
        args.json.write_text(json.dumps(results, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
