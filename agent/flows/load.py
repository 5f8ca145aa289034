"""From flow files to checked flows."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agent.brain.own_intents import learn
from agent.flows.lint import check
from agent.flows.lint_together import check_together
from agent.flows.model import Flow
from agent.flows.schema import Always, Ask, Branch, Call, Fact, FlowFile, Handover, Limits, Slot, Step, Template
from agent.flows.yaml_lines import Source, read_yaml
from core.artifacts import artifact
from core.errors import FlowError
from tools import Tool
from tools.database import ToolDatabase
from tools.payments import PaymentDesk
from tools.samples.desk import Bound
from tools.samples.services import Samples


def shipped_flows(tools: Collection[str] | None = None) -> dict[str, Flow]:
    """The flows that come with Alô, by name."""
    return load_flows(artifact("agent", "flows"), tools)


def load_flows(folder: Path, tools: Collection[str] | None = None) -> dict[str, Flow]:
    """Every flow in ``folder``; files without ``flow:`` are parts for others. Raises FlowError."""
    return load_flow_files(sorted(folder.glob("*.yaml")), tools)


def load_flow_files(paths: Iterable[Path], tools: Collection[str] | None = None) -> dict[str, Flow]:
    """These files together: no name and no trigger may belong to two of them. Raises FlowError."""
    flows: dict[str, Flow] = {}
    sources: dict[str, Source] = {}
    for path in paths:
        source = read_yaml(path)
        if "flow" not in source.value:
            continue
        flow = _build(source, tools)
        if flow.name in flows:
            raise FlowError(
                f"Hai tệp cùng tên kịch bản “{flow.name}” ({flows[flow.name].source} và {path.name}).",
                f"Two files name the flow “{flow.name}” ({flows[flow.name].source} and {path.name}).",
                where=source.where("flow"),
            )
        flows[flow.name] = flow
        sources[flow.name] = source
    shipped = {path.stem for path in artifact("agent", "flows").glob("*.yaml")}
    check_together(flows, sources, shipped)
    return flows


def load_flow(path: Path, tools: Collection[str] | None = None) -> Flow:
    """One flow file. ``tools`` are those there are, by name; None: those that come with Alô. Raises FlowError."""
    source = read_yaml(path)
    if "flow" not in source.value:
        raise FlowError(
            "Thiếu khóa “flow” (tên kịch bản).", "The key “flow” (the flow's name) is missing.", where=source.where()
        )
    return _build(source, tools)


def _build(source: Source, tools: Collection[str] | None) -> Flow:
    own = _parse(source)
    parts = [(part, _parse(part)) for part in (_part(source, name) for name in own.uses)]
    files = [parsed for _, parsed in parts] + [own]
    merged = FlowFile.model_construct(
        **{
            **{name: getattr(own, name) for name in FlowFile.model_fields},
            **{name: _joined(files, name) for name in ("facts", "slots", "intents", "steps", "wording", "notice")},
            "always": _reactions(files),
            "silence": next((f.silence for f in reversed(files) if f.silence), ()),
            "on_failure": next((f.on_failure for f in reversed(files) if f.on_failure), None),
            "on_limit": next((f.on_limit for f in reversed(files) if f.on_limit), None),
        }
    )
    if tools is None or (any(step.plan for step in merged.steps.values()) and not isinstance(tools, Mapping)):
        tools = sample_tools()
    merged, plans = check(merged, [source, *(part for part, _ in parts)], tools)
    return Flow(
        name=str(merged.flow), title=merged.title or {"vi": str(merged.flow)}, purpose=str(merged.purpose),
        channels=merged.channels, start=str(merged.start), limits=merged.limits, on_failure=str(merged.on_failure),
        on_limit=str(merged.on_limit), silence=merged.silence, facts=merged.facts, slots=merged.slots,
        always=merged.always, steps=merged.steps, wording=merged.wording, notice=merged.notice, intents=merged.intents,
        own=learn(merged.intents) if merged.intents else None, source=source.path.name,
        plans=plans, triggers=own.triggers, starts=own.starts, menu=own.menu, back=own.back,
        enter=own.enter or str(merged.start),
    )  # fmt: skip


@cache
def sample_tools() -> dict[str, Tool]:
    """The tools that come with Alô, for flows that are loaded without the tools of a business. Opens no database."""
    nowhere = ToolDatabase.temporary()
    found = [*Samples(nowhere).tools_for(Bound("")), *PaymentDesk(database=nowhere).tools("")]
    return {tool.name: tool for tool in found}


def _part(source: Source, name: str) -> Source:
    """A part next to the flow, or a shipped one."""
    here = source.path.parent / f"{name}.yaml"
    shipped = artifact("agent", "flows") / f"{name}.yaml"
    for path in (here, shipped):
        if path.exists():
            return read_yaml(path)
    parts = [path.stem for path in (*source.path.parent.glob("*.yaml"), *artifact("agent", "flows").glob("*.yaml"))]
    raise FlowError(
        f"Không tìm thấy phần dùng chung “{name}.yaml” (uses){_meant(name, parts)}",
        f"The shared part “{name}.yaml” was not found (uses).",
        where=source.where("uses"),
    )


def _parse(source: Source) -> FlowFile:
    try:
        return FlowFile.model_validate(source.value)
    except ValidationError as error:
        first = error.errors()[0]
        place = tuple(p for p in first["loc"] if isinstance(p, (str, int)) and p not in _UNION)
        field = ".".join(map(str, place))
        raise FlowError(
            f"“{field}” không hợp lệ: {_reason(first)}",
            f"“{field}” is not valid: {first['msg']}.",
            where=source.where(*place),
        ) from error


_UNION = frozenset({"int", "str", "bool"})
"""Names of types that pydantic adds to a place where several are allowed."""
_REASONS = {
    "missing": "thiếu giá trị bắt buộc", "int_type": "phải là số nguyên", "int_parsing": "phải là số nguyên",
    "float_type": "phải là số", "float_parsing": "phải là số", "bool_type": "phải là true hoặc false",
    "bool_parsing": "phải là true hoặc false", "string_type": "phải là chữ",
    "list_type": "phải là danh sách, ví dụ [a, b]", "tuple_type": "phải là danh sách, ví dụ [a, b]",
    "dict_type": "phải là các cặp khóa: giá trị, thụt vào dưới khóa này",
    "model_type": "phải là các cặp khóa: giá trị, thụt vào dưới khóa này",
    "greater_than_equal": "phải từ {ge} trở lên", "less_than_equal": "phải từ {le} trở xuống",
}  # fmt: skip


def _reason(error: Mapping[str, Any]) -> str:
    kind, told = str(error["type"]), error.get("ctx", {})
    if kind == "literal_error":
        known = re.findall(r"'([^']+)'", str(told.get("expected", "")))
        return f"phải là một trong: {', '.join(known)}{_meant(str(error.get('input')), known)}"
    if kind == "extra_forbidden":
        name = str(error["loc"][-1])
        return f"khóa này không có trong định dạng kịch bản{_meant(name, _keys())}"
    return _REASONS.get(kind, "sai kiểu hoặc ngoài giới hạn").format(**told) + "."


def _meant(name: str, known: Collection[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f". Có phải ý bạn là “{near[0]}”?" if near else "."


@cache
def _keys() -> frozenset[str]:
    """Every key of the format, wherever it belongs."""
    models = (FlowFile, Always, Step, Ask, Slot, Fact, Template, Call, Branch, Handover, Limits)
    return frozenset(field.alias or name for model in models for name, field in model.model_fields.items())


def _joined(files: list[FlowFile], name: str) -> dict[str, Any]:
    joined: dict[str, Any] = {}
    for file in files:
        joined |= getattr(file, name)
    return joined


def _reactions(files: list[FlowFile]) -> tuple[Always, ...]:
    """Later files replace reactions to the same intent; what leads somewhere comes before passing remarks."""
    by_intent: dict[str, Always] = {}
    for file in files:
        by_intent |= {entry.intent: entry for entry in file.always}
    return tuple(sorted(by_intent.values(), key=lambda entry: entry.go is None))
