"""Plain forms of Vietnamese text: folded, without tones, regional words in their common form."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_PUNCTUATION = re.compile(r"(?<=\d)[.,:/\-](?=\d)|([^\w\s%₫+]|_)")
_TONE_MARKS = str.maketrans("", "", "\u0300\u0301\u0303\u0309\u0323")


@lru_cache(maxsize=1024)
def fold(text: str) -> str:
    """NFC, lower case, one blank between words, punctuation out (kept inside numbers: 2.500.000, 14:30)."""
    text = unicodedata.normalize("NFC", text).lower()
    return " ".join(_PUNCTUATION.sub(lambda m: " " if m.group(1) else m.group(0), text).split())


def strip_tones(text: str) -> str:
    """Without tone marks but with the letters' own (ă â đ ê ô ơ ư), for tolerant matching: "thứ sáu" → "thư sau"."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).translate(_TONE_MARKS))


def strip_marks(text: str) -> str:
    """Plain ASCII letters: "đồng ý" → "dong y"."""
    text = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(c for c in text if not unicodedata.combining(c))


_PLAIN: dict[str, str] = {"bẩy": "bảy", "tỉ": "tỷ", "chẳng": "không", "chả": "không"}
"""Spellings and words of the common language that understanding takes for one."""
_KEEP: dict[str, frozenset[str]] = {
    "chả": frozenset(("cá", "giò", "lụa", "mực", "lá", "ram", "chìa", "cốm", "quế")), "chẳng": frozenset(("hạn",)),
    "tỉ": frozenset(("số", "lệ", "mỉ", "giá", "trọng")),
}  # fmt: skip
"""Words behind which they stay."""


@lru_cache(maxsize=1024)
def common_words(text: str) -> str:
    """Folded ``text`` for understanding: regional words in their common form, words that mean something else kept.

    The words and their traps are those of ``speech.text.dialects``.
    """
    from speech.text.dialects import standardise  # its users import this module for fold

    words = standardise(text).text.split()
    for k, word in enumerate(words):
        plain = _PLAIN.get(word)
        if plain is None or (k + 1 < len(words) and words[k + 1] in _KEEP.get(word, ())):
            continue
        if not (word == "chả" and k and words[k - 1] in ("bún", "giò", "cơm")):
            words[k] = plain
    return " ".join(words)
