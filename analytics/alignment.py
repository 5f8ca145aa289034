"""Which heard turn does each spoken piece belong to? Answered for all conversations at once.

Heard turns of a conversation are in order and do not overlap; several pieces may belong to one turn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

TOLERANCE_MS = 600
"""A piece this near to a turn still belongs to it: jitter buffer and voice-activity margins move times a little."""

_CANDIDATES = (1, 0, -1, -2, -3)
"""Turns looked at per piece, counted from the last one begun before the piece ends: what one breath may be cut into."""


@dataclass(frozen=True, slots=True)
class Spans:
    """Stretches of time in conversations: a number of the conversation and its milliseconds, as int64 arrays."""

    conversation: np.ndarray
    start_ms: np.ndarray
    end_ms: np.ndarray

    def __len__(self) -> int:
        return len(self.conversation)


def align(pieces: Spans, turns: Spans, tolerance_ms: int = TOLERANCE_MS) -> np.ndarray:
    """For each piece the position of the turn that overlaps it most (or is nearest within tolerance), else -1."""
    if not len(turns) or not len(pieces):
        return np.full(len(pieces), -1, np.int64)
    span = int(max(turns.end_ms.max(), pieces.end_ms.max())) + 10 * tolerance_ms + 1
    order = np.lexsort((turns.start_ms, turns.conversation))
    starts = turns.conversation[order] * span + turns.start_ms[order]
    wanted = pieces.conversation * span + pieces.end_ms
    last = np.searchsorted(starts, wanted, side="right") - 1
    best, best_overlap = np.full(len(pieces), -1, np.int64), np.full(len(pieces), -tolerance_ms - 1, np.int64)
    for step in _CANDIDATES:
        position = last + step
        turn = order[np.clip(position, 0, len(order) - 1)]
        overlap = np.minimum(pieces.end_ms, turns.end_ms[turn]) - np.maximum(pieces.start_ms, turns.start_ms[turn])
        better = (turns.conversation[turn] == pieces.conversation) & (overlap > best_overlap)
        best[better], best_overlap[better] = turn[better], overlap[better]
    return best
