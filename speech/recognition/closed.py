"""Closed sets: what was heard is one of the set's sentences, and nothing else.

Unlike an expectation (grammar.py), which only leans on the open search, a closed set is searched exactly: the word
graph is made deterministic, every word becomes its three units, and the best CTC path from the graph's start to one of
its ends is found over all frames of the utterance (Viterbi, no beam, so nothing can fall out of it). The reverse of
the medal: whatever is said, noise included, is read as a member; ``confidence`` tells how well the sounds agree.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError
from speech.recognition.grammar import Graph, graph_of
from speech.recognition.units import BLANK, canonical, respell, syllable_to_units
from speech.text.speak import speak

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

MAX_ARCS: Final = 200_000
_NEVER: Final = np.float32(-1e30)
_SOFTEN: Final = 0.7
"""Of log-posteriors, where rivals are compared: the network is surer than it is right."""
_PUNCTUATION: Final = ".,;:!?…\"'“”‘’()[]-–—"
Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word of the answer, the frames [start, end] of its sound, and how well they agree with it (0…1)."""

    text: str
    start_frame: int
    end_frame: int
    confidence: float


@dataclass(frozen=True)
class ClosedSet:
    """A deterministic word graph over units. Made by ``grammar_set`` and ``phrase_set``; shared, never changed."""

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
    following: tuple[Mapping[str, int], ...] = ()
    """Per state: word → next state."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """Spoken words of a phrase → the phrase as its author wrote it."""

    def __contains__(self, sentence: str) -> bool:
        """Is ``sentence`` (spoken words, or a phrase as written) a member?"""
        if sentence in self.answers.values():
            return True
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
        exits = self._search(logp)
        if exits is None:
            return ()
        return tuple(self._heard(logp, arc, start, end) for arc, start, end in exits)

    def answer(self, words: Sequence[HeardWord]) -> str:
        """The sentence of ``words``: for phrases as the author wrote it, for grammars as spoken."""
        spoken = " ".join(word.text for word in words)
        return self.answers.get(spoken, spoken)

    def _search(self, logp: Floats) -> list[tuple[int, int, int]] | None:
        """Viterbi: (arc, first frame, last frame) of each word of the best path; None if there is none."""
        arcs = len(self.words)
        first, second, third = self.units.T
        # Best scores of paths within an arc: on its 1st unit, a blank after it, the 2nd, a blank, the 3rd.
        score = np.full((5, arcs), _NEVER, np.float32)
        began = np.zeros((5, arcs), np.int32)
        # At a state, all words before complete: held on blanks only, and the same or on the last word's tone.
        held = np.full(self.states, _NEVER, np.float32)
        held[0] = 0.0
        reached = held.copy()
        last = np.full((3, self.states), -1, np.int32)  # arc, its first and last frame of the best path into a state
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
            reached, last = self._leave(score[4], began[4], held, last, t)
        end = int(self.finals[np.argmax(reached[self.finals])])
        return self._back(trace, last, end) if reached[end] > _NEVER / 2 else None

    def _leave(self, done: Floats, began: Ints, held: Floats, last: Ints, t: int) -> tuple[Floats, Ints]:
        """Best score of each state after frame ``t`` and the word it came by, if a word's end beats holding on."""
        top = np.maximum.reduceat(done, self.heads)
        better = top > held[self.headed]
        reached, last = held.copy(), last.copy()
        lengths = np.diff(np.append(self.heads, len(done)))
        hit = np.flatnonzero(done == np.repeat(np.where(better, top, np.float32(np.inf)), lengths))
        state = np.repeat(self.headed, lengths)[hit]
        reached[state] = done[hit]
        last[0, state], last[1, state], last[2, state] = hit, began[hit], t
        return reached, last

    def _back(self, trace: list[Ints], last: Ints, state: int) -> list[tuple[int, int, int]]:
        found = []
        while (arc := int(last[0, state])) >= 0:
            start, end = int(last[1, state]), int(last[2, state])
            found.append((arc, start, end))
            state, last = int(self.source[arc]), trace[start]
        return found[::-1]

    def _heard(self, logp: Floats, arc: int, start: int, end: int) -> HeardWord:
        rows = logp[start : end + 1]
        peaks = rows[:, self.units[arc]].max(axis=0)
        return HeardWord(self.words[arc], start, end, math.exp(float(peaks.mean())) * self._share(rows, arc))

    def _share(self, rows: Floats, arc: int) -> float:
        """How much of the belief in these frames is ``arc``'s, among the words that could stand in its place."""
        rivals = np.flatnonzero(self.source == self.source[arc])
        units, blank = self.units[rivals], rows[:, BLANK]
        # Best scores before the 1st unit, on it, a blank after it, the 2nd, a blank, the 3rd, a blank at the end.
        score = np.full((7, len(rivals)), _NEVER, np.float32)
        score[0] = 0.0
        for row, quiet in zip(rows, blank, strict=True):
            old = score.copy()
            score[0::2] = old[0::2] + quiet
            for at, unit in zip((1, 3, 5), units.T, strict=True):
                score[at + 1] = np.maximum(old[at], old[at + 1]) + quiet
                score[at] = np.maximum.reduce((old[at - 2] if at > 1 else old[0], old[at - 1], old[at])) + row[unit]
        ends = np.maximum(score[5], score[6])
        belief = np.exp(_SOFTEN * (ends - ends.max()))
        return float(belief[rivals == arc][0] / belief.sum())


def _pick(score: NDArray, began: NDArray, row: int, *ways: tuple[NDArray, NDArray | np.int32]) -> None:
    """The best of several predecessors into ``row``."""
    best, since = ways[0]
    for value, origin in ways[1:]:
        better = value > best
        since = np.where(better, origin, since)
        best = np.maximum(best, value)
    score[row], began[row] = best, since


def grammar_set(name: str) -> ClosedSet:
    """One of ``GRAMMARS``. Raises InputError for another name."""
    if name not in GRAMMARS:
        raise InputError(
            f"không có tập câu “{name}”; hãy chọn {', '.join(GRAMMARS)} hoặc một tệp mỗi dòng một câu",
            f"no such grammar “{name}”; choose one of {', '.join(GRAMMARS)} or a file with one phrase per line",
            where="--grammar",
        )
    return _compile(name, graph_of(GRAMMARS[name]), {})


def phrase_set(phrases: Sequence[str], name: str = "phrases") -> ClosedSet:
    """The given phrases, in any usual spelling (numbers, capitals, punctuation); blank ones are left out.

    Raises InputError, with the phrase's number from 1 as its line, for a phrase that cannot be read as Vietnamese
    syllables, or if none is left.
    """
    graph = Graph()
    answers: dict[str, str] = {}
    for number, phrase in enumerate(phrases, 1):
        shown = unicodedata.normalize("NFC", phrase).strip()
        words = _spoken(shown)
        if not words:
            continue
        for word in words:
            if syllable_to_units(word) is None:
                short = word if len(word) <= 40 and word.isprintable() else "…"
                raise InputError(
                    f"“{short}” không đọc được thành âm tiết tiếng Việt; hãy viết theo cách đọc",
                    f"“{short}” cannot be read as Vietnamese syllables; write it as it is said",
                    where=f"{name}:{number}",
                )
        state = 0
        for word in words:
            state = graph.word(state, word)
        graph.finals.add(state)
        answers.setdefault(" ".join(words), shown)
    if not answers:
        raise InputError("không có câu nào", "there is no phrase in it", where=name)
    return _compile(name, graph, answers)


def closed_set(choice: str) -> ClosedSet:
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
    return phrase_set(lines, choice)


def _spoken(phrase: str) -> list[str]:
    """Words as they are said, canonically spelt."""
    said = (word.strip(_PUNCTUATION) for word in speak(phrase).lower().replace("-", " ").split())
    return [canonical(part) for word in said if word for part in respell(word).split()]


def _compile(name: str, graph: Graph, answers: Mapping[str, str]) -> ClosedSet:
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
        if len(arcs) > MAX_ARCS:
            raise InputError(
                f"tập câu quá lớn (hơn {MAX_ARCS} từ nối); hãy chia nhỏ",
                f"the set is too large (more than {MAX_ARCS} arcs); split it",
                where=name,
            )
    arcs.sort()
    headed, heads = np.unique(np.array([arc[0] for arc in arcs]), return_index=True)
    units = [syllable_to_units(arc[2]) for arc in arcs]
    assert None not in units
    return ClosedSet(
        name=name,
        words=tuple(arc[2] for arc in arcs),
        units=np.array(units, np.intp),
        source=np.array([arc[1] for arc in arcs], np.intp),
        heads=heads,
        headed=headed,
        finals=np.array(sorted(k for states, k in number.items() if states & graph.finals), np.intp),
        states=len(number),
        following=tuple(following[k] for k in range(len(number))),
        answers=answers,
    )
