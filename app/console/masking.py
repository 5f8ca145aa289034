"""The transcript page without the numbers and addresses of people, unless somebody asks to see them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from app.console.transcript import Bubble, Transcript
from speech.text.privacy import Kind, mask

HIDDEN: Collection[Kind] = ("phone", "id", "card", "account", "otp", "email", "address", "birth")
"""Names stay: the page is headed by the customer's."""
_KEYS_SHOWN = 4
"""Pressed keys up to so many are a choice or the last digits of something; more are masked."""


def masked(script: Transcript) -> Transcript:
    """``script`` with personal data replaced by labels; recordings and events are left as they are."""
    return replace(
        script,
        bubbles=[_bubble(one) for one in script.bubbles],
        facts=[replace(fact, display=hide(fact.display)) for fact in script.facts],
    )


def hide(text: str) -> str:
    """``text`` with everything of ``HIDDEN`` masked."""
    return mask(text, HIDDEN).text if text else text


def _bubble(one: Bubble) -> Bubble:
    said = None if one.really_said is None else hide(one.really_said)
    understood = None if one.understood is None else {key: _value(value) for key, value in one.understood.items()}
    data = {key: _value(value) for key, value in one.data.items()}
    keys = str(one.data.get("digits") or "")
    if len(keys) > _KEYS_SHOWN:
        data["digits"] = "•" * len(keys)
    return replace(
        one, text=hide(one.text), unheard=hide(one.unheard), really_said=said, understood=understood, data=data
    )


def _value(value: Any) -> Any:
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, list | tuple):
        return [_value(item) for item in value]
    if isinstance(value, dict):
        return {key: _value(item) for key, item in value.items()}
    return value
