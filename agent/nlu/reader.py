"""Sentence to numbered features, per token: words, neighbours, letters, clusters, known values, far words, repetitions.

The first character of a name tells its kind. What a word or a few neighbours give is kept in numbers, since they come
again and again: making and looking up some seventy names a token took most of a prediction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

from agent.nlu.copies import copy_features
from agent.nlu.features import bare, shape
from agent.nlu.lexicon import Lexicon

LOCAL = "0pqsthmklgyzr"
"""First letters of the features that tell of the token itself."""
REACH = 12
"""How far back a repeated word may be for a repair ("từ Hà Nội à không từ Đà Nẵng"), in tokens."""
FAR = 8
MOST_KEPT = 50_000
"""Keys of one kind that are kept, so that a process that reads for weeks does not grow."""

Match = tuple[int, int, str]
Number = Callable[[str], int | None]


class _Kept(dict[Any, Any]):
    """Key → the lists of names that ``make`` has for it, in numbers."""

    def __init__(self, make: Callable[..., Iterable[Sequence[str]]], number: Number) -> None:
        super().__init__()
        self._make, self._number = make, number

    def __missing__(self, key: Any) -> tuple[list[int], ...]:
        if len(self) >= MOST_KEPT:
            self.clear()
        made = tuple([n for n in map(self._number, names) if n is not None] for names in self._make(*key))
        self[key] = made
        return made


class Reader:
    """Reads sentences. ``number`` gives the number of a name, None for one that is not used."""

    def __init__(self, lexicon: Lexicon, number: Number) -> None:
        self._lexicon, self._number = lexicon, number
        self._word = _Kept(self._of_word, number)
        self._edge = _Kept(lambda x: ([f"5{x}"], [f"6{x}"]), number)
        self._pair = _Kept(self._of_pair, number)
        self._triple = _Kept(self._of_triple, number)
        self._value = _Kept(_of_value, number)
        self._kinds = _Kept(_of_kinds, number)
        self._border = _Kept(_of_border, number)
        self._far = _Kept(lambda sign, word, g: ([f"{sign}{word}", f"{sign}g{g} {word}"],), number)

    def rows(self, tokens: Sequence[str], words: list[str], matches: list[Match]) -> list[list[int]]:
        """For each token the numbers of its features, each once; ``words`` are the lower-case tokens."""
        known, n = self._lexicon.known, len(words)
        pad = ["<s>"] * 3
        w = [*pad, *(word if word in known else "<unk>" for word in words), "</s>", "</s>", "</s>"]
        pairs = [self._pair[two] for two in pairwise(w)]
        triples = [self._triple[three] for three in zip(w, w[1:], w[2:], strict=False)]
        inside = [""] * n
        before, after = _around(n, matches, inside)
        beside = ["", *inside, ""]
        signs = self._signs(words, matches)
        made = []
        for t, token in enumerate(tokens):
            k, g = t + 3, inside[t]
            a, b, d = w[k - 2], w[k - 1], w[k + 1]
            one = [
                *self._word[(token,)][0], *self._edge[(w[k - 3],)][0], *self._edge[(w[k + 3],)][1],
                *pairs[k - 2][0], *pairs[k + 1][1], *pairs[k - 1][2], *pairs[k][3],
                *triples[k - 2][0], *triples[k - 1][1], *triples[k][2],
                *self._value[g, a, b, d][0], *self._kinds[g, beside[t], beside[t + 2], before[t], after[t], b, d][0],
            ]  # fmt: skip
            if g:
                start, end = _edges(t, inside)
                one += self._border[g, w[start + 1], w[start + 2], w[end + 3]][0]
            one += self._heard(words, t, g)
            if signs[t]:
                one += {at for at in map(self._number, signs[t]) if at is not None}
            made.append(one)
        return made

    def _heard(self, words: list[str], t: int, g: str) -> list[int]:
        """Frequent words that stand three to eight tokens away."""
        triggers, made = self._lexicon.triggers, []
        for sign, near in (("<", words[max(0, t - FAR) : max(0, t - 2)]), (">", words[t + 3 : t + FAR + 1])):
            for word in dict.fromkeys(near):  # a set would add up in another order in every process
                if word in triggers:
                    made += self._far[sign, word, g][0]
        return made

    def _signs(self, words: list[str], matches: list[Match]) -> list[list[str]]:
        repeats = _repeats(words)
        if not self._lexicon.repairs:
            return repeats
        return [a + b for a, b in zip(repeats, copy_features(words, self._lexicon, matches), strict=True)]

    def _clusters(self, word: str) -> tuple[int, int]:
        return self._lexicon.clusters.get(word, (-1, -1))

    def _of_word(self, token: str) -> list[list[str]]:
        raw = token.lower()
        x = raw if raw in self._lexicon.known else "<unk>"
        coarse, fine = self._clusters(x)
        made = [
            "bias", f"0{x}", f"p{raw[:2]}", f"q{raw[:3]}", f"s{raw[-2:]}", f"t{raw[-3:]}", f"h{shape(token)}",
            f"m{bare(raw)}", f"k{coarse}", f"l{fine}",
        ]  # fmt: skip
        parts = raw.split("_")
        return [[*made, f"y{parts[0]}", f"z{parts[-1]}"] if len(parts) > 1 else made]

    def _of_pair(self, u: str, v: str) -> list[list[str]]:
        """As the two before, the two behind, the one before and the token, the token and the one behind."""
        (rough, one), (_, other) = self._clusters(u), self._clusters(v)
        return [
            [f"3{u}", f"1{v}", f"9{u} {v}", f"K{other}", f"P{rough} {other}"],
            [f"2{u}", f"4{v}", f"a{u} {v}", f"L{one}"],
            [f"7{u} {v}", f"M{one} {other}"],
            [f"8{u} {v}", f"N{one} {other}"],
        ]

    def _of_triple(self, u: str, v: str, w: str) -> list[list[str]]:
        """With the token last, in the middle, first."""
        one, other, third = self._clusters(u), self._clusters(v), self._clusters(w)
        return [
            [f"c{u} {v} {w}", f"Q{one[1]} {other[1]} {third[0]}"],
            [f"b{u} {w}", f"d{u} {v} {w}", f"O{one[1]} {other[0]} {third[1]}"],
            [f"e{u} {v} {w}"],
        ]


def _of_value(g: str, a: str, b: str, d: str) -> list[list[str]]:
    return [[f"g{g}", f"G{g} {b}", f"H{g} {a} {b}", f"I{g} {d}"]]


def _of_kinds(g: str, last: str, following: str, before: str, after: str, b: str, d: str) -> list[list[str]]:
    return [[f"J{g} {last}", f"R{g} {following}", f"S{g} {before}", f"T{g} {after}", f"U{before} {b}", f"V{after} {d}"]]


def _of_border(g: str, far: str, left: str, right: str) -> list[list[str]]:
    return [[f"u{g[2:]} {left}", f"v{g[2:]} {right}", f"w{g[2:]} {far} {left}", f"x{g} {left} {right}"]]


def _edges(t: int, inside: list[str]) -> tuple[int, int]:
    """First token of the match around ``t`` and the token after its last."""
    start, end = t, t + 1
    while start > 0 and inside[start][:1] == "I":
        start -= 1
    while end < len(inside) and inside[end][:1] == "I":
        end += 1
    return start, end


def _around(n: int, matches: list[Match], inside: list[str]) -> tuple[list[str], list[str]]:
    """Fills ``inside`` with B-/I- kinds; returns for each token the kind of the match before and after it."""
    before, after = [""] * n, [""] * n
    for start, end, kinds in matches:
        for t in range(start, end):
            inside[t] = ("B-" if t == start else "I-") + kinds
        for t in range(end, n):
            before[t] = kinds
    for start, _end, kinds in reversed(matches):
        for t in range(start):
            after[t] = kinds
    return before, after


def _repeats(words: list[str]) -> list[list[str]]:
    """Signs of a repair: the word comes again, or stands between a word and its repetition."""
    n = len(words)
    made: list[list[str]] = [[] for _ in range(n)]
    for i in range(n):
        for j in range(i + 1, min(n, i + REACH + 1)):
            if words[j] != words[i]:
                continue
            gap, end = min(j - i, 6), words[j - 1]
            two = j + 1 < n and words[i + 1] == words[j + 1]
            made[i] += ["r>", f"r>{gap}", f"r>{end}", f"r>{words[j - 2] if j - 2 > i else ''} {end}", f"r2{two}"]
            made[j] += ["r<", f"r<{gap}", f"r<{end}"]
            for t in range(i + 1, j):
                far = min(j - t, 5)
                made[t] += ["r=", f"r={end}", f"r-{far}", f"r={words[j - 2]} {end}", f"r+{end} {far}"]
            break
    return made
