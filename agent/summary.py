"""The story told to the person who takes over: who, what, tried, feeling, next step, in five lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from agent.brain.base import PRIVATE_TYPES, Meant, SetSlot, Understanding
from agent.flows.model import Flow
from agent.flows.slots import written
from agent.flows.state import State
from agent.flows.story import story
from agent.sentiment import Mood, label_of
from agent.turns import Disposition

_LABELS: Final = {"positive": "thoải mái", "neutral": "bình thường", "negative": "không hài lòng"}
_STATES: Final = {"tense": "không hài lòng", "angry": "đang rất bực"}
_NEXT: Final = {
    "ask_person": "khách muốn gặp nhân viên; chào và hỏi khách cần gì",
    "anger": "khách bực, cần người thật; xin lỗi, lắng nghe rồi giải quyết dứt điểm",
    "abuse": "khách nặng lời; giữ bình tĩnh, không tranh cãi",
    "dispute": "khách khiếu nại khoản vay; đối chiếu hồ sơ trước khi nói số tiền",
    "hardship": "khách gặp khó khăn, cần phương án",
    "despair": "khách đang bế tắc; hỏi thăm, đưa phương án nhẹ hơn",
    "legal_threat": "khách nói sẽ kiện hoặc báo công an, báo chí; để người có thẩm quyền trả lời",
    "danger": "có lời nói nguy hiểm đến tính mạng; giữ máy, trấn an, làm theo quy trình khẩn cấp",
    "not_understood": "trợ lý chưa hiểu ý khách; hỏi lại từ đầu",
    "recording_objected": "khách không đồng ý ghi âm; tắt ghi âm trước khi nói tiếp",
}
_AFTER: Final = {
    "PTP": "chờ đến ngày khách hứa", "PAID": "không cần gì thêm", "PAID_WAIT": "đối chiếu khoản khách nói đã trả",
    "CONFIRMED": "không cần gì thêm", "RESCHEDULED": "không cần gì thêm", "CANCELLED": "không cần gì thêm",
    "CALLBACK": "gọi lại đúng hẹn", "OPT_OUT": "không liên hệ nữa", "WRONG_NUMBER": "sửa số điện thoại",
    "HANGUP_EARLY": "khách cúp máy giữa chừng; xem lại rồi gọi vào lúc khác",
}  # fmt: skip
_MOST_WORDS: Final = 3
_LONGEST_VALUE: Final = 60
_LONGEST_WORDS: Final = 90
_SAYS_LITTLE: Final = frozenset(
    {"affirm", "deny", "ack", "greeting", "self_identify", "repeat", "slow_down", "who", "is_robot", "why", "bye",
     "wait", "other", "ask_person"}
)  # fmt: skip


def summarize(
    flow: Flow,
    facts: Mapping[str, Any],
    state: State,
    mood: Mood,
    why: Mapping[str, Any] | None = None,
    words: str = "",
) -> str:
    """Vietnamese, one fact a line. What the customer told, and the debt, only of a verified customer.

    ``why`` as ``agent.watch.Watch.why`` tells it; ``words`` of the customer's that ``tells_the_matter``, quoted where
    the record has nothing else.
    """
    name = str(facts.get("name") or "chưa rõ")
    details = state.disposition.details if state.disposition else {}
    reason = str(details.get("reason") or (state.disposition.code.lower() if state.disposition else ""))
    shown = {key: value for key, value in state.slots.items() if not _proves(flow, key)} if state.verified else {}
    told = ", ".join(f"{_label(flow, key)}: {_shown(flow, key, value)}" for key, value in shown.items())
    lines = [
        f"Khách: {name} ({'đã' if state.verified else 'chưa'} xác minh).",
        f"Việc: {flow.title.get('vi', flow.name)}.",
        f"Đã trao đổi: {'; '.join(filter(None, (told, story(flow, state)))) or _progress(state, words)}.",
        f"Cảm xúc: {_feeling(mood, why or {})}.",
        f"Cần làm: {_NEXT.get(reason) or _ended(state.disposition)}.",
    ]
    return "\n".join(" ".join(line.split()) for line in lines)


def _proves(flow: Flow, name: str) -> bool:
    """Is it an answer that proves an identity? Those are nobody's business afterwards."""
    slot = flow.slots.get(name)
    return slot is not None and slot.type in PRIVATE_TYPES


def _label(flow: Flow, name: str) -> str:
    slot = flow.slots.get(name)
    return (slot.label if slot else None) or name


def _shown(flow: Flow, name: str, value: Any) -> str:
    return _cut(written(flow.slots.get(name), value), _LONGEST_VALUE)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[:longest].rsplit(" ", 1)[0] + " …"


def tells_the_matter(flow: Flow, understood: Understanding) -> bool:
    """Do these words say what it is about? A yes does not, and what proves an identity is nobody's business."""
    commands = understood.commands
    told = any(isinstance(c, Meant) and c.intent not in _SAYS_LITTLE for c in commands)
    return told and not any(isinstance(c, SetSlot) and _proves(flow, c.slot) for c in commands)


def _progress(state: State, words: str) -> str:
    if not state.heard:
        return "khách chưa nói gì"
    if words and state.verified:
        return f"khách nói “{_cut(words, _LONGEST_WORDS)}”"
    return f"chưa có gì cụ thể sau {state.turns} lượt"


def _feeling(mood: Mood, why: Mapping[str, Any]) -> str:
    label = _STATES.get(mood.state) or _LABELS[label_of(mood.level)]
    words = (
        [str(word) for word in why.get("words", ())][:_MOST_WORDS] if label not in ("bình thường", "thoải mái") else []
    )
    if mood.state == "calm" and why.get("rule") in ("danger", "legal_threat"):
        words = [str(word) for word in why.get("words", ())][:_MOST_WORDS]
    return label + (f" (khách nói: {', '.join(f'“{word}”' for word in words)})" if words else "")


def _ended(disposition: Disposition | None) -> str:
    code = disposition.code if disposition else ""
    return _AFTER.get(code, "tiếp tục hỗ trợ khách")
