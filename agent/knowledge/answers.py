"""What an answer from documents is."""

from __future__ import annotations

from dataclasses import dataclass

from agent.knowledge.passages import Passage


@dataclass(frozen=True, slots=True)
class Source:
    """Where an answer stands."""

    document: str
    """Path inside the folder of documents."""
    heading: str

    def __str__(self) -> str:
        return f"{self.document} › {self.heading}" if self.heading else self.document


@dataclass(frozen=True, slots=True)
class Answer:
    """Sentences of a document that answer a question, as they stand there."""

    text: str
    sources: tuple[Source, ...]
    confidence: float
    """Calibrated: of answers with 0.8, about four in five are right (docs/knowledge.md)."""


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that may hold an answer."""

    passage: Passage
    score: float
    """Confidence that its best sentence answers the question, 0 … 1."""
    best: tuple[int, ...]
    """Which sentences, in order."""

    @property
    def source(self) -> Source:
        return Source(self.passage.document, self.passage.heading)

    def said(self, room: int) -> list[str]:
        """The best sentences up to ``room`` syllables, at least one, each with its full stop."""
        kept: list[str] = []
        size = 0
        for k in self.best:
            sentence = self.passage.sentences[k]
            size += len(sentence.split())
            if kept and size > room:
                break
            kept.append(sentence if sentence.endswith((".", "!", "?", "…")) else f"{sentence.rstrip(' ,:;')}.")
        return kept
