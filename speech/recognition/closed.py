"""Closed sets: what was heard is one of the set's sentences, and nothing else.

Unlike an expectation (grammar.py), which only leans on the open search, a closed set is searched exactly: the word
graph is made deterministic, every word becomes its three units, and the best CTC path from the graph's start to one of
its ends is found over all frames of the utterance (Viterbi, no beam, so nothing can fall out of it). The reverse of
the medal: whatever is said, noise included, is read as a member; ``confidence`` tells how well the sounds agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError
from speech.recognition.alignment import NEVER, Floats, HeardWord, heard_words
from speech.recognition.grammar import Graph, graph_of
from speech.recognition.phrases import Progress, phrase_set
from speech.recognition.units import BLANK, canonical, syllable_to_units

_GROUP = "(<small> | <digit> trăm [(linh | lẻ) <one> | <teen> | <tens>])"
_BELOW_MILLION = f"[{_GROUP} <thousand>] [{_GROUP}]"
GRAMMARS: Final[Mapping[str, str]] = {
    "digits": "<digit>+",
    "yes_no": "<yes_no>",
    "dates": "<date>",
    "money": f"""(<amount> | {_GROUP} tỷ [{_GROUP} triệu] {_BELOW_MILLION} | {_GROUP} triệu {_BELOW_MILLION}
        | {_GROUP} <thousand> [{_GROUP}]) [đồng]""",
}
"""Closed sets by name, as rules of ``speech.recognition.grammar``; amounts of money stand alone, to the last đồng."""

Ints = NDArray[np.int32]


class ClosedSet(Protocol):
    """Sentences of which one is the answer. Shared by streams, never changed."""

    @property
    def name(self) -> str: ...

    def __contains__(self, sentence: str) -> bool:
        """Is ``sentence`` (spoken words, or a phrase as written) a member?"""
        ...

    def best(self, logp: Floats) -> tuple[HeardWord, ...]:
        """The member that agrees best with log-posteriors (T, units); () if T is too short for any member."""
        ...

    def answer(self, words: Sequence[HeardWord]) -> str:
        """The sentence of ``words``: for phrases as the author wrote it, for grammars as spoken."""
        ...


@dataclass(frozen=True)
class GrammarSet:
    """A deterministic word graph over units. Made by ``grammar_set``; shared, never changed."""

    name: str
    words: tuple[str, ...]
    """Word of each arc."""
    units: NDArray[np.intp]
    """(arcs, 3) unit ids; arcs are sorted by the state they lead to."""
    source: NDArray[np.intp]
    heads: NDArray[np.intp]
    """Index of the first arc of each state that has arcs leading to it."""
    headed: NDArray[np.intp]
    """Those states."""
    finals: NDArray[np.intp]
    states: int
    following: tuple[Mapping[str, int], ...]
    """Per state: word → next state."""

    def __contains__(self, sentence: str) -> bool:
        """Is ``sentence`` a member, word by word?"""
        state = 0
        for word in sentence.split():
            following = self.following[state].get(word)
            if following is None:
                return False
            state = following
        return state in self.finals

    def best(self, logp: Floats) -> tuple[HeardWord, ...]:
        """The member that agrees best with log-posteriors (T, units); () if T is too short for any member."""
        if not len(logp):
            return ()
        arcs = self._search(logp)
        if not arcs:
            return ()
        return heard_words(logp, self.units[arcs], [self.units[self.source == self.source[arc]] for arc in arcs])

    def answer(self, words: Sequence[HeardWord]) -> str:
        """The sentence of ``words``, as spoken."""
        return " ".join(word.text for word in words)

    def _search(self, logp: Floats) -> list[int]:
        """Viterbi: the arcs of the best path; none if there is no path."""
        arcs = len(self.words)
        first, second, third = self.units.T
        # Best scores of paths within an arc: on its 1st unit, a blank after it, the 2nd, a blank, the 3rd.
        score = np.full((5, arcs), NEVER, np.float32)
        began = np.zeros((5, arcs), np.int32)
        # At a state, all words before complete: held on blanks only, and the same or on the last word's tone.
        held = np.full(self.states, NEVER, np.float32)
        held[0] = 0.0
        reached = held.copy()
        last = np.full((2, self.states), -1, np.int32)  # arc of the best path into a state, and its first frame
        trace: list[Ints] = []
        for t, row in enumerate(logp):
            blank = row[BLANK]
            old, since = score, began
            score, began = np.empty_like(old), np.empty_like(since)
            enter = reached[self.source]
            _pick(score, began, 0, (old[0], since[0]), (enter, np.int32(t)))
            _pick(score, began, 1, (old[1], since[1]), (old[0], since[0]))
            _pick(score, began, 2, (old[2], since[2]), (old[1], since[1]), (old[0], since[0]))
            _pick(score, began, 3, (old[3], since[3]), (old[2], since[2]))
            _pick(score, began, 4, (old[4], since[4]), (old[3], since[3]), (old[2], since[2]))
            score[0] += row[first]
            score[2] += row[second]
            score[4] += row[third]
            score[1] += blank
            score[3] += blank
            trace.append(last)
            held = reached + blank
            reached, last = self._leave(score[4], began[4], held, last)
        end = int(self.finals[np.argmax(reached[self.finals])])
        return self._back(trace, last, end) if reached[end] > NEVER / 2 else []

    def _leave(self, done: Floats, began: Ints, held: Floats, last: Ints) -> tuple[Floats, Ints]:
        """Best score of each state after a frame and the word it came by, if a word's end beats holding on."""
        top = np.maximum.reduceat(done, self.heads)
        better = top > held[self.headed]
        reached, last = held.copy(), last.copy()
        lengths = np.diff(np.append(self.heads, len(done)))
        hit = np.flatnonzero(done == np.repeat(np.where(better, top, np.float32(np.inf)), lengths))
        state = np.repeat(self.headed, lengths)[hit]
        reached[state] = done[hit]
        last[0, state], last[1, state] = hit, began[hit]
        return reached, last

    def _back(self, trace: list[Ints], last: Ints, state: int) -> list[int]:
        found = []
        while (arc := int(last[0, state])) >= 0:
            found.append(arc)
            state, last = int(self.source[arc]), trace[int(last[1, state])]
        return found[::-1]


def _pick(score: NDArray, began: NDArray, row: int, *ways: tuple[NDArray, NDArray | np.int32]) -> None:
    """The best of several predecessors into ``row``."""
    best, since = ways[0]
    for value, origin in ways[1:]:
        better = value > best
        since = np.where(better, origin, since)
        best = np.maximum(best, value)
    score[row], began[row] = best, since


def grammar_set(name: str) -> GrammarSet:
    """One of ``GRAMMARS``. Raises InputError for another name."""
    if name not in GRAMMARS:
        raise InputError(
            f"không có tập câu “{name}”; hãy chọn {', '.join(GRAMMARS)} hoặc một tệp mỗi dòng một câu",
            f"no such grammar “{name}”; choose one of {', '.join(GRAMMARS)} or a file with one phrase per line",
            where="--grammar",
        )
    return _compile(name, graph_of(GRAMMARS[name]))


def closed_set(choice: str, progress: Progress | None = None) -> ClosedSet:
    """A name of ``GRAMMARS``, or a UTF-8 file with one phrase per line. Raises InputError."""
    if choice in GRAMMARS:
        return grammar_set(choice)
    path = Path(choice)
    if not path.exists() and path.name == choice and not path.suffix:
        return grammar_set(choice)  # a mistyped name: tells the names
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise InputError(
            f"không đọc được tệp ({error.strerror})", f"the file cannot be read ({error.strerror})", where=choice
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(
            "không phải tệp văn bản UTF-8", "the file is not UTF-8 text; save it as UTF-8", where=choice
        ) from error
    return phrase_set(lines, choice, progress)


def _compile(name: str, graph: Graph) -> GrammarSet:
    """Subset construction, then arrays."""
    start = graph.closure({0})
    number = {start: 0}
    todo = [start]
    arcs: list[tuple[int, int, str]] = []  # to, from, word
    following: dict[int, dict[str, int]] = {}
    while todo:
        states = todo.pop()
        offers: dict[str, set[int]] = {}
        for state in states:
            for word, arcs_to in graph.arcs[state].items():
                offers.setdefault(canonical(word), set()).update(arcs_to)
        leaving = following[number[states]] = {}
        for word, ends in offers.items():
            target = graph.closure(ends)
            if target not in number:
                number[target] = len(number)
                todo.append(target)
            leaving[word] = number[target]
            arcs.append((number[target], number[states], word))
    arcs.sort()
    headed, heads = np.unique(np.array([arc[0] for arc in arcs]), return_index=True)
    units = [syllable_to_units(arc[2]) for arc in arcs]
    assert None not in units
    return GrammarSet(
        name=name,
        words=tuple(arc[2] for arc in arcs),
        units=np.array(units, np.intp),
        source=np.array([arc[1] for arc in arcs], np.intp),
        heads=heads,
        headed=headed,
        finals=np.array(sorted(k for states, k in number.items() if states & graph.finals), np.intp),
        states=len(number),
        following=tuple(following[k] for k in range(len(number))),
    )
