"""Sentence to named features: per token for tags, per sentence for the intent. Names are interned by the models."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from agent.nlu.copies import copy_features
from agent.nlu.lexicon import Lexicon
from speech.text.normalize import strip_marks

LOCAL = "0pqsthmklgyzr"
"""First letters of the features that tell of the token itself."""
REACH = 12
"""How far back a repeated word may be for a repair ("từ Hà Nội à không từ Đà Nẵng"), in tokens."""
FAR = 8

Match = tuple[int, int, str]
Span = tuple[int, int, str]


@lru_cache(maxsize=8192)
def shape(token: str) -> str:
    """Kinds of characters, runs shortened: "VN-123" → "X-d3", "Hà_Nội" → "Xx_Xx"."""
    if token.isdigit():
        return f"d{len(token)}"
    made = ""
    for c in token:
        sign = "d" if c.isdigit() else "X" if c.isupper() else "x" if c.isalpha() else c
        if not made.endswith(sign):
            made += sign
    return made


_bare = lru_cache(maxsize=8192)(strip_marks)


def lower(tokens: Sequence[str]) -> list[str]:
    return [token.lower() for token in tokens]


def token_features(tokens: Sequence[str], words: list[str], lexicon: Lexicon, matches: list[Match]) -> list[list[str]]:
    """For each token its features; ``words`` are the lower-case tokens."""
    known, clusters = lexicon.known, lexicon.clusters
    n = len(words)
    pad = ["<s>"] * 3
    w = [*pad, *(word if word in known else "<unk>" for word in words), "</s>", "</s>", "</s>"]
    c = [clusters.get(word, (-1, -1)) for word in w]
    inside = [""] * n
    before, after = _around(n, matches, inside)
    repeats = _repeats(words)
    copies = copy_features(words, lexicon, matches) if lexicon.repairs else []
    made = []
    for t in range(n):
        k = t + 3
        a, b, x, d, e = w[k - 2], w[k - 1], w[k], w[k + 1], w[k + 2]
        g, raw = inside[t], words[t]
        one = [
            "bias", f"0{x}", f"1{b}", f"2{d}", f"3{a}", f"4{e}", f"5{w[k - 3]}", f"6{w[k + 3]}",
            f"7{b} {x}", f"8{x} {d}", f"9{a} {b}", f"a{d} {e}", f"b{b} {d}", f"c{a} {b} {x}", f"d{b} {x} {d}",
            f"e{x} {d} {e}", f"p{raw[:2]}", f"q{raw[:3]}", f"s{raw[-2:]}", f"t{raw[-3:]}", f"h{shape(tokens[t])}",
            f"m{_bare(raw)}",
            f"k{c[k][0]}", f"l{c[k][1]}", f"K{c[k - 1][1]}", f"L{c[k + 1][1]}", f"M{c[k - 1][1]} {c[k][1]}",
            f"N{c[k][1]} {c[k + 1][1]}", f"O{c[k - 1][1]} {c[k][0]} {c[k + 1][1]}", f"P{c[k - 2][0]} {c[k - 1][1]}",
            f"Q{c[k - 2][1]} {c[k - 1][1]} {c[k][0]}",
            f"g{g}", f"G{g} {b}", f"H{g} {a} {b}", f"I{g} {d}", f"J{g} {inside[t - 1] if t else ''}",
            f"R{g} {inside[t + 1] if t + 1 < n else ''}", f"S{g} {before[t]}", f"T{g} {after[t]}",
            f"U{before[t]} {b}", f"V{after[t]} {d}",
        ]  # fmt: skip
        if g:
            start, end = _edges(t, inside)
            left, right = w[start + 2], w[end + 3]
            one += [f"u{g[2:]} {left}", f"v{g[2:]} {right}", f"w{g[2:]} {w[start + 1]} {left}", f"x{g} {left} {right}"]
        if "_" in raw:
            parts = raw.split("_")
            one += [f"y{parts[0]}", f"z{parts[-1]}"]
        for j in range(max(0, t - FAR), t - 2):
            if words[j] in lexicon.triggers:
                one += [f"<{words[j]}", f"<g{g} {words[j]}"]
        for j in range(t + 3, min(n, t + FAR + 1)):
            if words[j] in lexicon.triggers:
                one += [f">{words[j]}", f">g{g} {words[j]}"]
        one += repeats[t]
        if copies:
            one += copies[t]
        made.append(one)
    return made


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


def sentence_features(words: list[str], matches: list[Match], found: list[Span]) -> list[str]:
    """Distinct features for the intent: word and letter groups, the same with values named by kind, and the slots.

    ``found`` are the slots of the sentence, true ones in training and predicted ones later.
    """
    made = {"bias", f"len{min(len(words) // 4, 6)}", f"first {' '.join(words[:2])}"}
    named: list[str] = []
    place = 0
    for start, end, kinds in matches:
        named += [*words[place:start], f"<{kinds}>"]
        place = end
    named += words[place:]
    slots = [name for _, _, name in found]
    made |= {f"S{name}" for name in slots} | {f"T{a} {b}" for a, b in pairwise(["<", *slots, ">"])}
    made.add(f"count{min(len(slots), 5)}")
    replaced: list[str] = []
    place = 0
    for start, end, name in found:
        replaced += [*words[place:start], f"<{name}>"]
        place = end
    replaced += words[place:]
    lines = (("w", words), ("n", named), ("r", replaced)) if found else (("w", words), ("n", named))
    for tag, line in lines:
        edged = ["<", *line, ">"]
        made |= {f"{tag}{x}" for x in line}
        made |= {f"{tag}{x} {y}" for x, y in pairwise(edged)}
        made |= {f"{tag}{x} {y} {z}" for x, y, z in zip(edged, edged[1:], edged[2:], strict=False)}
        made |= {f"{tag}{x} * {z}" for x, z in zip(edged, edged[2:], strict=False)}
    plain = f" {' '.join(map(_bare, words))} "
    for size in (4, 5):
        made |= {f"c{plain[k : k + size]}" for k in range(len(plain) - size + 1)}
    return list(made)
