"""Named features of a sentence for its intent, and what the tags need too: shapes, letters without marks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from speech.text.normalize import strip_marks

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


bare = lru_cache(maxsize=8192)(strip_marks)


def lower(tokens: Sequence[str]) -> list[str]:
    return [token.lower() for token in tokens]


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
    plain = f" {' '.join(map(bare, words))} "
    for size in (4, 5):
        made |= {f"c{plain[k : k + size]}" for k in range(len(plain) - size + 1)}
    return list(made)
