"""Refuses broken plans: tools, questions, choices, confirmations, repairs, and goals out of reach."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NoReturn

from agent.flows.expressions import ExpressionError, names
from agent.flows.plans import ENDS, SPOKEN, STOP, FlowPlan, plan_of
from agent.flows.schema import FlowFile, Step, Template
from agent.flows.yaml_lines import Key
from agent.planning.declared import Plan
from agent.planning.planner import Unreachable, plan
from agent.wording import fields_of
from tools import Tool

Fail = Callable[[Key, str, str], NoReturn]
Unknown = Callable[[Key, str, str, str, Iterable[str]], NoReturn]


class PlanLinter:
    """Calls ``fail`` or ``unknown`` for the first mistake of a plan step; ``unknown`` suggests the nearest name."""

    def __init__(self, flow: FlowFile, tools: Mapping[str, Tool], fail: Fail, unknown: Unknown) -> None:
        self._flow = flow
        self._tools = tools
        self._fail = fail
        self._unknown = unknown

    def check(self, name: str, step: Step) -> FlowPlan:
        """The plan of ``step``, once everything in it is known to exist and to be allowed."""
        declared = step.plan
        assert declared is not None
        key: Key = ("steps", name, "plan")
        self._ends(("steps", name), step)
        self._names(key, declared)
        self._templates(key, declared)
        self._rows(key, declared)
        self._confirmed(key, declared)
        built = plan_of(name, step, self._flow.wording, self._tools)
        self._values(key, declared, built)
        self._reachable(key, built)
        return built

    def _ends(self, key: Key, step: Step) -> None:
        for how in ENDS[:3]:
            if how not in step.on:
                self._fail(
                    (*key, "on"),
                    f"Kế hoạch thiếu lối ra “{how}” trong on (cần: {', '.join(ENDS[:3])}).",
                    f"The plan lacks the end “{how}” in on (needed: {', '.join(ENDS[:3])}).",
                )

    def _names(self, key: Key, declared: Plan) -> None:
        for tool in declared.tools:
            self._known((*key, "tools", tool), "công cụ", "tool", tool, self._tools)
        for tool, use in declared.tools.items():
            for arg in use.args:
                self._known((*key, "tools", tool), "tham số", "argument", arg, self._tools[tool].takes)
            for given in use.gives:
                self._known((*key, "tools", tool), "kết quả", "result", given, self._tools[tool].gives)
            undo = self._tools[tool].undo
            if self._tools[tool].effect and undo is not None and undo not in self._tools:
                self._unknown((*key, "tools", tool), "công cụ hoàn tác", "undoing tool", undo, self._tools)
        for tool in declared.choose:
            self._known((*key, "choose", tool), "công cụ của kế hoạch", "tool of the plan", tool, declared.tools)
        for value in declared.ask:
            self._known((*key, "ask", value), "slot", "slot", value, self._flow.slots)
        for index, confirm in enumerate(declared.confirm):
            for tool in confirm.covers:
                self._known((*key, "confirm", index), "công cụ của kế hoạch", "tool of the plan", tool, declared.tools)
            if confirm.no is not None:
                self._target((*key, "confirm", index), confirm.no)
        if declared.otherwise is not None:
            self._target((*key, "otherwise"), declared.otherwise)
        for tool, by_code in declared.repair.items():
            self._known((*key, "repair", tool), "công cụ của kế hoạch", "tool of the plan", tool, declared.tools)
            for code, repair in by_code.items():
                where: Key = (*key, "repair", tool, code)
                if repair.go is not None:
                    self._target(where, repair.go)
                for other in repair.redo:
                    self._known(where, "công cụ của kế hoạch", "tool of the plan", other, declared.tools)

    def _target(self, key: Key, name: str) -> None:
        self._known(key, "bước", "step", name, {*self._flow.steps, STOP})

    def _known(self, key: Key, vi: str, en: str, name: str, known: Collection[str]) -> None:
        if name not in known:
            self._unknown(key, vi, en, name, known)

    def _templates(self, key: Key, declared: Plan) -> None:
        named: list[tuple[Key, str | None, str]] = [
            ((*key, "tell"), declared.tell, "steps"), ((*key, "undo"), declared.undo, ""),
            ((*key, "undone"), declared.undone, ""),
        ]  # fmt: skip
        for tool, use in declared.tools.items():
            named += [((*key, "tools", tool), use.tell, ""), ((*key, "tools", tool), use.send, "")]
        for value, ask in declared.ask.items():
            named += [((*key, "ask", value), ask.words, ""), ((*key, "ask", value), ask.again, "")]
        for tool, choice in declared.choose.items():
            where: Key = (*key, "choose", tool)
            named += [(where, choice.words, "options"), (where, choice.row, ""), (where, choice.again, "")]
            named.append((where, choice.one, "options"))
        for index, confirm in enumerate(declared.confirm):
            where = (*key, "confirm", index)
            amount = confirm.amount or ""
            named += [(where, confirm.words, amount), (where, confirm.again, ""), (where, confirm.free, "")]
        for tool, by_code in declared.repair.items():
            named += [((*key, "repair", tool, code), repair.say, "") for code, repair in by_code.items()]
        for where, template, field in named:
            if template is not None:
                self._known(where, "mẫu câu", "template", template, self._flow.wording)
                self._must_name(where, template, field)

    def _rows(self, key: Key, declared: Plan) -> None:
        """Who may not hear a row may not hear the list of them."""
        for tool, choice in declared.choose.items():
            wording = self._flow.wording
            if wording[choice.row].sensitive and not wording[choice.words].sensitive:
                self._fail(
                    (*key, "choose", tool),
                    f"“{choice.row}” là thông tin riêng nên “{choice.words}” cũng phải ghi sensitive: true.",
                    f"“{choice.row}” is sensitive, so “{choice.words}” must be sensitive: true as well.",
                )

    def _must_name(self, key: Key, template: str, field: str) -> None:
        if field and not all(field in fields_of(pattern) for pattern in patterns(self._flow.wording[template])):
            self._fail(
                key,
                f"Mọi cách nói của mẫu câu “{template}” phải có {{{field}}}.",
                f"Every wording of template “{template}” must name {{{field}}}.",
            )

    def _confirmed(self, key: Key, declared: Plan) -> None:
        """Nothing that changes or costs something without a question that names it."""
        covered = {tool: confirm for confirm in declared.confirm for tool in confirm.covers}
        for name in declared.tools:
            tool, confirm = self._tools[name], covered.get(name)
            if tool.effect and confirm is None:
                self._fail(
                    (*key, "tools", name),
                    f"“{name}” thay đổi hoặc tốn tiền nên phải được hỏi trước: thêm vào covers của một mục confirm.",
                    f"“{name}” changes or costs something and must be asked first: name it in covers of a confirm.",
                )
            if tool.cost and confirm is not None and confirm.amount is None:
                self._fail(
                    (*key, "confirm", declared.confirm.index(confirm)),
                    f"“{name}” có thể tốn tiền nên câu hỏi phải nói số tiền: khai amount và đọc nó trong câu.",
                    f"“{name}” can cost money, so its question must tell how much: declare amount and name it.",
                )
        if any(self._tools[name].effect for name in declared.tools) and declared.undo is None:
            self._fail(
                key,
                "Kế hoạch có bước thay đổi dữ liệu nên cần mẫu câu undo (hỏi trước khi hoàn tác).",
                "The plan has effects and needs the template undo (asked before they are taken back).",
            )

    def _values(self, key: Key, declared: Plan, built: FlowPlan) -> None:
        known = {*self._flow.facts, *self._flow.slots, *built.values, "verified", "heard_anything"}
        for wish in declared.goal:
            if wish.do not in declared.tools and wish.do not in known:
                self._unknown(
                    (*key, "goal"), "công cụ hoặc giá trị", "tool or value", wish.do, {*declared.tools, *known}
                )
            if wish.when is not None:
                self._condition((*key, "goal"), wish.when, known)
        for tool, action in built.rules.domain.actions.items():
            for value in action.takes.values():
                if isinstance(value, str) and value not in known and value not in self._tools[tool].takes:
                    self._unknown((*key, "tools", tool), "giá trị", "value", value, known)
            for value in (*declared.tools[tool].needs, *action.expect):
                self._known((*key, "tools", tool), "giá trị", "value", value, known)
        for tool, choice in declared.choose.items():
            for value in choice.by:
                self._known((*key, "choose", tool), "giá trị", "value", value, built.rules.domain.actions[tool].gives)
        for index, confirm in enumerate(declared.confirm):
            if confirm.amount is not None:
                self._known((*key, "confirm", index), "giá trị", "value", confirm.amount, known)
        for tool, by_code in declared.repair.items():
            for code, repair in by_code.items():
                for value in repair.forget:
                    self._known((*key, "repair", tool, code), "giá trị", "value", value, known)

    def _condition(self, key: Key, text: str, known: Collection[str]) -> None:
        try:
            used, _ = names(text)
        except ExpressionError as error:
            self._fail(key, f"Điều kiện “{text}” không đọc được.", f"The condition “{text}” cannot be read: {error}.")
        for name in sorted(used):
            self._known(key, "slot, fact hoặc kết quả", "slot, fact or result", name, known)

    def _reachable(self, key: Key, built: FlowPlan) -> None:
        known = {*self._flow.facts}  # and slots that some step fills; what a customer may only volunteer is not enough
        for step in self._flow.steps.values():
            known |= {*step.set, *((step.ask.slot,) if step.ask and step.ask.slot else ())}
            known |= {step.tool.save} if step.tool is not None and step.tool.save is not None else set()
        for wish in built.wishes:
            try:
                told = names(wish.when)[0] if wish.when is not None else frozenset()
                plan(built.rules.domain, (wish.do,), known | told)
            except Unreachable as error:
                self._fail(
                    (*key, "goal"),
                    f"Không có cách nào đạt được “{error.wish}”: không công cụ hay câu hỏi nào cho “{error.missing}”."
                    f" Thêm công cụ cho ra nó, hoặc câu hỏi ở ask.{error.missing}.",
                    f"“{error.wish}” cannot be reached: no tool or question gives “{error.missing}”."
                    f" Add a tool that gives it, or a question as ask.{error.missing}.",
                )


def patterns(template: Template) -> tuple[str, ...]:
    return (*template.any, *template.north, *template.central, *template.south, *template.chat)


def spoken_names(plans: Iterable[FlowPlan]) -> frozenset[str]:
    """Names that templates may use because plans give them."""
    found = list(plans)
    return frozenset().union(*(built.values for built in found), SPOKEN) if found else frozenset()
