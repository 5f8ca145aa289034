"""Train the acoustic network on the shards of make_audio.py.

    python models/recogniser/train.py SHARDS OUT --minutes 60 [--init CHECKPOINT] [--profile first … fifth]

The schedule runs on wall time, so that a run fits the machine it gets. Frame labels from eSpeak's word events for the
first part, then CTC; auxiliary frame labels (initial, rime, tone of the running syllable) in the middle throughout.
Progress through the stages of the data: few voices → all voices → natural text. One thread and bf16 are fastest here.
"""

from __future__ import annotations

import argparse
import copy
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch
from torch import Tensor
from torch.nn import functional

from models.recogniser.net import STACK, Net, Size
from models.recogniser.score import distance, greedy, matched_tones
from speech.recognition.features import N_FEATURES, N_MELS
from speech.recognition.units import BLANK, INITIALS, RIMES, TONES

PROFILES = {
    # share of training at which stages 0, 1, 2 (and 3) are drawn with these weights; when CTC starts
    "first": (((0.0, (1, 0, 0)), (0.25, (0.3, 0.7, 0)), (0.5, (0, 1, 0)), (0.75, (0, 0.5, 0.5))), 0.5),
    "second": (((0.0, (0.05, 0.95, 0)), (0.5, (0, 0.7, 0.3)), (0.75, (0, 0.3, 0.7))), 0.0),
    "third": (((0.0, (0, 0.4, 0.2, 0.4)), (0.4, (0, 0.2, 0.2, 0.6)), (0.75, (0, 0.05, 0.15, 0.8))), 0.0),
    "fourth": (((0.0, (0, 0.1, 0.1, 0.8)), (0.6, (0, 0.05, 0.1, 0.85))), 0.0),
    "fifth": (
        ((0.0, (0, 0.1, 0.1, 0.4, 0.4)), (0.1, (0, 0.07, 0.08, 0.2, 0.65)), (0.6, (0, 0.03, 0.05, 0.17, 0.75))),
        0.0,
    ),
}


class Shard:
    """One .npz of utterances, held as float16."""

    def __init__(self, path: Path) -> None:
        data = np.load(path)
        self.features = data["features"]
        self.at = np.concatenate(([0], np.cumsum(data["lengths"])))
        self.units, self.spans, self.regions = data["units"], data["spans"], data["regions"]
        self.first = np.concatenate(([0], np.cumsum(data["syllables"])))

    def __len__(self) -> int:
        return len(self.regions)

    def frames(self, k: int) -> int:
        return int(self.at[k + 1] - self.at[k])


class Batch:
    """Padded tensors of some utterances of a shard."""

    def __init__(self, shard: Shard, members: list[int], rng: np.random.Generator | None = None) -> None:
        lengths = [-(-shard.frames(k) // STACK) for k in members]
        longest = max(lengths)
        x = np.zeros((len(members), longest * STACK, N_FEATURES), np.float32)
        final = np.full((len(members), longest), -100)
        aux = np.full((len(members), longest, 3), -100)
        targets = []
        for row, k in enumerate(members):
            n = shard.frames(k)
            x[row, :n] = shard.features[shard.at[k] : shard.at[k + 1]]
            syllables = slice(shard.first[k], shard.first[k + 1])
            units, spans = shard.units[syllables], shard.spans[syllables]
            _label(final[row, : lengths[row]], aux[row, : lengths[row]], units, spans)
            targets.append(units.reshape(-1))
        if rng is not None:
            _colour(x, rng)
            _mask(x, rng)
        self.x = torch.from_numpy(x.reshape(len(members), longest, STACK * N_FEATURES))
        self.lengths, self.final, self.aux = torch.tensor(lengths), torch.from_numpy(final), torch.from_numpy(aux)
        self.targets = torch.from_numpy(np.concatenate(targets).astype(np.int64))
        self.target_lengths = torch.tensor([len(t) for t in targets])
        self.regions = torch.from_numpy(shard.regions[members].astype(np.int64))


def _label(final: np.ndarray, aux: np.ndarray, units: np.ndarray, spans: np.ndarray) -> None:
    """Frame labels in place: a third of each syllable for each of its units; silence is blank."""
    final[:], aux[:] = BLANK, 0
    bases = (INITIALS.start - 1, RIMES.start - 1, TONES.start - 1)  # class 0 of each auxiliary head is silence
    for (start, end), parts in zip(spans / STACK, units, strict=True):
        edges = np.round(np.linspace(start, end, 4)).astype(int)
        for unit, a, b in zip(parts, edges, edges[1:], strict=False):
            final[a : max(b, a + 1)] = unit
        aux[edges[0] : edges[3]] = [part - base for part, base in zip(parts, bases, strict=True)]


def _warps() -> np.ndarray:
    """(9, 40, 40) matrices that stretch the mel bands' frequencies by 0.9 … 1.1: shorter and longer vocal tracts."""
    mel = np.linspace(1127 * np.log1p(150 / 700), 1127 * np.log1p(3700 / 700), N_MELS + 2)[1:-1]
    hz = 700 * np.expm1(mel / 1127)
    out = np.zeros((9, N_MELS, N_MELS), np.float32)
    for matrix, factor in zip(out, np.linspace(0.9, 1.1, 9), strict=True):
        at = np.interp(hz * factor, hz, np.arange(N_MELS))
        low = np.minimum(at.astype(int), N_MELS - 2)
        matrix[low, np.arange(N_MELS)] += 1 - (at - low)
        matrix[low + 1, np.arange(N_MELS)] += at - low
    return out


_WARPS = _warps()
_CURVES = np.cos(np.pi * np.outer(np.arange(3), (np.arange(N_MELS) + 0.5) / N_MELS)).astype(np.float32)


def _colour(x: np.ndarray, rng: np.random.Generator) -> None:
    """Other throats and other telephones: bands stretched in half of the utterances, all tilted by a few dB."""
    for row in x:
        if rng.random() < 0.5:
            row[:, :N_MELS] = row[:, :N_MELS] @ _WARPS[rng.integers(len(_WARPS))]
        row[:, :N_MELS] += rng.normal(0, (0.15, 0.12, 0.08)).astype(np.float32) @ _CURVES


def _mask(x: np.ndarray, rng: np.random.Generator) -> None:
    """One narrow band of each utterance is silenced now and then."""
    for row in x:
        if rng.random() < 0.4:
            low, width = int(rng.integers(0, 36)), int(rng.integers(1, 6))
            row[:, low : low + width] = 0.0


def batches(folder: Path, weights: tuple[float, ...], rng: random.Random, frames: int) -> Iterator[Batch]:
    """One shard's worth of batches of about ``frames`` 10 ms frames, in random order."""
    nrng = np.random.default_rng(rng.randrange(2**31))
    by_stage = [sorted(folder.glob(f"s{stage}-*[0-9].npz")) for stage in range(len(weights))]
    usable = [w if paths else 0.0 for w, paths in zip(weights, by_stage, strict=True)]
    if not any(usable):
        usable = [1.0 if paths else 0.0 for paths in by_stage]
    stage = rng.choices(range(len(weights)), usable)[0]
    shard = Shard(rng.choice(by_stage[stage]))
    order = sorted(range(len(shard)), key=lambda k: shard.frames(k) * rng.uniform(0.85, 1.15))
    groups: list[list[int]] = [[]]
    for k in order:
        if groups[-1] and (len(groups[-1]) + 1) * max(shard.frames(j) for j in (*groups[-1], k)) > frames:
            groups.append([])
        groups[-1].append(k)
    rng.shuffle(groups)
    for group in groups:
        yield Batch(shard, group, nrng)


def losses(net: Net, batch: Batch, ctc: bool) -> dict[str, Tensor]:
    with torch.autocast("cpu", torch.bfloat16):
        logits, aux, dialect = net(batch.x, batch.lengths)
    logits, aux, dialect = logits.float(), aux.float(), dialect.float()
    out = {}
    if ctc:
        out["ctc"] = functional.ctc_loss(
            logits.log_softmax(-1).transpose(0, 1), batch.targets, batch.lengths, batch.target_lengths,
            blank=BLANK, reduction="sum", zero_infinity=True,
        ) / batch.target_lengths.sum()  # fmt: skip
    else:
        out["frame"] = functional.cross_entropy(logits.flatten(0, 1), batch.final.flatten())
    heads = aux.split((1 + len(INITIALS), 1 + len(RIMES), 1 + len(TONES)), dim=-1)
    for name, head, column, weight in zip(("initial", "rime", "tone"), heads, range(3), (0.15, 0.25, 0.6), strict=True):
        out[name] = weight * functional.cross_entropy(head.flatten(0, 1), batch.aux[..., column].flatten())
    mask = (batch.aux[..., 0] >= 0).float()
    gate = dialect[..., 3].sigmoid() * mask
    pooled = (gate.unsqueeze(-1) * dialect[..., :3]).sum(1) / (gate.sum(1, keepdim=True) + 1.0)
    out["dialect"] = 0.1 * functional.cross_entropy(pooled, batch.regions)
    return out


@torch.no_grad()
def check(net: Net, shards: dict[str, Shard]) -> str:
    """Greedy errors on development shards: syllables / without tones / tones where the rest is right."""
    parts = []
    for name, shard in shards.items():
        total = wrong = base = pairs = tones = 0
        right = 0
        for first in range(0, len(shard), 16):
            batch = Batch(shard, list(range(first, min(first + 16, len(shard)))))
            with torch.autocast("cpu", torch.bfloat16):
                logits, _, dialect = net(batch.x, batch.lengths)
            gate = dialect[..., 3].float().sigmoid() * (batch.aux[..., 0] >= 0)
            right += int(((gate.unsqueeze(-1) * dialect[..., :3].float()).sum(1).argmax(-1) == batch.regions).sum())
            for row, units in enumerate(batch.targets.split(batch.target_lengths.tolist())):
                want = [tuple(t) for t in units.reshape(-1, 3).tolist()]
                got = greedy(logits[row, : batch.lengths[row]].float().numpy())
                total += len(want)
                wrong += distance(want, got)
                base += distance([t[:2] for t in want], [t[:2] for t in got])
                a, b = matched_tones(want, got)
                pairs, tones = pairs + a, tones + b
        errors = "/".join(f"{100 * a / max(b, 1):.1f}" for a, b in ((wrong, total), (base, total), (tones, pairs)))
        parts.append(f"{name} {errors} dialect {100 * right / len(shard):.0f}")
    return " | ".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shards", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--init", type=Path)
    parser.add_argument("--profile", choices=PROFILES, default="first")
    parser.add_argument("--width", type=int, default=160)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--frames", type=int, default=8000, help="10 ms frames in a batch")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    rng = random.Random(args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    net = Net(Size(width=args.width))
    hours = 0.0
    if args.init:
        saved_before = torch.load(args.init)
        net.load_state_dict(saved_before["net"])
        hours = float(saved_before["hours"])
    average = copy.deepcopy(net)
    dev = {path.stem[4:]: Shard(path) for path in sorted(args.shards.glob("dev-*.npz"))}
    optimiser = torch.optim.AdamW(net.parameters(), lr=args.rate, betas=(0.9, 0.98), weight_decay=0.01)
    mixes, ctc_from = PROFILES[args.profile]
    print(f"{sum(p.numel() for p in net.parameters()) / 1e6:.2f} M parameters", flush=True)
    begun, step, shown, saved, sums = time.monotonic(), 0, 0.0, 0.0, {}
    done = 0.0
    while done < 1:
        weights = [w for share, w in mixes if share <= done][-1]
        for batch in batches(args.shards, weights, rng, args.frames):
            done = (time.monotonic() - begun) / 60 / args.minutes
            if done >= 1:
                break
            rate = args.rate * min(1, (step + 1) / 300) * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * done)))
            for group in optimiser.param_groups:
                group["lr"] = rate
            parts = losses(net, batch, done >= ctc_from)
            loss = sum(parts.values())
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
            optimiser.step()
            step += 1
            hours += float(batch.lengths.sum()) * 0.04 / 3600
            keep = min(0.998, (step + 1) / (step + 30))
            with torch.no_grad():
                for slow, fast in zip(average.parameters(), net.parameters(), strict=True):
                    slow.lerp_(fast, 1 - keep)
            for name, value in parts.items():
                sums.setdefault(name, []).append(float(value.detach()))
            if time.monotonic() - begun - shown > 60:
                shown = time.monotonic() - begun
                text = " ".join(f"{name} {np.mean(values):.3f}" for name, values in sums.items())
                print(f"{shown / 60:.1f} min step {step} {hours:.0f} h lr {rate:.1e} {text}", flush=True)
                sums = {}
            if time.monotonic() - begun - saved > 240:
                saved = time.monotonic() - begun
                torch.save({"net": average.state_dict(), "width": args.width, "hours": hours}, args.out / "last.pt")
                print("  " + check(average, dev), flush=True)
    torch.save({"net": average.state_dict(), "width": args.width, "hours": hours}, args.out / "final.pt")
    print("  " + check(average, dev), flush=True)


if __name__ == "__main__":
    main()
