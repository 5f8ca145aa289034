"""The intent of a sentence: a linear model and a small hidden layer over the same sparse features, added up.

Several are learnt from different seeds and become one: their linear weights are averaged, their hidden layers set side
by side. To the linear weights those of a support vector machine are added, which errs less where labels are noisy or
rare. Where an encoder is configured, its mean vector has a linear part of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from agent.nlu.sparse import AdaGrad, Adam, Block, Floats, Rows, mean

HIDDEN = 64
BATCH = 48
DROP = 0.3
COST = 0.3
MACHINE = 20.0
"""Weight of the machine, whose scores are some ten times smaller than those of a network."""


@dataclass(frozen=True, slots=True, eq=False)
class IntentNet:
    """``wide`` (features, intents) + relu(``deep`` (features, hidden)) @ ``out`` (hidden, intents), over ``heat``."""

    intents: tuple[str, ...]
    wide: Floats
    deep: Floats
    out: Floats
    heat: float = 1.0
    enter: Floats | None = None
    """(width, intents): what the mean vector of an encoder adds."""

    def scores(self, row: NDArray[np.int32], average: Floats | None = None) -> Floats:
        """Unnormalised, before calibration."""
        norm = np.float32(1 / np.sqrt(max(len(row), 1)))
        hidden = np.maximum(self.deep[row].sum(0, dtype=np.float32) * norm, 0)
        made: Floats = self.wide[row].sum(0, dtype=np.float32) * norm + hidden @ self.out
        return made + average @ self.enter if self.enter is not None and average is not None else made

    def probabilities(self, row: NDArray[np.int32], average: Floats | None = None) -> Floats:
        """Calibrated, adding up to one."""
        return _softmax(self.scores(row, average)[None, :] / np.float32(self.heat))[0]

    @staticmethod
    def joined(nets: Sequence[IntentNet]) -> IntentNet:
        """One net whose scores are the mean of theirs."""
        enter = [net.enter for net in nets if net.enter is not None]
        return IntentNet(
            nets[0].intents,
            mean([net.wide for net in nets]),
            np.concatenate([net.deep for net in nets], axis=1),
            (np.concatenate([net.out for net in nets], axis=0) / len(nets)).astype(np.float32),
            enter=mean(enter) if enter else None,
        )

    def beside(self, machine: Floats) -> IntentNet:
        """With the scores of ``machine`` (features, intents) added."""
        return replace(self, wide=self.wide + np.float32(MACHINE) * machine)

    def calibrated(self, rows: Rows, intents: Sequence[str], means: Sequence[Floats | None]) -> IntentNet:
        """With the temperature that makes sentences kept apart most likely. Unknown intents are passed over."""
        index = {name: k for k, name in enumerate(self.intents)}
        known = [
            (self.scores(row, average), index[name])
            for row, name, average in zip(rows, intents, means, strict=True)
            if name in index
        ]
        if not known:
            return self
        z, gold = np.stack([score for score, _ in known]), np.array([k for _, k in known])

        def loss(heat: float) -> float:
            return float(-np.log(_softmax(z / np.float32(heat))[np.arange(len(gold)), gold] + 1e-9).mean())

        heat = min(np.geomspace(0.3, 12.0, 65).tolist(), key=loss)
        return replace(self, heat=heat)


def _softmax(z: Floats) -> Floats:
    raised = np.exp(z - z.max(1, keepdims=True))
    made: Floats = raised / raised.sum(1, keepdims=True)
    return made


def machine(rows: Rows, intents: Sequence[str], features: int, seed: int) -> Floats:
    """(features, intents): a linear support vector machine over features scaled by their log-count ratio."""
    from agent.sentiment.linear import machine as fit
    from agent.sentiment.vocabulary import Rows as Table

    names = sorted(set(intents))
    sizes = np.array([len(row) for row in rows])
    values = np.repeat(1 / np.sqrt(np.maximum(sizes, 1)), sizes).astype(np.float32)
    table = Table(np.r_[0, np.cumsum(sizes)].astype(np.int64), np.concatenate(rows), values)
    gold = np.array([names.index(name) for name in intents])
    return fit(table, gold, len(names), features, COST, 0.0, True, seed)


def train(
    rows: Rows, intents: Sequence[str], features: int, *, epochs: int, seed: int, means: Floats | None = None
) -> IntentNet:
    """Cross-entropy with AdaGrad, a falling step and dropout of features and hidden units.

    ``means`` (sentences, width) are the mean vectors of an encoder.
    """
    names = tuple(sorted(set(intents)))
    gold = np.array([names.index(name) for name in intents])
    rng = np.random.default_rng(seed)
    wide, deep, out = (
        AdaGrad((features, len(names)), 0.25, 1e-5),
        AdaGrad((features, HIDDEN), 0.05, 1e-5),
        AdaGrad((HIDDEN, len(names)), 0.05, 1e-4),
    )
    deep.weights += rng.normal(0, 0.3, deep.weights.shape).astype(np.float32)
    out.weights += rng.normal(0, 0.1, out.weights.shape).astype(np.float32)
    enter = None if means is None else Adam(np.zeros((means.shape[1], len(names)), np.float32), 2e-3, 1e-4)
    norm = np.array([1 / np.sqrt(max(len(row), 1)) for row in rows], np.float32)
    for epoch in range(epochs if len(names) > 1 else 0):
        order = rng.permutation(len(rows))
        for begin in range(0, len(order), BATCH):
            picked = order[begin : begin + BATCH]
            some = [rows[k] for k in picked]
            batch = Block(some, rng.random(sum(len(row) for row in some)) >= DROP)
            gain = (norm[picked] / np.float32(1 - DROP))[:, None]
            hidden = batch.times(deep.weights) * gain
            open_ = ((hidden > 0) & (rng.random(hidden.shape) > 0.3)).astype(np.float32) / np.float32(0.7)
            lit = hidden * open_
            score = batch.times(wide.weights) * gain + lit @ out.weights
            if enter is not None and means is not None:
                score += means[picked] @ enter.weights
            error = _softmax(score.astype(np.float32))
            error[np.arange(len(picked)), gold[picked]] -= 1
            scale = 1 - epoch / epochs
            back = (error @ out.weights.T) * open_ * gain
            batch.descend(wide, error * gain, scale)
            out.step(lit.T @ error, scale)
            if enter is not None and means is not None:
                enter.step(means[picked].T @ error, scale)
            batch.descend(deep, back.astype(np.float32), scale)
    return IntentNet(names, wide.weights, deep.weights, out.weights, enter=enter.weights if enter else None)
