"""Synthetic calls → feature shards. The parent starts a child per shard, since eSpeak NG sometimes crashes.

    python models/recogniser/make_audio.py OUT --stage 0 --shards 8 --seed 0     # about one hour of speech each

Stage 0: few voices, narrow base pitch, mild lines. Stage 1: all training voices, everything that hurts.
Stages 0 and 1 give half of the sentences random tones, so that pitch must be heard; stage 2 is natural text,
stage 3 the same on bad lines, stage 4 has many bare answers (digits, dates, names) among it and voices further apart.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from models.recogniser.augment import Audio, Line, pass_through, random_line
from models.recogniser.espeak import Espeak
from models.recogniser.make_text import REGIONS, Split, answer, attested, possible, sentences
from models.recogniser.voices import HELDOUT_VARIANTS, TRAIN_VARIANTS, VOICES
from speech.recognition.features import HOP, FeatureState, Floats, extract, flush
from speech.recognition.units import RIME_NAMES, RIMES, TONES, syllable_to_units, units_to_syllable

FEW_VARIANTS = ("m1", "m3", "f2", "f5", "Andy", "Annie")
STOPS = ("c", "ch", "p", "t")
Piece = tuple[int, int, str, NDArray[np.float64], int]
"""First and last sample in the call, text, syllable times in seconds, region."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How the calls of a shard are made."""

    variants: tuple[str, ...]
    pitch: tuple[int, int]
    pitch_range: tuple[int, int]
    rate: tuple[int, int]
    stretch: float
    """Resampling by ±this share: speed, pitch and formants together."""
    hard: float
    random_tones: float
    random_syllables: float
    empty: float = 0.0
    """Share of utterances in which nobody speaks: noise must not become words."""
    quiet_db: float = 30.0
    """Best signal-to-noise ratio of a noisy line."""
    answers: float = 0.0
    """Share of bare answers."""


STAGES: dict[int, Plan] = {
    0: Plan(FEW_VARIANTS, (40, 60), (50, 90), (140, 200), 0.03, 0.3, 0.5, 0.1),
    1: Plan(TRAIN_VARIANTS, (15, 85), (30, 95), (130, 230), 0.12, 1.0, 0.45, 0.1, 0.02),
    2: Plan(TRAIN_VARIANTS, (15, 85), (30, 95), (130, 230), 0.12, 1.0, 0.12, 0.06, 0.03),
    3: Plan(TRAIN_VARIANTS, (15, 85), (30, 95), (130, 230), 0.12, 1.3, 0.08, 0.05, 0.03, 16.0),
    4: Plan(TRAIN_VARIANTS, (10, 90), (25, 95), (115, 245), 0.16, 1.2, 0.12, 0.06, 0.03, 20.0, 0.25),
}
TEST = Plan(HELDOUT_VARIANTS, (25, 75), (35, 90), (140, 215), 0.06, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Utterance:
    """One training example."""

    features: Floats
    units: NDArray[np.int16]
    """(syllables, 3) initial, rime, tone."""
    spans: NDArray[np.int32]
    """(syllables, 2) first and last 10 ms frame."""
    region: int
    text: str


def with_random_tones(text: str, rng: random.Random) -> str:
    """Every tone replaced by a random valid one: nothing lexical is left to lean on."""
    out = []
    for word in text.split():
        units = syllable_to_units(word)
        if units is None:
            raise ValueError(f"cannot be spelt: {word}")
        stop = RIME_NAMES[units[1] - RIMES.start].endswith(STOPS)
        out.append(units_to_syllable(units[0], units[1], rng.choice((TONES[2], TONES[5]) if stop else TONES)))
    return " ".join(out)


def _say(
    engine: Espeak, text: str, voice: str, settings: tuple[int, int, int], stretch: float
) -> tuple[Audio, NDArray[np.float64]] | None:
    """Speech at 8 kHz and each syllable's (start, end) in seconds; None if the events do not match the words."""
    spoken = engine.speak(text, voice, *settings)
    if len(spoken.starts) != len(text.split()) or not len(spoken.audio):
        return None
    rate = engine.sample_rate * stretch
    audio = soxr.resample(spoken.audio.astype(np.float32) / 32768, rate, 8000, quality="MQ")
    loud = np.flatnonzero(np.abs(spoken.audio) > 0.02 * np.abs(spoken.audio).max())
    ends = np.append(spoken.starts[1:], loud[-1] if len(loud) else len(spoken.audio))
    ends = np.minimum(ends, spoken.starts + int(0.6 * rate))  # a pause after the syllable is not part of it
    return audio, np.stack((spoken.starts, np.maximum(ends, spoken.starts + 1)), axis=1) / rate


def _text(plan: Plan, natural: str, region: str, rng: random.Random) -> str:
    if plan.answers and rng.random() < plan.answers:
        return answer(region, rng)
    draw = rng.random()
    if draw < plan.random_syllables:
        pool = attested() if rng.random() < 0.5 else possible()
        return " ".join(rng.choice(pool) for _ in range(rng.randint(1, 9)))
    if draw < plan.random_syllables + plan.random_tones:
        return with_random_tones(natural, rng)
    return natural


def make_waves(
    plan: Plan, calls: int, seed: int, split: Split, line: Line | None = None
) -> tuple[list[NDArray[np.int16]], list[list[Piece]]]:
    """Calls of one to three utterances each, as the far end receives them, and where the utterances are."""
    rng, nrng, engine = random.Random(seed), np.random.default_rng(seed), Espeak()
    texts = sentences(calls * 8, seed, split)
    babble = _babble(engine, rng)
    waves: list[NDArray[np.int16]] = []
    cuts: list[list[Piece]] = []
    for _ in range(calls):
        voice = VOICES[region := rng.choice(REGIONS)] + "+" + rng.choice(plan.variants)
        settings = (rng.randint(*plan.rate), rng.randint(*plan.pitch), rng.randint(*plan.pitch_range))
        stretch = rng.uniform(1 - plan.stretch, 1 + plan.stretch)
        parts, found, at = [], [], 0
        for _ in range(rng.choice((1, 1, 2, 3))):
            natural = next((text for text, where in texts if where == region), None)
            if natural is None:
                break
            if rng.random() < plan.empty:
                parts.append(np.zeros(rng.randint(4000, 24000), np.float32))
                found.append((at, at + len(parts[-1]), "", np.zeros((0, 2)), REGIONS.index(region)))
                at += len(parts[-1])
                continue
            text = _text(plan, natural, region, rng)
            said = _say(engine, text, voice, settings, stretch)
            if said is None or len(said[0]) > 8000 * 14:
                continue
            before, after = int(rng.uniform(0.05, 0.7) * 8000), int(rng.uniform(0.15, 0.7) * 8000)
            parts += [np.zeros(before, np.float32), said[0], np.zeros(after, np.float32)]
            end = at + before + len(said[0]) + after
            found.append((at, end, text, said[1] + before / 8000, REGIONS.index(region)))
            at = end
        if parts:
            acoustics = line or random_line(nrng, plan.hard, plan.quiet_db)
            waves.append(pass_through(np.concatenate(parts), acoustics, nrng, babble))
            cuts.append(found)
    return waves, cuts


def make_calls(plan: Plan, calls: int, seed: int, split: Split, line: Line | None = None) -> list[Utterance]:
    """Features run through a whole call, as they do at run time, and are then cut into utterances."""
    return _cut(*make_waves(plan, calls, seed, split, line))


def _babble(engine: Espeak, rng: random.Random) -> Audio:
    """40 s of six voices at once."""
    mix = np.zeros(40 * 8000, np.float32)
    for _ in range(6):
        voice, at = f"{rng.choice(tuple(VOICES.values()))}+{rng.choice(TRAIN_VARIANTS)}", 0
        for text, _ in sentences(60, rng.randrange(10**6), "train"):
            spoken = engine.speak(text, voice).audio.astype(np.float32)
            said = soxr.resample(spoken, engine.sample_rate, 8000, quality="MQ")
            take = min(len(said), len(mix) - at)
            mix[at : at + take] += said[:take] * rng.uniform(0.3, 1.0)
            at += take
    return mix


def _cut(waves: list[NDArray[np.int16]], cuts: list[list[Piece]]) -> list[Utterance]:
    """Features of whole calls, cut into utterances. A frame is centred 12.5 ms after its start: hence the shift."""
    out = []
    order = sorted(range(len(waves)), key=lambda k: len(waves[k]))
    for first in range(0, len(order), 32):
        members = order[first : first + 32]
        longest = len(waves[members[-1]])
        states = [FeatureState() for _ in members]
        padded = [np.pad(waves[k], (0, longest - len(waves[k]))) for k in members]
        rows = [np.concatenate(pair) for pair in zip(extract(states, padded), flush(states), strict=True)]
        for k, features in zip(members, rows, strict=True):
            for start, end, text, spans, region in cuts[k]:
                units = [syllable_to_units(word) for word in text.split()]
                frames = np.round(spans * 100 - 1).astype(np.int32).clip(0)
                piece = features[start // HOP : end // HOP].copy()
                out.append(Utterance(piece, np.array(units, np.int16).reshape(-1, 3), frames, region, text))
    return out


def save(utterances: list[Utterance], path: Path) -> None:
    """One .npz: features of all utterances in a row (float16) and where each begins."""
    np.savez(
        path,
        features=np.concatenate([u.features for u in utterances]).astype(np.float16),
        lengths=np.array([len(u.features) for u in utterances]),
        units=np.concatenate([u.units for u in utterances]),
        spans=np.concatenate([u.spans for u in utterances]),
        syllables=np.array([len(u.units) for u in utterances]),
        regions=np.array([u.region for u in utterances], np.int8),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--stage", type=int, default=0)
    parser.add_argument("--shards", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--calls", type=int, default=600)
    parser.add_argument("--child", action="store_true")
    args = parser.parse_args()
    if args.child:
        utterances = make_calls(STAGES[args.stage], args.calls, args.seed, "train")
        part = args.out / f"s{args.stage}-{args.seed:06d}.part.npz"
        save(utterances, part)
        part.rename(args.out / f"s{args.stage}-{args.seed:06d}.npz")
        print(f"shard {args.stage}/{args.seed}: {sum(len(u.features) for u in utterances) / 360000:.2f} h", flush=True)
        return
    args.out.mkdir(parents=True, exist_ok=True)
    for seed in range(args.seed, args.seed + args.shards):
        options = ["--child", f"--stage={args.stage}", f"--seed={seed}", f"--calls={args.calls}"]
        done = subprocess.run([sys.executable, __file__, str(args.out), *options], check=False)
        if done.returncode:
            print(f"shard {args.stage}/{seed} failed ({done.returncode})", flush=True)


if __name__ == "__main__":
    main()
