"""What plans have done so far, for the person who takes over: done, taken back, in doubt, and what went wrong."""

from __future__ import annotations

from collections import defaultdict

from agent.flows.model import Flow
from agent.flows.plans import FlowPlan
from agent.flows.state import State

_SAID = {
    "done": "đã {}", "undone": "đã hoàn tác: {}", "stuck": "CHƯA hoàn tác được: {}", "unsure": "CHƯA RÕ kết quả: {}",
}  # fmt: skip


def story(flow: Flow, state: State) -> str:
    """Vietnamese, "" if no plan has done anything. Names no value: those are told for verified customers elsewhere."""
    parts: list[str] = []
    for name, progress in state.plans.items():
        plan = flow.plans[name]
        actions = plan.rules.domain.actions
        by_status: dict[str, list[str]] = defaultdict(list)
        for call in progress.calls:
            if actions[call.tool].effect and call.status in _SAID:
                by_status[call.status].append(_deed(flow, plan, call.tool))
        for how, said in _SAID.items():
            if by_status[how]:
                parts.append(said.format(", ".join(dict.fromkeys(by_status[how]))))
        if progress.why and not progress.finished:
            parts.append(f"dừng vì {progress.why}")
    return "; ".join(parts)


def _deed(flow: Flow, plan: FlowPlan, tool: str) -> str:
    """In the words the customer was told, or the tool's name."""
    tell = plan.declared.tools[tool].tell
    pattern = flow.wording[tell].any[0] if tell is not None else tool
    return pattern.replace("{you}", "khách")
