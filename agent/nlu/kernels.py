"""Inner loops of training, compiled by numba: sums of weight rows, and one AdaGrad step over the rows a batch used.

Imported for training only; a prediction needs numpy alone.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

_compiled: Any = numba.njit(cache=True, fastmath=True, nogil=True)


@_compiled
def bag(weights: NDArray[np.float32], flat: NDArray[np.int32], begins: NDArray[np.int64]) -> NDArray[np.float32]:
    """(rows, columns): the sum of the weight rows ``flat[begins[r]:begins[r + 1]]``."""
    rows, columns = len(begins) - 1, weights.shape[1]
    made = np.zeros((rows, columns), np.float32)
    for r in range(rows):
        for j in range(begins[r], begins[r + 1]):
            f = flat[j]
            for c in range(columns):
                made[r, c] += weights[f, c]
    return made


@_compiled
def descend(
    weights: NDArray[np.float32],
    squares: NDArray[np.float32],
    used: NDArray[np.int32],
    first: NDArray[np.int64],
    lines: NDArray[np.int64],
    error: NDArray[np.float32],
    rate: float,
    decay: float,
) -> None:
    """AdaGrad on ``weights`` in place: the gradient of row ``used[u]`` is the sum of ``error`` over its lines."""
    columns = weights.shape[1]
    gradient = np.zeros(columns, np.float32)
    for u in range(len(used)):
        gradient[:] = 0
        for j in range(first[u], first[u + 1]):
            line = lines[j]
            for c in range(columns):
                gradient[c] += error[line, c]
        f = used[u]
        for c in range(columns):
            g = gradient[c] + np.float32(decay) * weights[f, c]
            squares[f, c] += g * g
            weights[f, c] -= np.float32(rate) * g / np.sqrt(squares[f, c])
