"""Vietnamese words as syllables, and edit distances between many pairs of texts at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cpdist

_FIRST = 0x10000
"""Each distinct syllable becomes one character from here on; the planes above the first hold a million of them."""

_TONE_MARKS = "[\u0300\u0301\u0303\u0309\u0323]"
"""Grave, acute, tilde, hook above, dot below: the five written tones. Circumflex, breve and horn are letters."""


def plain(texts: Any) -> pa.Array:
    """NFC, lower case, punctuation out, one blank between syllables; missing text is empty."""
    column = pa.array(texts, pa.large_string(), from_pandas=True)
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    column = pc.utf8_lower(pc.utf8_normalize(pc.fill_null(column, ""), "NFC"))
    return pc.utf8_trim_whitespace(pc.replace_substring_regex(column, r"[^\p{L}\p{N}\p{M}]+", " "))


def toneless(plain_texts: pa.Array) -> pa.Array:
    """Without the five tones: "thứ sáu" → "thư sau"."""
    bare = pc.replace_substring_regex(pc.utf8_normalize(plain_texts, "NFD"), _TONE_MARKS, "")
    return pc.utf8_normalize(bare, "NFC")


def count(plain_texts: pa.Array) -> np.ndarray:
    """Number of syllables of each text."""
    blanks = pc.count_substring(plain_texts, " ").to_numpy(zero_copy_only=False)
    return np.where(pc.utf8_length(plain_texts).to_numpy(zero_copy_only=False) > 0, blanks + 1, 0).astype(np.int64)


def distances(references: pa.Array, recognised: pa.Array) -> np.ndarray:
    """Least number of syllables to insert, delete or replace, pair by pair. Both sides are ``plain`` texts."""
    rows = len(references)
    if not rows:
        return np.zeros(0, np.int64)
    words = _as_characters(pa.concat_arrays([references, recognised]))
    return np.asarray(cpdist(words[:rows], words[rows:], scorer=Levenshtein.distance, dtype=np.int32)).astype(np.int64)


def _as_characters(plain_texts: pa.Array) -> list[str]:
    """Each text with every distinct syllable replaced by one character, so that string distance counts syllables."""
    lists = pc.split_pattern(plain_texts, " ")
    codes = lists.flatten().dictionary_encode().indices.to_numpy().astype(np.int64)
    if len(codes) and codes.max() > 0x10FFFF - _FIRST:
        raise ValueError("more than a million distinct words in one pass; load in chunks")
    everything = (codes + _FIRST).astype("<u4").tobytes().decode("utf-32-le")
    ends = np.cumsum(pc.list_value_length(lists).to_numpy()).tolist()
    texts = [everything[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]
    for position in np.flatnonzero(count(plain_texts) == 0).tolist():
        texts[position] = ""
    return texts
