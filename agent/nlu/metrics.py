"""What a model got right: conlleval's entities, intents, whole sentences, confusions, calibration. Pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

Span = tuple[int, int, str]
"""First token, token after the last, slot."""

BINS = 15


def spans(tags: Sequence[str]) -> list[Span]:
    """Entities as conlleval reads them: an I- after O, or after another slot, begins an entity too."""
    found: list[Span] = []
    start, slot = 0, ""
    for place, tag in enumerate([*tags, "O"]):
        kind, name = tag[:1], tag[2:]
        if slot and (kind != "I" or name != slot):
            found.append((start, place, slot))
            slot = ""
        if kind in ("B", "I") and not slot:
            start, slot = place, name
    return found


@dataclass(frozen=True, slots=True)
class Score:
    """Entities: share of predicted ones that are right, share of true ones found, their harmonic mean, true count."""

    precision: float
    recall: float
    f1: float
    count: int


def _score(right: int, said: int, true: int) -> Score:
    precision, recall = right / said if said else 0.0, right / true if true else 0.0
    return Score(precision, recall, 2 * right / (said + true) if said + true else 1.0, true)


def slot_scores(true: Sequence[Sequence[str]], said: Sequence[Sequence[str]]) -> tuple[Score, dict[str, Score]]:
    """Micro score over all entities, and one per slot. No entity on either side counts as F1 1."""
    right: Counter[str] = Counter()
    predicted: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    for one, other in zip(true, said, strict=True):
        gold, mine = set(spans(one)), set(spans(other))
        right.update(span[2] for span in gold & mine)
        predicted.update(span[2] for span in mine)
        wanted.update(span[2] for span in gold)
    each = {name: _score(right[name], predicted[name], wanted[name]) for name in sorted({*wanted, *predicted})}
    return _score(right.total(), predicted.total(), wanted.total()), each


def calibration_error(confidence: Sequence[float], right: Sequence[bool], bins: int = BINS) -> float:
    """Expected calibration error: |confidence − accuracy| over equal-width bins, weighted by their size."""
    if not confidence:
        return 0.0
    held: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for value, good in zip(confidence, right, strict=True):
        held[min(int(value * bins), bins - 1)].append((value, good))
    gaps = (abs(sum(v for v, _ in part) - sum(g for _, g in part)) for part in held if part)
    return sum(gaps) / len(confidence)


@dataclass(frozen=True, slots=True)
class Report:
    """Everything ``alo nlu evaluate`` tells. Shares are 0 … 1; slot numbers are None for data without tags."""

    sentences: int
    intent_accuracy: float | None
    """None for data without intents."""
    slot_f1: float | None
    sentence_accuracy: float
    calibration_error: float
    slots: Score | None
    per_slot: dict[str, Score]
    per_intent: dict[str, Score]
    confusions: list[tuple[str, str, int]]
    """True intent, predicted intent, how often; most frequent first."""

    def json(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        made = asdict(self)
        made["confusions"] = [{"intent": a, "predicted": b, "count": n} for a, b, n in self.confusions]
        return made


def report(
    intents: Sequence[str],
    said: Sequence[str],
    confidence: Sequence[float],
    tags: Sequence[Sequence[str]] | None,
    said_tags: Sequence[Sequence[str]],
) -> Report:
    """All measures of predictions against truth, sentence by sentence in the same order."""
    right = [a == b for a, b in zip(intents, said, strict=True)]
    whole = right
    slots: Score | None = None
    per_slot: dict[str, Score] = {}
    if tags is not None:
        slots, per_slot = slot_scores(tags, said_tags)
        whole = [a and list(b) == list(c) for a, b, c in zip(right, tags, said_tags, strict=True)]
    wanted, predicted = Counter(intents), Counter(said)
    good = Counter(a for a, b in zip(intents, right, strict=True) if b)
    mixed = Counter((a, b) for a, b in zip(intents, said, strict=True) if a != b)
    count = len(intents)
    return Report(
        sentences=count,
        intent_accuracy=sum(right) / count if any(intents) else None,
        slot_f1=slots.f1 if slots else None,
        sentence_accuracy=sum(whole) / count,
        calibration_error=calibration_error(confidence, right),
        slots=slots,
        per_slot=per_slot,
        per_intent={k: _score(good[k], predicted[k], wanted[k]) for k in sorted({*wanted, *predicted})},
        confusions=[(a, b, n) for (a, b), n in sorted(mixed.items(), key=lambda item: (-item[1], item[0]))],
    )
