"""Units → words: a streaming prefix beam search that knows how syllables are built.

Units come as initial, rime, tone, so a search state expects exactly one class at a time. The language model and the
expectation (grammar.py) look ahead: the best word with this initial, then with this initial and rime, then the word
itself once its tone is there. Probabilities of a prefix are summed over alignments (CTC); a repeated unit is always
the same unit held, since two equal units never follow each other.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from speech.recognition.grammar import Bias, BiasMachine, polarity
from speech.recognition.lm import Context, LanguageModel, pair_id
from speech.recognition.units import BLANK, INITIALS, RIMES, TONES

FRAME_MS = 40
_NEVER = -1e30
_CLASSES = (INITIALS, RIMES, TONES)
_CALIBRATION = 4.5
"""Makes a word's confidence the share of such words that are right (dev split over three lines, synthetic voices)."""
_PEAK, _WHOLE = 0.25, 1.0
"""Powers with which the height of a word's own peaks counts, and that of the whole reading per unit. The latter tells
music from words: a tune has its high peaks too, but other sounds between them that no reading explains."""
_POLARITY = 0.25
"""Softens the lead of a yes over a no, in nats: of answers that led by less than eight, a quarter meant the other."""


@dataclass(frozen=True, slots=True)
class DecoderOptions:
    """Chosen on a development set of its own (see benchmarks/recognition.py)."""

    lm_weight: float = 0.65
    word_bonus: float = 1.2
    """Nats per syllable, against the language model's taste for short readings."""
    beam: int = 40
    beam_delta: float = 14.0
    """States this many nats below the best are dropped."""
    candidates: tuple[int, int, int] = (25, 50, 6)
    """Best initials, rimes and tones that are tried in a frame."""
    least: float = -12.0
    """Log-posterior below which a unit is not tried."""
    skip_blank: float = -0.05
    """A frame whose blank is above this log-posterior only holds."""


@dataclass(frozen=True, slots=True)
class DecodedWord:
    """A syllable and the frames of its first and last unit, with its share of the beam's belief."""

    text: str
    start_frame: int
    end_frame: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Decoded:
    """Best reading, others, best first (the best included)."""

    words: tuple[DecodedWord, ...]
    texts: tuple[str, ...]
    """Where a yes or no is expected and both are in sight, one of each."""
    lead: float = 1.0
    """Belief in a yes against a no, where one is expected and heard, or in the no; else 1."""

    @property
    def confidence(self) -> float:
        """0…1: that of the words, on average, but no more than that a yes is not a no."""
        return min(sum(w.confidence for w in self.words) / len(self.words), self.lead) if self.words else 0.0


class _Node:
    """A prefix of units."""

    __slots__ = (
        "ahead", "bias", "children", "context", "frame", "initial", "last", "model", "pair", "parent", "peak", "phase",
        "unit", "word", "word_node",
    )  # fmt: skip

    parent: _Node | None
    unit: int
    """The last unit; 0 at the root."""
    phase: int
    """What comes next: 0 an initial, 1 a rime, 2 a tone."""
    initial: int
    pair: int
    word: int
    """The word that this unit completes, else -1."""
    last: int
    """The last complete word."""
    word_node: _Node | None
    """In a word: the node that completed the last one; at a word's end: the one before."""
    context: Context
    bias: Bias
    ahead: float
    """What of ``model`` is only expected of the word under way (unweighted)."""
    model: float
    """Weighted score of language model, expectation and bonuses, look-ahead included."""
    peak: float
    frame: int
    """Best log-posterior of the unit and its frame."""

    def __init__(self) -> None:
        # A plain number is the model score of a child that has not been worth making yet.
        self.children: dict[int, _Node | float] = {}
        self.peak = _NEVER


_PLAIN = tuple(name for name in _Node.__slots__ if name not in ("children", "parent", "word_node"))


class Decoder:
    """One utterance after another of one stream. ``machine`` None means no expectation."""

    def __init__(self, model: LanguageModel, options: DecoderOptions = DecoderOptions()) -> None:
        self.model, self.options = model, options
        self._machine: BiasMachine | None = None
        self.frames = 0
        self._beam = self._fresh()

    def expect(self, machine: BiasMachine | None) -> None:
        """Use ``machine`` from the next ``reset`` on, or from now if no word has been decoded yet."""
        if machine is self._machine:
            return
        self._machine = machine
        if self.frames == 0 or not self.partial():
            self._release()
            self._beam = self._fresh()

    def reset(self) -> None:
        """Begin a new utterance."""
        self.frames = 0
        self._release()
        self._beam = self._fresh()

    def _release(self) -> None:
        """Cut the old tree's cycles, so that its memory comes back at once and not when the collector runs."""
        node = next(iter(self._beam))
        while node.parent is not None:
            node = node.parent
        todo = [node]
        while todo:
            children = todo.pop().children
            todo += [child for child in children.values() if isinstance(child, _Node)]
            children.clear()

    def _fresh(self) -> dict[_Node, tuple[float, float]]:
        root = _Node()
        root.parent = root.word_node = None
        root.unit = root.phase = root.frame = 0
        root.word, root.last = LanguageModel.START, LanguageModel.START
        root.initial = root.pair = -1
        root.context, root.bias = self.model.start, (self._machine or BiasMachine.none(self.model)).start
        root.ahead = root.model = 0.0
        return {root: (0.0, _NEVER)}

    def advance(self, logp: NDArray[np.float32]) -> None:
        """Take (T, units) more log-posteriors, 40 ms each."""
        for row in logp:
            if row[BLANK] > self.options.skip_blank:
                blank = float(row[BLANK])
                self._beam = {n: (_add(b, s) + blank, _NEVER) for n, (b, s) in self._beam.items()}
            else:
                self._step(row)
            self.frames += 1

    def _candidates(self, row: NDArray[np.float32]) -> list[list[tuple[int, float]]]:
        found = []
        for units, count in zip(_CLASSES, self.options.candidates, strict=True):
            part = row[units.start : units.stop]
            order = np.argsort(-part, kind="stable")[:count]
            values = part[order]
            order = order[values > self.options.least]
            found.append(list(zip((order + units.start).tolist(), values.tolist(), strict=False)))
        return found

    def _step(self, row: NDArray[np.float32]) -> None:
        options = self.options
        candidates = self._candidates(row)
        values = row.tolist()
        blank = values[BLANK]
        frame = self.frames
        new: dict[_Node, tuple[float, float]] = {}
        best = max(_add(b, s) + n.model for n, (b, s) in self._beam.items())
        floor = best + max(blank, max((c[0][1] for c in candidates if c), default=-99.0)) - options.beam_delta
        for node, (held, sounded) in self._beam.items():
            total = _add(held, sounded)
            old = new.get(node)
            stay = sounded + values[node.unit] if node.unit else _NEVER
            new[node] = (total + blank, stay if old is None else _add(stay, old[1]))
            # Models only take away, but for the bonus of a finished word.
            least = floor - node.model - total - (options.word_bonus + 1.0 if node.phase == 2 else 0.0)
            for unit, logp in candidates[node.phase]:
                if logp < least:
                    break
                score = total + logp
                child = node.children.get(unit)
                if child is None:
                    child = node.children[unit] = self._score(node, unit)[0]
                if isinstance(child, float):
                    if score + child < floor:
                        continue
                    child = self._extend(node, unit)
                elif score + child.model < floor:
                    continue
                if logp > child.peak:
                    child.peak, child.frame = logp, frame
                old = new.get(child)
                new[child] = (_NEVER, score) if old is None else (old[0], _add(old[1], score))
        self._beam = self._pruned(new)

    def _pruned(self, new: dict[_Node, tuple[float, float]]) -> dict[_Node, tuple[float, float]]:
        ranked = sorted(((_add(b, s) + n.model, k, n) for k, (n, (b, s)) in enumerate(new.items())), reverse=True)
        keep = min(len(ranked), self.options.beam)
        floor = ranked[0][0] - self.options.beam_delta
        while keep > 1 and ranked[keep - 1][0] < floor:
            keep -= 1
        for _, _, node in ranked[keep:]:
            if node.parent is not None and not any(isinstance(c, _Node) for c in node.children.values()):
                node.parent.children[node.unit] = node.model
        return {node: new[node] for _, _, node in ranked[:keep]}

    def _score(self, node: _Node, unit: int) -> tuple[float, float, int]:
        """Of ``node`` followed by ``unit``: model score, what of it is look-ahead (unweighted), pair or word id."""
        context, bias = node.context, node.bias
        if node.phase == 0:
            ahead, name = max(context.initial(unit) + bias.free, bias.initials.get(unit, _NEVER)), unit
        elif node.phase == 1:
            name = pair_id(node.initial, unit)
            ahead = max(context.pair(name) + bias.free, bias.pairs.get(name, _NEVER))
        else:
            name = self.model.word_of(node.pair, unit)
            ahead = context.word(name) + bias.free
            expected = bias.words.get(name)
            if expected is not None:
                ahead = _add(ahead, expected)
            return node.model + self.options.lm_weight * (ahead - node.ahead) + self.options.word_bonus, 0.0, name
        return node.model + self.options.lm_weight * (ahead - node.ahead), ahead, name

    def _extend(self, node: _Node, unit: int) -> _Node:
        child = _Node()
        child.parent, child.unit, child.frame = node, unit, self.frames
        child.initial = child.pair = child.word = -1
        child.context, child.bias, child.last, child.word_node = node.context, node.bias, node.last, node.word_node
        child.model, child.ahead, name = self._score(node, unit)
        if node.phase == 0:
            child.phase, child.initial, child.word_node = 1, unit, node
        elif node.phase == 1:
            child.phase, child.initial, child.pair = 2, node.initial, name
        else:
            child.phase, child.word, child.last = 0, name, name
            child.context, child.bias = self.model.after(node.last, name), node.bias.after(name)
        node.children[unit] = child
        return child

    def partial(self) -> str:
        """The best reading so far: complete syllables only."""
        node, (_, _) = max(self._beam.items(), key=lambda item: _add(*item[1]) + item[0].model)
        return " ".join(self.model.spelling(n.word) for n in _words(node))

    def fork(self) -> Decoder:
        """A decoder that goes on from here on its own; what it is told does not reach this one."""
        fork = Decoder(self.model, self.options)
        fork._machine, fork.frames = self._machine, self.frames
        copies: dict[_Node, _Node] = {}
        fork._beam = {_copied(node, copies): scores for node, scores in self._beam.items()}
        return fork

    def finish(self) -> Decoded:
        """The final reading of the utterance; the decoder is ready for the next."""
        ends: dict[_Node, float] = {}
        sounds: dict[_Node, float] = {}
        for node, (held, sounded) in self._beam.items():
            whole, sound = node, _add(held, sounded)
            score = sound
            if node.phase:  # a syllable cut off: count it as noise
                assert node.word_node is not None
                whole, score = node.word_node, score - 4.0
            score += whole.model + self.options.lm_weight * whole.context.word(LanguageModel.END)
            if score > ends.get(whole, _NEVER):
                ends[whole], sounds[whole] = score, sound
        decoded = self._read_out(ends, sounds)
        self.reset()
        return decoded

    def _read_out(self, ends: dict[_Node, float], sounds: dict[_Node, float]) -> Decoded:
        ranked = sorted(((score, k, node) for k, (node, score) in enumerate(ends.items())), key=lambda r: (-r[0], r[1]))
        top = ranked[0][0]
        belief: dict[tuple[int, int], float] = {}
        total = 0.0
        for score, _, node in ranked:
            weight = math.exp(0.7 * (score - top))
            total += weight
            for word in {(n.word, f) for n in _words(node) for f in range(n.frame - 3, n.frame + 4)}:
                belief[word] = belief.get(word, 0.0) + weight
        best = _words(ranked[0][2])
        whole = min(0.0, sounds[ranked[0][2]] / max(1, 3 * len(best)))
        words = []
        for node in best:
            assert node.parent is not None
            assert node.parent.parent is not None
            peak = (node.peak + node.parent.peak + node.parent.parent.peak) / 3
            share = belief[node.word, node.frame] / total
            sure = 1 - (1 - share * math.exp(_PEAK * peak + _WHOLE * whole)) ** _CALIBRATION
            words.append(DecodedWord(self.model.spelling(node.word), node.parent.parent.frame, node.frame, sure))
        scores: dict[str, float] = {}
        for score, _, node in ranked:
            scores.setdefault(" ".join(self.model.spelling(n.word) for n in _words(node)), score)
        texts, lead = list(scores)[:3], 1.0
        if self._machine is not None and self._machine.polar and (other := _opposite(scores)) is not None:
            lead = 1 / (1 + math.exp(_POLARITY * (scores[other] - top)))
            if other not in texts:
                texts[-1] = other
        return Decoded(tuple(words), tuple(texts), lead)


def _opposite(texts: Iterable[str]) -> str | None:
    """The first of ``texts`` that says no where the very first says yes, or the other way round."""
    found = iter(texts)
    said = polarity(next(found))
    return next((text for text in found if said and polarity(text) not in (None, said)), None)


def _add(a: float, b: float) -> float:
    """log(exp a + exp b)."""
    if a < b:
        a, b = b, a
    gap = b - a
    return a if gap < -14.0 else a + math.log1p(math.exp(gap))


def _copied(node: _Node, copies: dict[_Node, _Node]) -> _Node:
    """A copy of ``node`` and of all that it follows, made once each; of children only those copied too."""
    chain: list[_Node] = []
    before: _Node | None = node
    while before is not None and before not in copies:
        chain.append(before)
        before = before.parent
    for old in reversed(chain):
        new = copies[old] = _Node()
        for name in _PLAIN:
            setattr(new, name, getattr(old, name))
        new.parent = copies[old.parent] if old.parent is not None else None
        new.word_node = copies[old.word_node] if old.word_node is not None else None
        if new.parent is not None:
            new.parent.children[new.unit] = new
    return copies[node]


def _words(node: _Node | None) -> list[_Node]:
    """Nodes that complete a word, in order."""
    found = []
    if node is not None and node.phase:
        node = node.word_node
    while node is not None and node.parent is not None:
        found.append(node)
        node = node.word_node
    return found[::-1]
