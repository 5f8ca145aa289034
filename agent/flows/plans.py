"""A ``plan:`` step made ready to run: rules for the planner, and the questions it may ask as ordinary steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from agent.flows.schema import Ask, Step, Template
from agent.planning.actions import Action, Literal, action_of
from agent.planning.declared import Plan, PlanTool, Wish
from agent.planning.planner import Domain
from agent.planning.runner import Confirm, Repair, Rules
from agent.wording import fields_of
from tools import Tool

STOP = "$stop"
"""Target that ends the plan that is running; what was done is taken back."""
AGAIN = "$again"
"""Target that offers the last choice of the running plan once more."""
AGREE, REFUSE = "$yes", "$no"
"""Targets that count as a yes or a no to the open question of the running plan."""
ENDS = ("done", "stopped", "failed", "stuck")
"""Keys of ``on`` of a plan step that tell how it ended; its other keys are answers to every question of the plan."""
SPOKEN = frozenset({"steps", "options", "undoing"})
"""Names that a plan's templates may use: what it is going to do, what there is to choose from, what is taken back."""
YES, NO, MORE = "yes", "no", "more"


@dataclass(frozen=True, slots=True)
class FlowPlan:
    """One plan step of a loaded flow."""

    name: str
    """Of its step."""
    declared: Plan
    rules: Rules
    on: Mapping[str, str]

    @property
    def wishes(self) -> tuple[Wish, ...]:
        return self.declared.goal

    @property
    def values(self) -> frozenset[str]:
        """Names that its tools give."""
        return frozenset(name for action in self.rules.domain.actions.values() for name in action.gives.values())

    @property
    def private(self) -> frozenset[str]:
        """Those that only the verified customer may hear."""
        actions = self.rules.domain.actions.values()
        return frozenset(name for action in actions if action.private for name in action.gives.values())

    def step(self, *parts: object) -> str:
        """Name of one of its generated steps."""
        return ".".join((self.name, *map(str, parts)))


def plan_of(name: str, step: Step, wording: Mapping[str, Template], tools: Mapping[str, Tool]) -> FlowPlan:
    """The plan of ``step``. Every name in it must have been checked (agent.flows.lint_plans)."""
    plan = step.plan
    assert plan is not None
    actions = {tool: _action(tools[tool], use) for tool, use in plan.tools.items()}
    actions |= {a.name: _with_shown(a, actions, plan, wording) for a in actions.values()}
    confirms = tuple(
        Confirm(str(n), confirm.covers, _fields(wording, confirm.words)) for n, confirm in enumerate(plan.confirm)
    )
    repairs = {
        tool: {code: Repair(r.say, r.forget, r.redo, r.go, r.times) for code, r in by_code.items()}
        for tool, by_code in plan.repair.items()
    }
    rules = Rules(Domain(actions, tuple(plan.ask)), confirms, repairs)
    return FlowPlan(name, plan, rules, {how: step.on[how] for how in ENDS if how in step.on})


def steps_of(plan: FlowPlan, step: Step) -> dict[str, Step]:
    """The questions of ``plan``, and what answers to them lead to, as steps of the flow."""
    declared = plan.declared
    more = {answer: target for answer, target in step.on.items() if answer not in ENDS}
    found: dict[str, Step] = {}
    for name, ask in declared.ask.items():
        question = Ask(slot=name, **ask.model_dump())
        found[plan.step("ask", name)] = Step(ask=question, on={"filled": plan.name, **more})
    for tool, choice in declared.choose.items():
        question = Ask(words=choice.words, again=choice.again, expect=choice.expect, phrases=choice.phrases)
        on = {"filled": plan.name, "affirm": plan.step(YES), "deny": plan.step(NO), **more}
        found[plan.step("choose", tool)] = Step(ask=question, on=on)
        if choice.one is not None:
            found[plan.step("choose", tool, "one")] = _closed(plan, choice.one, None, more)
    for n, confirm in enumerate(declared.confirm):
        for words, name in ((confirm.words, plan.step("confirm", n)), (confirm.free, plan.step("confirm", n, "free"))):
            if words is not None:
                found[name] = _closed(plan, words, confirm.again, more)
    if declared.undo is not None:
        found[plan.step("undo")] = _closed(plan, declared.undo, None, more)
    acts = (YES, NO) if declared.confirm or declared.undo or declared.choose else ()
    return found | {plan.step(act): Step(go=plan.name) for act in acts}


def _closed(plan: FlowPlan, words: str, again: str | None, more: Mapping[str, str]) -> Step:
    phrases = ("đúng rồi", "đồng ý", "được", "không", "không phải", "thôi")
    question = Ask(words=words, again=again, expect=("yes_no",), phrases=phrases)
    return Step(ask=question, on={"filled": plan.name, "affirm": plan.step(YES), "deny": plan.step(NO), **more})


def _action(tool: Tool, use: PlanTool) -> Action:
    arguments = {arg: _argument(value) for arg, value in use.args.items()}
    return action_of(tool, arguments, use.gives, use.needs, use.expect)


def _with_shown(action: Action, actions: Mapping[str, Action], plan: Plan, wording: Mapping[str, Template]) -> Action:
    """An effect also needs to be known what its question names: the price is looked up before it is agreed to."""
    shown = {field for c in plan.confirm if action.name in c.covers for field in _fields(wording, c.words)}
    by_lookups = {name for other in actions.values() if not other.effect for name in other.gives.values()}
    more = sorted((shown & by_lookups) - {name for names in action.needs for name in names})
    return replace(action, needs=(*action.needs, *((name,) for name in more)))


def _argument(value: Any) -> Any:
    """A name, or a literal: a number, true, false, a text in quotes."""
    if not isinstance(value, str):
        return Literal(value)
    return Literal(value[1:-1]) if value[:1] in "'\"" else value


def _fields(wording: Mapping[str, Template], name: str) -> frozenset[str]:
    template = wording[name]
    patterns = (*template.any, *template.north, *template.central, *template.south, *template.chat)
    return frozenset().union(*(fields_of(pattern) for pattern in patterns))
