"""Businesses, their customers, and what those agreed to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from memory.identities import Identity
from memory.matching import Claim, Evidence
from memory.recognising import recognise
from memory.schema import Business, Consent, Customer

OPTED_OUT = "opted_out"
OPTED_IN_AGAIN = "opted_in_again"
GRANTED = "granted"
WITHDRAWN = "withdrawn"
ALL_PURPOSES = "all"

_MANY = 500
"""Phones per query: below the smallest limit of bound parameters in SQLite (999)."""


@dataclass(frozen=True, slots=True)
class Person:
    """A customer as uploaded or as told; None leaves what is already known."""

    phone: str | None
    """E.164"""
    name: str | None = None
    gender: str | None = None
    birth_year: int | None = None
    address_as: str | None = None
    region: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    identities: tuple[Identity, ...] = ()
    """besides the number"""


@dataclass(frozen=True, slots=True)
class Statement:
    """Something a customer said about being contacted. ``phone`` is E.164, ``at`` aware."""

    phone: str
    action: str
    at: datetime
    channel: str
    purpose: str = ALL_PURPOSES
    text: str | None = None
    customer_id: str | None = None
    conversation_id: str | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)


def ensure_business(session: Session, business_id: str, name: str, now: datetime, **known: Any) -> Business:
    """The business, made if new; ``known`` may be hotline, address, settings."""
    business = session.get(Business, business_id)
    if business is None:
        business = Business(id=business_id, name=name, settings={}, created_at=now)
        session.add(business)
    business.name = name
    for column, value in known.items():
        setattr(business, column, value)
    session.flush()
    return business


def ensure_customer(session: Session, business_id: str, person: Person, now: datetime) -> Customer:
    """The business's customer that this person is, made if new, brought up to date with what is known."""
    return ensure_customers(session, business_id, [person], now)[0]


def ensure_customers(
    session: Session, business_id: str, persons: Sequence[Person], now: datetime, source: str = "upload"
) -> list[Customer]:
    """A customer for each person, in order; a few queries for thousands.

    Numbers and addresses of ``persons`` are vouched for by the business. A number known under another name makes a
    customer of its own (``memory.matching``).
    """
    customers = recognise(session, business_id, [_claim(person, source) for person in persons], now)
    for customer, person in zip(customers, persons, strict=True):
        _learn(customer, person, now)
    session.flush()
    return customers


def identify(session: Session, business_id: str, claim: Claim, now: datetime) -> Customer:
    """The customer behind a call or a message, made if new."""
    customer = recognise(session, business_id, [claim], now)[0]
    session.flush()
    return customer


def _claim(person: Person, source: str) -> Claim:
    phone = [Identity("phone", person.phone, verified=True, source=source)] if person.phone else []
    return Claim((*phone, *person.identities), Evidence(person.name, person.gender, person.birth_year))


def _learn(customer: Customer, person: Person, now: datetime) -> None:
    for column in ("address_as", "region"):
        value = getattr(person, column)
        if value is not None:
            setattr(customer, column, value)
    customer.fields = {**customer.fields, **person.fields}
    customer.updated_at = now


def record_statement(session: Session, business_id: str, statement: Statement) -> None:
    """Add one line to the consents."""
    session.add(
        Consent(
            business_id=business_id,
            phone=statement.phone,
            customer_id=statement.customer_id,
            action=statement.action,
            purpose=statement.purpose,
            channel=statement.channel,
            text=statement.text,
            conversation_id=statement.conversation_id,
            evidence=dict(statement.evidence),
            at=statement.at,
        )
    )


def opted_out(session: Session, business_id: str, phones: Iterable[str]) -> set[str]:
    """Which of ``phones`` asked this business not to be contacted, on whatever channel or campaign."""
    return _latest(session, business_id, phones, {OPTED_OUT: True, OPTED_IN_AGAIN: False}, None)


def consenting(session: Session, business_id: str, phones: Iterable[str], purpose: str) -> set[str]:
    """Which of ``phones`` agreed to be contacted for ``purpose`` and did not take it back."""
    return _latest(session, business_id, phones, {GRANTED: True, WITHDRAWN: False}, purpose)


def _latest(
    session: Session, business_id: str, phones: Iterable[str], actions: Mapping[str, bool], purpose: str | None
) -> set[str]:
    wanted = list(phones)
    holds: dict[str, bool] = {}
    for start in range(0, len(wanted), _MANY):
        query = (
            select(Consent.phone, Consent.action)
            .where(Consent.business_id == business_id, Consent.phone.in_(wanted[start : start + _MANY]))
            .where(Consent.action.in_(actions))
            .order_by(Consent.at, Consent.id)
        )
        if purpose is not None:
            query = query.where(Consent.purpose.in_((purpose, ALL_PURPOSES)))
        for phone, action in session.execute(query):
            holds[phone] = actions[action]
    return {phone for phone, yes in holds.items() if yes}
