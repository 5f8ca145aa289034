"""The embedded brain: trained intents and grammars, a few milliseconds on a CPU, no key and no download."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from agent.brain.base import Command, Context, Meant, SetSlot, Understanding
from agent.brain.classifier import IntentModel, shipped_model
from agent.brain.hearing import other_readings
from agent.brain.rules import (
    NO_CANCEL,
    NO_PERSON,
    TOO_FAST,
    assents,
    bare_answer,
    denies_self,
    laughs,
    matches,
    names_self,
    only_ack,
    polarity,
)
from agent.brain.values import CALL_AGAIN, find_values
from agent.turns import CustomerTurn
from speech.text.normalize import common_words, fold, strip_tones

_BELIEVE = 0.5
"""Least probability of an intent; what the open question awaits is believed at _AWAITED."""
_AWAITED = 0.35
_DONE = frozenset({"rôi", "đa", "xong"})
"""Without tones: rồi, đã, xong tell of the past."""
_OFF_TOPIC = 0.8
"""Above this probability of being out of scope, dates and amounts in the words are not meant for us."""
_SHORT = 4
"""Words of an answer that is hardly more than its amount."""
_FAINT = 0.7
"""Share of the surest intent's probability that another one needs."""
_SURE = 0.85
"""A shipped intent this probable stays beside one of the flow's own."""
_ANSWERS = 0.95
"""So sure must be one of the flow's own intents that the open question awaits to outdo the model's."""
_POLARITY = frozenset({"affirm", "deny", "other"})
_ABOUT_THE_CALL = frozenset(
    {"repeat", "slow_down", "ask_person", "opt_out", "wait", "who", "is_robot", "wrong_person", "dont_know", "busy"}
)
"""Words that mean one of these are no answer to a question that takes any words."""
_MAX_INTENTS = 4
_MAX_ALTERNATIVES = 3


@dataclass(frozen=True, slots=True)
class BrainOptions:
    """Thresholds of belief."""

    believe: float = _BELIEVE
    awaited: float = _AWAITED


class EmbeddedBrain:
    """Implements ``Brain``. Stateless, so one serves all conversations."""

    def __init__(self, model: IntentModel | None = None, options: BrainOptions = BrainOptions()) -> None:
        self._model = model or shipped_model()
        self._options = options

    async def understand(self, turn: CustomerTurn, context: Context) -> Understanding:
        """Reads the words as recognised; the recogniser's alternatives only if those make no sense."""
        return self.read(turn, context)

    def read(self, turn: CustomerTurn, context: Context) -> Understanding:
        """The same without a coroutine."""
        for reading in self._readings(turn):
            commands = self.commands(reading, context)
            if commands:
                return Understanding(tuple(commands), reading, "embedded")
        return Understanding((), turn.text, "embedded")

    @staticmethod
    def _readings(turn: CustomerTurn) -> Iterable[str]:
        return (turn.text, *other_readings(turn, _MAX_ALTERNATIVES))

    def commands(self, text: str, context: Context) -> list[Command]:
        """Commands in one reading, the surest intent first."""
        common = common_words(fold(text))
        if not common:
            return []
        values = find_values(text, context)
        chances = self._model.probabilities(common)
        own = context.own.probabilities(common) if context.own is not None else {}
        chances = _outranked(chances, own, context)
        if chances.get("other", 0.0) >= _OFF_TOPIC and max(own.values(), default=0.0) < self._options.believe:
            values = [v for v in values if isinstance(v.value, str) or _asked_exactly(v, context)]
        if "laughing" in own and laughs(common) and not _awaits_digits(context):
            return [Meant("laughing", 0.95, common)]
        if only_ack(common):
            return [Meant("affirm" if context.asked.closed else "ack", 1.0, common), *values]
        intents = self._intents(_merged(chances, own), common, context, values)
        if _ABOUT_THE_CALL & {m.intent for m in intents if m.confidence >= _FAINT}:
            values = [value for value in values if context.slots.get(value.slot) != "text"]
        return [*intents, *values]

    def _intents(self, chances: dict[str, float], text: str, context: Context, values: list[SetSlot]) -> list[Meant]:
        for intent in matches(text):
            chances[intent] = max(chances.get(intent, 0.0), 0.9)
        if names_self(text, context.name):
            chances |= {"self_identify": 0.95, "third_party": 0.0, "wrong_person": 0.0}
        if denies_self(text, context.name):
            chances |= {"wrong_person": 0.95, "self_identify": 0.0, "dont_know": 0.0}
        plain = bare_answer(text)
        if plain is not None:
            return [Meant(plain, 0.95, text)]
        sign = polarity(text) or ("affirm" if context.asked.closed and assents(text) else None)
        if sign is not None:
            chances[sign] = max(chances.get(sign, 0.0), 0.75)
            opposite = "deny" if sign == "affirm" else "affirm"
            chances[opposite] = min(chances.get(opposite, 0.0), 0.3)
        self._weigh(chances, text, context, values)
        believed = [(p, name) for name, p in chances.items() if p >= self._threshold(name, context)]
        believed.sort(reverse=True)
        if believed:  # a faint second meaning is noise next to a sure one
            believed = [(p, name) for p, name in believed if p >= _FAINT * believed[0][0]]
        return [Meant(name, p, text) for p, name in believed[:_MAX_INTENTS]]

    @staticmethod
    def _weigh(chances: dict[str, float], text: str, context: Context, values: list[SetSlot]) -> None:
        """What values and denials say about intents: a day to come is a plan, a time next to "gọi lại" is a wish to be
        called, and who needs no person shall not be handed over."""
        chances.pop("other", None)
        if NO_CANCEL.search(text):
            chances["cancel"] = 0.0
        if not TOO_FAST.search(text):  # "nhanh" alone may praise
            chances["slow_down"] = 0.0
        if NO_PERSON.search(text):
            chances |= {"ask_person": 0.0, "deny": max(chances.get("deny", 0.0), 0.75)}
        days = [v.value for v in values if isinstance(v.value, date) and not isinstance(v.value, datetime)]
        if any(day >= context.today for day in days) and not _DONE & set(strip_tones(text).split()):
            chances["already_paid"] = 0.0
        if any(isinstance(v.value, datetime) for v in values) and CALL_AGAIN.search(text):
            chances["busy"] = max(chances.get("busy", 0.0), 0.9)

    def _threshold(self, intent: str, context: Context) -> float:
        return self._options.awaited if intent in context.asked.intents else self._options.believe


def _awaits_digits(context: Context) -> bool:
    """ "Hai ba ba" may be an answer here, and no laughter."""
    return context.slots.get(context.asked.slot or "") in ("digits", "phone", "year", "code")


def _asked_exactly(value: SetSlot, context: Context) -> bool:
    """A day, a time or, with few words around it, an amount that was asked for and named in full: on topic."""
    if value.slot != context.asked.slot or not value.exact:
        return False
    named = context.slots.get(value.slot) == "money" and len(value.source.split()) <= _SHORT
    return named or isinstance(value.value, date)


def _outranked(chances: dict[str, float], own: dict[str, float], context: Context) -> dict[str, float]:
    """The model's guesses, less those that an answer in the flow's own words outdoes: "thôi khỏi gọi" after the offer
    of a call. What plain words say (rules) comes later and stays."""
    best = max((own[name] for name in context.asked.intents if name in own), default=0.0)
    if best < _ANSWERS:
        return chances
    return {name: p if p > best or name in _POLARITY else 0.0 for name, p in chances.items()}


def _merged(chances: dict[str, float], own: dict[str, float]) -> dict[str, float]:
    """With the flow's own intents; beside a sure one the model's faint guesses about the same words are noise."""
    if not own:
        return chances
    best = max(own.values())
    faint = {name: p if p >= _SURE else p * (1 - best) for name, p in chances.items()}
    return faint | {name: max(p, chances.get(name, 0.0)) for name, p in own.items()}
