"""``Knowledge``: a folder of documents that answers questions with sources."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent.knowledge.answers import Answer, Found, Source
from agent.knowledge.documents import Complaint, Document, read_folder
from agent.knowledge.index import Index
from agent.knowledge.passages import Passage, passages
from agent.knowledge.questions import Wanted, fits, wanted
from agent.knowledge.words import content, has_marks, plain, syllables, terms

_MOST_WORDS: Final = 60
"""Of a question; the rest of a monologue is not looked at."""
_CANDIDATES: Final = 12
_HEADING: Final = 2
"""How often words of a heading count."""
_MARKED: Final = 0.5
"""Weight of a syllable found with the very marks, beside the plain one."""
_PAIR: Final = 0.8
_ROOM: Final = {True: 45, False: 120}
"""Syllables of an answer for the ear (about twelve seconds) and for the eye."""


@dataclass(frozen=True, slots=True)
class KnowledgeOptions:
    """``least`` is the confidence below which there is no answer."""

    least: float = 0.5


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
        text = " ".join(_closed(s) for s in _chosen(best, _ROOM[voice]))
        return Answer(text, (best.source,), best.score)

    def find(self, question: str, most: int = 4) -> list[Found]:
        """Passages that may answer, the likeliest first; for a language model or a search page."""
        words = syllables(question)[:_MOST_WORDS]
        topic = content(words) or words
        if not topic or not self.passages:
            return []
        scores = self._index.scores(self._query(topic))
        order = scores.argsort()[::-1][:_CANDIDATES]
        kind = wanted(question)
        judged = [self._judge(self.passages[int(k)], topic, kind) for k in order if scores[k] > 0]
        return sorted(judged, key=lambda f: -f.score)[:most]

    def _query(self, topic: list[str]) -> dict[str, float]:
        weights: dict[str, float] = {}
        for term in terms(topic):
            weights[term] = _MARKED if term[0] == "=" else _PAIR if " " in term else 1.0
        return weights

    def _judge(self, passage: Passage, topic: list[str], kind: Wanted) -> Found:
        """How sure it is that the best sentence of ``passage`` answers a question about ``topic``."""
        query = {
            term: self._index.weight(term) * (_PAIR if " " in term else 1.0) for term in terms(topic) if term[0] != "="
        }
        heading = set(terms(syllables(passage.heading)))
        shares = [(_share(query, heading | set(terms(syllables(s)))), s) for s in passage.sentences]
        good = [(share + (0.15 if fits(kind, s) else 0.0), -k) for k, (share, s) in enumerate(shares)]
        best = -max(good)[1] if good else 0
        whole = _share(query, set(terms(syllables(f"{passage.heading} {passage.text}"))))
        asked = _share(query, heading)
        marks = self._marks(passage, topic)
        fit = fits(kind, passage.sentences[best]) if good else False
        about = len(heading & set(query)) / max(len([t for t in heading if t in query or not self._is_small(t)]), 1)
        chance = _logistic(whole, shares[best][0] if good else 0.0, asked, marks, fit, passage.is_answer, about)
        picked = tuple(range(len(passage.sentences))) if passage.is_answer else self._around(good, best)
        return Found(passage, chance, picked)

    def _is_small(self, term: str) -> bool:
        return self._index.weight(term) < 1.0

    def _around(self, good: list[tuple[float, int]], best: int) -> tuple[int, ...]:
        """The best sentence and its neighbours that are nearly as good."""
        level = {-k: share for share, k in good}
        return tuple(k for k in range(best, best + 3) if k == best or (k in level and level[k] >= 0.8 * level[best]))

    def _marks(self, passage: Passage, topic: list[str]) -> float:
        """Share of the topic's words that stand there with the same marks, of those that stand there at all."""
        if not has_marks(topic):
            return 1.0
        there = set(syllables(f"{passage.heading} {passage.text}"))
        bare = set(plain(list(there)))
        met = [w for w in topic if plain([w])[0] in bare]
        return sum(w in there for w in met) / len(met) if met else 0.0


def _passage_terms(passage: Passage) -> list[str]:
    return [*terms(syllables(passage.heading)) * _HEADING, *terms(syllables(passage.text))]


def _share(query: dict[str, float], there: set[str]) -> float:
    """Share of the question's weight that is met."""
    total = sum(query.values())
    return sum(weight for term, weight in query.items() if term in there) / total if total else 0.0


_WEIGHTS: Final = (-5.5, 5.0, 2.5, 2.0, 1.0, 0.5, 0.3, 0.0)


def _logistic(
    whole: float, sentence: float, asked: float, marks: float, fit: bool, is_answer: bool, about: float
) -> float:
    features = (1.0, whole, sentence, asked, marks, float(fit), float(is_answer), about)
    return 1 / (1 + math.exp(-sum(w * x for w, x in zip(_WEIGHTS, features, strict=True))))


def _chosen(found: Found, room: int) -> list[str]:
    """Sentences up to ``room`` syllables, at least one."""
    kept: list[str] = []
    size = 0
    for k in found.best:
        sentence = found.passage.sentences[k]
        size += len(sentence.split())
        if kept and size > room:
            break
        kept.append(sentence)
    return kept


def _closed(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?", "…")) else f"{sentence.rstrip(' ,:;')}."


__all__ = ["Answer", "Knowledge", "KnowledgeOptions", "Source"]
