"""Signs of a repair: "từ Hà Nội à không từ Đà Nẵng" says something of one kind twice, often with the same words around.

A boundary is any place where the sentence may have been begun anew: behind a known interregnum (a phrase of a slot with
few, frequent values) or between any two tokens. The words before it are laid beside the words behind it, token by
token; alike are the same word, words of one cluster (like use in the training sentences), two numbers, two strangers.
"""

from __future__ import annotations

from typing import Final

from agent.nlu.lexicon import Lexicon

REACH: Final = 8
"""Longest reparandum that is looked at, in tokens."""
_WORTH: Final = {"w": 1.0, "f": 0.8, "d": 0.7, "c": 0.35, "u": 0.3, "-": -0.4}
Match = tuple[int, int, str]


def copy_features(words: list[str], lexicon: Lexicon, matches: list[Match]) -> list[list[str]]:
    """For each token the signs of repairs around it; names begin with y or z."""
    n = len(words)
    made: list[list[str]] = [[] for _ in range(n)]
    kinds = [_kind(word, lexicon) for word in words]
    for a, b, slot in matches:
        if a > 0 and b < n:
            _lay(made, words, kinds, a, b, f"y{slot[:2]}", least=-9.0)
    for b in range(1, n):
        _lay(made, words, kinds, b, b, "z", least=0.75)
    return made


def _kind(word: str, lexicon: Lexicon) -> tuple[int, int, bool, bool]:
    coarse, fine = lexicon.clusters.get(word, (-1, -1))
    return coarse, fine, word[:1].isdigit(), word not in lexicon.known


def _alike(words: list[str], kinds: list[tuple[int, int, bool, bool]], i: int, j: int) -> str:
    if words[i] == words[j]:
        return "w"
    one, other = kinds[i], kinds[j]
    if one[2] and other[2]:
        return "d"
    if one[1] >= 0 and one[1] == other[1]:
        return "f"
    if one[0] >= 0 and one[0] == other[0]:
        return "c"
    return "u" if one[3] and other[3] else "-"


def _lay(
    made: list[list[str]],
    words: list[str],
    kinds: list[tuple[int, int, bool, bool]],
    a: int,
    b: int,
    sign: str,
    least: float,
) -> None:
    """Finds where the words before ``a`` begin that the words from ``b`` on repeat, and notes it at every token."""
    n = len(words)
    best, start, first = least, -1, "-"
    for p in range(a - 1, max(-1, a - 1 - REACH), -1):
        begins = _alike(words, kinds, p, b)
        if begins == "-":
            continue
        worth = _WORTH[begins] * 1.5
        for k in range(1, min(a - p, n - b)):
            worth += _WORTH[_alike(words, kinds, p + k, b + k)] * 0.6
        if worth > best:
            best, start, first = worth, p, begins
    if start < 0:
        if least < -1:
            for t in range(a, b):
                made[t].append(f"{sign}none")
            for t in range(max(0, a - 4), a):
                made[t].append(f"{sign}none{a - t}")
        return
    grade = int(max(-1.0, min(best, 4.0)) * 2)
    size = a - start
    for t in range(max(0, a - REACH), a):
        inside = "in" if t >= start else "out"
        made[t] += [f"{sign}{inside}{first}", f"{sign}{inside}{grade}", f"{sign}{inside} {t - start} {first}"]
        made[t].append(f"{sign}{inside} {a - t} {size}")
    for t in range(a, b):
        made[t] += [f"{sign}im{first}", f"{sign}im{grade}"]
    for t in range(b, min(n, b + size)):
        made[t] += [f"{sign}rep{first}{grade}", f"{sign}rep{t - b}"]
