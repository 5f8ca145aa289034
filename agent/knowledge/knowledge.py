"""``Knowledge``: a folder of documents that answers questions with sources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent.knowledge.answers import Answer, Found
from agent.knowledge.documents import Complaint, Document, read_folder
from agent.knowledge.index import Index
from agent.knowledge.judging import judge, search_weights, take_apart
from agent.knowledge.passages import Passage, passages
from agent.knowledge.words import syllables, terms

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
        self._index = Index(_passage_terms(p) for p in self.passages)

    @classmethod
    def load(cls, folder: Path | str, options: KnowledgeOptions = KnowledgeOptions()) -> Knowledge:
        """Read every document below ``folder``. Raises InputError if there is no such folder."""
        return cls(read_folder(Path(folder)), options)

    def answer(self, question: str, *, voice: bool = True) -> Answer | None:
        """The best sentences, short enough for the ear or the eye; None when nothing is sure enough."""
        found = self.find(question, most=1)
        if not found or found[0].score < self._options.least:
            return None
        best = found[0]
        return Answer(" ".join(best.said(_ROOM[voice])), (best.source,), best.score)

    def find(self, question: str, most: int = 4) -> list[Found]:
        """Passages that may answer, the likeliest first; for a language model or a search page."""
        asked = take_apart(question, self._index) if self.passages else None
        if asked is None:
            return []
        scores = self._index.scores(search_weights(asked))
        order = [int(k) for k in scores.argsort(kind="stable")[::-1][:_CANDIDATES] if scores[k] > 0]
        found = []
        for k in order:
            features, best = judge(self.passages[k], asked)
            found.append(Found(self.passages[k], features.chance(), best))
        return sorted(found, key=lambda f: -f.score)[:most]


def _passage_terms(passage: Passage) -> list[str]:
    return [*terms(syllables(passage.heading)) * _HEADING, *terms(syllables(passage.text))]
