"""Finds or makes the customer behind a call, a message or a line of an upload; the rule is ``memory.matching``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from sqlalchemy import or_, select, text, tuple_
from sqlalchemy.orm import Session

from core.ids import new_id
from memory.identities import Identity
from memory.joining import join, roots_of, suspect, undecided
from memory.matching import Candidate, Claim, Decision, Evidence, conflicts, decide
from memory.schema import Customer
from memory.tables import IdentityRow

MATCHING: Final = "matching"
"""Who joined two customers when nobody of the business did."""
_MANY: Final = 400
"""Identities per query."""

Key = tuple[str, str]


@dataclass(slots=True)
class _Book:
    """What is known of the identities of one batch: their customers, kept up to date while the batch goes on."""

    customers: dict[str, Customer] = field(default_factory=dict)
    roots: dict[str, str] = field(default_factory=dict)
    groups: dict[str, list[Customer]] = field(default_factory=dict)
    """joined customers by root"""
    holders: dict[Key, dict[str, IdentityRow]] = field(default_factory=lambda: defaultdict(dict))
    """customer id → row, by kind and value"""
    barred: set[frozenset[str]] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    """that some customer of the business has as theirs"""


def recognise(session: Session, business_id: str, claims: Sequence[Claim], now: datetime) -> list[Customer]:
    """A customer for each claim, in order; a few queries for thousands. One batch of a business at a time."""
    _take_turns(session, business_id)
    book = _open(session, business_id, {(one.kind, one.value) for claim in claims for one in claim.identities})
    return [_recognised(session, business_id, book, claim, now) for claim in claims]


def _recognised(session: Session, business_id: str, book: _Book, claim: Claim, now: datetime) -> Customer:
    decision = decide(claim, _candidates(book, claim), book.barred)
    if decision.customer_id is None:
        customer = _new(session, business_id, book, claim, now)
    else:
        customer = book.customers[decision.customer_id]
    _note_doubts(session, book, business_id, customer, decision, now)
    for root in decision.join:
        _join(session, book, customer, root, now)
    _learn_identities(session, business_id, book, customer, claim.identities, now)
    _learn_evidence(customer, claim.evidence)
    return customer


def _take_turns(session: Session, business_id: str) -> None:
    """Two calls of one new customer at once must not make two of them. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 3))"), {"key": business_id})


def _open(session: Session, business_id: str, keys: Iterable[Key]) -> _Book:
    book, wanted = _Book(), sorted(keys)
    for start in range(0, len(wanted), _MANY):
        part = wanted[start : start + _MANY]
        query = select(IdentityRow).where(
            IdentityRow.business_id == business_id, tuple_(IdentityRow.kind, IdentityRow.value).in_(part)
        )
        for row in session.scalars(query):
            book.holders[row.kind, row.value][row.customer_id] = row
        phones = [value for kind, value in part if kind == "phone"]
        named = select(Customer.phone).where(Customer.business_id == business_id, Customer.phone.in_(phones))
        book.numbers |= {phone for phone in session.scalars(named) if phone}
    ids = sorted({one for rows in book.holders.values() for one in rows})
    for start in range(0, len(ids), _MANY):
        found = session.scalars(select(Customer).where(Customer.id.in_(ids[start : start + _MANY])))
        book.customers |= {one.id: one for one in found}
    _read_groups(session, book)
    return book


def _read_groups(session: Session, book: _Book) -> None:
    """Roots of the book's customers, and everybody joined with them, whose names count as evidence too."""
    book.roots = roots_of(session, book.customers.values())
    roots = sorted(set(book.roots.values()))
    for start in range(0, len(roots), _MANY):
        part = roots[start : start + _MANY]
        for one in session.scalars(select(Customer).where(or_(Customer.id.in_(part), Customer.joined_into.in_(part)))):
            book.customers.setdefault(one.id, one)
    book.roots = roots_of(session, book.customers.values())
    for one in book.customers.values():
        book.groups.setdefault(book.roots[one.id], []).append(one)
    book.barred = undecided(session, book.customers.keys(), book.roots)


def _candidates(book: _Book, claim: Claim) -> list[Candidate]:
    found: dict[tuple[str, Key], Candidate] = {}
    for wanted in claim.identities:
        for customer_id, row in book.holders.get((wanted.kind, wanted.value), {}).items():
            root = book.roots[customer_id]
            evidence = tuple(_evidence(one) for one in book.groups[root])
            known = replace(wanted, verified=row.verified)
            found[customer_id, (wanted.kind, wanted.value)] = Candidate(customer_id, root, known, evidence)
    return list(found.values())


def _evidence(customer: Customer) -> Evidence:
    return Evidence(customer.name, customer.gender, customer.birth_year)


def _new(session: Session, business_id: str, book: _Book, claim: Claim, now: datetime) -> Customer:
    number = next((one.value for one in claim.identities if one.kind == "phone" and one.verified), None)
    customer = Customer(
        id=new_id("cus"),
        business_id=business_id,
        phone=number if number and number not in book.numbers else None,
        fields={},
        created_at=now,
        updated_at=now,
    )
    session.add(customer)
    book.customers[customer.id], book.roots[customer.id] = customer, customer.id
    book.groups[customer.id] = [customer]
    if customer.phone:
        book.numbers.add(customer.phone)
    return customer


def _note_doubts(
    session: Session, book: _Book, business_id: str, customer: Customer, decision: Decision, now: datetime
) -> None:
    if decision.doubts:
        session.flush()
    for doubt in decision.doubts:
        suspect(session, business_id, customer.id, doubt.customer_id, doubt.reasons, now)
        book.barred.add(frozenset((book.roots[customer.id], book.roots[doubt.customer_id])))


def _join(session: Session, book: _Book, customer: Customer, root: str, now: datetime) -> None:
    """The older customer stands for both, whoever came first in this claim."""
    mine = book.roots[customer.id]
    keep, other = sorted((mine, root), key=lambda one: (book.customers[one].created_at, one))
    session.flush()
    join(session, keep, other, by=MATCHING, reason="the same person by a vouched identity", at=now)
    for one in book.groups[other]:
        book.roots[one.id] = keep
    book.groups[keep] += book.groups.pop(other)
    book.barred = {frozenset(keep if one == other else one for one in pair) for pair in book.barred}


def _learn_identities(
    session: Session, business_id: str, book: _Book, customer: Customer, identities: Sequence[Identity], now: datetime
) -> None:
    for one in identities:
        rows = book.holders[one.kind, one.value]
        mine = [row for holder, row in rows.items() if book.roots[holder] == book.roots[customer.id]]
        if mine:
            mine[0].verified = mine[0].verified or one.verified
            continue
        rows[customer.id] = row = IdentityRow(
            business_id=business_id, customer_id=customer.id, kind=one.kind, value=one.value,
            verified=one.verified, source=one.source or "told", at=now,
        )  # fmt: skip
        session.add(row)
        free = one.kind == "phone" and one.verified and one.value not in book.numbers
        if free and customer.phone is None:
            customer.phone = one.value
            book.numbers.add(one.value)


def _learn_evidence(customer: Customer, told: Evidence) -> None:
    """A full name replaces a given name and an older spelling of itself; never another name."""
    known = _evidence(customer)
    if told.key and not conflicts(Evidence(customer.name), Evidence(told.name)) and (told.full or not known.full):
        customer.name = told.name
    customer.gender = customer.gender or told.gender
    customer.birth_year = customer.birth_year or told.birth_year
