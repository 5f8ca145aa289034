"""Documents to passages: what is found as one and shown as the source of an answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from agent.knowledge.documents import Block, Document
from agent.knowledge.sentences import sentences

_WORDS = 90
"""Syllables of a passage, about half a minute of speech; a paragraph that is longer is cut between sentences."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A few sentences of one document under one heading."""

    document: str
    heading: str
    sentences: tuple[str, ...]
    is_answer: bool = False
    """True if the heading is a question and the sentences its whole answer."""

    @property
    def text(self) -> str:
        return " ".join(self.sentences)


def passages(documents: Iterable[Document]) -> list[Passage]:
    """Passages in the order of the documents."""
    return [passage for document in documents for passage in _of(document)]


def _of(document: Document) -> Iterator[Passage]:
    for (heading, is_answer), blocks in groupby(document.blocks, key=lambda b: (b.heading, b.is_answer)):
        if is_answer:
            for block in blocks:
                yield Passage(document.name, heading, tuple(sentences(block.text)), True)
        else:
            for part in _parts(blocks):
                yield Passage(document.name, heading, tuple(part))


def _parts(blocks: Iterable[Block]) -> Iterator[list[str]]:
    """Sentences of blocks, gathered up to ``_WORDS`` syllables."""
    part: list[str] = []
    size = 0
    for block in blocks:
        for sentence in sentences(block.text):
            words = sentence.split()
            for at in range(0, len(words), 2 * _WORDS):  # text without any full stop
                piece = words[at : at + 2 * _WORDS]
                if part and size + len(piece) > _WORDS:
                    yield part
                    part, size = [], 0
                part.append(" ".join(piece))
                size += len(piece)
    if part:
        yield part
