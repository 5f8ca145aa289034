"""Trains the intent model with numpy alone: python -m models.intents.train [--out models/intents/intents.npz]

One logistic regression per intent over hashed features; sentences come from examples.yaml, joined ones hold two.
A sixth of the patterns is kept apart to calibrate and to report; the shipped weights are then trained on all of them.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from agent.brain.features import DIMENSIONS, indices
from models.intents.corrupt import corrupt
from models.intents.expand import decorate, expand, regional

HERE = Path(__file__).parent
_WEAK = ("affirm", "ack", "greeting", "bye", "promise")
"""Intents that go with others and so are not joined with everything."""


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence and the intents in it."""

    text: str
    intents: tuple[str, ...]


def examples(patterns: dict[str, list[str]], per_pattern: int, rng: random.Random) -> list[Example]:
    """Clean, corrupted and joined sentences."""
    plain: list[Example] = []
    for intent, lines in patterns.items():
        share = per_pattern * max(1.0, 12 / max(len(lines), 1))
        for line in lines:
            for _ in range(int(share)):
                plain.append(Example(decorate(regional(expand(line, rng), rng), rng), (intent,)))
    joined = []
    for _ in range(len(plain) // 3):
        a, b = rng.sample(plain, 2)
        if "other" in (*a.intents, *b.intents) or len(a.text.split()) + len(b.text.split()) > 26:
            continue
        link = rng.choice((" ", " ", " mà ", " nên ", " thì ", " với lại "))
        joined.append(Example(a.text + link + b.text, tuple(sorted({*a.intents, *b.intents}))))
    clean = plain + joined
    noisy = [Example(corrupt(e.text, rng.choice((0.1, 0.2, 0.3)), rng), e.intents) for e in clean]
    bare = [Example(corrupt(e.text, 0.05, rng), e.intents) for e in plain[::2]]
    return [e for e in clean + noisy + bare if e.text.strip()]


@dataclass(slots=True)
class Data:
    """Features as flat indices with row starts, targets (rows, intents)."""

    rows: list[NDArray[np.int32]]
    targets: NDArray[np.float32]

    def batch(self, picked: NDArray[np.int64]) -> NDArray[np.float32]:
        """Dense (batch, DIMENSIONS), each row of length one."""
        dense = np.zeros((len(picked), DIMENSIONS), np.float32)
        for k, row in enumerate(picked):
            found = self.rows[row]
            dense[k, found] = 1.0 / np.sqrt(max(len(found), 1))
        return dense


def prepare(sentences: list[Example], intents: list[str]) -> Data:
    targets = np.zeros((len(sentences), len(intents)), np.float32)
    for k, example in enumerate(sentences):
        for intent in example.intents:
            targets[k, intents.index(intent)] = 1.0
    return Data([indices(e.text) for e in sentences], targets)


def train(data: Data, epochs: int, seed: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Adam on the summed binary cross-entropy with a little weight decay."""
    rng = np.random.default_rng(seed)
    count = data.targets.shape[1]
    weights, bias = np.zeros((DIMENSIONS, count), np.float32), np.full(count, -3.0, np.float32)
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    step, batch, rate = 0, 512, 0.08
    for epoch in range(epochs):
        order = rng.permutation(len(data.rows))
        for start in range(0, len(order), batch):
            picked = order[start : start + batch]
            x = data.batch(picked)
            z = x @ weights + bias
            error = 1.0 / (1.0 + np.exp(-z)) - data.targets[picked]
            gradient = x.T @ error / len(picked)
            step += 1
            first += 0.1 * (gradient - first)
            second += 0.001 * (gradient * gradient - second)
            scale = rate * (1 - epoch / epochs) * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
            weights -= scale * first / (np.sqrt(second) + 1e-7) + 1e-4 * weights * (1 - epoch / epochs)
            bias -= 0.5 * rate * (1 - epoch / epochs) * error.mean(axis=0)
    return weights, bias


def scores(data: Data, weights: NDArray[np.float32], bias: NDArray[np.float32]) -> NDArray[np.float32]:
    parts = [
        data.batch(np.arange(k, min(k + 1024, len(data.rows)))) @ weights + bias for k in range(0, len(data.rows), 1024)
    ]
    return np.concatenate(parts)


def calibrate(z: NDArray[np.float32], targets: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Platt scaling with one slope for all and one offset each: few parameters, since held-out data is small."""
    slope, offset = 1.0, np.zeros(z.shape[1])
    for _ in range(300):
        p = 1.0 / (1.0 + np.exp(-(slope * z + offset)))
        error = p - targets
        slope -= 0.5 * float((error * z).mean()) * 5
        offset -= 0.5 * (error.mean(axis=0) * 20 + 0.002 * offset)
    return np.full(z.shape[1], slope, np.float32), offset.astype(np.float32)


def report(z: NDArray[np.float32], targets: NDArray[np.float32], intents: list[str]) -> dict[str, object]:
    """Leading-intent accuracy on single sentences, expected calibration error, worst intents."""
    p = 1.0 / (1.0 + np.exp(-z))
    single = targets.sum(axis=1) == 1
    right = p[single].argmax(axis=1) == targets[single].argmax(axis=1)
    flat, hit = p.ravel(), targets.ravel()
    bins = np.minimum((flat * 10).astype(int), 9)
    ece = sum(
        abs(flat[bins == b].mean() - hit[bins == b].mean()) * (bins == b).mean() for b in range(10) if (bins == b).any()
    )
    by_intent = {
        name: round(float(right[targets[single].argmax(axis=1) == k].mean()), 3)
        for k, name in enumerate(intents)
        if (targets[single].argmax(axis=1) == k).any()
    }
    return {
        "accuracy": round(float(right.mean()), 4), "calibration_error": round(float(ece), 4),
        "worst": dict(sorted(by_intent.items(), key=lambda item: item[1])[:8]),
    }  # fmt: skip


def split(patterns: dict[str, list[str]], rng: random.Random) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """(to train, held out): every sixth pattern of each intent is held out."""
    kept: dict[str, list[str]] = {}
    held: dict[str, list[str]] = {}
    for intent, lines in patterns.items():
        mixed = rng.sample(lines, len(lines))
        cut = max(1, len(mixed) // 6)
        held[intent], kept[intent] = mixed[:cut], mixed[cut:]
    return kept, held


def save(path: Path, intents: list[str], weights: NDArray[np.float32], bias: NDArray[np.float32],
         slope: NDArray[np.float32], offset: NDArray[np.float32]) -> None:  # fmt: skip
    """Weights as int8, one scale per intent."""
    scale = np.abs(weights).max(axis=0) / 127
    small = np.round(weights / scale).astype(np.int8)
    np.savez_compressed(
        path,
        intents=np.array(intents),
        weights=small,
        scale=scale.astype(np.float32),
        bias=bias,
        slope=slope,
        offset=offset,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE / "intents.npz")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--per-pattern", type=int, default=24)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    started = time.perf_counter()
    patterns: dict[str, list[str]] = yaml.safe_load((HERE / "examples.yaml").read_text(encoding="utf-8"))
    intents = list(patterns)
    rng = random.Random(options.seed)
    kept, held = split(patterns, rng)
    data = prepare(examples(kept, options.per_pattern, rng), intents)
    weights, bias = train(data, options.epochs, options.seed)
    apart = prepare(examples(held, options.per_pattern, rng), intents)
    z = scores(apart, weights, bias)
    slope, offset = calibrate(z, apart.targets)
    figures = report(slope * z + offset, apart.targets, intents)
    print(json.dumps({"sentences": len(data.rows), "held_out": len(apart.rows), **figures}, ensure_ascii=False))
    data = prepare(examples(patterns, options.per_pattern, rng), intents)
    weights, bias = train(data, options.epochs, options.seed)
    save(options.out, intents, weights, bias, slope, offset)
    print(f"{options.out.name}: {options.out.stat().st_size / 1e6:.2f} MB, {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
