"""Error rates of the shipped model on patterns and voices kept out of training, per condition and dialect.

    python models/recogniser/evaluate.py [--model FOLDER] [--calls 150] [--seed 900] [--only CONDITION …]

Every condition has the same sentences and voices (speaking rates: the same sentences). Runs through the same code as a
call does: streaming in 20 ms packets would give the same numbers (see the tests). Prints Markdown for CARD.md; about
six minutes of one core. The decoder's settings must be chosen on other seeds than the one reported.
"""

from __future__ import annotations

import argparse
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
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
_BATCH = 32


@dataclass(frozen=True, slots=True)
class Condition:
    """What stands between the voice and the ear."""

    title: str
    line: str
    """As in ``line_of``."""
    rate: tuple[int, int] | None = None
    """Speaking rate in eSpeak NG's words per minute; None: as in training."""
    random_tones: float = 0.0


CONDITIONS: dict[str, Condition] = {
    "clean": Condition("clean", "clean"),
    "alaw": Condition("G.711 A-law, 300-3400 Hz", "alaw"),
    "ulaw": Condition("G.711 µ-law, 300-3400 Hz", "ulaw"),
    "street20": Condition("street 20 dB, µ-law", "street 20"),
    "street15": Condition("street 15 dB, µ-law", "street 15"),
    "street10": Condition("street 10 dB, µ-law", "street 10"),
    "street5": Condition("street 5 dB, µ-law", "street 5"),
    "white10": Condition("white noise 10 dB, µ-law", "white 10"),
    "babble10": Condition("babble of six 10 dB, µ-law", "babble 10"),
    "far": Condition("far: room 0.35 s, street 12 dB, A-law, 2 % loss", "far"),
    "loss1": Condition("A-law, 1 % of packets lost", "loss 1"),
    "loss3": Condition("A-law, 3 % of packets lost", "loss 3"),
    "loss5": Condition("A-law, 5 % of packets lost", "loss 5"),
    "slow": Condition("A-law, slow (105-125 words a minute)", "alaw", (105, 125)),
    "normal": Condition("A-law, normal (165-185)", "alaw", (165, 185)),
    "fast": Condition("A-law, fast (230-250)", "alaw", (230, 250)),
    "random": Condition("clean, random tones", "clean", random_tones=1.0),
}


def make(folder: Path, name: str, calls: int, seed: int) -> None:
    """Write one condition's test calls (in a child process: eSpeak NG may crash)."""
    from models.recogniser.augment import line_of
    from models.recogniser.make_audio import TEST, make_waves

    if name.startswith("nobody-"):
        plan, line = replace(TEST, empty=1.0), line_of(f"{name.removeprefix('nobody-')} 10")
    else:
        condition = CONDITIONS[name]
        plan = replace(TEST, rate=condition.rate or TEST.rate, random_tones=condition.random_tones)
        line = line_of(condition.line)
    made = make_waves(plan, calls, seed, "test", line)
    (folder / f"{name}-{seed}-{calls}.pickle").write_bytes(pickle.dumps(made))


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


def score(model: AcousticModel, waves: list[NDArray[np.int16]], cuts: list[list], decode: Decode) -> list[Count]:
    """One ``Count`` per region. Calls are heard side by side, utterance after utterance."""
    counts = [Count() for _ in REGIONS]
    for first in range(0, len(waves), _BATCH):
        members = range(first, min(first + _BATCH, len(waves)))
        states = {k: model.new_state() for k in members}
        for turn in range(max(len(cuts[k]) for k in members)):
            having = [k for k in members if len(cuts[k]) > turn]
            pieces = [cuts[k][turn] for k in having]
            group = [states[k] for k in having]
            audio = [waves[k][start:end] for k, (start, end, *_) in zip(having, pieces, strict=True)]
            heard = zip(model.step(group, audio), model.flush(group), strict=True)
            for state, (_, _, text, _, region), rows in zip(group, pieces, heard, strict=True):
                if turn == 0:  # the dialect of a call is judged after its first utterance
                    dialect = model.dialect(state)
                    counts[region].calls += 1
                    counts[region].dialect += max(dialect, key=dialect.__getitem__) == DIALECTS[region]
                model.reset_utterance(state)
                _count(counts[region], text, np.concatenate(rows), decode)
    return counts


def _count(count: Count, text: str, rows: Floats, decode: Decode) -> None:
    want, got = text_to_units(text) or [], greedy(rows)
    pairs, tones = matched_tones(want, got)
    count.total += len(want)
    count.wrong += distance(want, got)
    count.base += distance([u[:2] for u in want], [u[:2] for u in got])
    count.pairs, count.tones = count.pairs + pairs, count.tones + tones
    count.decoded += distance(text.split(), decode(rows).split())


def false_words(model: AcousticModel, waves: list[NDArray[np.int16]], decode: Decode) -> str:
    """Words read per minute of a line on which nobody speaks."""
    greedy_words = decoded = 0
    for wave in waves:
        state = model.new_state()
        rows = np.concatenate((*model.step([state], [wave]), *model.flush([state])))
        greedy_words += len(greedy(rows))
        decoded += len(decode(rows).split())
    minutes = sum(map(len, waves)) / 8000 / 60
    return f"{greedy_words / minutes:.1f} greedy, {decoded / minutes:.1f} decoded"


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


def row(title: str, counts: list[Count]) -> str:
    """A line of the table."""
    overall = Count()
    for count in counts:
        overall.add(count)
    lexical = "random" not in title  # a language model says nothing about random tones
    decoded = " | ".join(f"{100 * c.decoded / c.total:.1f}" if lexical else "-" for c in (*counts, overall))
    return (
        f"| {title} | {decoded} | {100 * overall.wrong / overall.total:.1f} | {100 * overall.base / overall.total:.1f} "
        f"| {100 * overall.tones / max(overall.pairs, 1):.1f} | {100 * overall.dialect / overall.calls:.0f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--work", type=Path, default=Path("alo-data/recogniser-test"))
    parser.add_argument("--calls", type=int, default=150)
    parser.add_argument("--seed", type=int, default=900)
    parser.add_argument("--only", nargs="*", choices=CONDITIONS, default=list(CONDITIONS), metavar="CONDITION")
    parser.add_argument("--make", help="(child) make the calls of one condition")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    if args.make:
        make(args.work, args.make, args.calls, args.seed)
        return
    model, decode = AcousticModel(args.model), open_decoder()
    print(f"| condition | {' | '.join(REGIONS)} | all | greedy | toneless | tone (rest right) | dialect |")
    print("|---" * (len(REGIONS) + 6) + "|")
    for name in args.only:
        print(row(CONDITIONS[name].title, score(model, *calls_of(args, name), decode)), flush=True)
    if args.only != list(CONDITIONS):
        return
    for name in ("nobody-street", "nobody-babble"):
        words = false_words(model, calls_of(args, name)[0], decode)
        print(f"\n{name}, 32 dB below full scale: {words} words a minute")
    for streams in (1, 32, 100):
        whole, features = speed(model, streams)
        print(f"\n{streams} streams: {whole:.5f} of a core per stream, of which features {features:.5f}")


if __name__ == "__main__":
    main()
