"""Make the syllable trigram that the embedded recogniser decodes with, and measure it.

    python models/language/make.py            # writes syllables.npz beside this file and prints its figures

Modified Kneser-Ney on the training split of our own sentence patterns; only numpy; seconds.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from models.recogniser.make_text import REGIONS, Split, answer, expand, sentences, spell
from models.recogniser.make_text import _regional as regional
from speech.recognition.lm import STEPS, LanguageModel

HERE = Path(__file__).parent
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def training_text(count: int) -> list[list[str]]:
    """``count`` sentences of the recogniser's patterns, half as many of phrases.txt, a sixth as many bare answers."""
    text = [s.split() for s, _ in sentences(count, 11, "train")]
    rng = random.Random(13)
    bare = [answer(REGIONS[k % 3], rng).split() for k in range(count // 6)]
    return text + [line.split() for line in phrases(count // 2, 12)] + bare


def phrases(count: int, seed: int) -> Iterator[str]:
    """Sentences of phrases.txt, a third for each region."""
    rng = random.Random(seed)
    groups: dict[str, list[str]] = {"any": [], **{region: [] for region in REGIONS}}
    region = "any"
    for line in (HERE / "phrases.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("@"):
            name = line[1:].split(":")[0].strip()
            region = name if name in REGIONS else "any"
        elif line and not line.startswith("#"):
            groups[region].append(line)
    for k in range(count):
        region = REGIONS[k % 3]
        pool = groups[region] if groups[region] and rng.random() < 0.2 else groups["any"]
        line = regional(expand(rng.choice(pool), region, rng), region, rng)
        if rng.random() < 0.25:
            line += " " + regional(expand(rng.choice(pool), region, rng), region, rng)
        yield spell(line)


def ids_of(text: list[list[str]]) -> tuple[list[str], Ints]:
    """Vocabulary and one long row of ids: <s> <s> words </s> …"""
    words = sorted({word for line in text for word in line})
    vocabulary = ["<s>", "</s>", *words]
    index = {word: k for k, word in enumerate(vocabulary)}
    row = [i for line in text for i in (0, 0, *(index[w] for w in line), 1)]
    return vocabulary, np.array(row, np.int64)


def discounts(counts: Ints) -> Floats:
    """Modified Kneser-Ney discounts for counts 1, 2 and more (Chen & Goodman 1998)."""
    n1, n2, n3, n4 = (max(1, int((counts == k).sum())) for k in (1, 2, 3, 4))
    y = n1 / (n1 + 2 * n2)
    found = np.array([0.0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3])
    return np.clip(found, [0, 0.1, 0.2, 0.3], [0, 0.95, 1.9, 2.9])


def smooth(counts: Ints, group: Ints, groups: int, lower: Floats) -> tuple[Floats, Floats]:
    """Interpolated probabilities of entries that belong to histories ``group``, and each history's weight for lower."""
    cut = discounts(counts)[np.minimum(counts, 3)]
    total = np.bincount(group, counts, groups)
    gamma = np.bincount(group, cut, groups) / np.maximum(total, 1)
    return (counts - cut) / total[group] + gamma[group] * lower, gamma


def train(row: Ints, size: int, least: int) -> dict[str, np.ndarray]:
    """Arrays of the model. Trigrams seen fewer than ``least`` times are left to the bigrams."""
    inside = row[2:] != 0
    first, second, third = row[:-2][inside], row[1:-1][inside], row[2:][inside]
    tri, tri_count = np.unique((first * size + second) * size + third, return_counts=True)
    # Lower orders count in how many contexts a word was seen; after <s> there is none, so plain counts serve.
    bi_all = tri % (size * size)
    starts = (second == 0) & (first == 0)
    plain, plain_count = np.unique(second[starts] * size + third[starts], return_counts=True)
    bi, bi_count = np.unique(bi_all, return_counts=True)
    bi_count = bi_count.copy()
    bi_count[np.searchsorted(bi, plain)] = plain_count
    uni = np.bincount(bi % size, minlength=size).astype(np.float64)
    uni_p = np.maximum(uni - 0.5, 0) + 0.5 * (uni > 0).sum() / size
    uni_p[0] = 0
    uni_p /= uni_p.sum()
    bi_p, _ = smooth(bi_count, bi // size, size, uni_p[bi % size])
    tri_p, _ = smooth(tri_count, np.searchsorted(bi, tri // size), len(bi), bi_p[np.searchsorted(bi, bi_all)])
    keep = tri_count >= least
    tri, tri_p, bi_all = tri[keep], tri_p[keep], bi_all[keep]
    history = np.searchsorted(bi, tri // size)
    bi_backoff = left_over(tri_p, bi_p[np.searchsorted(bi, bi_all)], history, len(bi))
    uni_backoff = left_over(bi_p, uni_p[bi % size], bi // size, size)
    return {
        "uni": np.log(np.maximum(uni_p, 1e-7)).astype(np.float16),
        "uni_backoff": np.log(uni_backoff).astype(np.float16),
        "bi_at": np.searchsorted(bi, np.arange(size + 1) * size).astype(np.int32),
        "bi_id": (bi % size).astype(np.uint16),
        "bi": quantised(bi_p),
        "bi_backoff": quantised(bi_backoff),
        "tri_at": np.searchsorted(history, np.arange(len(bi) + 1)).astype(np.int32),
        "tri_id": (tri % size).astype(np.uint16),
        "tri": quantised(tri_p),
    }


def left_over(p: Floats, lower: Floats, history: Ints, size: int) -> Floats:
    """Back-off weight of each history so that everything sums to one."""
    own, below = np.bincount(history, p, size), np.bincount(history, lower, size)
    return np.clip((1 - own) / np.maximum(1 - below, 1e-6), 1e-4, 1.0)


def quantised(p: Floats) -> NDArray[np.uint8]:
    """-log p in steps of 1/STEPS nat."""
    return np.clip(np.rint(-np.log(np.maximum(p, 1e-9)) * STEPS), 0, 255).astype(np.uint8)


def perplexity(model: LanguageModel, split: Split, count: int = 3000) -> dict[str, float]:
    """Per-syllable perplexity (end of sentence included) and the share of unknown syllables."""
    total, tokens, unknown = 0.0, 0, 0
    for text, _ in sentences(count, 99, split):
        words = [w for s in text.split() if (w := model.word_id(s)) is not None]
        total += model.score(words)
        tokens += len(words) + 1
        unknown += sum(w >= len(model) for w in words)
    return {"perplexity": math.exp(-total / tokens), "unknown_percent": 100 * unknown / tokens}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sentences", type=int, default=60_000)
    parser.add_argument("--least", type=int, default=1, help="drop trigrams seen less often")
    parser.add_argument("--out", type=Path, default=HERE / "syllables.npz")
    args = parser.parse_args()
    began = time.perf_counter()
    vocabulary, row = ids_of(training_text(args.sentences))
    arrays = train(row, len(vocabulary), args.least)
    names = np.frombuffer("\n".join(vocabulary).encode(), np.uint8)
    np.savez_compressed(args.out, vocabulary=names, **arrays)  # type: ignore[arg-type]
    loading = time.perf_counter()
    model = LanguageModel(args.out)
    figures = {
        "syllables": len(vocabulary) - 2, "bigrams": len(arrays["bi"]), "trigrams": len(arrays["tri"]),
        "kilobytes": args.out.stat().st_size // 1024, "load_ms": round(1000 * (time.perf_counter() - loading)),
        "train": perplexity(model, "train"), "dev": perplexity(model, "dev"), "test": perplexity(model, "test"),
        "made_in_s": round(loading - began),
    }  # fmt: skip
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
