"""How numbers, times and phones look on a page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from app.console.i18n import Translator
from campaigns.dispositions import disposition_label
from campaigns.gate_reasons import reason_text
from core.clock import VIETNAM, vietnam_time

TONES: Mapping[str, str] = {
    "PTP": "good", "PAID": "good", "CONFIRMED": "good", "PAID_WAIT": "accent", "RESCHEDULED": "accent",
    "CALLBACK": "info", "THIRD_PARTY": "info", "TRANSFERRED": "info", "HARDSHIP": "warn", "DISPUTE": "warn",
    "CANCELLED": "warn", "NOT_INTERESTED": "warn", "WRONG_NUMBER": "warn", "REFUSE_PAY": "bad", "OPT_OUT": "bad",
    "BOT_FAILED": "bad", "TECH_ERROR": "bad", "RESOLVED": "good", "SURVEYED": "good", "QUALIFIED": "good",
    "CODE_READ": "good", "FRAUD_ALERT": "bad",
}  # fmt: skip
"""Colour family of an outcome; what is not listed (nobody reached) is ``muted``."""

TONE_ORDER = ("good", "accent", "info", "warn", "bad", "muted")


def capital(text: str) -> str:
    """``text`` with its first letter large, the others as they are."""
    return text[:1].upper() + text[1:]


def tone(code: str | None) -> str:
    """Colour family of a disposition code."""
    return TONES.get(code or "", "muted")


def outcome_label(code: str | None, t: Translator) -> str:
    """The disposition's name as a heading; empty for None."""
    return capital(disposition_label(code, t.language))


def gate_reason(code: str | None, t: Translator) -> str:
    """Why the gate said no, as a sentence's start; empty for None."""
    if not code:
        return ""
    vi, en = reason_text(code)
    return capital(vi if t.language == "vi" else en)


def mask_phone(phone: str | None) -> str:
    """+84900000012 as ``0900 ••• •12``: enough to match a line, not to call it."""
    if not phone:
        return "—"
    national = "0" + phone[3:] if phone.startswith("+84") else phone
    return f"{national[:4]} ••• •{national[-2:]}" if len(national) >= 8 else "•••"


def money(amount: float) -> str:
    """2500000 as ``2.500.000 đ``."""
    return f"{amount:,.0f}".replace(",", ".") + "\u00a0đ"  # the unit never wraps


def clock_time(moment: datetime | None) -> str:
    """Vietnamese local date and time, dd/mm/yyyy hh:mm."""
    return vietnam_time(moment).strftime("%d/%m/%Y %H:%M") if moment else "—"


def short_time(moment: datetime | None) -> str:
    """Vietnamese local time, dd/mm hh:mm."""
    return vietnam_time(moment).strftime("%d/%m %H:%M") if moment else "—"


def duration(milliseconds: float | None) -> str:
    """61000 as ``1:01``."""
    if milliseconds is None:
        return "—"
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    return f"{minutes}:{seconds:02d}"


_ISO = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d.*)?$")


def friendly(value: Any) -> str:
    """An ISO date or time as people write it; anything else as it is."""
    if isinstance(value, datetime):
        return clock_time(value)
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    text = str(value)
    if not _ISO.match(text):
        return text
    try:
        if len(text) == 10:
            return date.fromisoformat(text).strftime("%d/%m/%Y")
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return clock_time(moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM))  # as people say it


def outcome_detail(details: Mapping[str, Any] | None, t: Translator) -> str:
    """The promise, callback time or reason behind an outcome, in one short line."""
    if not details:
        return ""
    parts = []
    if isinstance(details.get("amount"), int | float):
        parts.append(money(details["amount"]))
    for key in ("date", "at"):
        if details.get(key):
            parts.append(t(f"detail.{key}", value=friendly(details[key])))
    if details.get("reason"):
        parts.append(t.or_raw("reason", str(details["reason"])))
    return ", ".join(parts)


def mood(score: float | None) -> str:
    """positive, neutral or negative, as agent.sentiment labels scores."""
    if score is None:
        return ""
    return "negative" if score <= -0.25 else "positive" if score >= 0.25 else "neutral"
