"""A closed set of phrases: names, streets, a menu. One prefix tree of units, however long the list is.

Phrases share their beginnings unit by unit, so an utterance opens only the branches that it may still be: the search
(Viterbi) keeps prefixes near the best one, and its cost hardly depends on the length of the list. Should none of those
prefixes grow into a phrase, the utterance is none of the list; it is searched again in full, so that there is an answer
whose confidence tells.
"""

from __future__ import annotations

import math
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.errors import InputError
from speech.recognition.alignment import NEVER, Floats, HeardWord, Ints, heard_words
from speech.recognition.units import BLANK, canonical, respell, syllable_to_units, text_to_units
from speech.text.speak import speak

MAX_PHRASES: Final = 200_000
MAX_SYLLABLES: Final = 60
"""Of one phrase: as much as is said in one breath."""
_MAX_CHARACTERS: Final = 600
_BEAM: Final = 30.0
"""Nats below the best prefix at which one is dropped: twice what the open search allows, for it costs little here."""
_SHOWN: Final = 5
_REPORT_EVERY: Final = 1_000
_PUNCTUATION: Final = ".,;:!?…\"'“”‘’()[]-–—"

Progress = Callable[[int, int], None]
"""Phrases read, phrases in all."""


@dataclass(frozen=True)
class PhraseSet:
    """A prefix tree over units; node 0 is the root, children of a node have successive numbers. Shared, never changed.

    Made by ``phrase_set``.
    """

    name: str
    phrases: tuple[str, ...]
    """As their author wrote them."""
    spoken: tuple[bytes, ...]
    """Their units, three a word; sorted."""
    unit: Ints
    """(nodes,) The unit that leads to each node."""
    first_child: Ints
    children: Ints
    """(nodes,) How many there are."""
    phrase: Ints
    """(nodes,) The phrase that ends here, else -1."""

    def __contains__(self, sentence: str) -> bool:
        """Is ``sentence`` (spoken words, or a phrase as written) a member?"""
        return sentence in self.phrases or self._number(_words(sentence)) is not None

    def best(self, logp: Floats) -> tuple[HeardWord, ...]:
        """The phrase that agrees best with log-posteriors (T, units); () if T is too short for any."""
        found = self.search(logp, _BEAM)
        if found is None:
            found = self.search(logp, math.inf)
        if found is None:
            return ()
        units = np.frombuffer(self.spoken[found], np.uint8).astype(np.intp).reshape(-1, 3)
        rivals, node = [], 0
        for word in units:
            others, ends = self._words_after(node)
            rivals.append(others)
            node = int(ends[(others == word).all(axis=1)][0])
        return heard_words(logp, units, rivals)

    def answer(self, words: Sequence[HeardWord]) -> str:
        """The phrase of ``words`` as it was written."""
        number = self._number([word.text for word in words])
        return "" if number is None else self.phrases[number]

    def _number(self, words: Sequence[str]) -> int | None:
        units = _units(words)
        at = bisect_left(self.spoken, units)
        return at if units and at < len(self.spoken) and self.spoken[at] == units else None

    def search(self, logp: Floats, beam: float) -> int | None:
        """Number of the best phrase among prefixes within ``beam`` nats of the best one; None if none is complete."""
        sounded = np.full(len(self.unit), NEVER, np.float32)
        held = sounded.copy()
        held[0] = 0.0
        opened = np.zeros(len(self.unit), bool)
        opened[0] = True
        active = np.zeros(1, np.intp)
        for row in logp:
            best = np.maximum(sounded[active], held[active])
            child = _ranges(self.first_child[active], self.children[active])
            entered = np.repeat(best, self.children[active]) + row[self.unit[child]]
            held[active] = best + row[BLANK]
            sounded[active] += row[self.unit[active]]
            floor = max(held[active].max(), sounded[active].max(), entered.max(initial=NEVER)) - np.float32(beam)
            near = entered > floor
            child, entered = child[near], entered[near]
            sounded[child] = np.maximum(sounded[child], entered)
            active = np.concatenate((active, child[~opened[child]]))
            keep = np.maximum(sounded[active], held[active]) > floor
            gone, active = active[~keep], active[keep]
            sounded[gone] = held[gone] = NEVER
            opened[gone], opened[active] = False, True
        ends = active[self.phrase[active] >= 0]
        scores = np.maximum(sounded[ends], held[ends])
        if scores.max(initial=NEVER) <= NEVER / 2:
            return None
        return int(self.phrase[ends[scores.argmax()]])

    def _words_after(self, node: int) -> tuple[Ints, Ints]:
        """Words that may follow a node at a word's end: their units (n, 3), the nodes at their ends."""
        initials = self._offspring(np.array([node]))[1]
        with_initial, rimes = self._offspring(initials)
        with_rime, tones = self._offspring(rimes)
        before = np.stack((self.unit[initials][with_initial], self.unit[rimes]), axis=1)
        return np.column_stack((before[with_rime], self.unit[tones])), tones

    def _offspring(self, nodes: Ints) -> tuple[Ints, Ints]:
        """Index of the parent in ``nodes`` and node of every child."""
        counts = self.children[nodes]
        return np.repeat(np.arange(len(nodes)), counts), _ranges(self.first_child[nodes], counts)


def _ranges(first: Ints, counts: Ints) -> Ints:
    """first[0], first[0] + 1 … (counts[0] of them), first[1] …"""
    ends = np.cumsum(counts)
    return np.arange(ends[-1] if len(ends) else 0) + np.repeat(first - ends + counts, counts)


def phrase_set(phrases: Sequence[str], name: str = "phrases", progress: Progress | None = None) -> PhraseSet:
    """The given phrases, in any usual spelling (numbers, capitals, punctuation); blank ones are left out.

    Raises InputError if there is none or too many, and for phrases that are too long or cannot be read as Vietnamese
    syllables: all of them are counted, the first told with their numbers from 1 as their lines.
    """
    if len(phrases) > MAX_PHRASES:
        raise InputError(
            f"có {len(phrases)} câu, nhiều hơn {MAX_PHRASES}; hãy chia nhỏ",
            f"there are {len(phrases)} phrases, more than {MAX_PHRASES}; split it",
            where=name,
        )
    written: dict[bytes, str] = {}
    bad: list[tuple[int, str, str]] = []
    for number, phrase in enumerate(phrases, 1):
        shown = unicodedata.normalize("NFC", phrase).strip()
        words = _words(shown) if len(shown) <= _MAX_CHARACTERS else []
        if len(shown) > _MAX_CHARACTERS or len(words) > MAX_SYLLABLES:
            bad.append((number, f"dài hơn {MAX_SYLLABLES} tiếng", f"longer than {MAX_SYLLABLES} syllables"))
            continue
        strange = next((word for word in words if syllable_to_units(word) is None), None)
        if strange is not None:
            short = strange if len(strange) <= 40 and strange.isprintable() else "…"
            bad.append((number, f"“{short}” không đọc được thành âm tiết tiếng Việt; hãy viết theo cách đọc",
                        f"“{short}” cannot be read as Vietnamese syllables; write it as it is said"))  # fmt: skip
        elif words:
            written.setdefault(_units(words), shown)
        if progress and number % _REPORT_EVERY == 0:
            progress(number, len(phrases))
    if bad:
        raise _refusal(bad, name)
    if not written:
        raise InputError("không có câu nào", "there is no phrase in it", where=name)
    return _tree(name, dict(sorted(written.items())))


def _refusal(bad: Sequence[tuple[int, str, str]], name: str) -> InputError:
    """One error for all phrases that cannot be used."""
    (number, vi, en), rest = bad[0], bad[1:]
    if rest:
        others = ", ".join(str(line) for line, _, _ in rest[:_SHOWN]) + ("…" if len(rest) > _SHOWN else "")
        vi += f" (và {len(rest)} dòng khác không dùng được: {others})"
        en += f" ({len(rest)} other lines cannot be used: {others})"
    return InputError(vi, en, where=f"{name}:{number}")


def _words(phrase: str) -> list[str]:
    """Words as they are said, canonically spelt."""
    said = (word.strip(_PUNCTUATION) for word in speak(phrase).lower().replace("-", " ").split())
    return [canonical(part) for word in said if word for part in respell(word).split()]


def _units(words: Sequence[str]) -> bytes:
    """Units of words one after the other, each in a byte; empty if one is no Vietnamese syllable."""
    return b"".join(bytes(word) for word in text_to_units(" ".join(words)) or ())


def _tree(name: str, written: dict[bytes, str]) -> PhraseSet:
    """The prefix tree of sorted unit strings, level by level."""
    lengths = np.array([len(units) for units in written])
    width = int(lengths.max())
    grid = np.frombuffer(b"".join(units.ljust(width, b"\0") for units in written), np.uint8).reshape(-1, width).T
    depth = np.arange(width)[:, None]
    differs = np.ones(grid.shape, bool)
    differs[:, 1:] = np.logical_or.accumulate(grid[:, 1:] != grid[:, :-1], axis=0)
    new = differs & (depth < lengths)  # (depth, phrase): does the phrase open a node here?
    node = np.cumsum(new.ravel()).reshape(new.shape)  # that of the phrase's prefix, while it lasts
    unit = np.concatenate(([BLANK], grid[new])).astype(np.intp)
    parent = np.concatenate((np.zeros((1, len(lengths)), np.intp), node[:-1]))[new]
    children = np.bincount(parent, minlength=len(unit))
    phrase = np.full(len(unit), -1, np.intp)
    phrase[node[lengths - 1, np.arange(len(lengths))]] = np.arange(len(lengths))
    return PhraseSet(
        name=name,
        phrases=tuple(written.values()),
        spoken=tuple(written),
        unit=unit,
        first_child=np.cumsum(children) - children + 1,
        children=children,
        phrase=phrase,
    )
