"""A compact syllable trigram: who may follow whom, and how the start of a syllable may go on.

Stored as sorted ids and quantised log-probabilities (natural logarithm, steps of 1/16) in back-off form; made by
``models/language/make.py``. A *context* is the last two syllables; contexts are built when first met and shared by
all calls. Besides words a context knows the best word of each initial and of each initial + rime, so that the decoder
may use the model before a syllable is complete.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from speech.recognition.units import RIME_NAMES, RIMES, TONES, syllable_to_units, units_to_syllable

N_RIMES = len(RIME_NAMES)
N_TONES = len(TONES)
STEPS = 16.0
"""Quantisation steps per nat."""
OOV_LOGP = -14.0
"""A possible syllable that the model has never seen, at the lowest level."""
_MAX_CONTEXTS = 10_000


def pair_id(initial: int, rime: int) -> int:
    """One number for initial + rime unit ids."""
    return initial * N_RIMES + (rime - RIMES.start)


class Context:
    """Scores after a history: own entries, and a weight for what only the shorter history knows."""

    __slots__ = ("backoff", "initials", "lower", "pairs", "words")

    def __init__(self, words: dict[int, float], backoff: float, lower: Context | None, pair_of: list[int]) -> None:
        self.words, self.backoff, self.lower = words, backoff, lower
        self.pairs: dict[int, float] = {}
        self.initials: dict[int, float] = {}
        for word, logp in words.items():
            pair = pair_of[word]
            if logp > self.pairs.get(pair, -99.0):
                self.pairs[pair] = logp
        if lower is not None:
            for pair, logp in self.pairs.items():
                self.pairs[pair] = max(logp, backoff + lower.pair(pair))
        for pair, logp in self.pairs.items():
            initial = pair // N_RIMES
            if logp > self.initials.get(initial, -99.0):
                self.initials[initial] = logp
        if lower is not None:
            for initial, logp in self.initials.items():
                self.initials[initial] = max(logp, backoff + lower.initial(initial))

    def word(self, word: int) -> float:
        """Log-probability of a word."""
        at: Context | None = self
        total = 0.0
        while at is not None:
            logp = at.words.get(word)
            if logp is not None:
                return total + logp
            total += at.backoff
            at = at.lower
        return total + OOV_LOGP

    def pair(self, pair: int) -> float:
        """Log-probability of the best word with this initial and rime."""
        at: Context | None = self
        total = 0.0
        while at is not None:
            logp = at.pairs.get(pair)
            if logp is not None:
                total += logp
                break
            total += at.backoff
            at = at.lower
        else:
            total += OOV_LOGP
        self.pairs[pair] = total  # kept for next time
        return total

    def initial(self, initial: int) -> float:
        """Log-probability of the best word with this initial."""
        at: Context | None = self
        total = 0.0
        while at is not None:
            logp = at.initials.get(initial)
            if logp is not None:
                total += logp
                break
            total += at.backoff
            at = at.lower
        else:
            total += OOV_LOGP
        self.initials[initial] = total  # kept for next time
        return total


class LanguageModel:
    """Trigram over syllables. Word ids: 0 <s>, 1 </s>, 2 … the vocabulary, then any other possible syllable.

    Not thread-safe while new contexts are built beyond what the interpreter lock gives (they are only ever added).
    """

    START, END = 0, 1

    def __init__(self, path: Path) -> None:
        with np.load(path) as data:
            self.vocabulary: tuple[str, ...] = tuple(bytes(data["vocabulary"]).decode().split("\n"))
            uni, uni_backoff = data["uni"].astype(np.float32), data["uni_backoff"].astype(np.float32)
            self._bi_at, self._bi_id = data["bi_at"], data["bi_id"]
            self._bi, self._bi_backoff = data["bi"], data["bi_backoff"]
            self._tri_at, self._tri_id, self._tri = data["tri_at"], data["tri_id"], data["tri"]
        self._uni_backoff: list[float] = uni_backoff.tolist()
        size = len(self.vocabulary)
        self._pair_of: list[int] = [-1, -1]
        self._id_of: dict[int, int] = {}
        for k, syllable in enumerate(self.vocabulary[2:], 2):
            units = syllable_to_units(syllable)
            assert units is not None
            pair = pair_id(units[0], units[1])
            self._pair_of.append(pair)
            self._id_of[pair * N_TONES + units[2] - TONES.start] = k
        self._first_free = size
        self.root = Context(dict(enumerate(uni.tolist())), 0.0, None, self._pair_of)
        self._contexts: dict[int, Context] = {}
        self.start = self._of_one(self.START)

    def __len__(self) -> int:
        return len(self.vocabulary)

    def word_of(self, pair: int, tone: int) -> int:
        """Word id of a syllable given as pair id and tone unit."""
        code = pair * N_TONES + tone - TONES.start
        return self._id_of.get(code, self._first_free + code)

    def word_id(self, syllable: str) -> int | None:
        """Word id of a written syllable; None if it is no Vietnamese syllable."""
        units = syllable_to_units(syllable)
        return None if units is None else self.word_of(pair_id(units[0], units[1]), units[2])

    def pair_of(self, word: int) -> int:
        """Pair id of a word."""
        return self._pair_of[word] if word < self._first_free else (word - self._first_free) // N_TONES

    def spelling(self, word: int) -> str:
        """How a word is written."""
        if word < self._first_free:
            return self.vocabulary[word]
        code = word - self._first_free
        pair, tone = divmod(code, N_TONES)
        return units_to_syllable(pair // N_RIMES, RIMES.start + pair % N_RIMES, TONES.start + tone)

    def after(self, before: int, last: int) -> Context:
        """The context of the two last words (START before the first)."""
        if last >= self._first_free:
            return self.root
        key = before * (1 << 20) + last
        found = self._contexts.get(key)
        if found is None:
            if len(self._contexts) > _MAX_CONTEXTS:
                self._contexts.clear()
            found = self._contexts[key] = self._of_two(before, last)
        return found

    def _of_one(self, last: int) -> Context:
        key = -1 - last
        found = self._contexts.get(key)
        if found is None:
            lo, hi = self._bi_at[last], self._bi_at[last + 1]
            words = _entries(self._bi_id[lo:hi], self._bi[lo:hi])
            found = self._contexts[key] = Context(words, self._uni_backoff[last], self.root, self._pair_of)
        return found

    def _of_two(self, before: int, last: int) -> Context:
        lower = self._of_one(last)
        if before >= self._first_free:
            return lower
        lo, hi = int(self._bi_at[before]), int(self._bi_at[before + 1])
        k = lo + int(np.searchsorted(self._bi_id[lo:hi], last))
        if k >= hi or self._bi_id[k] != last:
            return lower
        first, end = self._tri_at[k], self._tri_at[k + 1]
        if first == end:
            return lower
        words = _entries(self._tri_id[first:end], self._tri[first:end])
        return Context(words, -float(self._bi_backoff[k]) / STEPS, lower, self._pair_of)

    def score(self, words: list[int]) -> float:
        """Log-probability of a whole sentence, its end included."""
        before, last, context, total = self.START, self.START, self.start, 0.0
        for word in [*words, self.END]:
            total += context.word(word)
            before, last = last, word
            context = self.after(before, last)
        return total


def _entries(ids: NDArray[np.uint16], quantised: NDArray[np.uint8]) -> dict[int, float]:
    return dict(zip(ids.tolist(), (quantised.astype(np.float32) * np.float32(-1 / STEPS)).tolist(), strict=True))
