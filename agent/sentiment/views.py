"""Sentence to named features, in views that err differently: words with negation, letters, what the lexicon finds."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from agent.sentiment.lexicon import BREAKS, Hit, denied, find
from agent.sentiment.tokens import Token, tokenize
from speech.text.normalize import strip_marks

LETTERS = (2, 3, 4, 5, 6)
MOST_LETTERS = 400
"""Characters of a text that count; feelings are told in far fewer."""
MOST_TOKENS = 120


def named(text: str) -> tuple[list[Token], list[str], list[str]]:
    """Tokens, word features (with the lexicon's) and letter features of ``text``; features may come twice."""
    tokens = tokenize(text[: 8 * MOST_LETTERS])[:MOST_TOKENS]
    words = [token.text for token in tokens]
    return tokens, [*word_features(words), *lexicon_features(tokens, find(words))], letter_features(words)


def word_features(words: Sequence[str]) -> list[str]:
    """Groups of one to three words, two with a gap, negated words, words without marks."""
    edged = ["<", *words, ">"]
    made = [f"1{x}" for x in words]
    made += [f"2{x} {y}" for x, y in pairwise(edged)]
    made += [f"3{x} {y} {z}" for x, y, z in zip(edged, edged[1:], edged[2:], strict=False)]
    made += [f"4{x} {z}" for x, z in zip(edged, edged[2:], strict=False)]
    under = denied(words)
    made += [f"5{word}" for word, no in zip(words, under, strict=True) if no and word not in BREAKS]
    plain = [strip_marks(word) for word in words]
    made += [f"6{x}" for x in plain]
    made += [f"7{x} {y}" for x, y in pairwise(plain)]
    return made


def letter_features(words: Sequence[str]) -> list[str]:
    """Groups of two to six characters over the spelt words, blanks included."""
    line = f" {' '.join(words)} "[:MOST_LETTERS]
    return [line[k : k + n] for n in LETTERS for k in range(len(line) - n + 1)]


def lexicon_features(tokens: Sequence[Token], hits: Sequence[Hit]) -> list[str]:
    """What the lexicon found: feelings with negation, balance, the last word on it, what follows "nhưng"."""
    made = [f"L{name}{'-' if hit.negated else ''}" for hit in hits for name in hit.feelings]
    words = [token.text for token in tokens]
    total = sum(hit.strength for hit in hits)
    made += [f"Lsum{_step(total)}", f"Lmany{min(len(hits), 5)}", f"Llen{min(len(tokens).bit_length(), 7)}"]
    if hits:
        made += [f"Llast{_step(hits[-1].strength)}", f"Lfirst{_step(hits[0].strength)}"]
        made += [f"Lmin{_step(min(h.strength for h in hits))}", f"Lmax{_step(max(h.strength for h in hits))}"]
    for turn in ("nhưng", "mà", "tuy"):
        if turn in words:
            place = words.index(turn)
            before = sum(h.strength for h in hits if h.end <= place)
            made.append(f"L{turn}{_step(before)}{_step(total - before)}")
    made += [f"Lstretch{min(sum(token.stretched for token in tokens), 3)}"]
    made += [f"Lmark{token.text[:2]}" for token in tokens if token.kind == "mark"]
    made += [f"Lkind{token.kind}" for token in tokens if token.kind in ("emoji", "emoticon", "number")]
    return made


def _step(value: float) -> str:
    return (
        "+"
        if value > 1
        else "p"
        if value > 0.2
        else "n"
        if value < -0.2 and value >= -1
        else "-"
        if value < -1
        else "0"
    )
