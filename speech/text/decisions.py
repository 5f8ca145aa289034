"""One decision of the text passes: what was found where, and what it became."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decision:
    """A span of the input and the span of the output that stands for it."""

    start: int
    end: int
    out_start: int
    out_end: int
    kind: str
    source: str
    result: str
