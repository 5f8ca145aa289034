"""What a flow file may contain. Pydantic checks the shape here; ``agent.flows.lint`` checks the sense."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from agent.brain.base import SlotType
from agent.planning.declared import Plan
from speech.types import ExpectedKind


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_as_list)]
Names = Annotated[tuple[str, ...], BeforeValidator(_as_list)]


def _as_choices(value: Any) -> Any:
    """A plain list offers values that are said the way they are written."""
    return {name: name for name in value} if isinstance(value, list) else value


Choices = Annotated[dict[str, Texts], BeforeValidator(_as_choices)]


class Template(_Model):
    """One thing to say, in variants. ``sensitive`` words are for the verified person only."""

    any: Texts = ()
    north: Texts = ()
    central: Texts = ()
    south: Texts = ()
    chat: Texts = ()
    """For text channels instead of the above."""
    sensitive: bool = False
    interruptible: bool = True
    pace: float = Field(default=1.0, ge=0.5, le=1.5)
    """On voice, from here on in this call: at this part of the rate."""


def _as_template(value: Any) -> Any:
    return {"any": value} if isinstance(value, (str, list)) else value


class Fact(_Model):
    """Something the contact brings along."""

    type: Literal["text", "date", "money", "year", "digits", "number", "datetime"] = "text"
    required: bool = False
    sensitive: bool = False
    """Only for the verified person."""
    made_of: tuple[str, ...] = ()
    """Fields of an upload that it is joined from when it is not given itself: [date, time]."""
    days_since: str | None = None
    """For type number: days from the date in this fact to the day of the conversation, negative before it."""


class Slot(_Model):
    """Something the customer tells. Limits name days from today, a number, or a fact."""

    type: SlotType
    label: str | None = None
    """What people call it, in Vietnamese: "ngày hứa trả". Shown to operators; without it its name is."""
    min_days: int | None = None
    max_days: int | None = None
    min: int | str | None = None
    max: int | str | None = None
    digits: int | None = None
    choices: Choices = Field(default_factory=dict)
    """For type choice: value → phrases that mean it; the first phrase is what the bot says."""
    after: Texts = ()
    """Words that announce its value where several slots share a type: [từ, khởi hành từ]."""
    open: bool = False
    """May be given at any time, not only when asked for."""
    past: str | None = None
    """Template said when the value lies before the limits."""
    beyond: str | None = None
    """Template said when the value lies beyond the limits."""


class Ask(_Model):
    """A question. ``again`` asks it once more after words that were not understood."""

    words: str
    again: str | None = None
    slot: str | None = None
    expect: tuple[ExpectedKind, ...] = ("open",)
    phrases: tuple[str, ...] = ()
    wait_ms: int | None = None


class Branch(_Model):
    """``go`` if ``when`` holds: an expression over slots, facts, verified and visits.STEP."""

    when: str = Field(alias="if")
    go: str


class Call(_Model):
    """A tool call; arguments name slots and facts, or are literals in quotes."""

    name: str
    args: dict[str, str | int | bool] = Field(default_factory=dict)
    save: str | None = None
    """Slot for the result."""
    failed: str
    """Step to go to when the tool fails."""


class Handover(_Model):
    """To a person."""

    queue: str = "care"
    reason: str


class Step(_Model):
    """One step: notes first, then branches, then words, then a tool, then exactly one way on."""

    disposition: str | None = None
    details: dict[str, str] = Field(default_factory=dict)
    leaning: str | None = None
    """Disposition if the customer hangs up here without another word."""
    verify: str | None = None
    """Entering this step means that the identity was verified by this method."""
    set: dict[str, str | int] = Field(default_factory=dict)
    clear: Names = ()
    opt_out: bool = False
    branch: tuple[Branch, ...] = ()
    say: Names = ()
    tool: Call | None = None
    ask: Ask | None = None
    on: dict[str, str] = Field(default_factory=dict)
    """Answer → step; keys are intents, "filled" (the asked slot or any open one got a new value), "same" (the value
    that a closed question names was said once more), "held" (something for the verified customer only was wanted),
    "answered" and "unanswered" (a question outside the flow, by the documents), keys pressed ("key 1") and "else"."""
    keep: bool = False
    """What the running plan has done so far stays, though it is not finished: the customer agreed to that."""
    plan: Plan | None = None
    """Reaches a goal by tools; ``on`` then says where its ends lead (done, stopped, failed, stuck)."""
    transfer: Handover | None = None
    hangup: str | None = None
    go: str | None = None


class Always(_Model):
    """What is understood at any time, most important first."""

    intent: str
    go: str | None = None
    say: str | None = None
    """Answered in passing; the open question is asked again."""
    repeat: bool = False
    """Says the last turn once more."""
    verified: bool = False
    """Only the verified person; before that the intent is remembered and the identity asked on."""
    unverified: bool = False
    """Only as long as the identity is not verified."""
    sure: float = Field(default=0.0, ge=0.0, le=1.0)
    """Below this probability ``unsure`` is gone to instead, once in a conversation."""
    unsure: str | None = None
    unless_filled: bool = False
    """Ignored in a turn that also gave a valid value."""
    first: bool = False
    """Comes before values: the day in "hủy lịch thứ tư" names the appointment and is no new one."""
    unclear: bool = False
    """No answer to anything: laughter, another language. Such turns count as not understood."""
    takes: Names = ()
    """Slots that belong to this reaction: a value for them is no answer to the open question."""


class Limits(_Model):
    """When to give up."""

    turns: int = Field(default=30, ge=4, le=100)
    failed: int = Field(default=2, ge=1, le=5)
    """Turns in a row that were not understood before a person is offered."""


class FlowFile(_Model):
    """A flow file, or with ``flow`` absent a part that flows ``use``."""

    flow: str | None = None
    title: dict[str, str] = Field(default_factory=dict)
    purpose: str | None = None
    channels: tuple[Literal["voice", "chat"], ...] = ("voice", "chat")
    uses: Names = ()
    start: str | None = None
    limits: Limits = Limits()
    on_failure: str | None = None
    on_limit: str | None = None
    silence: Names = ()
    """Steps for the first silence, the second …"""
    facts: dict[str, Fact] = Field(default_factory=dict)
    slots: dict[str, Slot] = Field(default_factory=dict)
    starts: Names = ()
    """Other flows that the customer may turn to from here; "*" for all that have triggers."""
    menu: dict[str, str] = Field(default_factory=dict)
    """Key → flow of ``starts`` that begins when it is pressed while nothing else awaits keys."""
    enter: str | None = None
    """Step where it begins when it is turned to within a conversation; without it ``start``."""
    back: str | None = None
    """Step where it goes on after another flow; without it the open question is asked again."""
    triggers: Texts = ()
    """Example sentences of customers who want this flow, whatever they talk about at the moment."""
    intents: dict[str, Texts] = Field(default_factory=dict)
    """Intents of this flow's own: name → about ten example sentences."""
    always: tuple[Always, ...] = ()
    steps: dict[str, Step] = Field(default_factory=dict)
    wording: dict[str, Annotated[Template, BeforeValidator(_as_template)]] = Field(default_factory=dict)
    notice: dict[str, Names] = Field(default_factory=dict)
    """Which templates hold the AI disclosure and the recording notice: {ai: [...], recording: [...]}"""
