"""What a flow file says about a plan: its ``plan:`` step."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from speech.types import ExpectedKind


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Names = Annotated[tuple[str, ...], BeforeValidator(lambda value: [value] if isinstance(value, str) else value)]


class Wish(_Model):
    """A tool to call or a value to know, wanted always or while a condition holds."""

    do: str
    when: str | None = Field(default=None, alias="if")


class PlanTool(_Model):
    """How the plan uses a tool. Arguments and results keep their names unless renamed here."""

    args: dict[str, str | int | bool] = Field(default_factory=dict)
    """Argument → value, or a literal: a number, true, a text in quotes."""
    gives: dict[str, str] = Field(default_factory=dict)
    """Key of the result → value."""
    needs: Names = ()
    """Values to know before it is called, besides its arguments."""
    expect: dict[str, Names] = Field(default_factory=dict)
    """Value → what it must be; anything else is a trouble of that name (payment_state: [paid] → trouble "failed")."""
    send: str | None = None
    """Template sent as a message once it was done: a link by voice. Where people read, it is said."""
    tell: str | None = None
    """Template of what it does, told with the plan: "tìm đặt chỗ của {you}"."""


class PlanAsk(_Model):
    """The question for a value, which is a slot of the same name."""

    words: str
    again: str | None = None
    expect: tuple[ExpectedKind, ...] = ("open",)
    phrases: tuple[str, ...] = ()
    wait_ms: int | None = None
    """How long to wait before asking again, for what takes the customer a while."""


class PlanChoice(_Model):
    """How the results of a tool are offered: ``words`` with {options}, each of them put as ``row`` says."""

    words: str
    row: str
    again: str | None = None
    one: str | None = None
    """Offers a single result, with {options}, as a question of yes or no: after choosing went wrong."""
    by: Names = ()
    """Values by which the customer names one: a time, a seat, a price. Without it all that ``row`` tells."""
    expect: tuple[ExpectedKind, ...] = ("time", "open")
    phrases: tuple[str, ...] = ()


class PlanConfirm(_Model):
    """A question before anything that changes or costs something."""

    covers: Names
    words: str
    again: str | None = None
    amount: str | None = None
    """Value with what it costs; must be named in ``words``."""
    free: str | None = None
    """Said instead of ``words`` when the amount is 0."""
    no: str | None = None
    """Step after a no; without it ``otherwise`` of the plan."""


class PlanRepair(_Model):
    """What follows when a tool fails: say it, forget what led there, go on with a new plan or at a step."""

    say: str | None = None
    forget: Names = ()
    redo: Names = ()
    """Effects that are taken back, to be confirmed and done once more."""
    go: str | None = None
    times: int = Field(default=3, ge=1, le=10)


def _as_wishes(value: Any) -> Any:
    items = [value] if isinstance(value, (str, dict)) else value
    return [{"do": item} if isinstance(item, str) else item for item in items] if isinstance(items, list) else value


class Plan(_Model):
    """A step that reaches its goal by tools: plans, asks for what is missing, lets choose, confirms, repairs."""

    goal: Annotated[tuple[Wish, ...], BeforeValidator(_as_wishes)]
    tools: dict[str, PlanTool]
    tell: str | None = None
    """Template that tells the plan, with {steps}."""
    ask: dict[str, PlanAsk] = Field(default_factory=dict)
    choose: dict[str, PlanChoice] = Field(default_factory=dict)
    confirm: tuple[PlanConfirm, ...] = ()
    otherwise: str | None = None
    """Step after a no to a confirmation."""
    repair: dict[str, dict[str, PlanRepair]] = Field(default_factory=dict)
    """Tool → error code of the tool, "empty", "unsure", or "else" → repair."""
    undo: str | None = None
    """Template that asks whether what was done may be taken back, after a change of mind."""
    undone: str | None = None
    """Template said once it was taken back."""
