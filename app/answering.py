"""Which documents answer questions in which flow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agent.answering import Answers, DocumentAnswers
from agent.brain.free_answers import FreeAnswerOptions, ModelAnswers
from agent.brain.service import ModelService
from agent.knowledge import Knowledge
from app.finding import embedder_of
from core.logging import get_logger
from core.settings import Settings
from memory.embedding import EmbeddingError

_log = get_logger("knowledge")
_SAMPLES = Path(__file__).resolve().parent.parent / "agent" / "knowledge" / "samples"
"""Documents of made-up businesses, by the flow that they belong to."""


@dataclass(frozen=True, slots=True)
class Answering:
    """One set of documents for all flows, or the samples that come with some."""

    everywhere: Answers | None = None
    by_flow: Mapping[str, Answers] = field(default_factory=dict)

    @classmethod
    def load(cls, settings: Settings, service: ModelService | None = None) -> Answering:
        """Raises InputError if the folder of ``settings`` does not exist. Complaints about documents are logged."""
        if settings.knowledge_dir is not None:
            return cls(everywhere=_answers(settings.knowledge_dir, settings, service))
        folders = sorted(f for f in _SAMPLES.iterdir() if f.is_dir())
        return cls(by_flow={f.name: _answers(f, settings, service) for f in folders})

    def for_flow(self, name: str) -> Answers | None:
        """What answers questions in the flow ``name``."""
        return self.everywhere or self.by_flow.get(name)


def find_by_meaning(knowledge: Knowledge, settings: Settings) -> None:
    """Where an embedding model is configured; without it, or if it fails, by words alone. Raises ConfigurationError for
    settings that cannot be used."""
    embedder = embedder_of(settings)
    if embedder is None or not knowledge.passages:
        return
    try:
        meaning = knowledge.learn_meaning(embedder)
    except EmbeddingError as error:
        _log.warning("documents_by_words_alone", reason=error.en)
        return
    if not meaning.useful:
        _log.warning("embedding_model_of_no_use", right=round(meaning.right, 3), wrong=round(meaning.wrong, 3))


def _answers(folder: Path, settings: Settings, service: ModelService | None) -> Answers:
    knowledge = Knowledge.load(folder)
    for complaint in knowledge.complaints:
        _log.warning("document_complaint", document=complaint.document, reason=complaint.en)
    find_by_meaning(knowledge, settings)
    if service is None or not settings.chat_model_answers:
        return DocumentAnswers(knowledge)
    return ModelAnswers(knowledge, service, FreeAnswerOptions(settings.chat_model_timeout_ms))
