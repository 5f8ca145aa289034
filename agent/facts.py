"""A contact's fields, as an upload or an API gives them, to typed facts of a flow."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from agent.flows.model import Flow
from agent.flows.schema import Fact
from agent.wording import safe
from core.errors import InputError

_GENDERS = {
    "nam": "male",
    "nữ": "female",
    "nu": "female",
    "m": "male",
    "f": "female",
    "male": "male",
    "female": "female",
}


def typed_facts(flow: Flow, fields: Mapping[str, Any], today: date | None = None) -> dict[str, Any]:
    """Facts by name. Fields that the flow does not declare stay out, so that no template can tell them.

    ``today`` counts the days of facts with ``days_since``. Raises InputError naming the field that is missing or
    unreadable.
    """
    facts: dict[str, Any] = {}
    for name, fact in flow.facts.items():
        value = fields.get(name)
        if value in (None, "") and fact.made_of and all(fields.get(part) for part in fact.made_of):
            value = " ".join(str(fields[part]) for part in fact.made_of)
        if value is None or value == "":
            if fact.required:
                raise InputError(
                    f"Thiếu thông tin “{name}” của khách hàng.", f"The field “{name}” is missing.", where=name
                )
            continue
        facts[name] = _typed(name, fact, value)
    for name, fact in flow.facts.items():
        day = facts.get(fact.days_since) if fact.days_since else None
        if isinstance(day, date) and today is not None and name not in facts:
            facts[name] = (today - (day.date() if isinstance(day, datetime) else day)).days
    if "gender" in facts:
        facts["gender"] = _GENDERS.get(str(facts["gender"]).strip().lower())
    return facts


def _typed(name: str, fact: Fact, value: Any) -> Any:
    try:
        return _READERS[fact.type](value)
    except (ValueError, TypeError) as error:
        raise InputError(
            f"Thông tin “{name}” không đọc được (cần {fact.type}).",
            f"The field “{name}” cannot be read (needs {fact.type}).",
            where=name,
        ) from error


def _date(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value).strip()
    day_first = re.fullmatch(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})", text)
    if day_first:
        return date(int(day_first[3]), int(day_first[2]), int(day_first[1]))
    return date.fromisoformat(text[:10])


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    day, _, clock = str(value).strip().replace("T", " ").partition(" ")
    found = re.match(r"(\d{1,2})[:hg](\d{2})?", clock.strip())
    hour, minute = (int(found[1]), int(found[2] or 0)) if found else (9, 0)
    return datetime.combine(_date(day), time(hour, minute))


def _whole(value: Any) -> int:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return int(value)
    text = re.sub(r"(?i)\s|đ|đồng|vnđ|vnd|₫", "", str(value))
    if not re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+|\d+", text):
        raise ValueError("not a whole number")
    return int(re.sub(r"\D", "", text))


def _digits(value: Any) -> str:
    digits = re.sub(r"\D", "", str(value))
    if not digits:
        raise ValueError("no digits")
    return digits


def _year(value: Any) -> int:
    """A year, or the year of a date of birth."""
    found = re.search(r"(?<!\d)(19|20)\d{2}(?!\d)", str(value))
    if not found:
        raise ValueError("no year")
    return int(found.group())


_READERS: Mapping[str, Any] = {
    "text": lambda value: safe(str(value)), "date": _date, "datetime": _moment, "money": _whole, "number": _whole,
    "digits": _digits, "year": _year,
}  # fmt: skip
