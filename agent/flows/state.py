"""What one conversation remembers of its flow, and what the engine answers. Immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agent.brain.base import SlotValue
from agent.flows.schema import Ask, Handover
from agent.planning.progress import Progress
from agent.planning.runner import Invoke, Revert
from agent.turns import Disposition


@dataclass(frozen=True, slots=True)
class Listing:
    """Several things in a row, to be said as one: each a pattern with its values, ``last`` before the last one."""

    items: tuple[tuple[str, Mapping[str, Any]], ...]
    last: str = "và"


@dataclass(frozen=True, slots=True)
class Bound:
    """A template with values as they were when it was said, not as they are when it is put into words."""

    name: str
    values: Mapping[str, Any] = field(default_factory=dict)


Line = str | Bound
"""Something to say: the name of a template, or one with values of its own."""


@dataclass(frozen=True, slots=True)
class State:
    """The engine's whole memory. Replaying the same commands from the same state gives the same result."""

    step: str = ""
    asked: str = ""
    """Step whose question is open, "" before the first."""
    slots: Mapping[str, SlotValue] = field(default_factory=dict)
    verified: bool = False
    method: str = ""
    misses: int = 0
    """Wrong proofs of identity, in all flows of the conversation."""
    held: tuple[str, ...] = ()
    """Intents told before the identity was known, answered after it."""
    visits: Mapping[str, int] = field(default_factory=dict)
    turns: int = 0
    heard: bool = False
    """Has the customer said anything at all?"""
    failed: int = 0
    """Turns in a row that were not understood."""
    failures: int = 0
    """How often ``failed`` reached its limit."""
    lost: int = 0
    """Turns of the whole conversation that were not understood."""
    digressions: int = 0
    """In a row at the same question."""
    said: tuple[Line, ...] = ()
    """Templates of the last turn, to say it again."""
    leaning: str | None = None
    disposition: Disposition | None = None
    opted_out: bool = False
    waiting: str | None = None
    """Step whose tool is running."""
    resume: str = ""
    """Step to come back to with ``go: $resume``."""
    ended: bool = False
    run: int = 0
    """How many flows began before this one in the conversation; part of the names of effects."""
    plans: Mapping[str, Progress] = field(default_factory=dict)
    """Plan steps that were entered, and how far each has come."""
    plan: str = ""
    """The last of them."""
    pending: Invoke | Revert | None = None
    """What the plan's tool that is running was asked to do."""
    leaving: str = ""
    """Step that ends the conversation once what a plan has done is taken back."""


@dataclass(frozen=True, slots=True)
class Note:
    """An event for the record (memory.events)."""

    type: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToolRequest:
    """The engine wants this tool called and waits for ``Engine.tool_done``."""

    name: str
    arguments: Mapping[str, Any]
    key: str = ""
    """Names the effect within the conversation; "" lets the turn name it."""
    undo: bool = False
    """Take back an earlier call of ``name`` with these arguments, ``key`` and ``value``."""
    value: Any = None


@dataclass(frozen=True, slots=True)
class Result:
    """What follows from an input: the new state and what to say and do, in order."""

    state: State
    lines: tuple[Line, ...] = ()
    """What to say."""
    notes: tuple[Note, ...] = ()
    messages: tuple[Line, ...] = ()
    """What to send in writing."""
    tool: ToolRequest | None = None
    ask: Ask | None = None
    """The question now open (its words are among the lines)."""
    transfer: Handover | None = None
    hangup: str | None = None
