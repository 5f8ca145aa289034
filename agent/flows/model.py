"""A loaded flow: checked, complete, ready to run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.brain.base import IntentScorer
from agent.flows.schema import Always, Fact, Limits, Slot, Step, Template

if TYPE_CHECKING:  # plans read templates, templates name flows
    from agent.flows.plans import FlowPlan


@dataclass(frozen=True, slots=True)
class Flow:
    """Made by ``agent.flows.load`` only, so every name in it is known to exist."""

    name: str
    title: Mapping[str, str]
    purpose: str
    channels: tuple[str, ...]
    start: str
    limits: Limits
    on_failure: str
    on_limit: str
    silence: tuple[str, ...]
    facts: Mapping[str, Fact]
    slots: Mapping[str, Slot]
    always: tuple[Always, ...]
    steps: Mapping[str, Step]
    wording: Mapping[str, Template]
    notice: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    intents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Its own intents with their example sentences."""
    own: IntentScorer | None = None
    """What was learnt from them; None if it has none."""
    plans: Mapping[str, FlowPlan] = field(default_factory=dict)
    """Its plan steps, by name."""
    menu: Mapping[str, str] = field(default_factory=dict)
    """Key → flow that begins when it is pressed."""
    starts: tuple[str, ...] = ()
    """Other flows that the customer may turn to from here."""
    enter: str = ""
    """Step where it begins within a conversation."""
    back: str | None = None
    """Step where it goes on after another flow."""
    triggers: tuple[str, ...] = ()
    """Example sentences of customers who want this flow."""
    source: str = ""
    """File it came from."""
