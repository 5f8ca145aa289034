"""The language-model brain: any LangChain chat model proposes commands, the embedded brain stands behind it.

A turn goes to the embedded brain first, which takes milliseconds. What touches safety or proves an identity stays with
it. Otherwise the model has a time budget; whatever goes wrong, the embedded brain's answer is already there.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, cast

from agent.brain.base import PRIVATE_TYPES, Command, Context, Meant, Understanding
from agent.brain.embedded import EmbeddedBrain
from agent.brain.intents import INTENTS
from agent.brain.prompt import TOOL, messages, tool
from agent.brain.proposals import checked
from agent.brain.service import ModelService, Unusable, reason_of
from agent.turns import CustomerTurn
from core.budget import within
from core.logging import get_logger

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage, AIMessageChunk
    from langchain_core.runnables import Runnable

_log = get_logger("language_model")

SAFETY: Final = frozenset(
    {"opt_out", "ask_person", "wrong_person", "deceased", "anger", "abuse", "legal_threat", "no_recording"}
)
"""Heard by the embedded brain with confidence, these are never left to a model."""
_SURE = 0.75
_CONSENT: Final = frozenset({"affirm", "promise", "pay_full", "pay_part", "confirm_visit"})
_ASSENT: Final = _CONSENT | {"ack", "self_identify", "greeting"}
"""What a yes-or-no question may take for a yes."""
_REFUSAL: Final = frozenset({"deny", "refuse", "dispute", "cancel"})
_VERY_SURE = 0.9
_WARM_UP_S = 10.0
_MAX_ANSWER = 6000
"""Characters of a streamed answer; some hundred are usual."""


@dataclass(frozen=True, slots=True)
class LanguageModelOptions:
    """``budget_ms`` is what a turn may wait for the model, all in all. ``streaming`` asks for the answer in pieces."""

    budget_ms: int = 1500
    streaming: bool = False
    patience: int = 3
    """After so many failures of the service in a row, it is left alone …"""
    rest_turns: int = 20
    """… for so many turns: callers should not wait out the budget again and again. Then one turn tries."""


class LanguageModelBrain:
    """Implements ``Brain``. Holds nothing of a conversation, so one serves them all, in any event loop.

    ``service`` may be shared with others that ask the model; a function that opens one makes its own. ``counts`` has
    one entry per outcome: "model", a reason why the embedded brain answered, "dropped.…" for refused proposals.
    """

    slow = True
    """Worth asking before a turn is quite over."""

    def __init__(
        self,
        service: ModelService | Callable[[], BaseChatModel],
        embedded: EmbeddedBrain | None = None,
        options: LanguageModelOptions = LanguageModelOptions(),
    ) -> None:
        if not isinstance(service, ModelService):
            service = ModelService(service, options.patience, options.rest_turns)
        self._service = service
        self._embedded = embedded or EmbeddedBrain()
        self._options = options
        self.counts: Counter[str] = Counter()

    async def warm_up(self) -> None:
        """One question before the first call, so that no caller waits for connections and caches. Never raises."""
        try:
            async with within(_WARM_UP_S):
                await self._ask(CustomerTurn("alô"), Context(datetime(2000, 1, 1)))
        except Exception as error:  # noqa: BLE001 - a model that is down must not keep the process from starting
            _log.warning("language_model_not_ready", reason=reason_of(error), kind=type(error).__name__)

    async def understand(self, turn: CustomerTurn, context: Context) -> Understanding:
        """The model's commands as far as they are allowed, else the embedded brain's."""
        sure = self._embedded.read(turn, context)
        kept = _kept_in_house(sure, context) or ("resting" if self._service.rests() else None)
        if kept is not None:
            self.counts[kept] += 1
            return replace(sure, fallback=kept)
        dropped: Counter[str] = Counter()
        try:
            async with within(self._options.budget_ms / 1000):
                calls = await self._ask(turn, context)
            understood = self._checked(calls, turn, context, sure, dropped)
        except Exception as error:  # noqa: BLE001 - the request boundary: no failure of a model may reach the caller
            reason = reason_of(error)
            self.counts[reason] += 1
            self._service.note(reason)
            _log.info("language_model_fallback", reason=reason, kind=type(error).__name__)
            return replace(sure, fallback=reason, dropped=dict(dropped))
        self.counts["model"] += 1
        self._service.note()
        return replace(understood, dropped=dict(dropped))

    async def _ask(self, turn: CustomerTurn, context: Context) -> list[dict[str, Any]]:
        """Tool calls of one answer. Raises Unusable, or whatever the client raises."""
        from langsmith import tracing_context

        model = self._service.model().bind_tools([tool(context)], tool_choice=TOOL)
        with tracing_context(enabled=False):  # callers' words go to the configured model and nowhere else
            prompt = messages(turn, context)
            answer = await (_in_pieces(model, prompt) if self._options.streaming else model.ainvoke(prompt))
        return _calls(answer)

    def _checked(
        self,
        calls: list[dict[str, Any]],
        turn: CustomerTurn,
        context: Context,
        sure: Understanding,
        dropped: Counter[str],
    ) -> Understanding:
        found = checked(calls, turn, context)
        meant = {c.intent for c in found.commands if isinstance(c, Meant)}
        if meant & _CONSENT and _refuses(sure):
            raise Unusable("contradiction")
        agreed = [c for c in found.commands if not _puts_a_yes_into_the_mouth(c, context, sure)]
        found.dropped["not_agreed"] = len(found.commands) - len(agreed)
        found.commands = agreed
        dropped += +found.dropped
        for reason, count in dropped.items():
            self.counts[f"dropped.{reason}"] += count
        if not found.commands:
            raise Unusable("nothing_usable" if found.dropped.total() else "nothing_found")
        return Understanding(tuple(found.commands), turn.text, "language_model")


async def _in_pieces(model: Runnable[Any, AIMessage], prompt: list[tuple[str, str]]) -> AIMessageChunk:
    """A streamed answer, joined. A model in a loop is left as soon as it has said too much."""
    whole: AIMessageChunk | None = None
    size = 0
    async for piece in model.astream(prompt):
        chunk = cast("AIMessageChunk", piece)
        whole = chunk if whole is None else whole + chunk
        size += len(chunk.text) + sum(len(call["args"] or "") for call in chunk.tool_call_chunks)
        if size > _MAX_ANSWER:
            raise Unusable("too_long")
    if whole is None:
        raise Unusable("malformed")
    return whole


def _calls(answer: AIMessage) -> list[dict[str, Any]]:
    """Tool calls of an answer that is whole. Raises Unusable."""
    if answer.response_metadata.get("finish_reason") in ("length", "content_filter"):
        raise Unusable("cut_short")
    for piece in getattr(answer, "tool_call_chunks", ()):  # LangChain completes broken JSON, which could change a value
        json.loads(piece["args"] or "")
    if answer.tool_calls:
        return [{"name": call["name"], "args": call["args"]} for call in answer.tool_calls]
    if answer.additional_kwargs.get("refusal"):
        raise Unusable("refused")
    raise Unusable("malformed" if answer.invalid_tool_calls else "no_tool_call")


def _kept_in_house(sure: Understanding, context: Context) -> str | None:
    """Why the model is not asked, or None: safety first, and what proves an identity leaves no process."""
    if any(isinstance(c, Meant) and c.intent in SAFETY and c.confidence >= _SURE for c in sure.commands):
        return "safety"
    if context.asked.slot is not None and context.slots.get(context.asked.slot) in PRIVATE_TYPES:
        return "private"
    return None


def _puts_a_yes_into_the_mouth(command: Command, context: Context, sure: Understanding) -> bool:
    """At a yes-or-no question the model alone cannot agree for the customer: the embedded brain must hear it too.

    What follows from a yes may be an effect, or an identity; a model that obeys somebody else says yes to anything.
    """
    if not (isinstance(command, Meant) and context.asked.closed):
        return False
    heard = {c.intent for c in sure.commands if isinstance(c, Meant)}
    if command.intent in _ASSENT:
        return not heard & _ASSENT
    return command.intent in context.asked.intents and command.intent not in (*INTENTS, *heard)


def _refuses(sure: Understanding) -> bool:
    """A clear no is never turned into a yes."""
    return any(isinstance(c, Meant) and c.intent in _REFUSAL and c.confidence >= _VERY_SURE for c in sure.commands)
