"""What one conversation remembers of its flow, and what the engine answers. Immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agent.brain.base import SlotValue
from agent.flows.schema import Ask, Handover
from agent.turns import Disposition


@dataclass(frozen=True, slots=True)
class State:
    """The engine's whole memory. Replaying the same commands from the same state gives the same result."""

    step: str = ""
    asked: str = ""
    """Step whose question is open, "" before the first."""
    slots: Mapping[str, SlotValue] = field(default_factory=dict)
    verified: bool = False
    method: str = ""
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
    digressions: int = 0
    """In a row at the same question."""
    said: tuple[str, ...] = ()
    """Templates of the last turn, to say it again."""
    leaning: str | None = None
    disposition: Disposition | None = None
    opted_out: bool = False
    waiting: str | None = None
    """Step whose tool is running."""
    resume: str = ""
    """Step to come back to with ``go: $resume``."""
    ended: bool = False


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


@dataclass(frozen=True, slots=True)
class Result:
    """What follows from an input: the new state and what to say and do, in order."""

    state: State
    lines: tuple[str, ...] = ()
    """Names of templates to say."""
    notes: tuple[Note, ...] = ()
    tool: ToolRequest | None = None
    ask: Ask | None = None
    """The question now open (its words are among the lines)."""
    transfer: Handover | None = None
    hangup: str | None = None
