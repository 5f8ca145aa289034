"""Intervals: how far a figure from this many calls may be from the truth."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np

LEVEL = 0.95
"""Confidence of every interval unless told otherwise."""

_FEWEST = 5
"""Groups below which resampling the few that there are would look far too sure."""

_BOOTSTRAP_UP_TO = 5_000
"""Groups beyond which the linearised interval is as good and needs no resampling."""


def wilson(hits: Any, total: Any, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """Wilson score interval of ``hits / total``: sensible for few calls and for shares near 0 and 1.

    Works on arrays; always within [0, 1]; the whole of [0, 1] where nothing was counted.
    """
    k, n = np.asarray(hits, float), np.asarray(total, float)
    z = NormalDist().inv_cdf(0.5 + level / 2)
    safe = np.maximum(n, 1)
    share = k / safe
    middle = (share + z * z / (2 * safe)) / (1 + z * z / safe)
    half = z / (1 + z * z / safe) * np.sqrt(share * (1 - share) / safe + z * z / (4 * safe * safe))
    low, high = np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)
    low, high = np.where(k == 0, 0.0, low), np.where(k == n, 1.0, high)
    return np.where(n > 0, low, 0.0), np.where(n > 0, high, 1.0)


def ratio(
    parts: np.ndarray, wholes: np.ndarray, level: float = LEVEL, *, draws: int = 1_000, seed: int = 0
) -> tuple[float, float]:
    """Interval of ``sum(parts) / sum(wholes)`` when each pair is one call: calls, not syllables, are independent.

    Bootstrap over calls (fixed seed: the same data give the same interval), linearised for many calls. NaN for fewer
    than five calls: nothing can be said.
    """
    parts, wholes = np.asarray(parts, float), np.asarray(wholes, float)
    calls, whole = len(parts), wholes.sum()
    if whole <= 0 or calls < _FEWEST:
        return float("nan"), float("nan")
    if calls > _BOOTSTRAP_UP_TO:
        share = parts.sum() / whole
        error = np.sqrt(((parts - share * wholes) ** 2).sum() * calls / (calls - 1)) / whole
        half = NormalDist().inv_cdf(0.5 + level / 2) * error
        return float(max(0.0, share - half)), float(share + half)
    weights = np.random.default_rng(seed).multinomial(calls, np.full(calls, 1 / calls), size=draws).astype(float)
    sums = weights @ wholes
    shares = (weights @ parts)[sums > 0] / sums[sums > 0]
    low, high = np.quantile(shares, [0.5 - level / 2, 0.5 + level / 2])
    return float(low), float(high)


def mean(values: np.ndarray, level: float = LEVEL) -> tuple[float, float]:
    """Interval of the mean of ``values``, by the same means as ``ratio``."""
    values = np.asarray(values, float)
    return ratio(values, np.ones(len(values)), level)
