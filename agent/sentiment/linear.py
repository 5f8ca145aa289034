"""Linear support vector machines, one against the rest, by dual coordinate descent (Hsieh et al., 2008, L2 loss).

For training alone: numba is loaded here, and a process that only predicts has no need of it.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from agent.sentiment.vocabulary import Floats, Rows

EPOCHS = 80
TOLERANCE = 0.1
"""Largest violation of the optimality conditions at which to stop; below it no figure moves."""
SMOOTH = 0.5
"""Added to the counts of the log-count ratio."""


def scores(rows: Rows, weights: Floats) -> Floats:
    """(rows, columns of ``weights``)."""
    made = np.zeros((len(rows), weights.shape[1]), np.float32)
    _times(rows.starts, rows.columns, rows.values, np.ascontiguousarray(weights), made)
    return made


@numba.njit(cache=True)
def _times(starts, columns, values, weights, made):  # type: ignore[no-untyped-def]
    for i in range(len(starts) - 1):
        for k in range(starts[i], starts[i + 1]):
            for c in range(weights.shape[1]):
                made[i, c] += values[k] * weights[columns[k], c]


@numba.njit(cache=True)
def _descend(starts, columns, values, signs, costs, width, epochs, tolerance, seed):  # type: ignore[no-untyped-def]
    np.random.seed(seed)
    n = len(starts) - 1
    w = np.zeros(width, np.float32)
    alpha = np.zeros(n, np.float32)
    square = np.zeros(n, np.float32)
    for i in range(n):
        total = 0.5 / costs[i]
        for k in range(starts[i], starts[i + 1]):
            total += values[k] * values[k]
        square[i] = total
    order = np.arange(n)
    for _ in range(epochs):
        np.random.shuffle(order)
        worst = np.float32(0)
        for row in order:
            dot = np.float32(0)
            for k in range(starts[row], starts[row + 1]):
                dot += w[columns[k]] * values[k]
            slope = signs[row] * dot - np.float32(1) + alpha[row] * np.float32(0.5) / costs[row]
            if alpha[row] == 0 and slope > 0:
                continue
            worst = max(worst, abs(slope))
            new = max(alpha[row] - slope / square[row], np.float32(0))
            step = (new - alpha[row]) * signs[row]
            alpha[row] = new
            if step != 0:
                for k in range(starts[row], starts[row + 1]):
                    w[columns[k]] += step * values[k]
        if worst < tolerance:
            break
    return w


def machine(
    rows: Rows, gold: NDArray[np.intp], classes: int, width: int, cost: float, balance: float, ratio: bool, seed: int
) -> Floats:
    """(width, classes) weights. ``balance`` 0 … 1: how far rare classes cost more; ``ratio``: features are first scaled
    by their log-count ratio (Wang & Manning, 2012), which is folded into the weights."""
    made = np.zeros((width, classes), np.float32)
    values = rows.values
    for c in range(classes):
        mine = gold == c
        if not mine.any() or mine.all():
            made[:, c] = 0
            continue
        share = mine.mean()
        costs = np.where(mine, (0.5 / share) ** balance, (0.5 / (1 - share)) ** balance).astype(np.float32) * cost
        scale = _ratio(rows, mine, width) if ratio else None
        scaled = values if scale is None else (values * scale[rows.columns]).astype(np.float32)
        signs = np.where(mine, 1, -1).astype(np.float32)
        w = _descend(rows.starts, rows.columns, scaled, signs, costs, width, EPOCHS, np.float32(TOLERANCE), seed)
        made[:, c] = w if scale is None else w * scale
    return made


def _ratio(rows: Rows, mine: NDArray[np.bool_], width: int) -> Floats:
    """|log-count ratio| of each feature, scaled to a mean of one over what occurs."""
    line = np.repeat(mine, rows.starts[1:] - rows.starts[:-1])
    p = np.bincount(rows.columns[line], minlength=width) + SMOOTH
    q = np.bincount(rows.columns[~line], minlength=width) + SMOOTH
    made = np.abs(np.log(p / p.sum() / (q / q.sum())))
    total: Floats = (made / max(float(made[rows.columns].mean()), 1e-6)).astype(np.float32)
    return total
