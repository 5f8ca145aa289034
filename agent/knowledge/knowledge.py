"""``Knowledge``: a folder of documents that answers questions with sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent.knowledge.answers import Answer, Found
from agent.knowledge.documents import Complaint, Document, read_folder
from agent.knowledge.index import Index
from agent.knowledge.judging import Asked, judge, search_weights, take_apart
from agent.knowledge.meaning import Meaning, Near
from agent.knowledge.passages import Passage, passages
from agent.knowledge.readings import acronyms, readings
from agent.knowledge.words import syllables, terms
from memory.embedding import Embedder, Vectors

_CANDIDATES: Final = 12
_HEADING: Final = 2
"""How often words of a heading count."""
_ROOM: Final = {True: 45, False: 120}
"""Syllables of an answer for the ear (about twelve seconds) and for the eye."""


@dataclass(frozen=True, slots=True)
class KnowledgeOptions:
    """``least`` is the confidence below which there is no answer."""

    least: float = 0.35


class Knowledge:
    """Read-only, so one serves all conversations. ``complaints`` are for the business, never for a customer."""

    def __init__(self, documents: Iterable[Document], options: KnowledgeOptions = KnowledgeOptions()) -> None:
        held = list(documents)
        self.documents: tuple[str, ...] = tuple(d.name for d in held if d.blocks)
        self.complaints: tuple[Complaint, ...] = tuple(c for d in held for c in d.complaints)
        self.passages: Sequence[Passage] = passages(held)
        self._options = options
        self._names = acronyms(p.text for p in self.passages)
        self._index = Index(_passage_terms(p) for p in self.passages)
        self.meaning: Meaning | None = None

    @classmethod
    def load(cls, folder: Path | str, options: KnowledgeOptions = KnowledgeOptions()) -> Knowledge:
        """Read every document below ``folder``. Raises InputError if there is no such folder."""
        return cls(read_folder(Path(folder)), options)

    def learn_meaning(self, embedder: Embedder) -> Meaning:
        """Find by meaning too from now on. Blocks while the model reads all passages. Raises EmbeddingError."""
        self.meaning = Meaning(self.passages, embedder)
        return self.meaning

    async def vector(self, question: str) -> Vectors | None:
        """What ``find`` and ``answer`` need to find by meaning; None where nothing is configured or in time."""
        return await self.meaning.vector(question) if self.meaning is not None else None

    def answer(self, question: str, *, voice: bool = True, vector: Vectors | None = None) -> Answer | None:
        """The best sentences, short enough for the ear or the eye; None when nothing is sure enough."""
        found = self.find(question, 1, vector)
        if not found or found[0].score < self._options.least:
            return None
        best = found[0]
        return Answer(" ".join(best.said(_ROOM[voice])), (best.source,), best.score)

    def find(self, question: str, most: int = 4, vector: Vectors | None = None) -> list[Found]:
        """Passages that may answer, the likeliest first; for a language model or a search page."""
        near = self.meaning.near(vector, _CANDIDATES) if self.meaning is not None and vector is not None else {}
        best: dict[int, Found] = {}
        for text in readings(question, self._names) if self.passages else ():
            for k, found in self._find(text, near):
                if k not in best or found.score > best[k].score:
                    best[k] = found
        return sorted(best.values(), key=lambda f: -f.score)[:most]

    def _find(self, question: str, near: Mapping[int, Near]) -> list[tuple[int, Found]]:
        asked = take_apart(question, self._index)
        if asked is None:
            return []
        scores = self._index.scores(search_weights(asked))
        order = [int(k) for k in scores.argsort(kind="stable")[::-1][:_CANDIDATES] if scores[k] > 0]
        return [(k, self._judged(k, asked, near.get(k))) for k in dict.fromkeys([*order, *near])]

    def _judged(self, k: int, asked: Asked, near: Near | None) -> Found:
        """By words and, where it is near, by meaning: either may be enough, both together are more."""
        features, best = judge(self.passages[k], asked)
        chance = features.chance()
        if near is None:
            return Found(self.passages[k], chance, best)
        if near.chance > chance and near.sentence is not None and not self.passages[k].is_answer:
            best = (near.sentence,)
        return Found(self.passages[k], 1 - (1 - chance) * (1 - near.chance), best)


def _passage_terms(passage: Passage) -> list[str]:
    return [*terms(syllables(passage.heading)) * _HEADING, *terms(syllables(passage.text))]
