"""What a classifier got right: accuracy, F1 by label, macro and weighted, confusion, calibration. Pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from agent.nlu.metrics import Score, calibration_error


@dataclass(frozen=True, slots=True)
class Report:
    """Everything ``alo sentiment evaluate`` tells. Shares are 0 … 1; macro F1 is over labels in truth or prediction."""

    texts: int
    accuracy: float
    macro_f1: float
    weighted_f1: float
    calibration_error: float
    labels: tuple[str, ...]
    per_label: dict[str, Score]
    confusion: tuple[tuple[int, ...], ...]
    """Rows true, columns predicted, in the order of ``labels``."""

    def json(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        return asdict(self)


def report(gold: Sequence[str], said: Sequence[str], confidence: Sequence[float]) -> Report:
    """All measures of predictions against truth, text by text in the same order; neither may be empty."""
    wanted, predicted = Counter(gold), Counter(said)
    right = Counter(a for a, b in zip(gold, said, strict=True) if a == b)
    mixed = Counter(zip(gold, said, strict=True))
    labels = tuple(sorted({*wanted, *predicted}))
    each = {label: _score(right[label], predicted[label], wanted[label]) for label in labels}
    count = len(gold)
    return Report(
        texts=count,
        accuracy=right.total() / count,
        macro_f1=sum(score.f1 for score in each.values()) / len(labels),
        weighted_f1=sum(score.f1 * wanted[label] for label, score in each.items()) / count,
        calibration_error=calibration_error(confidence, [a == b for a, b in zip(gold, said, strict=True)]),
        labels=labels,
        per_label=each,
        confusion=tuple(tuple(mixed[a, b] for b in labels) for a in labels),
    )


def _score(right: int, said: int, true: int) -> Score:
    f1 = 2 * right / (said + true) if said + true else 0.0
    return Score(right / said if said else 0.0, right / true if true else 0.0, f1, true)
