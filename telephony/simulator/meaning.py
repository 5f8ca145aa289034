"""What one synthetic customer has in mind: dates, amounts and times fixed before the call begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from speech.types import Dialect
from telephony.simulator import spoken
from telephony.simulator.goals import Goal


@dataclass(frozen=True, slots=True)
class Truth:
    """What the far end really meant, as a perfect agent would record it."""

    code: str
    details: Mapping[str, Any] = field(default_factory=dict)
    """date (ISO) and amount (đồng) of a promise; at (ISO or None) of a callback or a new appointment."""
    stated: bool = False
    """Did the customer get to say it?"""
    behaviour: str = ""
    heard_debt: bool = False
    """Did personal matters reach a far end that had not been verified as the right person?"""


@dataclass(frozen=True, slots=True)
class Meaning:
    """The facts behind the script; ``values`` are the same facts in words, for the slots of the phrase files."""

    today: date
    due: int
    birth_year: int | None
    last4: str
    day: date | None = None
    amount: int | None = None
    wrong_day: date | None = None
    when: datetime | None = None
    new_time: datetime | None = None

    @property
    def partial(self) -> bool:
        return self.amount is not None and self.amount != self.due

    def details(self, code: str) -> dict[str, Any]:
        if code == "PTP" and self.day is not None:
            return {"date": self.day.isoformat(), "amount": self.amount}
        if code == "CALLBACK":
            return {"at": self.when.isoformat(timespec="minutes") if self.when else None}
        if code == "RESCHEDULED" and self.new_time is not None:
            return {"at": self.new_time.isoformat(timespec="minutes")}
        return {}


def make_meaning(goal: Goal, fields: Mapping[str, Any], today: date, rng: Random) -> Meaning:
    """Draw what the customer of ``goal`` has in mind from the contact's ``fields``."""
    due = int(fields.get("amount_due") or 2_500_000)
    day, amount = _promise(goal, today, due, rng) if goal.code == "PTP" else (None, None)
    wrong_day = None
    if "corrects" in goal.traits and day is not None:
        wrong_day = day - timedelta(rng.choice((1, 2)))
    return Meaning(
        today=today,
        due=due,
        birth_year=int(fields["birth_year"]) if fields.get("birth_year") else None,
        last4=str(fields.get("contract_last4") or ""),
        day=day,
        amount=amount,
        wrong_day=wrong_day,
        when=_callback(today, rng) if goal.code == "CALLBACK" else None,
        new_time=_at(today + timedelta(rng.randint(2, 6)), rng) if goal.code == "RESCHEDULED" else None,
    )


def _promise(goal: Goal, today: date, due: int, rng: Random) -> tuple[date, int]:
    if goal.name == "pays_today":
        return today, due
    day = today + timedelta(rng.randint(4 if "corrects" in goal.traits else 1, 6))
    if goal.name == "promises" and due >= 1_000_000 and rng.random() < 0.5:
        return day, max(due // 2 // 500_000 * 500_000, 500_000)
    return day, due


def _callback(today: date, rng: Random) -> datetime | None:
    """Tomorrow, so that it has not passed whatever the hour of the call; one in three names no time."""
    return None if rng.random() < 1 / 3 else _at(today + timedelta(1), rng)


def _at(day: date, rng: Random) -> datetime:
    return datetime.combine(day, time(rng.choice((8, 9, 10, 14, 15, 16)), rng.choice((0, 0, 30))))


def spoken_values(meaning: Meaning, region: Dialect, rng: Random, past: str, relation: str) -> dict[str, str]:
    """The slots of the phrase files that carry facts. Drawn once, so a customer does not contradict themselves."""
    values = {"past": past, "relation": relation}
    if meaning.day is not None and meaning.amount is not None:
        near = spoken.near_date(meaning.day, meaning.today, region, rng)
        full = "hôm nay" if meaning.day == meaning.today else spoken.full_date(meaning.day, rng)
        values |= {"date": near, "fulldate": full, "amount": spoken.money(meaning.amount, region, rng)}
    if meaning.wrong_day is not None:
        values["wrongdate"] = f"ngày {spoken.day_of_month(meaning.wrong_day.day, rng)}"
    if meaning.birth_year is not None:
        values["year"] = spoken.birth_year(meaning.birth_year, region, rng)
    if meaning.last4:
        values["last4"] = spoken.digits(meaning.last4)
    if meaning.when is not None:
        values["when"] = f"{spoken.clock_time(meaning.when, rng)} mai"
    if meaning.new_time is not None:
        day = spoken.near_date(meaning.new_time.date(), meaning.today, region, rng)
        values["newtime"] = f"{spoken.clock_time(meaning.new_time, rng)} {day}"
    return values
