"""Rules as data: who may be called when and how often, read from dated YAML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cache
from typing import Any, Final

import yaml

from campaigns.durations import parse_duration
from core.artifacts import artifact

EVERY_DAY: Final = frozenset(range(1, 8))
Window = tuple[time, time]
"""[start, end): the end is no longer allowed"""


@dataclass(frozen=True, slots=True)
class Cap:
    """At most ``n`` contacts per ``span``; None is a calendar day of the callee."""

    n: int
    span: timedelta | None
    across_channels: bool = False


@dataclass(frozen=True, slots=True)
class Hours:
    """When contact is allowed. ``windows`` empty: at any time of day."""

    windows: tuple[Window, ...] = ()
    weekdays: frozenset[int] = EVERY_DAY
    """ISO, Monday is 1"""
    holidays: bool = True
    """also on public holidays"""
    tet_eve_days: int = 0
    """days before mùng 1 without contact"""
    tet_days: int = 0
    """days from mùng 1 on without contact"""


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of the rule file."""

    purpose: str
    channel: str
    source: str
    confidence: str
    effective_from: date
    effective_to: date | None
    legal: Hours
    usual: Hours
    hours_by_agreement: bool
    legal_cap: Cap | None
    usual_cap: Cap | None
    national_dnc_blocks: bool
    consent: str | None
    brandname_required: bool
    always: bool


@dataclass(frozen=True, slots=True)
class Suppression:
    """``n`` results of one kind within ``span`` keep a number from being called."""

    n: int
    span: timedelta


@dataclass(frozen=True, slots=True)
class RuleBook:
    """A rule file."""

    name: str
    version: str
    rules: tuple[Rule, ...]
    labels: Mapping[str, Mapping[str, str]]
    """purpose → vi, en"""
    blackout_from_day: int
    """days after mùng 1 − 1 (0 = giao thừa)"""
    blackout_to_day: int
    advertising_words: tuple[str, ...]
    suppress: Mapping[str, Suppression]

    def rule(self, purpose: str, channel: str, day: date) -> Rule | None:
        """The rule in force on ``day``; one for the channel goes before one for any."""
        for wanted in (channel, "any"):
            for rule in self.rules:
                if (rule.purpose, rule.channel) == (purpose, wanted) and _in_force(rule, day):
                    return rule
        return None


def _in_force(rule: Rule, day: date) -> bool:
    return rule.effective_from <= day and (rule.effective_to is None or day < rule.effective_to)


@cache
def load_rules(country: str = "vn") -> RuleBook:
    """The shipped rule file of a country."""
    with artifact("campaigns", "rules", f"{country}.yaml").open(encoding="utf-8") as file:
        return parse_rules(yaml.safe_load(file))


def parse_rules(data: Mapping[str, Any]) -> RuleBook:
    """A rule book from its YAML. Raises KeyError or ValueError for a malformed one."""
    return RuleBook(
        name=data["name"],
        version=data["version"],
        rules=tuple(_rule(entry) for entry in data["rules"]),
        labels=data["purposes"],
        blackout_from_day=data["tet_blackout"]["from_day"],
        blackout_to_day=data["tet_blackout"]["to_day"],
        advertising_words=tuple(data["advertising_words"]),
        suppress={code: Suppression(row["n"], parse_duration(row["for"])) for code, row in data["suppress"].items()},
    )


def _rule(entry: Mapping[str, Any]) -> Rule:
    legal = _hours(entry.get("legal", {}))
    return Rule(
        purpose=entry["purpose"],
        channel=entry["channel"],
        source=entry["source"],
        confidence=entry["confidence"],
        effective_from=entry["effective_from"],
        effective_to=entry.get("effective_to"),
        legal=legal,
        usual=_hours(entry["usual"]) if "usual" in entry else legal,
        hours_by_agreement=entry.get("legal", {}).get("by_agreement", False),
        legal_cap=_cap(entry.get("legal_cap")),
        usual_cap=_cap(entry.get("usual_cap")),
        national_dnc_blocks=entry.get("national_dnc") == "block",
        consent=entry.get("consent"),
        brandname_required=entry.get("brandname") == "required",
        always=entry.get("always", False),
    )


def _hours(entry: Mapping[str, Any]) -> Hours:
    return Hours(
        windows=tuple(parse_window(window) for window in entry.get("windows", ())),
        weekdays=frozenset(entry.get("weekdays", EVERY_DAY)),
        holidays=entry.get("holidays", True),
        tet_eve_days=entry.get("tet_eve_days", 0),
        tet_days=entry.get("tet_days", 0),
    )


def parse_window(window: Any) -> Window:
    """``["08:00", "11:30"]``; raises ValueError unless the start is before the end."""
    start, end = (time.fromisoformat(str(part)) for part in window)
    if start >= end:
        raise ValueError(f"a window must start before it ends: {window}")
    return start, end


def _cap(entry: Mapping[str, Any] | None) -> Cap | None:
    if entry is None:
        return None
    span = None if entry["per"] == "calendar_day" else parse_duration(entry["per"])
    return Cap(entry["n"], span, entry.get("across_channels", False))
