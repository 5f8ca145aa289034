"""Refuses broken or unlawful flows, with place, reason and a suggestion (facts/vietnam_rules.md §0, §3, §4)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import NoReturn

from agent.brain.intents import INTENTS
from agent.flows.answers import RESUME
from agent.flows.expressions import ExpressionError, names
from agent.flows.filling import ANSWERS
from agent.flows.lint_plans import PlanLinter, spoken_names
from agent.flows.lint_understanding import check_understanding
from agent.flows.plans import AGAIN, AGREE, REFUSE, STOP, FlowPlan, steps_of
from agent.flows.schema import FlowFile, Step
from agent.flows.yaml_lines import Key, Source
from agent.wording import PRONOUN_NAMES, fields_of
from core.errors import FlowError

PURPOSES = ("advertising", "collection", "transactional", "survey", "otp", "emergency")
ALWAYS_REQUIRED = ("opt_out", "ask_person", "wrong_person")
"""Always-on intents of vietnam_rules §0.4."""
_AI = re.compile(r"trợ lý (?:ảo|AI|số|tự động)|trí tuệ nhân tạo|tổng đài (?:tự động|ảo)|\bAI\b", re.IGNORECASE)
_RECORDING = re.compile(r"ghi âm|ghi lại", re.IGNORECASE)
_DEBT = re.compile(r"\b(nợ|vay|quá hạn|đến hạn|trễ hạn|thanh toán|trả góp)\b", re.IGNORECASE)
_BUILT_IN = frozenset({"verified", "heard_anything"})
_SOME = 12
"""Known names that are listed where none is near."""
SPECIAL = frozenset({RESUME, STOP, AGAIN, AGREE, REFUSE})
"""Targets that are no steps."""


def check(
    flow: FlowFile, sources: Sequence[Source], tools: Collection[str] | None = None
) -> tuple[FlowFile, dict[str, FlowPlan]]:
    """The flow with its plans' questions as steps, and the plans. ``sources``: its own file first, then its parts.

    Raises FlowError for the first mistake of a merged flow.
    """
    linter = _Linter(flow, sources, tools)
    linter.whole()
    linter.understanding()
    linter.plan_steps()
    flow = linter.flow
    linter.words()
    linter.reactions()
    for name, step in flow.steps.items():
        linter.step(name, step)
    linter.notices()
    linter.loops()
    linter.exits()
    linter.secrecy()
    return flow, linter.plans


class _Linter:
    def __init__(self, flow: FlowFile, sources: Sequence[Source], tools: Collection[str] | None) -> None:
        self.flow = flow
        self._sources = sources
        self._tools = tools
        self._values = {*flow.facts, *flow.slots, *_BUILT_IN}
        self.plans: dict[str, FlowPlan] = {}
        self._private: frozenset[str] = frozenset()

    # -- the whole -------------------------------------------------------------------------------------------------

    def whole(self) -> None:
        flow = self.flow
        if flow.purpose not in PURPOSES:
            self._fail(
                ("purpose",),
                f"Kịch bản phải khai mục đích (purpose): {', '.join(PURPOSES)}.",
                f"A flow must declare its purpose: {', '.join(PURPOSES)}.",
            )
        for key in ("start", "on_failure", "on_limit"):
            self._target((key,), getattr(flow, key) or "")
        if not flow.silence:
            self._fail(("silence",), "Thiếu bước xử lý im lặng (silence).", "Steps for silence are missing.")
        for name in flow.silence:
            self._target(("silence",), name)
        for key in ("enter", "back"):
            if getattr(flow, key) is not None:
                self._target((key,), getattr(flow, key))
        for name in flow.slots:
            if name in flow.facts:
                self._fail(
                    ("slots", name),
                    f"“{name}” vừa là slot vừa là fact, hãy đổi tên một bên.",
                    f"“{name}” is both a slot and a fact; rename one.",
                )

    def understanding(self) -> None:
        check_understanding(self.flow, self._fail)

    def plan_steps(self) -> None:
        """Checks plans and adds their questions to the steps."""
        planned = {name: step for name, step in self.flow.steps.items() if step.plan is not None}
        if not planned:
            return
        tools = self._tools if isinstance(self._tools, Mapping) else {}
        linter = PlanLinter(self.flow, tools, self._fail, self._unknown)
        self.plans = {name: linter.check(name, step) for name, step in planned.items()}
        self._private = frozenset().union(*(plan.private for plan in self.plans.values()))
        self._values |= spoken_names(self.plans.values())
        steps = dict(self.flow.steps)
        for name, plan in self.plans.items():
            steps |= steps_of(plan, planned[name])
        self.flow = self.flow.model_copy(update={"steps": steps})

    def reactions(self) -> None:
        known = [entry.intent for entry in self.flow.always]
        for intent in ALWAYS_REQUIRED:
            if intent not in known:
                self._fail(
                    ("always",),
                    f"Thiếu phản ứng luôn bật “{intent}” (mục always). Thêm “uses: common” là đủ.",
                    f"The always-on reaction “{intent}” is missing (always). “uses: common” has it.",
                )
        for index, entry in enumerate(self.flow.always):
            key = ("always", index)
            self._intent(key, entry.intent)
            if entry.go is not None:
                self._target(key, entry.go)
            if entry.unsure is not None:
                self._target(key, entry.unsure)
            if entry.say is not None:
                self._template(key, entry.say)
            if entry.go is None and entry.say is None and not entry.repeat:
                self._fail(key, f"“{entry.intent}” không có go, say hay repeat.", f"“{entry.intent}” leads nowhere.")

    def words(self) -> None:
        for name, template in self.flow.wording.items():
            for pattern in (*template.any, *template.north, *template.central, *template.south, *template.chat):
                self._pattern(("wording", name), name, pattern, template.sensitive)
            if not (template.any or template.north or template.central or template.south):
                self._fail(("wording", name), f"Mẫu câu “{name}” chưa có lời nào.", f"Template “{name}” has no words.")

    def _pattern(self, key: Key, name: str, pattern: str, sensitive: bool) -> None:
        try:
            fields = fields_of(pattern)
        except ValueError:
            self._fail(key, f"Mẫu câu “{name}” có ngoặc nhọn lỗi.", f"Template “{name}” has broken braces.")
        for field in sorted(fields):
            if field not in self._values and field not in PRONOUN_NAMES:
                self._unknown(key, "biến", "variable", field, {*self._values, *PRONOUN_NAMES} - _BUILT_IN)
            fact = self.flow.facts.get(field)
            private = field in self._private and field not in self.flow.slots
            if (private or (fact is not None and fact.sensitive)) and not sensitive:
                self._fail(
                    key,
                    f"Mẫu câu “{name}” đọc thông tin riêng “{field}” nên phải ghi sensitive: true.",
                    f"Template “{name}” tells the private fact “{field}” and must be sensitive: true.",
                )
        debt = _DEBT.search(pattern) if self.flow.purpose == "collection" else None
        if debt and not sensitive:
            self._fail(
                key,
                f"Mẫu câu “{name}” nhắc tới khoản nợ (“{debt.group()}”) nên phải ghi sensitive: true.",
                f"Template “{name}” speaks of the debt (“{debt.group()}”) and must be sensitive: true.",
            )

    # -- one step --------------------------------------------------------------------------------------------------

    def step(self, name: str, step: Step) -> None:
        key: Key = ("steps", name)
        for template in step.say:
            self._template((*key, "say"), template)
        for index, branch in enumerate(step.branch):
            self._condition((*key, "branch", index), branch.when)
            self._target((*key, "branch", index), branch.go)
        for slot in (*step.clear, *step.set):
            self._slot((*key, "set"), slot)
        for value in (*step.set.values(), *step.details.values()):
            self._value((*key, "details"), value)
        if step.tool is not None:
            self._tool(key, step)
        if step.ask is not None:
            self._question(key, step)
        ways = [way is not None for way in (step.ask, step.transfer, step.hangup, step.go, step.plan)]
        if sum(ways) != 1:
            self._fail(
                key,
                f"Bước “{name}” phải có đúng một lối ra: ask, plan, transfer, hangup hoặc go.",
                f"Step “{name}” must have exactly one way on: ask, plan, transfer, hangup or go.",
            )
        if step.verify is not None and step.branch:
            self._fail(
                (*key, "verify"),
                f"Bước “{name}” có cả verify và branch: khi rẽ nhánh thì verify bị bỏ qua. Hãy rẽ nhánh ở bước sau.",
                f"Step “{name}” has verify and branch: a branch leaves before verify. Branch in the next step.",
            )
        if step.on and step.ask is None and step.plan is None:
            self._fail((*key, "on"), f"Bước “{name}” có on mà không ask.", f"Step “{name}” has on without ask.")
        if step.go is not None:
            self._target((*key, "go"), step.go)

    def _question(self, key: Key, step: Step) -> None:
        assert step.ask is not None
        self._template((*key, "ask"), step.ask.words)
        if step.ask.again is not None:
            self._template((*key, "ask"), step.ask.again)
        if step.ask.slot is not None:
            self._slot((*key, "ask"), step.ask.slot)
        if not step.on:
            self._fail(key, "Câu hỏi không có câu trả lời nào (on).", "A question without any answer (on).")
        for intent, target in step.on.items():
            if intent not in ANSWERS and not re.fullmatch(r"key [0-9*#]", intent):
                self._intent((*key, "on", intent), intent)
            self._target((*key, "on", intent), target)

    def _tool(self, key: Key, step: Step) -> None:
        assert step.tool is not None
        if self._tools is not None and step.tool.name not in self._tools:
            self._unknown((*key, "tool"), "công cụ", "tool", step.tool.name, self._tools)
        self._target((*key, "tool"), step.tool.failed)
        for value in step.tool.args.values():
            self._value((*key, "tool"), value)
        if step.tool.save is not None:
            self._slot((*key, "tool"), step.tool.save)

    # -- law -------------------------------------------------------------------------------------------------------

    def notices(self) -> None:
        """AI disclosure and recording notice are said before the first question (vietnam_rules §0.3, §3)."""
        opening = [name for step in self._opening() for name in step.say]
        for what, pattern, vi, en, example in (
            ("ai", _AI, "lời xưng là trợ lý ảo/AI", "AI disclosure", "em là trợ lý ảo tự động của …"),
            ("recording", _RECORDING, "thông báo ghi âm", "recording notice", "cuộc gọi được ghi âm"),
        ):
            named = [name for name in self.flow.notice.get(what, ()) if name in opening]
            if not named:
                self._fail(
                    ("notice",) if self.flow.notice else ("start",),
                    f"Lời mở đầu thiếu {vi}: khai notice.{what} với mẫu câu được nói trước câu hỏi đầu tiên.",
                    f"The opening lacks the {en}: name in notice.{what} a template said before the first question.",
                )
            for name in named:
                template = self.flow.wording[name]
                variants = (*template.any, *template.north, *template.central, *template.south, *template.chat)
                bad = next((v for v in variants if not pattern.search(v)), None)
                if bad is not None:
                    self._fail(
                        ("wording", name),
                        f"Mẫu câu “{name}” thiếu {vi}: “{bad}”. Ví dụ: “{example}”.",
                        f"Template “{name}” lacks the {en}: “{bad}”. For example: “{example}”.",
                    )

    def _opening(self) -> Iterator[Step]:
        """Steps from the start to the first question."""
        name, seen = self.flow.start or "", set[str]()
        while name in self.flow.steps and name not in seen:
            seen.add(name)
            step = self.flow.steps[name]
            yield step
            if step.go is None:
                return
            name = step.go

    def loops(self) -> None:
        """A chain of steps that comes back to itself without asking anything would never end.

        Branches count too, unless they count visits, or a value changes on the way, and so it comes to an end.
        """
        for start in self.flow.steps:
            chain = self._round(start)
            if chain:
                self._fail(
                    ("steps", start),
                    f"Vòng lặp không có lối ra: {' → '.join(chain)}. "
                    "Thêm một câu hỏi (ask) hoặc kết thúc (hangup) ở giữa.",
                    f"A loop without a way out: {' → '.join(chain)}. Put a question (ask) or an end (hangup) into it.",
                )

    def _round(self, start: str) -> list[str]:
        """Steps from ``start`` back to itself, all without a question; empty if there are none."""
        todo = [[start]]
        seen: set[str] = set()
        while todo:
            chain = todo.pop()
            for name in self._at_once(self.flow.steps[chain[-1]]):
                if name == start:
                    if self._changes(chain):
                        continue
                    return [*chain, name]
                if name not in seen and name in self.flow.steps:
                    seen.add(name)
                    todo.append([*chain, name])
        return []

    def _changes(self, chain: Sequence[str]) -> bool:
        """Does a step of it change a value that a branch may look at? Then it may come to an end."""
        steps = [self.flow.steps[name] for name in chain]
        return any(step.branch for step in steps) and any(step.set or step.clear for step in steps)

    @staticmethod
    def _at_once(step: Step) -> list[str]:
        """Steps that follow without anybody saying a word."""
        if step.tool is not None:
            return []
        targets = [branch.go for branch in step.branch if "visits." not in branch.when]
        return targets if step.go is None else [*targets, step.go]

    def exits(self) -> None:
        """From every step that can be reached the end can be reached."""
        ending = {n for n, s in self.flow.steps.items() if s.hangup is not None or s.transfer is not None}
        while True:
            more = {n for n, s in self.flow.steps.items() if n not in ending and self._next(s) & (ending | SPECIAL)}
            if not more:
                break
            ending |= more
        for name in sorted(self._reachable(stop_at_verify=False)):
            if name not in ending:
                self._fail(
                    ("steps", name),
                    f"Từ bước “{name}” không có đường nào tới kết thúc (hangup hoặc transfer).",
                    f"No way leads from step “{name}” to an end (hangup or transfer).",
                )

    def secrecy(self) -> None:
        """No step that can be reached before ``verify`` says anything sensitive."""
        for name in sorted(self._reachable(stop_at_verify=True)):
            step = self.flow.steps[name]
            if name in self.plans and any(a.private for a in self.plans[name].rules.domain.actions.values()):
                self._fail(
                    ("steps", name),
                    f"Kế hoạch “{name}” dùng công cụ cần xác minh, nhưng tới được khi chưa xác minh (verify).",
                    f"Plan “{name}” uses tools for the verified customer but can be reached before verify.",
                )
            spoken = [*step.say, *([step.ask.words, step.ask.again or step.ask.words] if step.ask else [])]
            for template in spoken:
                if self.flow.wording[template].sensitive:
                    self._fail(
                        ("steps", name),
                        f"Bước “{name}” nói thông tin riêng (“{template}”) khi chưa xác minh danh tính.",
                        f"Step “{name}” tells private matters (“{template}”) before the identity is verified.",
                    )

    def _reachable(self, *, stop_at_verify: bool) -> set[str]:
        flow = self.flow
        todo = [flow.start or "", flow.on_failure or "", flow.on_limit or "", *flow.silence]
        todo += [name for name in (flow.enter, flow.back) if name is not None]
        todo += [e.go for e in flow.always if e.go is not None and not (stop_at_verify and e.verified)]
        todo += [e.unsure for e in flow.always if e.unsure is not None and not (stop_at_verify and e.verified)]
        found: set[str] = set()
        while todo:
            name = todo.pop()
            if name in found or name in SPECIAL:
                continue
            step = flow.steps[name]
            if stop_at_verify and step.verify is not None:
                continue
            found.add(name)
            todo += self._next(step, unverified=stop_at_verify)
            todo += self._next_of_plan(name)
        return found

    def _next_of_plan(self, name: str) -> set[str]:
        """Questions that a plan may put, and steps that it may go to."""
        plan = self.plans.get(name)
        if plan is None:
            return set()
        declared = plan.declared
        asks = {step for step in self.flow.steps if step.startswith(f"{name}.")}
        asks |= {r.go for by_code in declared.repair.values() for r in by_code.values() if r.go is not None}
        return asks | {go for go in (declared.otherwise, *(c.no for c in declared.confirm)) if go is not None}

    @staticmethod
    def _next(step: Step, *, unverified: bool = False) -> set[str]:
        """Where a step may lead; ``unverified``: without branches that only the verified customer takes."""
        branches = (b for b in step.branch if not (unverified and re.match(r"verified(?: and |$)", b.when)))
        targets = {*(b.go for b in branches), *step.on.values()}
        targets |= {step.go} if step.go is not None else set()
        return targets | ({step.tool.failed} if step.tool is not None else set())

    # -- names -----------------------------------------------------------------------------------------------------

    def _target(self, key: Key, name: str) -> None:
        if not name:
            self._fail(key, f"Thiếu khóa “{key[-1]}” (tên một bước).", f"The key “{key[-1]}” (a step) is missing.")
        if name in SPECIAL - {RESUME} and not self.plans and not any(s.plan for s in self.flow.steps.values()):
            self._fail(key, f"“{name}” chỉ dùng được khi kịch bản có plan.", f"“{name}” needs a plan in the flow.")
        if name not in SPECIAL and name not in self.flow.steps:
            self._unknown(key, "bước", "step", name, {*self.flow.steps, *SPECIAL})

    def _template(self, key: Key, name: str) -> None:
        if name not in self.flow.wording:
            self._unknown(key, "mẫu câu", "template", name, self.flow.wording)

    def _slot(self, key: Key, name: str) -> None:
        if name not in self.flow.slots:
            self._unknown(key, "slot", "slot", name, self.flow.slots)

    def _intent(self, key: Key, name: str) -> None:
        if name not in INTENTS and name not in self.flow.intents:
            self._unknown(key, "ý định", "intent", name, {*INTENTS, *self.flow.intents})

    def _value(self, key: Key, value: object) -> None:
        if isinstance(value, str) and value[:1] not in "'\"" and value not in self._values:
            self._unknown(key, "slot hoặc fact", "slot or fact", value, self._values - _BUILT_IN)

    def _condition(self, key: Key, text: str) -> None:
        try:
            used, steps = names(text)
        except ExpressionError as error:
            self._fail(key, f"Điều kiện “{text}” không đọc được.", f"The condition “{text}” cannot be read: {error}.")
        for name in sorted(used - self._values):
            self._unknown(key, "slot hoặc fact", "slot or fact", name, self._values)
        for name in sorted(steps - set(self.flow.steps)):
            self._unknown(key, "bước", "step", name, self.flow.steps)

    def _unknown(self, key: Key, vi: str, en: str, name: str, known: Iterable[str]) -> NoReturn:
        near = get_close_matches(name, list(known), n=1, cutoff=0.6)
        some = ", ".join(sorted(known)[:_SOME]) or "–"
        self._fail(
            key,
            f"Không có {vi} “{name}”. " + (f"Có phải ý bạn là “{near[0]}”?" if near else f"Hiện có: {some}."),
            f"There is no {en} “{name}”. " + (f"Did you mean “{near[0]}”?" if near else f"Known: {some}."),
        )

    def _fail(self, key: Key, vi: str, en: str) -> NoReturn:
        raise FlowError(vi, en, where=self._where(key))

    def _where(self, key: Key) -> str:
        """In the file that defines it: the flow's own first."""
        depth = {source: max(n for n in range(len(key) + 1) if key[:n] in source.lines) for source in self._sources}
        best = max(self._sources, key=lambda source: depth[source])
        return best.where(*key)
