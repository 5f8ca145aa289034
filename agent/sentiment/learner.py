"""From labelled texts to a model: several learners, weighed against each other by cross-validation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from agent.sentiment.data import Example
from agent.sentiment.lexicon import find
from agent.sentiment.linear import machine, scores
from agent.sentiment.metrics import report
from agent.sentiment.model import Model
from agent.sentiment.network import Encoded, Encoder, Weights, log_probabilities, together
from agent.sentiment.network_training import train as train_network
from agent.sentiment.views import named
from agent.sentiment.vocabulary import Floats, Rows, Vocabulary
from core.errors import InputError

FOLDS: Final = 5
SMALL: Final = 400
"""Below so many texts a feature counts from its first occurrence."""
LEAN_STEPS: Final = np.round(np.arange(-1.5, 2.01, 0.1), 2)
LEAN_KEPT: Final = 0.7
"""Share of a tuned lean that is kept: what cross-validation found is partly luck."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Member:
    """A linear learner: which tables it sees, presence or counts, and settings to choose from."""

    name: str
    views: tuple[str, ...]
    present: bool
    costs: tuple[float, ...]
    balance: float


MEMBERS: Final = (
    Member("words", ("words",), False, (0.1, 0.3, 1.0), 0.5),
    Member("letters", ("letters",), False, (0.1, 0.3, 1.0), 0.5),
    Member("both", ("words", "letters"), False, (0.1, 0.3), 0.0),
    Member("ratio", ("words", "letters"), True, (0.03, 0.1, 0.3), 0.5),
)


@dataclass(frozen=True, slots=True, eq=False)
class _Material:
    """Everything computed once from the texts."""

    gold: NDArray[np.intp]
    classes: int
    words: Vocabulary
    letters: Vocabulary
    rows: dict[str, Rows]
    encoder: Encoder
    encoded: list[Encoded]

    def of(self, member: Member) -> tuple[Rows, int]:
        """Rows of all views of ``member`` side by side, and their width."""
        names = [f"{view}_present" if member.present else view for view in member.views]
        widths = [getattr(self, view).width for view in member.views]
        if len(names) == 1:
            return self.rows[names[0]], widths[0]
        return _beside(self.rows[names[0]], self.rows[names[1]], widths[0]), sum(widths)


def _beside(left: Rows, right: Rows, width: int) -> Rows:
    starts = left.starts + right.starts
    a, b = np.diff(left.starts), np.diff(right.starts)
    at_left = np.repeat(starts[:-1] - left.starts[:-1], a) + np.arange(left.starts[-1])
    at_right = np.repeat(starts[:-1] + a - right.starts[:-1], b) + np.arange(right.starts[-1])
    columns, values = np.empty(starts[-1], np.int32), np.empty(starts[-1], np.float32)
    columns[at_left], columns[at_right] = left.columns, right.columns + width
    values[at_left], values[at_right] = left.values, right.values
    return Rows(starts, columns, values)


def train(
    examples: Sequence[Example],
    *,
    seed: int = 0,
    networks: bool = True,
    at_least: int | None = None,
    tell: Say = lambda _: None,
) -> Model:
    """The model of ``examples``. Raises InputError when there is but one label.

    ``networks`` False leaves the linear machines alone (small and quick); ``at_least``: texts that must have a feature.
    """
    labels = tuple(sorted({example.label for example in examples}))
    if len(labels) < 2:
        raise InputError(
            f"Tệp huấn luyện chỉ có một nhãn ({labels[0]}); cần ít nhất hai.",
            f"The training file has one label only ({labels[0]}); it needs at least two.",
        )
    material = _material(examples, labels, at_least or (1 if len(examples) < SMALL else 2))
    folds = _folds(material.gold, seed)
    outs: list[Floats] = []
    tables: list[tuple[Member, Floats]] = []
    for member in MEMBERS:
        out, cost = _best_cost(member, material, folds, seed)
        rows, width = material.of(member)
        weights = machine(rows, material.gold, material.classes, width, cost, member.balance, member.present, seed)
        tables.append((member, weights))
        outs.append(out)
        tell(f"{member.name} C={cost:g}: {_told(out, material, labels)}")
    nets: list[Weights] = []
    if networks:
        out, nets = _networks(material, folds, seed)
        outs.append(out)
        tell(f"network: {_told(out, material, labels)}")
    weights_of, bias = _stack(np.stack(outs), material.gold)
    joint = (np.tensordot(weights_of, np.stack(outs), 1) + bias).astype(np.float32)
    lean = _lean(joint, material.gold, labels)
    tell(f"together {np.round(weights_of, 2)}: {_told(joint, material, labels)}")
    tell(f"with lean {np.round(lean, 2)}: {_told(joint + lean, material, labels)}")
    merged = _merged(tables, weights_of, material)
    return Model(
        labels, material.words, material.letters, merged, material.encoder, together(nets),
        float(weights_of[len(tables)]) if nets else 0.0, bias.astype(np.float32), lean.astype(np.float32),
    )  # fmt: skip


def _material(examples: Sequence[Example], labels: Sequence[str], at_least: int) -> _Material:
    read = [named(example.text) for example in examples]
    words = Vocabulary.build([one[1] for one in read], at_least)
    letters = Vocabulary.build([one[2] for one in read], at_least)
    rows = {}
    for name, vocabulary, place in (("words", words, 1), ("letters", letters, 2)):
        features: list[list[str]] = [one[place] for one in read]  # type: ignore[misc]
        rows[name] = vocabulary.rows(features)
        rows[f"{name}_present"] = vocabulary.rows(features, binary=True)
    encoder = Encoder.build([one[0] for one in read])
    encoded = [encoder.encode(one[0], find([token.text for token in one[0]])) for one in read]
    gold = np.array([labels.index(example.label) for example in examples])
    return _Material(gold, len(labels), words, letters, rows, encoder, encoded)


def _folds(gold: NDArray[np.intp], seed: int) -> NDArray[np.intp]:
    """Fold of each text; every label is spread evenly."""
    rng = np.random.default_rng(seed)
    fold = np.zeros(len(gold), np.intp)
    for label in range(gold.max() + 1):
        mine = rng.permutation(np.flatnonzero(gold == label))
        fold[mine] = (np.arange(len(mine)) + rng.integers(FOLDS)) % FOLDS
    return fold


def _best_cost(member: Member, material: _Material, folds: NDArray[np.intp], seed: int) -> tuple[Floats, float]:
    """Scores of each text by a machine that has not seen it, for the cost that does best."""
    rows, width = material.of(member)
    found: list[tuple[float, Floats, float]] = []
    for cost in member.costs:
        out = np.zeros((len(folds), material.classes), np.float32)
        for fold in range(FOLDS):
            learn, apart = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
            weights = machine(
                rows.some(learn), material.gold[learn], material.classes, width, cost, member.balance,
                member.present, seed,
            )  # fmt: skip
            out[apart] = scores(rows.some(apart), weights)
        found.append((_value(out, material.gold), out, cost))
    best = max(found, key=lambda one: one[0])
    return best[1], best[2]


def epochs_for(texts: int) -> int:
    """Rounds of a network: some 3,000 steps, 8 to 30 rounds."""
    return int(np.clip(120_000 // max(texts, 1), 8, 30))


def _networks(material: _Material, folds: NDArray[np.intp], seed: int) -> tuple[Floats, list[Weights]]:
    """A network per fold: what each says of the texts it has not seen, and all of them."""
    out = np.zeros((len(folds), material.classes), np.float32)
    nets = []
    for fold in range(FOLDS):
        learn, apart = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        net = train_network(
            [material.encoded[k] for k in learn], material.gold[learn], material.classes, material.encoder,
            epochs=epochs_for(len(learn)), seed=seed + fold,
        )  # fmt: skip
        out[apart] = log_probabilities([material.encoded[k] for k in apart], net)
        nets.append(net)
    return out, nets


def _stack(outs: Floats, gold: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights ≥ 0 of the members and a bias by label that make the truth likely, drawn a little to equal shares."""
    members, n, classes = outs.shape
    target = np.eye(classes)[gold]
    weights, bias = np.full(members, 1.5 / members), np.zeros(classes)
    first, second = np.zeros(members + classes), np.zeros(members + classes)
    for step in range(1, 601):
        z = np.tensordot(weights, outs, 1) + bias
        z -= z.max(1, keepdims=True)
        share = np.exp(z)
        share /= share.sum(1, keepdims=True)
        error = (share - target) / n
        slope = np.r_[
            np.einsum("mnc,nc->m", outs, error) + 2e-2 * (weights - weights.mean()), error.sum(0) + 1e-3 * bias
        ]
        first, second = 0.9 * first + 0.1 * slope, 0.99 * second + 0.01 * slope**2
        move = 0.03 * (1 - step / 650) * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
        weights = np.maximum(weights - move[:members], 0)
        bias = bias - move[members:]
    return weights, bias


def _value(z: NDArray[np.floating[Any]], gold: NDArray[np.intp]) -> float:
    """What is tuned for: the mean of accuracy, macro and weighted F1."""
    classes = z.shape[1]
    said = z.argmax(1)
    mixed = np.bincount(gold * classes + said, minlength=classes * classes).reshape(classes, classes)
    right, wanted, given = np.diag(mixed), mixed.sum(1), mixed.sum(0)
    f1 = 2 * right / np.maximum(wanted + given, 1)
    return float((right.sum() / len(gold) + f1.mean() + (f1 * wanted).sum() / len(gold)) / 3)


def _lean(z: NDArray[np.floating[Any]], gold: NDArray[np.intp], labels: Sequence[str]) -> NDArray[np.float64]:
    """What to add by label before deciding, by coordinate ascent on ``_value``."""
    lean = np.zeros(len(labels))
    best = _value(z, gold)
    for _ in range(3):
        for label in range(len(labels)):
            for step in LEAN_STEPS:
                tried = lean.copy()
                tried[label] = step
                value = _value(z + tried, gold)
                if value > best + 2e-4:
                    best, lean = value, tried
    return lean * LEAN_KEPT


def _merged(
    tables: Sequence[tuple[Member, Floats]], weights: NDArray[np.float64], material: _Material
) -> dict[str, Floats]:
    """All linear members as one table per view and kind of value."""
    made: dict[str, Floats] = {}
    for (member, table), weight in zip(tables, weights, strict=False):
        place = 0
        for view in member.views:
            width = getattr(material, view).width
            name = f"{view}_present" if member.present else view
            part = (np.float32(weight) * table[place : place + width]).astype(np.float32)
            made[name] = made[name] + part if name in made else part
            place += width
    return made


def _told(z: NDArray[np.floating[Any]], material: _Material, labels: Sequence[str]) -> str:
    said = [labels[k] for k in z.argmax(1)]
    r = report([labels[k] for k in material.gold], said, [1.0] * len(said))
    return f"accuracy {r.accuracy:.4f} macro F1 {r.macro_f1:.4f} weighted F1 {r.weighted_f1:.4f}"
