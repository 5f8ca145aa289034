"""Greedy reading and error rates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from speech.recognition.units import BLANK, INITIALS, RIMES

Syllable = tuple[int, int, int]


def greedy(log_posteriors: NDArray[np.float32]) -> list[Syllable]:
    """Best unit per frame, repeats and blanks dropped, read as initial-rime-tone; 0 where a part is missing."""
    best = log_posteriors.argmax(-1)
    path = best[np.flatnonzero(np.diff(best, prepend=-1))]
    out: list[list[int]] = []
    slot_before = 2
    for unit in path[path != BLANK].tolist():
        slot = 0 if unit in INITIALS else 1 if unit in RIMES else 2
        if slot <= slot_before or not out:
            out.append([0, 0, 0])
        out[-1][slot] = unit
        slot_before = slot
    return [(a, b, c) for a, b, c in out]


def distance(reference: Sequence[object], heard: Sequence[object]) -> int:
    """Edit distance."""
    row = list(range(len(heard) + 1))
    for i, want in enumerate(reference, 1):
        last, row[0] = row[0], i
        for j, got in enumerate(heard, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (want != got))
    return row[-1]


def matched_tones(reference: Sequence[Syllable], heard: Sequence[Syllable]) -> tuple[int, int]:
    """(pairs whose initial and rime agree, those of them whose tone is wrong) along the best alignment."""
    n, m = len(reference), len(heard)
    cost = np.zeros((n + 1, m + 1), np.int32)
    cost[:, 0], cost[0] = np.arange(n + 1), np.arange(m + 1)
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            change = int(reference[i - 1][:2] != heard[j - 1][:2])
            cost[i, j] = min(cost[i - 1, j] + 1, cost[i, j - 1] + 1, cost[i - 1, j - 1] + change)
    pairs = wrong = 0
    while n and m:
        change = int(reference[n - 1][:2] != heard[m - 1][:2])
        if cost[n, m] == cost[n - 1, m - 1] + change:
            pairs += 1 - change
            wrong += int(not change and reference[n - 1][2] != heard[m - 1][2])
            n, m = n - 1, m - 1
        elif cost[n, m] == cost[n - 1, m] + 1:
            n -= 1
        else:
            m -= 1
    return pairs, wrong
