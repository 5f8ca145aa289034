"""How far apart two Vietnamese words sound, by region; and the name, place or menu word that was probably heard.

A syllable is initial + rime (medial, nucleus, coda) + tone (``speech.recognition.units``). Each part has a table of
distances: 0 the same, near 0 what a region does not tell apart (South hỏi/ngã, v/d/gi, -n/-ng, -t/-c; North s/x, tr/ch,
r/d/gi, l/n …), 1 nothing in common. The tables are closed under addition, so distances obey the triangle inequality.
A phrase is aligned syllable by syllable. Weights are own estimates from descriptions of the dialects.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from speech.recognition.units import INITIAL_NAMES, INITIALS, RIME_NAMES, RIMES, TONES, respell, syllable_to_units
from speech.text.normalize import fold
from speech.text.phonology_tables import CODA, CODAS, INITIAL, INITIAL_NEAR, NUCLEUS, RIME, TONE
from speech.types import DIALECTS, Dialect

GAP: Final = 0.9
"""Cost of a syllable too many or too few."""
FARTHEST: Final = 1.1
"""Distance of two syllables with nothing in common, and of words that are no syllables and differ."""
SKIPPED: Final = 0.06
"""Cost of a heard word before or after the choice ("dạ", "ở", "nhé")."""
LIMIT: Final = 0.36
"""Distance per syllable beyond which nothing has been recognised."""
_INITIAL_WEIGHT, _RIME_WEIGHT, _TONE_WEIGHT = 0.4, 0.5, 0.2
_N_TONES = len(TONES)
_Table = list[list[float]]
_Syllable = tuple[int, int, int] | str
"""Indices of initial, rime and tone; a word that cannot be spelt with them stays a word."""


@dataclass(frozen=True, slots=True)
class Match:
    """The choice nearest to what was heard."""

    choice: str
    distance: float
    """Per syllable of the choice; 0 is the same."""
    margin: float
    """How much farther the next choice is; ask back when it is small."""


def distance(a: str, b: str, region: Dialect | None = None) -> float:
    """How far apart two phrases sound to (or from) a speaker of ``region``; 0 only if they sound alike.

    Symmetric. About 1.1 for two unlike syllables. Without a region the tables are between those of the three.
    """
    tables = _tables(region)
    left, right = _syllables(a), _syllables(b)
    row = [GAP * k for k in range(len(right) + 1)]
    for i, one in enumerate(left, 1):
        before, row[0] = row[0], GAP * i
        for j, other in enumerate(right, 1):
            here = min(row[j] + GAP, row[j - 1] + GAP, before + _between(one, other, tables))
            before, row[j] = row[j], here
    return row[-1]


def best_match(
    heard: str, choices: Sequence[str] | Iterable[str], region: Dialect | None = None, limit: float = LIMIT
) -> Match | None:
    """The choice that was most probably said in ``heard``, other words around it allowed; None if none is near.

    500 names take about half a millisecond once they are known (the last 64 lists of choices are kept), some 10 ms the
    first time. Equal choices (after spelling) share the first one's name.
    """
    words = _syllables(heard)
    lexicon = _lexicon(tuple(choices))
    if not words or not lexicon.names:
        return None
    scores = _inside(lexicon, words, region)
    best = int(scores.argmin())
    if scores[best] > limit:
        return None
    margin = FARTHEST
    if len(scores) > 1:
        margin = float(min(scores[:best].min(initial=np.inf), scores[best + 1 :].min(initial=np.inf)) - scores[best])
    return Match(lexicon.names[best], float(scores[best]), margin)


@dataclass(frozen=True, slots=True)
class _Lexicon:
    """Choices taken apart into syllables, as arrays."""

    names: tuple[str, ...]
    syllables: tuple[_Syllable, ...]
    """Every syllable once."""
    spelt: np.ndarray
    """(choices, longest choice): positions in ``syllables``; 0 beyond a choice's end."""
    lengths: np.ndarray
    """(choices,): syllables of each."""


@lru_cache(maxsize=64)
def _lexicon(choices: tuple[str, ...]) -> _Lexicon:
    seen: dict[tuple[_Syllable, ...], str] = {}
    for choice in choices:
        seen.setdefault(_syllables(choice), choice)
    seen.pop((), None)
    at: dict[_Syllable, int] = {}
    for spelt in seen:
        for syllable in spelt:
            at.setdefault(syllable, len(at))
    table = np.zeros((len(seen), max(map(len, seen), default=0)), dtype=np.intp)
    for row, spelt in zip(table, seen, strict=True):
        row[: len(spelt)] = [at[syllable] for syllable in spelt]
    return _Lexicon(tuple(seen.values()), tuple(at), table, np.array([len(spelt) for spelt in seen]))


def _inside(lexicon: _Lexicon, heard: tuple[_Syllable, ...], region: Dialect | None) -> np.ndarray:
    """(choices,): cost per syllable of the best place of each choice in ``heard``; words around it cost little.

    The usual alignment, one syllable of all choices at a time; gaps in what was heard by a running minimum.
    """
    costs = _costs(lexicon.syllables, heard, region)[lexicon.spelt]  # (choices, longest, heard)
    steps = np.arange(len(heard) + 1)
    row = np.broadcast_to(SKIPPED * steps, (len(lexicon.names), len(steps)))
    for k in range(lexicon.spelt.shape[1]):
        new = row + GAP
        np.minimum(new[:, 1:], row[:, :-1] + costs[:, k], out=new[:, 1:])
        new = np.minimum.accumulate(new - GAP * steps, axis=1) + GAP * steps
        row = np.where((lexicon.lengths > k)[:, None], new, row)
    ends: np.ndarray = (row + SKIPPED * steps[::-1]).min(axis=1)
    scores: np.ndarray = ends / lexicon.lengths
    return scores


def _costs(syllables: tuple[_Syllable, ...], heard: tuple[_Syllable, ...], region: Dialect | None) -> np.ndarray:
    """(syllables, heard): the distance of each pair."""
    spelt = np.array([(0, 0, 0) if isinstance(s, str) else s for s in syllables])
    out = np.empty((len(syllables), len(heard)))
    word = np.array([isinstance(s, str) for s in syllables])
    for column, one in enumerate(heard):
        if isinstance(one, str):
            out[:, column] = [0.0 if one == s else FARTHEST for s in syllables]
            continue
        initials, rimes, tones = (table[part] for table, part in zip(_arrays(region), one, strict=True))
        out[:, column] = initials[spelt[:, 0]] + rimes[spelt[:, 1]] + tones[spelt[:, 2]]
        out[word, column] = FARTHEST
    return out


@lru_cache(maxsize=4)
def _arrays(region: Dialect | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    initials, rimes, tones = _tables(region)
    return np.array(initials), np.array(rimes), np.array(tones)


def _between(a: _Syllable, b: _Syllable, tables: tuple[_Table, _Table, _Table]) -> float:
    if isinstance(a, str) or isinstance(b, str):
        return 0.0 if a == b else FARTHEST
    initials, rimes, tones = tables
    return initials[a[0]][b[0]] + rimes[a[1]][b[1]] + tones[a[2]][b[2]]


@lru_cache(maxsize=16384)
def _syllables(text: str) -> tuple[_Syllable, ...]:
    """Syllables of a phrase: digits read out, foreign words respelt, NFC or NFD, any case."""
    found: list[_Syllable] = []
    for word in fold(text).split():
        for part in _spelt(word).split():
            units = syllable_to_units(part)
            found.append((units[0] - INITIALS.start, units[1] - RIMES.start, units[2] - TONES.start) if units else part)
    return tuple(found)


def _spelt(word: str) -> str:
    if any(c.isdigit() for c in word):
        from speech.text.speak import speak

        return fold(speak(word)) or word
    return respell(word)


@lru_cache(maxsize=4)
def _tables(region: Dialect | None) -> tuple[_Table, _Table, _Table]:
    """Weighted and closed tables of initials, rimes and tones."""
    if region is not None:
        return (
            _closed(_initials(region), _INITIAL_WEIGHT),
            _closed(_rimes(region), _RIME_WEIGHT),
            _closed(_tones(region), _TONE_WEIGHT),
        )
    three = [_tables(known) for known in DIALECTS]
    mixed = [
        [[_mixed([t[part][i][j] for t in three]) for j in range(size)] for i in range(size)]
        for part, size in enumerate((len(INITIAL_NAMES), len(RIME_NAMES), _N_TONES))
    ]
    return _closed(mixed[0], 1.0), _closed(mixed[1], 1.0), _closed(mixed[2], 1.0)


def _mixed(values: list[float]) -> float:
    """Between the nearest and the mean: the caller may well be from where the two are alike."""
    return (min(values) + sum(values) / len(values)) / 2


def _closed(table: _Table, weight: float) -> _Table:
    """Every distance no longer than any way round (Floyd and Warshall), then weighted."""
    closed = np.array(table)
    for k in range(len(table)):
        np.minimum(closed, closed[:, k : k + 1] + closed[k : k + 1, :], out=closed)
    weighted: _Table = (closed * weight).tolist()
    return weighted


def _square(names: Sequence[str], pairs: dict[tuple[str, str], float], far: float) -> _Table:
    return [[0.0 if a == b else min(pairs.get((a, b), far), pairs.get((b, a), far)) for b in names] for a in names]


def _initials(region: Dialect) -> _Table:
    return _square(INITIAL_NAMES, {**INITIAL_NEAR, **INITIAL[region]}, 1.0)


def _tones(region: Dialect) -> _Table:
    return _square(("ngang", "huyền", "sắc", "hỏi", "ngã", "nặng"), TONE[region], 0.9)


def _rimes(region: Dialect) -> _Table:
    parts = [_parts(rime) for rime in RIME_NAMES]
    table = [[_rime_distance(a, b, region) for b in parts] for a in parts]
    at = {name: k for k, name in enumerate(RIME_NAMES)}
    for (a, b), far in RIME[region].items():
        table[at[a]][at[b]] = table[at[b]][at[a]] = min(far, table[at[a]][at[b]])
    return table


def _parts(rime: str) -> tuple[bool, str, str]:
    """(rounded medial, nucleus, coda): "oang" → (True, "a", "ng"), "ao" → (False, "a", "u")."""
    medial = rime[:2] in ("oa", "oă", "oe", "uâ", "uê", "uy", "uơ") and rime != "ua"
    rest = rime[1:] if medial else rime
    coda = next((c for c in CODAS if c and rest.endswith(c) and len(rest) > len(c)), "")
    nucleus = rest.removesuffix(coda) if coda else rest
    glide = {"y": "i", "o": "u"}.get(coda, coda)
    if rest in ("ia", "ua", "ưa", "ya"):  # open forms of the diphthongs
        return medial, {"ia": "iê", "ua": "uô", "ưa": "ươ", "ya": "iê"}[rest], ""
    if rest in ("ay", "au"):
        nucleus = "ă"
    nucleus = nucleus.replace("y", "i").replace("oo", "o")
    return medial, nucleus, glide


def _rime_distance(a: tuple[bool, str, str], b: tuple[bool, str, str], region: Dialect) -> float:
    total = 0.25 if a[0] != b[0] else 0.0
    if a[1] != b[1]:
        total += 0.5 * min(NUCLEUS.get((a[1], b[1]), 1.0), NUCLEUS.get((b[1], a[1]), 1.0))
    if a[2] != b[2]:
        total += 0.5 * min(CODA[region].get((a[2], b[2]), 1.0), CODA[region].get((b[2], a[2]), 1.0))
    return min(1.0, total)
