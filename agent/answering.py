"""Questions outside the flow: who answers them, what comes back, and how it is said in passing."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from agent.brain.base import Command, Context, Meant, Question, SetSlot
from agent.knowledge import Knowledge, Source, is_question
from agent.pronouns import Pronouns
from agent.turns import Say
from agent.wording import Place, phrase
from memory.embedding import Vectors
from speech.text.speak import speak

NO_INFORMATION: Final = (
    "Dạ {me} chưa có thông tin về việc này ạ. {Me} ghi lại câu hỏi để nhân viên trả lời {you} sau.",
    "Dạ việc này {me} chưa có thông tin ạ. {Me} ghi lại để nhân viên bên {me} trả lời {you} sau.",
    "Dạ {me} chưa có thông tin về việc này ạ. {You} cần gặp nhân viên thì cứ nói với {me}.",
)
"""Said when no document answers; a flow may bring its own under the name ``no_information``."""
_WEAK: Final = frozenset({"affirm", "deny", "ack", "greeting", "stall", "dont_know", "wait", "why", "bye", "repeat"})
"""Intents that the words of a question are easily taken for ("có ký túc xá không" begins like a yes)."""
_STRONG = 0.6
_DA: Final = re.compile(r"^Dạ(?: vâng)?,? ")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to a question outside the flow."""

    text: str
    """What can be said at once; with ``more``, its first sentence."""
    sources: tuple[Source, ...]
    confidence: float
    by: str
    """ "documents" (their own sentences) or "language_model" (its words, checked against them)."""
    more: AsyncIterator[str] | None = None
    """Further sentences while they are being made."""


class Answers(Protocol):
    """Answers questions from what the business has published. Must not raise for anything a customer says."""

    async def answer(self, question: str, context: Context, *, voice: bool) -> Reply | None: ...


class DocumentAnswers:
    """The sentences of the documents themselves; a few milliseconds, and an embedding model if there is one."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge

    async def answer(self, question: str, context: Context, *, voice: bool) -> Reply | None:
        return self.said(question, await self._knowledge.vector(question), voice=voice)

    def said(self, question: str, vector: Vectors | None, *, voice: bool) -> Reply | None:
        """As ``answer``, for a question whose vector is known."""
        found = self._knowledge.answer(question, voice=voice, vector=vector)
        return Reply(found.text, found.sources, found.confidence, "documents") if found else None


def outside(text: str, commands: tuple[Command, ...], handled: frozenset[str]) -> str | None:
    """The question in a turn that no intent the flow handles has claimed; None if there is none.

    ``handled`` are intents that the flow acts on here.
    """
    asked = next((c for c in commands if isinstance(c, Question)), None)
    if asked is not None:
        return asked.text
    strong = handled - _WEAK
    if any(isinstance(c, Meant) and c.intent in strong and c.confidence >= _STRONG for c in commands):
        return None
    return text if is_question(text) else None


def with_question(commands: tuple[Command, ...], question: str, *, found: bool) -> tuple[Command, ...]:
    """``commands`` with the question and whether it can be answered.

    Words that are answered as a question are no yes, no date and no amount besides, unless a model told them apart.
    """
    told_apart = any(isinstance(c, Question) for c in commands)
    others = tuple(c for c in commands if not isinstance(c, Question))
    if found and not told_apart:
        others = tuple(c for c in others if not isinstance(c, SetSlot) and not _is_weak(c))
    if not found and others and not told_apart:
        return others
    return (*others, Question(question, found))


def _is_weak(command: Command) -> bool:
    return isinstance(command, Meant) and (command.intent in _WEAK or command.confidence < _STRONG)


def spoken_answer(text: str, place: Place) -> Say:
    """A sentence of an answer as an act."""
    return Say(text, speak(text, place.dialect) if place.voice else text, template="answer")


def opened(text: str) -> str:
    """ "Dạ …" before an answer: its first word in small letters unless it begins a name."""
    if text[:2].lower() == "dạ":
        return text
    words = text.split(maxsplit=2)
    name = len(words) > 1 and (words[1][:1].isupper() or words[0].isupper())
    return f"Dạ {text if name or not text else text[0].lower() + text[1:]}"


def undoubled(first: Say, following: Say) -> Say:
    """``following`` without its "Dạ" when what is said right before begins with one."""
    if not (first.text.startswith("Dạ ") and following.text.startswith("Dạ ") and following.spoken.startswith("Dạ ")):
        return following
    text, spoken = (_capital(_DA.sub("", words, count=1)) for words in (following.text, following.spoken))
    return replace(following, text=text, spoken=spoken)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def event_of(turn: int, reply: Reply | None) -> dict[str, Any]:
    """What memory.events.ANSWERED keeps."""
    if reply is None:
        return {"turn": turn, "found": False}
    sources = [{"document": s.document, "heading": s.heading} for s in reply.sources]
    return {
        "turn": turn, "found": True, "by": reply.by, "confidence": round(reply.confidence, 3), "sources": sources,
    }  # fmt: skip


def no_information(
    values: Mapping[str, Any], pronouns: Pronouns, place: Place, seed: object, variants: tuple[str, ...] = ()
) -> Say:
    """The honest "em chưa có thông tin"."""
    return phrase("no_information", variants or NO_INFORMATION, values, pronouns, place, seed)
