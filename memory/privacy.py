"""One person's data: found across all tables, handed over (``export_person``), erased (``memory.erasure``).

Law 91/2025/QH15 Đ4 and Đ14: people may see what is kept of them and have it erased.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from sqlalchemy import inspect, or_, select
from sqlalchemy.orm import Session

from core.errors import InputError
from memory.joining import members_of, root_of
from memory.personal import Person, PersonalTables
from memory.schema import (
    Attempt,
    Base,
    Call,
    Consent,
    Contact,
    Conversation,
    Customer,
    Event,
    GateDecision,
)
from memory.store import Store
from memory.tables import FactRow, IdentityRow, Passage, PossibleMatch

_Row = TypeVar("_Row", bound=Base)


class UnknownPersonError(InputError):
    """Nobody in this database has the number or id asked for."""

    def __init__(self) -> None:
        super().__init__(
            "Không có dữ liệu nào về người này. Hãy kiểm tra lại số điện thoại và thư mục dữ liệu.",
            "Nothing is kept about this person. Check the number and the data folder.",
        )


class AmbiguousPersonError(InputError):
    """Several people of one business share the number; nobody may get or lose another's data."""

    def __init__(self, customer_ids: Sequence[str]) -> None:
        self.customer_ids = tuple(customer_ids)
        shown = ", ".join(customer_ids[:10])
        super().__init__(
            f"Nhiều khách hàng dùng chung số này. Hãy chọn đúng người bằng --customer: {shown}.",
            f"Several customers share this number. Name the right one with --customer: {shown}.",
        )


@dataclass(frozen=True, slots=True)
class Rows:
    """Every row about one person. ``phones``: E.164, the numbers by which nobody else of the business is known."""

    phones: tuple[str, ...]
    customers: Sequence[Customer]
    contacts: Sequence[Contact]
    attempts: Sequence[Attempt]
    decisions: Sequence[GateDecision]
    conversations: Sequence[Conversation]
    calls: Sequence[Call]
    consents: Sequence[Consent]
    identities: Sequence[IdentityRow]
    matches: Sequence[PossibleMatch]
    facts: Sequence[FactRow]

    @property
    def person(self) -> Person:
        """By what tables of other packages know the person."""
        values: dict[Any, set[str]] = {
            "customer": {one.id for one in self.customers},
            "contact": {one.id for one in self.contacts},
            "attempt": {one.id for one in self.attempts},
            "conversation": set(self.conversation_ids),
            "phone": set(self.phones),
        }
        for one in self.identities:
            if one.kind != "phone":
                values.setdefault(one.kind, set()).add(one.value)
        return Person(values)

    @property
    def conversation_ids(self) -> list[str]:
        return [one.id for one in self.conversations]

    @property
    def nothing_but_consents(self) -> bool:
        """Is there no row left except statements about being contacted?"""
        parts = (self.customers, self.contacts, self.attempts, self.decisions, self.conversations, self.calls)
        return not any(parts)


@dataclass(frozen=True, slots=True)
class PersonalData:
    """Everything kept about one person, by table, ready for JSON; times are ISO 8601 in UTC."""

    tables: dict[str, list[dict[str, Any]]]
    recordings: list[str]
    """names of the files in the recordings folder"""

    def as_json(self) -> dict[str, Any]:
        """One object: a key for each table, and ``recordings``."""
        return {**self.tables, "recordings": self.recordings}


def export_person(
    store: Store,
    phone: str | None = None,
    *,
    customer_id: str | None = None,
    recordings_dir: Path | None = None,
    others: PersonalTables = (),
) -> PersonalData:
    """All that is kept about the person with this number (E.164) or customer id, in tables of ``others`` too.

    Raises UnknownPersonError, AmbiguousPersonError.
    """
    store.flush()
    with store.read() as session:
        rows = find_person(session, phone, customer_id)
        events = _all(
            session, Event, Event.conversation_id.in_(rows.conversation_ids), (Event.conversation_id, Event.seq)
        )
        indexed = _all(session, Passage, Passage.conversation_id.in_(rows.conversation_ids), (Passage.id,))
        tables = {
            "customers": rows.customers,
            "identities": rows.identities,
            "possible_matches": rows.matches,
            "facts": rows.facts,
            "consents": rows.consents,
            "contacts": rows.contacts,
            "attempts": rows.attempts,
            "gate_decisions": rows.decisions,
            "conversations": rows.conversations,
            "calls": rows.calls,
            "events": events,
            "passages": indexed,
        }
        dumped = {name: [_dump(row) for row in found] for name, found in tables.items()}
        dumped |= {one.table.name: one.rows(session, rows.person) for one in others}
    return PersonalData(dumped, [name for name in recordings_of(rows) if exists(recordings_dir, name)])


def find_person(session: Session, phone: str | None, customer_id: str | None = None) -> Rows:
    """Every row about a person, in all businesses of this database. Raises UnknownPersonError, AmbiguousPersonError."""
    if phone is None and customer_id is None:
        raise ValueError("a phone number or a customer id is needed")
    ids = _person_ids(session, phone, customer_id)
    customers = _all(session, Customer, Customer.id.in_(ids), (Customer.id,))
    identities = _all(session, IdentityRow, IdentityRow.customer_id.in_(ids), (IdentityRow.id,))
    known = {one.phone for one in customers} | {one.value for one in identities if one.kind == "phone"} | {phone}
    phones = tuple(sorted(one for one in known if one and not _shared(session, one, customers)))
    matches = _all(
        session,
        PossibleMatch,
        or_(PossibleMatch.customer_id.in_(ids), PossibleMatch.other_id.in_(ids)),
        (PossibleMatch.id,),
    )
    facts = _all(session, FactRow, FactRow.customer_id.in_(ids), (FactRow.id,))

    contacts = _all(session, Contact, or_(Contact.phone.in_(phones), Contact.customer_id.in_(ids)), (Contact.id,))
    contact_ids = [one.id for one in contacts]
    attempts = _all(
        session, Attempt, or_(Attempt.phone.in_(phones), Attempt.contact_id.in_(contact_ids)), (Attempt.id,)
    )
    decisions = _all(
        session,
        GateDecision,
        or_(GateDecision.phone.in_(phones), GateDecision.contact_id.in_(contact_ids)),
        (GateDecision.id,),
    )
    consents = _all(session, Consent, or_(Consent.phone.in_(phones), Consent.customer_id.in_(ids)), (Consent.id,))
    called = list(session.scalars(select(Call.conversation_id).where(Call.to.in_(phones))))
    named = [one.conversation_id for one in attempts] + [one.conversation_id for one in consents]
    conversations = _all(
        session,
        Conversation,
        or_(
            Conversation.customer_id.in_(ids),
            Conversation.contact_id.in_(contact_ids),
            Conversation.attempt_id.in_([one.id for one in attempts]),
            Conversation.id.in_([*called, *filter(None, named)]),
        ),
        (Conversation.started_at, Conversation.id),
    )
    calls = _all(session, Call, Call.conversation_id.in_([one.id for one in conversations]), (Call.conversation_id,))
    rows = Rows(
        phones, customers, contacts, attempts, decisions, conversations, calls, consents, identities, matches, facts
    )
    if rows.nothing_but_consents and not consents:
        raise UnknownPersonError
    return rows


def _person_ids(session: Session, phone: str | None, customer_id: str | None) -> list[str]:
    """Customers that are this person: joined ones, and the same number in other businesses.

    Raises AmbiguousPersonError if the number alone does not tell who is meant.
    """
    found = set(members_of(session, customer_id)) if customer_id else set()
    businesses = set(session.scalars(select(Customer.business_id).where(Customer.id.in_(found))))
    query = select(IdentityRow.value).where(IdentityRow.customer_id.in_(found), IdentityRow.kind == "phone")
    numbers = {phone} if phone else set(session.scalars(query))
    for number in sorted(one for one in numbers if one):
        for business_id, roots in _roots_by_business(session, number).items():
            if business_id in businesses and customer_id:
                continue
            if len(roots) > 1 and customer_id is None:
                raise AmbiguousPersonError(sorted(roots))
            if len(roots) == 1:
                found.update(members_of(session, next(iter(roots))))
    return sorted(found)


def _roots_by_business(session: Session, phone: str) -> dict[str, set[str]]:
    """The people known by a number."""
    roots: dict[str, set[str]] = {}
    by_identity = select(IdentityRow.customer_id).where(IdentityRow.kind == "phone", IdentityRow.value == phone)
    query = select(Customer.id, Customer.business_id).where(or_(Customer.phone == phone, Customer.id.in_(by_identity)))
    for customer_id, business_id in session.execute(query):
        roots.setdefault(business_id, set()).add(root_of(session, customer_id))
    return roots


def _shared(session: Session, phone: str, customers: Sequence[Customer]) -> bool:
    """Is somebody else of the same business known by this number too? Then it does not tell whose a row is."""
    mine = {root_of(session, one.id) for one in customers}
    businesses = {one.business_id for one in customers}
    by_business = _roots_by_business(session, phone)
    return any(roots - mine for business_id, roots in by_business.items() if business_id in businesses)


def recordings_of(rows: Rows) -> list[str]:
    """File names a person's recordings may have: as noted, and as a call that broke off would have left them."""
    noted = [call.recording for call in rows.calls if call.recording]
    return sorted({*noted, *(f"{call.conversation_id}.wav" for call in rows.calls)})


def exists(folder: Path | None, name: str) -> bool:
    """Is ``name`` a file inside ``folder``? Names that lead out of it are not."""
    return folder is not None and inside(name) and (folder / name).is_file()


def inside(name: str) -> bool:
    """Does a relative name stay in its folder?"""
    path = PurePosixPath(name.replace("\\", "/"))
    return not path.is_absolute() and ".." not in path.parts


def _all(session: Session, table: type[_Row], condition: Any, order: tuple[Any, ...]) -> Sequence[_Row]:
    return session.scalars(select(table).where(condition).order_by(*order)).all()


def _dump(row: Base) -> dict[str, Any]:
    values = {column.key: getattr(row, column.key) for column in inspect(row).mapper.column_attrs}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}
