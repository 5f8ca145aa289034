"""From what a language model proposes to commands: only what the context allows and the caller's words bear out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from agent.brain.base import Command, Context, Meant, SetSlot, SlotType, SlotValue
from agent.brain.prompt import TOOL, alternatives, known_intents, shown_slots
from agent.brain.values import find_values
from agent.turns import CustomerTurn
from speech.text.normalize import fold

_CONFIDENCE = 0.9
"""Of an intent whose confidence the model left out."""
_MAX_INTENTS = 4
_MAX_SLOTS = 6
_MAX_ITEMS = 20
"""Entries that are looked at; a model in a loop sends thousands."""


@dataclass(slots=True)
class Checked:
    """What is left of a proposal, and how much was dropped for which reason."""

    commands: list[Command] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)


def checked(calls: Iterable[Mapping[str, Any]], turn: CustomerTurn, context: Context) -> Checked:
    """``calls`` are tool calls: name and args (parsed JSON of any shape)."""
    found = Checked()
    intents: dict[str, Meant] = {}
    slots: dict[str, SetSlot] = {}
    for call in list(calls)[:_MAX_ITEMS]:
        args = call.get("args")
        if call.get("name") != TOOL:
            found.dropped["unknown_tool"] += 1
        elif not isinstance(args, Mapping):
            found.dropped["malformed"] += 1
        else:
            for item in _items(args, "intents", found):
                _take_intent(item, turn, context, intents, found)
            for item in _items(args, "slots", found):
                _take_slot(item, turn, context, slots, found)
    found.commands = [*list(intents.values())[:_MAX_INTENTS], *list(slots.values())[:_MAX_SLOTS]]
    return found


def _items(args: Mapping[str, Any], key: str, found: Checked) -> list[Mapping[str, Any]]:
    listed = args.get(key, [])
    if not isinstance(listed, list):
        found.dropped["malformed"] += 1
        return []
    items = [item for item in listed[:_MAX_ITEMS] if isinstance(item, Mapping)]
    found.dropped["malformed"] += len(listed) - len(items)
    return items


def _take_intent(
    item: Mapping[str, Any], turn: CustomerTurn, context: Context, taken: dict[str, Meant], found: Checked
) -> None:
    name = item.get("intent")
    if not isinstance(name, str) or name not in known_intents(context):
        found.dropped["unknown_intent"] += 1
        return
    taken.setdefault(name, Meant(name, _confidence(item.get("confidence")), turn.text))


def _confidence(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return _CONFIDENCE
    return min(max(float(value), 0.0), 1.0)


def _take_slot(
    item: Mapping[str, Any], turn: CustomerTurn, context: Context, taken: dict[str, SetSlot], found: Checked
) -> None:
    name, words, value = item.get("slot"), item.get("words"), item.get("value")
    kind = shown_slots(context).get(name) if isinstance(name, str) else None
    if kind is None or not isinstance(name, str):
        found.dropped["unknown_slot"] += 1
    elif not isinstance(words, str) or not _was_said(words, turn):
        found.dropped["not_said"] += 1
    else:
        command = _read(name, kind, words, value, context)
        if command is None:
            found.dropped["bad_value"] += 1
        else:
            taken[name] = command  # of two values for one slot the later counts, as in speech


def _was_said(words: str, turn: CustomerTurn) -> bool:
    """A value must stand in the caller's own words, at the borders of syllables."""
    wanted = " ".join(fold(words).split())
    return bool(wanted) and any(
        f" {wanted} " in f" {' '.join(fold(text).split())} " for text in (turn.text, *alternatives(turn))
    )


def _read(name: str, kind: SlotType, words: str, value: Any, context: Context) -> SetSlot | None:
    """Our own grammar reads the words; the model's value stands in, and is said back, only where that reads nothing."""
    if kind == "text":
        return SetSlot(name, words, words)
    alone = replace(context, asked=replace(context.asked, slot=name), slots={name: kind})
    spoken = next((c for c in find_values(words, alone) if c.slot == name), None)
    proposed = _offered(name, value, context) if kind == "choice" else _literal(kind, value)
    if spoken is None:
        if context.asked.closed:  # the value named there once more would be a yes, and the model's word is none
            return None
        return None if proposed is None else SetSlot(name, proposed, words, exact=False)
    return replace(spoken, exact=spoken.exact and proposed in (None, spoken.value))


def _offered(name: str, value: Any, context: Context) -> str | None:
    """An option of the flow, as the flow calls it."""
    return value if isinstance(value, str) and value in context.choices.get(name, ()) else None


def _literal(kind: SlotType, value: Any) -> SlotValue | None:
    """An ISO day, an ISO moment or a whole number; None for anything else."""
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    try:
        if kind in ("date", "past_date"):
            return date.fromisoformat(text)
        if kind == "datetime":
            return datetime.fromisoformat(text).replace(tzinfo=None, second=0, microsecond=0)
    except ValueError:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS else None


_MAX_DIGITS = 13
"""Thousands of billions of đồng; Python refuses to read numbers without end."""
