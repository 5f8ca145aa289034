"""What a flow file says about understanding: example sentences of its own intents, phrases of its choices."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn

from agent.flows.schema import FlowFile
from agent.flows.yaml_lines import Key
from speech.text.normalize import fold

FEW = 3
"""Fewer example sentences than this teach nothing; about ten are meant."""
MAX_WORDS = 40
_NAME = re.compile(r"[a-z][a-z0-9_]*")

Fail = Callable[[Key, str, str], NoReturn]


def check_understanding(flow: FlowFile, fail: Fail) -> None:
    """Calls ``fail`` for the first intent or choice that cannot be learnt or matched."""
    _intents(flow, fail)
    _choices(flow, fail)


def _intents(flow: FlowFile, fail: Fail) -> None:
    taken: dict[str, str] = {}
    for name, sentences in flow.intents.items():
        key: Key = ("intents", name)
        if not _NAME.fullmatch(name):
            fail(key, f"Tên ý định “{name}” chỉ gồm a–z, 0–9 và _.", f"Intent name “{name}” may only hold a–z, 0–9, _.")
        folded = [fold(sentence) for sentence in sentences]
        if len(set(folded)) < FEW:
            fail(
                key,
                f"Ý định “{name}” có {len(set(folded))} câu mẫu; cần ít nhất {FEW}, nên khoảng mười.",
                f"Intent “{name}” has {len(set(folded))} example sentences; {FEW} are needed, about ten are right.",
            )
        for sentence in folded:
            if not sentence or len(sentence.split()) > MAX_WORDS:
                fail(
                    key,
                    f"Câu mẫu của “{name}” phải có từ 1 đến {MAX_WORDS} từ: “{sentence[:60]}”.",
                    f"An example of “{name}” must have 1 to {MAX_WORDS} words: “{sentence[:60]}”.",
                )
            if taken.setdefault(sentence, name) != name:
                fail(
                    key,
                    f"Câu “{sentence}” là mẫu của cả “{taken[sentence]}” và “{name}”; hãy bỏ một bên.",
                    f"“{sentence}” is an example of both “{taken[sentence]}” and “{name}”; keep one.",
                )


def _choices(flow: FlowFile, fail: Fail) -> None:
    for name, slot in flow.slots.items():
        key: Key = ("slots", name)
        if slot.type == "choice" and len(slot.choices) < 2:
            fail(
                key,
                f"Slot “{name}” kiểu choice phải có ít nhất hai lựa chọn (choices: {{giá_trị: [cách nói]}}).",
                f"Slot “{name}” of type choice needs two values or more (choices: {{value: [phrases]}}).",
            )
        if slot.choices and slot.type not in ("choice", "text", "number", "digits", "score", "code"):
            fail(
                key,
                f"Slot “{name}” có choices thì phải có type: choice.",
                f"Slot “{name}” with choices must have type: choice.",
            )
        taken: dict[str, str] = {}
        for value, phrases in slot.choices.items():
            for phrase in map(fold, phrases):
                if not phrase or taken.setdefault(phrase, value) != value:
                    fail(
                        key,
                        f"Cách nói “{phrase}” của “{value}” bị trống hoặc trùng với “{taken.get(phrase)}”.",
                        f"The phrase “{phrase}” of “{value}” is empty or also means “{taken.get(phrase)}”.",
                    )
