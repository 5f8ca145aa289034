"""What the gate must know of a number, read from memory in a few queries for many numbers at once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.gate import ContactFacts, PastContact
from campaigns.rules import RuleBook
from core.clock import vietnam_time
from memory import people
from memory.phones import PhoneError, normalise_phone
from memory.schema import Attempt, Campaign

_LOOK_BACK = timedelta(days=90)
"""The longest suppression of the rules; promises are shorter."""

_RECENT = timedelta(days=2)
"""Covers every cap: 24 hours and the calendar day."""

_MANY = 500
"""Numbers per query (SQLite's limit of bound parameters)."""


class DoNotCallSource(Protocol):
    """A national do-not-call list, e.g. an imported file or a telco's service."""

    def blocked_channels(self, phones: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """Channels (voice, sms) that each listed number blocked; every asked number is in the answer."""
        ...


@dataclass(frozen=True, slots=True)
class _Past:
    purpose: str
    outcome: str | None
    rang: bool
    at: datetime
    promised: date | None


def gather_facts(
    session: Session,
    business_id: str,
    purpose: str,
    phones: Sequence[str],
    now: datetime,
    rules: RuleBook,
    do_not_call: DoNotCallSource | None = None,
) -> dict[str, ContactFacts]:
    """Facts of each phone as of ``now``, over all campaigns of the business."""
    out = people.opted_out(session, business_id, phones)
    agreed = people.consenting(session, business_id, phones, purpose)
    past = _past(session, business_id, phones, now)
    national = do_not_call.blocked_channels(phones) if do_not_call else {}
    return {
        phone: ContactFacts(
            opted_out=phone in out,
            suppressed_by=_suppressed(past[phone], now, rules),
            number_problem=_problem(phone),
            national_dnc=national.get(phone),
            consented=phone in agreed,
            past=[
                PastContact(entry.at, entry.purpose, "voice")
                for entry in past[phone]
                if entry.rang and entry.at > now - _RECENT
            ],
            promised_for=_promise(past[phone], now),
        )
        for phone in phones
    }


def _past(session: Session, business_id: str, phones: Sequence[str], now: datetime) -> Mapping[str, list[_Past]]:
    found: dict[str, list[_Past]] = defaultdict(list)
    for start in range(0, len(phones), _MANY):
        query = (
            select(Attempt.phone, Campaign.purpose, Attempt.outcome, Attempt.rang, Attempt.intent_at, Attempt.details)
            .join(Campaign, Campaign.id == Attempt.campaign_id)
            .where(Campaign.business_id == business_id, Attempt.phone.in_(phones[start : start + _MANY]))
            .where(Attempt.intent_at > now - _LOOK_BACK)
            .order_by(Attempt.intent_at)
        )
        for phone, purpose, outcome, rang, at, details in session.execute(query):
            found[phone].append(_Past(purpose, outcome, rang, at, _promised_day(outcome, details)))
    return found


def _promised_day(outcome: str | None, details: Mapping[str, object]) -> date | None:
    if outcome != "PTP":
        return None
    try:
        return date.fromisoformat(str(details.get("date")))
    except ValueError:
        return None


def _promise(past: Sequence[_Past], now: datetime) -> date | None:
    """The day of the latest promise, while it is not over."""
    days = [entry.promised for entry in past if entry.promised]
    return days[-1] if days and days[-1] >= vietnam_time(now).date() else None


def _suppressed(past: Sequence[_Past], now: datetime, rules: RuleBook) -> str | None:
    for code, rule in rules.suppress.items():
        hits = Counter(entry.outcome for entry in past if entry.at > now - rule.span)[code]
        if hits >= rule.n:
            return code
    return None


def _problem(phone: str) -> str | None:
    try:
        normalise_phone(phone)
    except PhoneError as error:
        return error.code
    return None
