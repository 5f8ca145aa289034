"""Checkpoints put together: two averaged, or one made deeper.

    python models/recogniser/checkpoints.py average A B OUT --share 0.6     # 0.4 of A and 0.6 of B
    python models/recogniser/checkpoints.py deepen SHALLOW OUT              # as many blocks as net.py has now

A run on new audio hears better what is new and a little worse what it no longer meets; the straight line between its
weights and those that it began from keeps most of both. New blocks begin as the identity, so that the deeper network
gives the same numbers as the shallow one until it is trained.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch
from torch import Tensor

from models.recogniser.net import Net, Size

State = dict[str, Tensor]
KEPT = (0, 1, 2, 3, 5, 7)
"""Where the six blocks of runs one to four stand among the eight of today: look-ahead and middle heads stay theirs."""


def average(a: State, b: State, share: float) -> State:
    """``1 - share`` of ``a`` and ``share`` (0 … 1) of ``b``, weight by weight. Raises ValueError for another shape."""
    if {k: v.shape for k, v in a.items()} != {k: v.shape for k, v in b.items()}:
        raise ValueError("these checkpoints are of different networks")
    return {name: torch.lerp(value, b[name], share) for name, value in a.items()}


def deepen(shallow: State, size: Size) -> State:
    """Weights of a network of ``size`` that gives what the six-block one of ``shallow`` gives."""
    deep = Net(size).state_dict()
    for name, value in deep.items():
        if ".mix." in name or ".down." in name:  # what a block adds
            value.zero_()
    for name, value in shallow.items():
        kind, _, rest = name.partition(".")
        if kind == "blocks":
            number, _, part = rest.partition(".")
            name = f"blocks.{KEPT[int(number)]}.{part}"
        deep[name].copy_(value)
    return deep


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("average", "deepen"))
    parser.add_argument("checkpoints", type=Path, nargs="+")
    parser.add_argument("--share", type=float, default=0.5)
    args = parser.parse_args()
    *sources, out = args.checkpoints
    saved = [torch.load(path) for path in sources]
    if args.what == "average":
        first, second = saved
        weights = average(first["net"], second["net"], args.share)
    else:
        (first,) = saved
        weights = deepen(first["net"], Size(width=first["width"]))
    torch.save({**first, "net": weights, "hours": max(float(s["hours"]) for s in saved)}, out)
