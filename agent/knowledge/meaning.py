"""Passages found by meaning, where a business has an embedding model: vectors of their sentences and headings.

Cosines of two models are not alike, so the documents themselves tell what "near" is: a heading is to the sentences
under it what a question is to its answer, and to all others what it is to a wrong one. A model that cannot tell the two
apart finds nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agent.knowledge.passages import Passage
from core.budget import within
from core.logging import get_logger
from memory.embedding import Embedder, EmbeddingError, Vectors
from speech.text.privacy import mask

_log = get_logger("knowledge")
_AT_ONCE: Final = 64
_MOST_ROWS: Final = 20_000
"""Sentences and headings that get a vector; what comes after is found by words alone."""
_MOST_LETTERS: Final = 1000
_BUDGET_S: Final = 0.8
"""Longer no caller waits for the vector of a question."""
_FAILURES: Final = 3
_REST: Final = 20
"""After so many failures in a row the model is left alone for so many questions."""
_SAMPLE: Final = 300
"""Headings that say what "near" is."""
_LEAST_GAP: Final = 0.02
"""Of cosines between right and wrong; below, the model is of no use here."""
_SURE: Final = 0.8
"""Chance of an answer as near as headings usually are to theirs."""


@dataclass(frozen=True, slots=True)
class Near:
    """A passage near the question: chance that it answers, and by which sentence (None: by its heading)."""

    chance: float
    sentence: int | None


class Meaning:
    """Vectors of one set of passages. Made once, at start; ``vector`` is asked for every question."""

    def __init__(self, passages: Sequence[Passage], embedder: Embedder) -> None:
        """Blocks for as long as the model takes. Raises EmbeddingError."""
        self._embedder = embedder
        rows = [(k, n, text) for k, passage in enumerate(passages) for n, text in _texts(passage)][:_MOST_ROWS]
        self._owner = np.asarray([k for k, _, _ in rows], dtype=np.int64)
        self._sentence = np.asarray([n for _, n, _ in rows], dtype=np.int64)
        parts = [
            embedder.embed([text[:_MOST_LETTERS] for _, _, text in rows[at : at + _AT_ONCE]])
            for at in range(0, len(rows), _AT_ONCE)
        ]
        self._matrix = np.concatenate(parts) if parts else np.zeros((0, 1), dtype=np.float32)
        headings = [passage.heading for passage in passages]
        self.wrong, self.right = _measure(self._matrix, self._owner, self._sentence, headings)
        self._failed = self._resting = 0

    @property
    def useful(self) -> bool:
        """Does the model tell a heading's own sentences from others?"""
        return self.right - self.wrong >= _LEAST_GAP

    async def vector(self, question: str) -> Vectors | None:
        """Of a question, personal data masked; None when there is none in time."""
        if not self.useful:
            return None
        if self._resting > 0:
            self._resting -= 1
            return None
        try:
            async with within(_BUDGET_S):
                found = (await asyncio.to_thread(self._embedder.embed, [mask(question).text[:_MOST_LETTERS]]))[0]
        except (EmbeddingError, TimeoutError) as error:
            self._failed += 1
            _log.warning("question_vector_failed", error=type(error).__name__)
            if self._failed >= _FAILURES:
                self._failed, self._resting = 0, _REST
            return None
        self._failed = 0
        return found if found.shape == self._matrix.shape[1:] else None

    def near(self, vector: Vectors, most: int) -> dict[int, Near]:
        """The passages near enough, by their number, at most ``most``."""
        cosines = self._matrix @ vector
        found: dict[int, Near] = {}
        for row in np.argsort(-cosines, kind="stable"):
            passage = int(self._owner[row])
            if passage not in found:
                sentence = int(self._sentence[row])
                chance = (float(cosines[row]) - self.wrong) / (self.right - self.wrong)
                if chance <= 0:
                    break
                found[passage] = Near(_SURE * min(chance, 1.0), sentence if sentence >= 0 else None)
            if len(found) >= most:
                break
        return found


def _texts(passage: Passage) -> list[tuple[int, str]]:
    """Sentences by number, the heading's last part as -1."""
    heading = passage.heading.split(" > ")[-1]
    return [*([(-1, heading)] if heading else []), *enumerate(passage.sentences)]


def _measure(
    matrix: Vectors, owner: NDArray[np.int64], sentence: NDArray[np.int64], headings: Sequence[str]
) -> tuple[float, float]:
    """(cosine that nine in ten wrong passages stay below, usual cosine of right ones); equal where nobody can tell."""
    ids = {heading: k for k, heading in enumerate(dict.fromkeys(headings))}
    topic = np.asarray([ids[headings[k]] for k in owner], dtype=np.int64)
    rows = np.flatnonzero(sentence == -1)
    rows = rows[np.unique(topic[rows], return_index=True)[1]]
    right, wrong = [], []
    for row in rows[:: max(1, len(rows) // _SAMPLE)]:
        cosines = matrix @ matrix[row]
        own = (topic == topic[row]) & (sentence >= 0)
        others = topic != topic[row]
        if own.any() and others.any():
            right.append(float(cosines[own].max()))
            wrong.append(float(cosines[others].max()))
    if not right:
        return 1.0, 1.0
    return float(np.quantile(wrong, 0.9)), float(np.median(right))
