"""A small convolutional network over the tokens of a sentence: what a word means hangs on its neighbours.

Each token's local features (word, letters, cluster, known values) are summed to a vector; three residual layers look 1,
2 and 4 tokens to each side, so that the last one sees seven either way, and the whole sentence by its mean. Its scores
are added to those of the linear field and learnt together with them (``agent.nlu.crf``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent.nlu.sparse import AdaGrad, Adam, Bags, Block, Floats

WIDTH = 96
REACHES = (1, 2, 4)
DROP = 0.25
RATE = 2e-3


@dataclass(frozen=True, slots=True, eq=False)
class Convolution:
    """``embed`` (features, WIDTH), per layer ``mixes`` (3 WIDTH, WIDTH) and ``shifts``; ``whole``, ``out``."""

    embed: Floats
    mixes: tuple[Floats, ...]
    shifts: tuple[Floats, ...]
    whole: Floats
    out: Floats
    enter: Floats | None = None
    """(width, WIDTH): how the vectors of an encoder come in."""

    def scores(self, rows: Bags, dense: Floats | None = None) -> Floats:
        """(tokens, labels) for one sentence."""
        sizes = np.maximum(rows.sizes, 1).astype(np.float32)
        x: Floats = (rows.sums(self.embed) / np.sqrt(sizes)[:, None]).astype(np.float32)
        if self.enter is not None and dense is not None:
            x = x + dense @ self.enter
        for reach, mix, shift in zip(REACHES, self.mixes, self.shifts, strict=True):
            x = x + np.maximum(_beside(x[None], reach)[0] @ mix + shift, 0)
        made: Floats = (x + np.tanh(x.mean(0) @ self.whole)) @ self.out
        return made

    def arrays(self) -> dict[str, Floats]:
        """By name, for a file."""
        named = {"embed": self.embed, "whole": self.whole, "out_deep": self.out}
        named |= {f"mix{k}": mix for k, mix in enumerate(self.mixes)}
        named |= {f"shift{k}": shift for k, shift in enumerate(self.shifts)}
        return named | ({"enter": self.enter} if self.enter is not None else {})

    @classmethod
    def of(cls, arrays: dict[str, Floats]) -> Convolution:
        """From what ``arrays`` gave."""
        layers = range(len(REACHES))
        return cls(
            arrays["embed"], tuple(arrays[f"mix{k}"] for k in layers), tuple(arrays[f"shift{k}"] for k in layers),
            arrays["whole"], arrays["out_deep"], arrays.get("enter"),
        )  # fmt: skip


def _beside(x: Floats, reach: int) -> Floats:
    """(sentences, places, 3 columns): each token with those ``reach`` places before and after it."""
    count, places, width = x.shape
    made = np.zeros((count, places, 3 * width), np.float32)
    made[:, :, width : 2 * width] = x
    if places > reach:
        made[:, reach:, :width] = x[:, :-reach]
        made[:, :-reach, 2 * width :] = x[:, reach:]
    return made


class Learner:
    """The network while it learns: ``forward`` then ``backward`` for each batch."""

    def __init__(self, features: int, labels: int, rng: np.random.Generator, width: int = 0) -> None:
        self._rng = rng
        self._embed = AdaGrad((features, WIDTH), 0.06, 1e-5)
        self._embed.weights += rng.normal(0, 0.25, (features, WIDTH)).astype(np.float32)
        wide = np.sqrt(2 / (3 * WIDTH)) * 0.5
        self._mixes = [Adam(rng.normal(0, wide, (3 * WIDTH, WIDTH)).astype(np.float32), RATE) for _ in REACHES]
        self._shifts = [Adam(np.zeros(WIDTH, np.float32), RATE) for _ in REACHES]
        self._whole = Adam(rng.normal(0, 0.1, (WIDTH, WIDTH)).astype(np.float32), RATE)
        self._out = Adam(rng.normal(0, 0.1, (WIDTH, labels)).astype(np.float32), RATE)

        scale = 0.5 / np.sqrt(max(width, 1))
        self._enter = Adam(rng.normal(0, scale, (width, WIDTH)).astype(np.float32), RATE / 2) if width else None

    def now(self, *, copy: bool = False) -> Convolution:
        """The network as it is."""
        take = np.array if copy else np.asarray
        return Convolution(
            take(self._embed.weights), tuple(take(m.weights) for m in self._mixes),
            tuple(take(s.weights) for s in self._shifts), take(self._whole.weights), take(self._out.weights),
            take(self._enter.weights) if self._enter else None,
        )  # fmt: skip

    def forward(self, batch: Block, sizes: Floats, alive: NDArray[np.bool_], dense: Floats | None = None) -> Floats:
        """(tokens, labels). ``sizes``: features of each token; ``alive`` (sentences, places) marks tokens."""
        self._batch, self._gain, self._alive = batch, (1 / np.sqrt(np.maximum(sizes, 1)))[:, None], alive
        x = np.zeros((*alive.shape, WIDTH), np.float32)
        x[alive] = batch.times(self._embed.weights) * self._gain
        if self._enter is not None and dense is not None:
            self._dense = dense * ((self._rng.random(dense.shape, np.float32) >= DROP) / np.float32(1 - DROP))
            x[alive] += self._dense @ self._enter.weights
        self._there = alive[:, :, None].astype(np.float32)
        self._count = self._there.sum(1)
        self._steps: list[tuple[Floats, Floats]] = []
        for reach, mix, shift in zip(REACHES, self._mixes, self._shifts, strict=True):
            seen = _beside(x, reach)
            raw = seen @ mix.weights + shift.weights
            drop = (self._rng.random(raw.shape, np.float32) >= DROP) / np.float32(1 - DROP)
            gate = ((raw > 0) * drop * self._there).astype(np.float32)
            self._steps.append((seen, gate))
            x = x + raw * gate
        self._mean = x.sum(1) / self._count
        self._view = np.tanh(self._mean @ self._whole.weights)
        self._last = (x + self._view[:, None, :]) * self._there
        self._kept = (self._rng.random(self._last.shape, np.float32) >= DROP) / np.float32(1 - DROP)
        made: Floats = ((self._last * self._kept)[alive] @ self._out.weights).astype(np.float32)
        return made

    def backward(self, error: Floats, scale: float) -> None:
        """Steps down the gradient; ``error`` (tokens, labels) is that of the scores."""
        back = np.zeros_like(self._last)
        back[self._alive] = error @ self._out.weights.T
        self._out.step((self._last * self._kept)[self._alive].T @ error, scale)
        back *= self._kept * self._there
        to_view = back.sum(1) * (1 - self._view**2)
        back = back + ((to_view @ self._whole.weights.T) / self._count)[:, None, :] * self._there
        self._whole.step(self._mean.T @ to_view, scale)
        places = back.shape[1]
        for k in range(len(REACHES) - 1, -1, -1):
            seen, gate = self._steps[k]
            through = (back * gate).astype(np.float32)
            flat = through.reshape(-1, WIDTH)
            to_seen = (flat @ self._mixes[k].weights.T).reshape(*through.shape[:2], 3 * WIDTH)
            self._mixes[k].step(seen.reshape(-1, 3 * WIDTH).T @ flat, scale)
            self._shifts[k].step(flat.sum(0), scale)
            reach = min(REACHES[k], places)
            back = back + to_seen[:, :, WIDTH : 2 * WIDTH]
            back[:, : places - reach] += to_seen[:, reach:, :WIDTH]
            back[:, reach:] += to_seen[:, : places - reach, 2 * WIDTH :]
        if self._enter is not None:
            self._enter.step(self._dense.T @ back[self._alive], scale)
        self._batch.descend(self._embed, (back[self._alive] * self._gain).astype(np.float32), scale)
