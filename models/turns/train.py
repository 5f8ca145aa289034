"""Train the end-of-turn network: ``python -m models.turns.train [--split train] [--heard heard.jsonl …]``.

Text of 80,000 generated turns (``make_text``), four fifths of it garbled as recognition does it, and the silences of
turns that were said and heard (``make_audio``) where there are any. ``--split train`` leaves out the lines kept for
choosing settings; what ships has learnt from all. Needs PyTorch; a minute of CPU; seeded.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import nn

from models.intents.corrupt import corrupt
from models.turns.make_text import Split, turns
from speech.end_model import LAST_WORDS, NOTHING, UNKNOWN, EndModel, awaited
from speech.end_of_turn import hints
from speech.types import Expectation

HERE = Path(__file__).parent
OUT = HERE / "turns.npz"
LEAST_SEEN = 15
"""Rarer words are unknown ones."""
LAST_WIDTH, ALL_WIDTH, HIDDEN, SECOND = 10, 10, 48, 16
ELSEWHERE = 0.03
"""Weight of a stop at any word of a turn: people stop anywhere, but seldom."""
HEARD_WEIGHT = 3.0
"""Of a silence in turns that were said and heard, against one in text."""


@dataclass(frozen=True, slots=True)
class Example:
    words: tuple[str, ...]
    expectation: Expectation
    over: bool
    weight: float


def from_text(count: int, seed: int, split: Split = "all") -> Iterator[Example]:
    """The ends and the pauses of generated turns."""
    rng = random.Random(seed)
    for said in turns(count, seed, split):
        rate = rng.choice((0.0, 0.04, 0.1, 0.15, 0.2))
        ends = [(len(said.parts), 1.0)] + [(k, 1.0) for k in range(1, len(said.parts))]
        for parts, weight in ends:
            words = corrupt(" ".join(said.parts[:parts]), rate, rng).split()
            if words:
                yield Example(tuple(words), said.expectation, parts == len(said.parts), weight)
        words = said.text.split()
        if len(words) > 2:
            cut = rng.randrange(1, len(words))
            yield Example(
                tuple(corrupt(" ".join(words[:cut]), rate, rng).split() or words[:1]),
                said.expectation,
                False,
                ELSEWHERE,
            )


def from_audio(paths: list[Path]) -> Iterator[Example]:
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            one = json.loads(line)
            if one["text"]:
                expectation = Expectation(tuple(one["kinds"]), digits=one["digits"])
                yield Example(tuple(one["text"].split()), expectation, one["over"], HEARD_WEIGHT)


@dataclass(slots=True)
class Table:
    """Examples as numbers."""

    last: torch.Tensor
    bag: torch.Tensor
    offsets: torch.Tensor
    given: torch.Tensor
    over: torch.Tensor
    weight: torch.Tensor
    lists: list[list[int]] = field(default_factory=list)


def table(examples: list[Example], numbers: dict[str, int]) -> Table:
    last, lists, given = [], [], []
    for one in examples:
        ids = [numbers.get(word, UNKNOWN) for word in one.words]
        last.append(([NOTHING] * LAST_WORDS + ids)[-LAST_WORDS:])
        lists.append(ids)
        given.append([*awaited(one.expectation), *hints(list(one.words), one.expectation)])
    offsets = np.cumsum([0] + [len(ids) for ids in lists[:-1]])
    return Table(
        torch.tensor(last),
        torch.tensor([i for ids in lists for i in ids]),
        torch.tensor(offsets),
        torch.tensor(given, dtype=torch.float32),
        torch.tensor([one.over for one in examples], dtype=torch.float32),
        torch.tensor([one.weight for one in examples], dtype=torch.float32),
        lists,
    )


class Net(nn.Module):
    def __init__(self, words: int, given: int) -> None:
        super().__init__()
        self.last = nn.Embedding(words, LAST_WIDTH)
        self.all = nn.EmbeddingBag(words, ALL_WIDTH, mode="mean")
        for table in (self.last, self.all):
            nn.init.normal_(table.weight, std=0.1)
        self.one = nn.Linear(LAST_WORDS * LAST_WIDTH + ALL_WIDTH + given, HIDDEN)
        self.two = nn.Linear(HIDDEN, SECOND)
        self.three = nn.Linear(SECOND, 1)
        self.drop = nn.Dropout(0.25)

    def forward(
        self, last: torch.Tensor, bag: torch.Tensor, offsets: torch.Tensor, given: torch.Tensor
    ) -> torch.Tensor:
        inputs = torch.cat((self.last(last).flatten(1), self.all(bag, offsets), given), dim=1)
        hidden = torch.relu(self.one(self.drop(inputs)))
        return self.three(torch.relu(self.two(hidden)))[:, 0]


def fit(data: Table, words: int, epochs: int, seed: int) -> Net:
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    net = Net(words, data.given.shape[1])
    count = len(data.over)
    rng = np.random.default_rng(seed)
    batch = 512
    steps = epochs * (count // batch)
    optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    for epoch in range(epochs):
        order = rng.permutation(count)
        total = 0.0
        for at in range(0, count - batch + 1, batch):
            rows = order[at : at + batch]
            lists = [data.lists[k] for k in rows]
            # A word now and then unknown, so that the network can do without any one.
            last = data.last[rows]
            last = torch.where(torch.rand(last.shape) < 0.04, torch.tensor(UNKNOWN), last)
            bag = torch.tensor([i for ids in lists for i in ids])
            offsets = torch.tensor(np.cumsum([0] + [len(ids) for ids in lists[:-1]]))
            logit = net(last, bag, offsets, data.given[rows])
            losses = nn.functional.binary_cross_entropy_with_logits(logit, data.over[rows], reduction="none")
            weight = data.weight[rows]
            loss = (losses * weight).sum() / weight.sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += float(loss.detach())
        print(f"epoch {epoch + 1}: {total / (count // batch):.4f}", flush=True)
    return net.eval()


def save(net: Net, words: list[str], path: Path) -> None:
    def half(tensor: torch.Tensor) -> np.ndarray:
        return tensor.detach().numpy().astype(np.float16)

    np.savez_compressed(
        path,
        words=np.array(" ".join(words)),
        last=half(net.last.weight),
        all=half(net.all.weight),
        w1=half(net.one.weight.T),
        b1=half(net.one.bias),
        w2=half(net.two.weight.T),
        b2=half(net.two.bias),
        w3=half(net.three.weight[0]),
        b3=half(net.three.bias[0]),
    )


def area(scores: np.ndarray, over: np.ndarray) -> float:
    """How often an end scores above a pause."""
    ranks = scores.argsort().argsort() + 1.0
    ends = over.sum()
    return float((ranks[over].sum() - ends * (ends + 1) / 2) / (ends * (len(over) - ends)))


def measure(model: EndModel, examples: list[Example]) -> str:
    scores = np.array([model.logit(e.words, e.expectation, hints(list(e.words), e.expectation)) for e in examples])
    over = np.array([e.over for e in examples])
    loss = np.where(over, np.log1p(np.exp(-scores)), np.log1p(np.exp(scores))).mean()
    return f"{len(examples)} silences, area under the curve {area(scores, over):.3f}, loss {loss:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=80_000)
    parser.add_argument("--split", choices=("train", "all"), default="all")
    parser.add_argument("--heard", type=Path, nargs="*", default=[])
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    begun = time.process_time()
    audio = list(from_audio(args.heard))
    kept, audio = audio[: len(audio) // 4], audio[len(audio) // 4 :]
    examples = [*from_text(args.turns, 1, args.split), *audio]
    counts = Counter(word for one in examples for word in one.words)
    words = sorted(word for word, count in counts.items() if count >= LEAST_SEEN)
    print(f"{len(examples)} examples, {len(words)} words, {time.process_time() - begun:.0f} s")
    data = table(examples, {word: k for k, word in enumerate(words, start=2)})
    print(f"numbers after {time.process_time() - begun:.0f} s")
    save(fit(data, len(words) + 2, args.epochs, 1), words, args.out)
    model = EndModel(args.out)
    print("lines for choosing:", measure(model, [e for e in from_text(3000, 99, "dev") if e.weight == 1.0]))
    if kept:
        print("said and heard, kept out:", measure(model, kept))
    print(f"{args.out.stat().st_size / 1000:.0f} kB, {time.process_time() - begun:.0f} s of CPU")


if __name__ == "__main__":
    main()
