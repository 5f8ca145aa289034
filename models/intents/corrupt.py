"""What a telephone recogniser does to words: tones lost or changed, sounds confused, syllables dropped or added."""

from __future__ import annotations

import random
import unicodedata

_TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
_STARTS = (
    ("tr", "ch"), ("ch", "tr"), ("s", "x"), ("x", "s"), ("gi", "d"), ("d", "gi"), ("r", "d"), ("d", "v"), ("v", "d"),
    ("l", "n"), ("n", "l"), ("qu", "g"), ("kh", "h"), ("b", "m"), ("đ", "t"), ("t", "th"), ("c", "g"), ("ph", "h"),
)  # fmt: skip
_ENDS = (("n", "ng"), ("ng", "n"), ("t", "c"), ("c", "t"), ("nh", "n"), ("m", "n"), ("ch", "t"), ("i", ""), ("p", "t"))
_FILLERS = ("à", "ờ", "ừm", "thì", "dạ", "ạ", "ơ", "là", "mà")


def retone(word: str, rng: random.Random) -> str:
    """The same letters with another tone."""
    parts = unicodedata.normalize("NFD", word)
    bare = "".join(c for c in parts if c not in _TONES[1:])
    vowel = max((k for k, c in enumerate(bare) if c in "aeiouy"), default=-1)
    if vowel < 0:
        return word
    end = vowel + 1
    while end < len(bare) and unicodedata.combining(bare[end]):
        end += 1
    return unicodedata.normalize("NFC", bare[:end] + rng.choice(_TONES) + bare[end:])


def _confused(word: str, rng: random.Random) -> str:
    starts = [(a, b) for a, b in _STARTS if word.startswith(a) and len(word) > len(a)]
    ends = [(a, b) for a, b in _ENDS if word.endswith(a) and len(word) > len(a) + 1]
    if starts and (not ends or rng.random() < 0.5):
        a, b = rng.choice(starts)
        return b + word[len(a) :]
    if ends:
        a, b = rng.choice(ends)
        return word[: -len(a)] + b
    return word


def corrupt(text: str, rate: float, rng: random.Random) -> str:
    """``text`` with about ``rate`` of its syllables wrong: 65 % tones, 20 % sounds, 10 % dropped, 5 % added."""
    out: list[str] = []
    for word in text.split():
        if rng.random() >= rate:
            out.append(word)
            continue
        kind = rng.random()
        if kind < 0.65:
            out.append(retone(word, rng))
        elif kind < 0.85:
            out.append(_confused(word, rng))
        elif kind >= 0.95:
            out += [word, rng.choice(_FILLERS)]
    return " ".join(out)
