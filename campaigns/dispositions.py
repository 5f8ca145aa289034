"""Codes of how attempts end, and when to try again. The table is data: rules/dispositions.yaml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import Any, Literal

import yaml

from campaigns.durations import parse_duration
from core.artifacts import artifact
from core.clock import VIETNAM, vietnam_time

Level = Literal["none", "contact", "right_party", "system"]

_SLOTS = (time(9), time(14), time(18))
"""Usual times at which people answer: 09–11, 14–16, evenings 18–20 (vietnam_rules §7). The gate has the last word."""

_APART = timedelta(hours=2)
"""The next slot is at least this far away."""

DEFAULT_MAX_ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class RetryStep:
    """When to try again: exactly one of the kinds of rules/dispositions.yaml."""

    after: timedelta | None = None
    other_slot: bool = False
    days: int | None = None
    at_details: bool = False

    def when(self, ended_at: datetime, details: Mapping[str, Any]) -> datetime:
        """Aware UTC time of the next attempt after one that ended at ``ended_at``."""
        if self.at_details:
            named = _named_time(details.get("at"))
            if named is not None and named > ended_at:
                return named
        if self.other_slot:
            return _other_slot(ended_at)
        if self.days is not None:
            return _other_half(ended_at, self.days)
        return ended_at + (self.after or timedelta(0))


@dataclass(frozen=True, slots=True)
class DispositionRule:
    """One code, its labels, how far it got, and its retries."""

    code: str
    vi: str
    en: str
    level: Level
    retry: tuple[RetryStep, ...] = ()

    def label(self, language: str = "vi") -> str:
        return self.vi if language == "vi" else self.en


@dataclass(frozen=True, slots=True)
class NextStep:
    """What follows an attempt: another one at ``due_at``, or nothing (final)."""

    due_at: datetime | None

    @property
    def final(self) -> bool:
        return self.due_at is None


@cache
def disposition_rules() -> Mapping[str, DispositionRule]:
    """All codes, in the file's order."""
    with artifact("campaigns", "rules", "dispositions.yaml").open(encoding="utf-8") as file:
        table = yaml.safe_load(file)
    return {
        code: DispositionRule(
            code, row["vi"], row["en"], row["level"], tuple(_step(step) for step in row.get("retry", ()))
        )
        for code, row in table.items()
    }


def disposition_label(code: str | None, language: str = "vi") -> str:
    """The code's label; the code itself if it is unknown, empty for None."""
    rule = disposition_rules().get(code or "")
    return rule.label(language) if rule else code or ""


def plan_next(
    code: str,
    details: Mapping[str, Any],
    earlier: Sequence[str],
    ended_at: datetime,
    max_attempts: int = DEFAULT_MAX_ATTEMPTS,
) -> NextStep:
    """Pure: after an attempt that ended with ``code`` when ``earlier`` attempts ended with those codes.

    Each code has its own list of retries; ``max_attempts`` bounds all attempts of a contact together.
    """
    rule = disposition_rules().get(code)
    used = sum(1 for other in earlier if other == code)
    if rule is None or used >= len(rule.retry) or len(earlier) + 1 >= max_attempts:
        return NextStep(None)
    return NextStep(rule.retry[used].when(ended_at, details))


def _step(step: Mapping[str, Any]) -> RetryStep:
    return RetryStep(
        after=parse_duration(step["after"]) if "after" in step else None,
        other_slot=step.get("slot") == "other",
        days=step.get("day"),
        at_details=step.get("at") == "details",
    )


def _named_time(value: Any) -> datetime | None:
    """The time a customer named, ISO 8601; without zone it is Vietnam's."""
    if not value:
        return None
    try:
        named = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return (named if named.tzinfo else named.replace(tzinfo=VIETNAM)).astimezone(UTC)


def _other_slot(ended_at: datetime) -> datetime:
    """The next slot's start that is at least two hours away."""
    local = vietnam_time(ended_at)
    for days in (0, 1):
        for slot in _SLOTS:
            candidate = datetime.combine(local.date() + timedelta(days=days), slot, VIETNAM)
            if candidate >= ended_at + _APART:
                return candidate.astimezone(UTC)
    raise AssertionError("tomorrow always has a slot that is two hours away")


def _other_half(ended_at: datetime, days: int) -> datetime:
    """Some days later: in the afternoon after a morning call, in the morning after a later one."""
    local = vietnam_time(ended_at)
    slot = _SLOTS[1] if local.time() < time(12) else _SLOTS[0]
    return datetime.combine(local.date() + timedelta(days=days), slot, VIETNAM).astimezone(UTC)
