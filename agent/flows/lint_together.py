"""What only shows when flows are looked at together: one trigger for two of them, and flows that nobody knows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches

from agent.flows.model import Flow
from agent.flows.yaml_lines import Source
from core.errors import FlowError
from speech.text.normalize import common_words, fold, strip_marks

FEW = 3
"""Fewer trigger sentences than this teach nothing; about ten are meant."""


def check_together(
    flows: Mapping[str, Flow], sources: Mapping[str, Source], others: Collection[str] = frozenset()
) -> None:
    """Raises FlowError for the first mistake. ``others``: names of flows that are there besides."""
    taken: dict[str, str] = {}
    for name, flow in flows.items():
        _triggers(flow, sources[name], taken, sources)
        for key, other in flow.menu.items():
            if not (len(key) == 1 and key in "0123456789*#" and ("*" in flow.starts or other in flow.starts)):
                raise FlowError(
                    f"Phím “{key}” của menu phải là một phím 0–9, * hoặc #, và “{other}” phải có trong starts.",
                    f"Key “{key}” of menu must be one of 0–9, * or #, and “{other}” must be among starts.",
                    where=sources[name].where("menu", key),
                )
        for other in (*flow.starts, *flow.menu.values()):
            if other != "*" and other not in flows and other not in others:
                near = get_close_matches(other, [*flows, *others], n=1)
                raise FlowError(
                    f"Không có kịch bản “{other}” (starts)." + (f" Có phải ý bạn là “{near[0]}”?" if near else ""),
                    f"There is no flow “{other}” (starts)." + (f" Did you mean “{near[0]}”?" if near else ""),
                    where=sources[name].where("starts"),
                )


def _triggers(flow: Flow, source: Source, taken: dict[str, str], sources: Mapping[str, Source]) -> None:
    if flow.triggers and len(flow.triggers) < FEW:
        raise FlowError(
            f"Kịch bản có {len(flow.triggers)} câu kích hoạt; cần ít nhất {FEW}, nên khoảng mười.",
            f"The flow has {len(flow.triggers)} triggers; {FEW} are needed, about ten are right.",
            where=source.where("triggers"),
        )
    for index, sentence in enumerate(flow.triggers):
        plain = strip_marks(common_words(fold(sentence)))
        owner = taken.setdefault(plain, flow.name)
        if owner != flow.name:
            place = sources[owner].path.name
            raise FlowError(
                f"Câu kích hoạt “{sentence}” đã thuộc về kịch bản “{owner}” ({place}). "
                f"Hãy bỏ nó ở một bên hoặc nói rõ hơn, ví dụ thêm tên dịch vụ.",
                f"The trigger “{sentence}” already starts the flow “{owner}” ({place}). "
                f"Remove it from one of them or make it more specific, e.g. by naming the service.",
                where=source.where("triggers", index),
            )
