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

_Row = TypeVar("_Row", bound=Base)


class UnknownPersonError(InputError):
    """Nobody in this database has the number or id asked for."""

    def __init__(self) -> None:
        super().__init__(
            "Không có dữ liệu nào về người này. Hãy kiểm tra lại số điện thoại và thư mục dữ liệu.",
            "Nothing is kept about this person. Check the number and the data folder.",
        )


@dataclass(frozen=True, slots=True)
class Rows:
    """Every row about one person. ``phones``: E.164, all the numbers this person is known by."""

    phones: tuple[str, ...]
    customers: Sequence[Customer]
    contacts: Sequence[Contact]
    attempts: Sequence[Attempt]
    decisions: Sequence[GateDecision]
    conversations: Sequence[Conversation]
    calls: Sequence[Call]
    consents: Sequence[Consent]

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
    store: Store, phone: str | None = None, *, customer_id: str | None = None, recordings_dir: Path | None = None
) -> PersonalData:
    """All that is kept about the person with this number (E.164) or customer id. Raises UnknownPersonError."""
    store.flush()
    with store.read() as session:
        rows = find_person(session, phone, customer_id)
        events = _all(
            session, Event, Event.conversation_id.in_(rows.conversation_ids), (Event.conversation_id, Event.seq)
        )
        tables = {
            "customers": rows.customers,
            "consents": rows.consents,
            "contacts": rows.contacts,
            "attempts": rows.attempts,
            "gate_decisions": rows.decisions,
            "conversations": rows.conversations,
            "calls": rows.calls,
            "events": events,
        }
        dumped = {name: [_dump(row) for row in found] for name, found in tables.items()}
    return PersonalData(dumped, [name for name in recordings_of(rows) if exists(recordings_dir, name)])


def find_person(session: Session, phone: str | None, customer_id: str | None = None) -> Rows:
    """Every row about a person, in all businesses of this database. Raises UnknownPersonError."""
    if phone is None and customer_id is None:
        raise ValueError("a phone number or a customer id is needed")
    who = [Customer.phone == phone] if phone else []
    if customer_id:
        who.append(Customer.id == customer_id)
    customers = _all(session, Customer, or_(*who), (Customer.id,))
    known = {one.phone for one in customers} | {phone}
    if customer_id and known - {None, phone}:  # the same person in the other businesses
        customers = _all(session, Customer, or_(*who, Customer.phone.in_(known - {None})), (Customer.id,))
    phones = tuple(sorted(one for one in known if one))
    ids = [one.id for one in customers]

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
    rows = Rows(phones, customers, contacts, attempts, decisions, conversations, calls, consents)
    if rows.nothing_but_consents and not consents:
        raise UnknownPersonError
    return rows


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
