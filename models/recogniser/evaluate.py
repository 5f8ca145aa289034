"""Error rates of the shipped model on patterns and voices kept out of training, per condition and dialect.

    python models/recogniser/evaluate.py [--model FOLDER] [--calls 150] [--seed 900] [--decoder]

Runs through the same code as a call does: streaming in 20 ms packets would give the same numbers (see the tests).
Prints Markdown for CARD.md. The decoder's settings must be chosen on other seeds than the one reported.
"""

from __future__ import annotations

import argparse
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from models.recogniser.make_text import REGIONS
from models.recogniser.score import distance, greedy, matched_tones
from speech.recognition.acoustic import AcousticModel, Floats
from speech.recognition.features import FeatureState, extract
from speech.recognition.units import text_to_units
from speech.types import DIALECTS

Decode = Callable[[Floats], str]
NAMES = {
    "clean": "clean", "g711": "G.711, 300-3400 Hz", "street": "10 dB street, µ-law",
    "babble": "10 dB babble of six, µ-law", "far": "far: room 0.35 s, 12 dB street, A-law, 2 % loss",
    "random": "random tones, clean",
}  # fmt: skip


def make(folder: Path, condition: str, calls: int, seed: int) -> None:
    """Write one condition's test calls (in a child process: eSpeak NG may crash)."""
    from models.recogniser.augment import CLEAN, CONDITIONS
    from models.recogniser.make_audio import TEST, make_waves

    plan = replace(TEST, random_tones=1.0) if condition == "random" else TEST
    if condition.startswith("nobody-"):
        plan = replace(TEST, empty=1.0)
    made = make_waves(plan, calls, seed, "test", CONDITIONS.get(condition.removeprefix("nobody-"), CLEAN))
    (folder / f"{condition}-{seed}-{calls}.pickle").write_bytes(pickle.dumps(made))


def open_decoder() -> Decode:
    """Log-posteriors of an utterance → words, by the shipped trigram and the default decoder, expecting nothing."""
    from speech.recognition.decoder import Decoder
    from speech.recognition.embedded import load_language_model

    decoder = Decoder(load_language_model())

    def decode(rows: Floats) -> str:
        decoder.advance(rows)
        return " ".join(word.text for word in decoder.finish().words)

    return decode


class Count:
    """Sums of errors."""

    def __init__(self) -> None:
        self.total = self.wrong = self.base = self.pairs = self.tones = self.decoded = self.calls = self.dialect = 0

    def add(self, other: Count) -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


def score(model: AcousticModel, waves: list[NDArray[np.int16]], cuts: list[list], decode: Decode | None) -> list[Count]:
    """One ``Count`` per region."""
    counts = [Count() for _ in REGIONS]
    for wave, pieces in zip(waves, cuts, strict=True):
        state = model.new_state()
        for k, (start, end, text, _, region) in enumerate(pieces):
            count = counts[region]
            rows = np.concatenate((*model.step([state], [wave[start:end]]), *model.flush([state])))
            if k == 0:  # the dialect of a call is judged after its first utterance
                heard = model.dialect(state)
                count.calls += 1
                count.dialect += max(heard, key=heard.__getitem__) == DIALECTS[region]
            model.reset_utterance(state)
            want, got = text_to_units(text) or [], greedy(rows)
            pairs, tones = matched_tones(want, got)
            count.total += len(want)
            count.wrong += distance(want, got)
            count.base += distance([u[:2] for u in want], [u[:2] for u in got])
            count.pairs, count.tones = count.pairs + pairs, count.tones + tones
            if decode:
                count.decoded += distance(text.split(), decode(rows).split())
    return counts


def false_words(model: AcousticModel, waves: list[NDArray[np.int16]], decode: Decode | None) -> str:
    """Words read per minute of a line on which nobody speaks."""
    greedy_words = decoded = 0
    for wave in waves:
        state = model.new_state()
        rows = np.concatenate((*model.step([state], [wave]), *model.flush([state])))
        greedy_words += len(greedy(rows))
        decoded += len(decode(rows).split()) if decode else 0
    minutes = sum(map(len, waves)) / 8000 / 60
    return f"{greedy_words / minutes:.1f} greedy" + (f", {decoded / minutes:.1f} decoded" if decode else "")


def calls_of(args: argparse.Namespace, condition: str) -> tuple[list[NDArray[np.int16]], list[list]]:
    """The calls of a condition, made when they are not there yet."""
    path = args.work / f"{condition}-{args.seed}-{args.calls}.pickle"
    if not path.exists():
        options = [f"--make={condition}", f"--calls={args.calls}", f"--seed={args.seed}", f"--work={args.work}"]
        subprocess.run([sys.executable, __file__, *options], check=True)
    waves, cuts = pickle.loads(path.read_bytes())
    return waves, cuts


def speed(model: AcousticModel, streams: int) -> tuple[float, float]:
    """Processor seconds per stream and second of audio: (all, features alone)."""
    audio = (np.random.default_rng(0).standard_normal(1280) * 1000).astype(np.int16)
    states, ears, rounds = [model.new_state() for _ in range(streams)], [FeatureState() for _ in range(streams)], 30
    for _ in range(3):
        model.step(states, [audio] * streams)
    begun = time.process_time()
    for _ in range(rounds):
        model.step(states, [audio] * streams)
    whole = time.process_time() - begun
    begun = time.process_time()
    for _ in range(rounds):
        extract(ears, [audio] * streams)
    audio_s = rounds * streams * len(audio) / 8000
    return whole / audio_s, (time.process_time() - begun) / audio_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--work", type=Path, default=Path("alo-data/recogniser-test"))
    parser.add_argument("--calls", type=int, default=150)
    parser.add_argument("--seed", type=int, default=900)
    parser.add_argument("--decoder", action="store_true")
    parser.add_argument("--make", help="(child) make the calls of one condition")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    if args.make:
        make(args.work, args.make, args.calls, args.seed)
        return
    decode = None
    if args.decoder:
        decode = open_decoder()
    model = AcousticModel(args.model)
    print("| condition | dialect | syllables | greedy | toneless | tone (rest right) | decoder | dialect |")
    print("|---|---|---|---|---|---|---|---|")
    for condition, name in NAMES.items():
        counts = score(model, *calls_of(args, condition), None if condition == "random" else decode)
        overall = Count()
        for count in counts:
            overall.add(count)
        for region, count in (*zip(REGIONS, counts, strict=True), ("all", overall)):
            decoded = f"{100 * count.decoded / count.total:.1f}" if decode and condition != "random" else "-"
            print(
                f"| {name} | {region} | {count.total} | {100 * count.wrong / count.total:.1f} "
                f"| {100 * count.base / count.total:.1f} | {100 * count.tones / max(count.pairs, 1):.1f} | {decoded} "
                f"| {100 * count.dialect / count.calls:.0f} |"
            )
    for condition in ("nobody-street", "nobody-babble"):
        words = false_words(model, calls_of(args, condition)[0], decode)
        print(f"\n{condition}, 32 dB below full scale: {words} words a minute")
    for streams in (1, 32, 100):
        whole, features = speed(model, streams)
        print(f"\n{streams} streams: {whole:.5f} of a core per stream, of which features {features:.5f}")


if __name__ == "__main__":
    main()
