"""A linear-chain conditional random field over linear and convolutional scores: Viterbi, and sums over all paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent.nlu.convolution import Convolution
from agent.nlu.sparse import Bags, Floats, mean

NEVER = np.float32(-1e4)


@dataclass(frozen=True, slots=True, eq=False)
class Tagger:
    """``weights`` (features, labels), ``moves`` (label before, label), ``starts`` (labels)."""

    labels: tuple[str, ...]
    weights: Floats
    moves: Floats
    starts: Floats
    local: int = 0
    """Features below this number tell of the token itself; the networks see only those."""
    deep: tuple[Convolution, ...] = ()
    """Networks whose mean score is added."""

    def scores(self, rows: Bags, dense: Floats | None = None) -> Floats:
        """(tokens, labels), before the moves between labels. ``dense`` (tokens, width) comes from an encoder."""
        made = rows.sums(self.weights)
        if self.deep:
            near = rows.below(self.local)
            made += sum(network.scores(near, dense) for network in self.deep) / np.float32(len(self.deep))
        return made

    def tags(self, rows: Bags, dense: Floats | None = None) -> tuple[str, ...]:
        """The best sequence of labels for one sentence (Viterbi)."""
        if not len(rows.sizes):
            return ()
        scores = self.scores(rows, dense)
        best = scores[0] + self.starts
        back = np.zeros(scores.shape, np.intp)
        into = np.ascontiguousarray(self.moves.T)  # a row for each label that is moved to: contiguous, so faster
        all_labels = np.arange(len(self.labels))
        for t in range(1, len(scores)):
            paths = into + best
            back[t] = paths.argmax(1)
            best = paths[all_labels, back[t]] + scores[t]
        path = [int(best.argmax())]
        for came in back[:0:-1]:
            path.append(int(came[path[-1]]))
        return tuple(self.labels[k] for k in reversed(path))

    @staticmethod
    def joined(taggers: Sequence[Tagger]) -> Tagger:
        """One tagger with the mean scores of several that share labels and features."""
        one = taggers[0]
        return Tagger(
            one.labels,
            mean([tagger.weights for tagger in taggers]),
            mean([tagger.moves for tagger in taggers]),
            mean([tagger.starts for tagger in taggers]),
            one.local,
            tuple(network for tagger in taggers for network in tagger.deep),
        )


def labels_of(tags: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Every tag seen, and the I- of every slot: a new value may be longer than the known ones."""
    seen = {tag for sentence in tags for tag in sentence} | {"O"}
    return tuple(sorted(seen | {f"I-{tag[2:]}" for tag in seen if tag != "O"}))


def allowed(labels: tuple[str, ...], tags: Sequence[Sequence[str]]) -> tuple[Floats, Floats]:
    """0 where a move or start is possible, NEVER elsewhere: an I- continues its slot unless the data differs."""
    index = {name: k for k, name in enumerate(labels)}
    moves = np.zeros((len(labels), len(labels)), np.float32)
    starts = np.zeros(len(labels), np.float32)
    for name, k in index.items():
        if name.startswith("I-"):
            starts[k] = NEVER
            moves[:, k] = NEVER
            for before in (name, f"B-{name[2:]}"):
                if before in index:
                    moves[index[before], k] = 0
    for sentence in tags:
        path = [index[tag] for tag in sentence]
        if path:
            starts[path[0]] = 0
            moves[path[:-1], path[1:]] = 0
    return moves, starts


def marginals(scores: Floats, length: NDArray[np.intp], moves: Floats, starts: Floats) -> tuple[Floats, Floats]:
    """Probability of each label at each place (sentences, places, labels) and expected count of each move.

    ``scores`` are padded to the longest sentence; probabilities of padding are 0.
    """
    _, longest, _ = scores.shape
    local = np.exp(scores - scores.max(2, keepdims=True))
    jump = np.exp(moves)
    alpha = np.empty_like(local)
    beta = np.empty_like(local)
    begin = local[:, 0] * np.exp(starts)
    alpha[:, 0] = begin / begin.sum(1, keepdims=True)
    for t in range(1, longest):
        now = (alpha[:, t - 1] @ jump) * local[:, t] + 1e-30
        alpha[:, t] = now / now.sum(1, keepdims=True)
    beta[:, -1] = 1.0
    for t in range(longest - 2, -1, -1):
        now = (beta[:, t + 1] * local[:, t + 1]) @ jump.T + 1e-30
        now /= now.sum(1, keepdims=True)
        beta[:, t] = np.where((t + 1 < length)[:, None], now, 1.0)
    alive = np.arange(longest)[None, :] < length[:, None]
    both = alpha * beta
    both /= both.sum(2, keepdims=True) + 1e-30
    both *= alive[:, :, None]
    ahead = beta[:, 1:] * local[:, 1:]
    before = alpha[:, :-1]
    # Each pair of neighbours is normalised on its own: the scaled forward and backward numbers share no constant.
    total = np.einsum("btl,btl->bt", before @ jump, ahead) + 1e-30
    ahead *= (alive[:, 1:] / total)[:, :, None]
    size = moves.shape[0]
    expected = (before.reshape(-1, size).T @ ahead.reshape(-1, size)) * jump
    return both, expected
