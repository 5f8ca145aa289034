"""Questions outside the flow: looked up in the business's documents, answered in passing, before the flow goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from agent.answering import Answers, Reply, event_of, no_information, opened, outside, spoken_answer, with_question
from agent.brain.base import Context, Question, Understanding
from agent.flows.engine import Engine
from agent.flows.state import State
from agent.speaker import Speaker
from agent.turns import CustomerTurn, Say, SayStream
from agent.wording import variants_of


@dataclass(slots=True)
class Asides:
    """Of one conversation. ``answers`` None answers nothing; ``streams``: may a turn hold sentences not made yet?"""

    answers: Answers | None
    speaker: Speaker
    streams: bool
    said: Callable[[Say], None]
    """Told of every sentence that a stream brought, for it belongs to the turn."""
    _reply: Reply | None = field(default=None, init=False)

    async def look_up(
        self, engine: Engine, state: State, read: Understanding, turn: CustomerTurn, context: Context
    ) -> Understanding:
        """A question that the flow has no answer for is looked up in the business's documents."""
        self._reply = None
        if self.answers is None:
            return read
        handled = engine.asked(state).intents | {entry.intent for entry in engine.flow.always}
        question = outside(read.reading or turn.text, read.commands, handled)
        if question is None:
            return read
        self._reply = await self.answers.answer(question, context, voice=self.speaker.place.voice)
        found = self._reply is not None
        return replace(read, commands=with_question(read.commands, question, found=found))

    async def words(
        self, engine: Engine, state: State, read: Understanding, turn: int
    ) -> tuple[list[Say | SayStream], Mapping[str, Any] | None]:
        """What answers the question of the turn, and the event that tells of it; nothing if none was asked."""
        if not any(isinstance(c, Question) for c in read.commands):
            return [], None
        reply = self._reply
        event = event_of(turn, reply)
        if reply is not None:
            first = spoken_answer(opened(reply.text), self.speaker.place)
            if reply.more is None:
                return [first], event
            more = self._further(reply.more)
            return ([first, SayStream(more)] if self.streams else [first, *[say async for say in more]]), event
        own = engine.flow.wording.get("no_information")
        variants = tuple(variants_of(own, self.speaker.place)) if own else ()
        seed = f"{self.speaker.seed}/{turn}"
        return [no_information(engine.values(state), self.speaker.pronouns, self.speaker.place, seed, variants)], event

    async def _further(self, sentences: AsyncIterator[str]) -> AsyncIterator[Say]:
        """The rest of an answer while it is being made."""
        async for sentence in sentences:
            say = spoken_answer(sentence, self.speaker.place)
            if self.streams:
                self.said(say)
            yield say
