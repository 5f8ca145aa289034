"""Text to hashed features: words and pairs with tones, words and letter groups without. Robust to lost tones."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from speech.text.normalize import common_words, fold, strip_marks

DIMENSIONS = 1 << 14
MAX_WORDS = 40
"""Longer turns are read by their head and tail: people say the point first or last."""


@lru_cache(maxsize=2048)
def normal(text: str) -> str:
    """Folded, regional words in common form, at most MAX_WORDS words."""
    words = common_words(fold(text)).split()
    if len(words) > MAX_WORDS:
        words = words[: MAX_WORDS // 2] + words[-MAX_WORDS // 2 :]
    return " ".join(words)


def indices(text: str) -> NDArray[np.int32]:
    """Distinct feature numbers of ``text``, in 0 … DIMENSIONS − 1."""
    toned = normal(text).split()
    plain = [strip_marks(word) for word in toned]
    names = {f"t{word}" for word in toned}
    names |= {f"p{word}" for word in plain}
    for tag, words in (("T", toned), ("P", plain)):
        edged = ["<", *words, ">"]
        names |= {f"{tag}{a}_{b}" for a, b in pairwise(edged)}
    names |= {f"3{a}_{b}_{c}" for a, b, c in zip(plain, plain[1:], plain[2:], strict=False)}
    joined = f" {' '.join(plain)} "
    for n in (3, 4):
        names |= {f"{n}{joined[k : k + n]}" for k in range(len(joined) - n + 1)}
    return np.fromiter({crc32(name.encode()) % DIMENSIONS for name in names}, np.int32)
