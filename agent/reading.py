"""What a turn tells besides the brain's reading: keys, choices among results, a yes to an unheard question."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from agent.brain.base import Command, Context, Line, Meant, Question, SetSlot, StartFlow, Understanding
from agent.brain.hearing import other_readings
from agent.flows.answers import KEY
from agent.flows.engine import Engine
from agent.flows.plan_steps import CHOICE
from agent.flows.state import State
from agent.turns import BotTurn, CustomerTurn, Say
from speech.types import Dialect

_HEARD_ENOUGH = 0.8
"""Share of a question that must have sounded for a yes to count; what it asks about stands near its end."""
_HARDLY_HEARD = 0.3
"""Below this share nobody knows yet what is asked."""
_SURE_OF_YES = 0.85
"""Mean confidence of the words. Of 26 yeses in street noise at 10 and 20 dB none had less, of 20 bits of music, babble
and street noise that were heard as words 14."""
_SURE_ENOUGH = 0.5
"""The same for a yes that agrees to what a question names; one that leads a no by little has 0.5 to 0.7. Of 120
synthetic yeses, half in street noise at 10 dB, three had less than 0.5, ten below 0.7; none of 120 noes was a yes."""
_CONSENTS = frozenset({"affirm", "promise", "pay_full", "ack"})
_REFUSALS = frozenset({"deny", "refuse"})
_ALTERNATIVES = 3
_DATED = frozenset({"date", "datetime", "past_date"})


def heeding(engine: Engine, state: State, turn: CustomerTurn, before: BotTurn, read: Understanding) -> Understanding:
    """A yes said over a question that names a value, before the value had sounded, confirms nothing.

    Over the first words of any question neither yes nor no answers it: "… có gì không em" ends what was said before.
    """
    if not turn.interrupted_bot or _sounded(turn, before) >= (_HEARD_ENOUGH if engine.binds(state) else _HARDLY_HEARD):
        return read
    nothing = _CONSENTS | _REFUSALS if _sounded(turn, before) < _HARDLY_HEARD else _CONSENTS
    kept = tuple(c for c in read.commands if not (isinstance(c, Meant) and c.intent in nothing))
    return replace(read, commands=kept)


def sure_of_yes(engine: Engine, state: State, turn: CustomerTurn, read: Understanding) -> Understanding:
    """A yes that was hardly recognised verifies nobody and agrees to nothing: it is asked again.

    A recogniser hears "đúng" in music and in other people's talk, and "phải rồi" in "sai rồi". A yes to who speaks must
    have been read at once as well, not found in another reading.
    """
    heard = turn.heard
    if heard is None or not heard.words:
        return read
    if engine.identifies(state):
        sure = heard.confidence >= _SURE_OF_YES and read.reading == turn.text
    else:
        sure = heard.confidence >= _SURE_ENOUGH or not engine.binds(state)
    if sure:
        return read
    kept = tuple(c for c in read.commands if not (isinstance(c, Meant) and c.intent in _CONSENTS))
    return replace(read, commands=kept)


def unheard(engine: Engine, state: State, turn: CustomerTurn, before: BotTurn, read: Understanding) -> bool:
    """Is this the tail of what the customer was saying when the bot began, and no answer to its question?

    "Có … em tầm hiếu" over the first word of the next question: that question is put again, not taken as answered.
    """
    if not turn.interrupted_bot or turn.digits or _sounded(turn, before) >= _HARDLY_HEARD:
        return False
    known = engine.asked(state).intents | {entry.intent for entry in engine.flow.always}
    return all(isinstance(c, Meant) and c.intent not in known for c in read.commands)


def _sounded(turn: CustomerTurn, before: BotTurn) -> float:
    """Share of the bot's words that had sounded when the customer began."""
    whole = sum(len(act.spoken) for act in before.acts if isinstance(act, Say))
    return len(turn.bot_heard or "") / max(whole, 1)


def choosing(engine: Engine, state: State, turn: CustomerTurn, read: Understanding) -> Understanding:
    """A choice among results in the words, as a command. "Chuyến thứ hai" is the second one then, not a Monday.

    What was said comes first: the brain prefers a hypothesis that makes sense to it, and it knows no results.
    """
    for text in dict.fromkeys((turn.text, read.reading, *other_readings(turn, _ALTERNATIVES))):
        choice = engine.plans.read(state, text)
        if choice is None:
            continue
        heard = read.commands if text == read.reading else ()
        kept = tuple(c for c in heard if not (isinstance(c, SetSlot) and _only_ordinal(engine, c)))
        return replace(read, commands=(SetSlot(CHOICE, choice, text), *kept), reading=text)
    return read


def _only_ordinal(engine: Engine, command: SetSlot) -> bool:
    """A day that was read from no more than "thứ hai"."""
    slot = engine.flow.slots.get(command.slot)
    words = command.source.split()
    dated = slot is not None and slot.type in _DATED
    return dated and not {"ngày", "hôm", "mai", "tuần", "tháng", "mốt", "kia", "bữa"} & set(words)


def pressed(engine: Engine, state: State, digits: str) -> Understanding:
    """Keys: an answer by number, one of the results on offer, or digits for the slot that is asked for."""
    commands: list[Command] = [SetSlot(KEY, digits)]
    offered = engine.plans.offered_numbers(state)
    if offered and digits.isascii() and digits.isdigit() and 1 <= int(digits) <= len(offered):
        commands.append(SetSlot(CHOICE, str(offered[int(digits) - 1])))
    asked = engine.asked(state).slot
    slot_type = engine.flow.slots[asked].type if asked else None
    if asked and slot_type in ("digits", "year", "number", "score", "phone"):
        plain = "".join(filter(str.isdigit, digits))
        commands.append(SetSlot(asked, digits if slot_type in ("digits", "phone") else int(plain or 0)))
    return Understanding(tuple(commands), digits, "keys")


def context_of(
    engine: Engine, state: State, now: datetime, region: Dialect | None, history: tuple[Line, ...]
) -> Context:
    """What a brain may know of the flow at this moment."""
    flow = engine.flow
    return Context(
        now=now,
        flow=flow.name,
        step=state.asked,
        asked=engine.asked(state),
        slots=engine.fillable(state),
        name=str(engine.facts.get("name") or ""),
        intents=frozenset(entry.intent for entry in flow.always),
        own=flow.own,
        choices={name: slot.choices for name, slot in flow.slots.items() if slot.choices},
        cues={name: slot.after for name, slot in flow.slots.items() if slot.after},
        region=region,
        history=history,
    )


def recorded(read: Understanding) -> dict[str, Any]:
    """An understanding as the record keeps it."""
    data: dict[str, Any] = {
        "intent": read.intent, "confidence": round(read.confidence, 3),
        "commands": [as_data(command) for command in read.commands], "brain": read.brain,
    }  # fmt: skip
    if read.fallback or read.dropped:
        data |= {"fallback": read.fallback, "dropped": dict(read.dropped)}
    return data


def as_data(command: Command) -> dict[str, Any]:
    """A command as the record keeps it."""
    if isinstance(command, Meant):
        return {"command": "meant", "intent": command.intent, "confidence": round(command.confidence, 3)}
    if isinstance(command, StartFlow):
        return {"command": "start_flow", "flow": command.flow}
    if isinstance(command, Question):
        return {"command": "question", "text": command.text, "found": command.found}
    value = command.value
    return {
        "command": "set_slot",
        "slot": command.slot,
        "value": value.isoformat() if isinstance(value, date) else value,
    }
