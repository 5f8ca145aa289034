"""The story told to the person who takes over: who, what, tried, feeling, next step, in five lines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from agent.flows.model import Flow
from agent.flows.state import State
from agent.sentiment import Mood, label_of

_LABELS = {"positive": "thoải mái", "neutral": "bình thường", "negative": "không hài lòng"}
_REASONS = {
    "ask_person": "khách muốn gặp nhân viên", "anger": "khách bực, cần người thật",
    "dispute": "khách khiếu nại khoản vay",
    "hardship": "khách gặp khó khăn, cần phương án", "legal_threat": "khách nói sẽ kiện hoặc báo công an",
    "not_understood": "trợ lý chưa hiểu ý khách", "recording_objected": "khách không đồng ý ghi âm",
}  # fmt: skip


def summarize(flow: Flow, facts: Mapping[str, Any], state: State, mood: Mood) -> str:
    """Vietnamese, one fact a line. Names the debt only for a verified customer."""
    name = str(facts.get("name") or "chưa rõ")
    details = state.disposition.details if state.disposition else {}
    reason = str(details.get("reason") or (state.disposition.code.lower() if state.disposition else ""))
    told = ", ".join(
        f"{key}: {value.isoformat() if isinstance(value, date) else value}" for key, value in state.slots.items()
    )
    lines = [
        f"Khách: {name} ({'đã' if state.verified else 'chưa'} xác minh).",
        f"Việc: {flow.title.get('vi', flow.name)}.",
        f"Đã trao đổi: {told if told and state.verified else 'chưa có gì cụ thể'}.",
        f"Cảm xúc: {_LABELS[label_of(mood.level)]}.",
        f"Cần làm: {_REASONS.get(reason, 'tiếp tục hỗ trợ khách')}.",
    ]
    return "\n".join(lines)
