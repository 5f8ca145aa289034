"""Customers who are one person: whom to read together, join, split, and what an operator has still to decide.

Joining writes one pointer and moves nothing, so that splitting gives back exactly what each had.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.errors import InputError
from memory.schema import AuditEntry, Customer
from memory.tables import PossibleMatch

OPEN: Final = "open"
JOINED: Final = "joined"
APART: Final = "apart"
_MANY: Final = 500


@dataclass(frozen=True, slots=True)
class Pair:
    """Two customers who may be one; ``reasons`` as in ``memory.matching.Doubt``."""

    id: int
    customer: Customer
    other: Customer
    reasons: tuple[str, ...]
    status: str
    at: datetime


def root_of(session: Session, customer_id: str) -> str:
    """The customer that stands for the whole person."""
    seen = {customer_id}
    while True:
        found = session.execute(select(Customer.joined_into).where(Customer.id == customer_id)).scalar()
        if found is None or found in seen:
            return customer_id
        seen.add(found)
        customer_id = found


def members_of(session: Session, customer_id: str) -> list[str]:
    """Ids of all customers that are this person, the standing one first."""
    root = root_of(session, customer_id)
    return [root, *_below(session, [root])]


def roots_of(session: Session, customers: Iterable[Customer]) -> dict[str, str]:
    """Root by customer id; one query more for each level of joins."""
    roots = {one.id: one.joined_into or one.id for one in customers}
    while True:
        above = set(roots.values())
        found: dict[str, str] = {}
        for part in _parts(sorted(above)):
            query = select(Customer.id, Customer.joined_into).where(
                Customer.id.in_(part), Customer.joined_into.is_not(None)
            )
            found |= {row.id: row.joined_into for row in session.execute(query)}
        if not found:
            return roots
        roots = {one: found.get(root, root) for one, root in roots.items()}


def _below(session: Session, roots: Sequence[str]) -> list[str]:
    found = list(
        session.scalars(select(Customer.id).where(Customer.joined_into.in_(roots)).order_by(Customer.id)).all()
    )
    return [*found, *_below(session, found)] if found else []


def join(session: Session, keep_id: str, other_id: str, *, by: str, reason: str, at: datetime) -> None:
    """From now on ``other_id`` (and whoever was joined into it) is ``keep_id``. Raises InputError.

    ``reason`` must not name anybody.
    """
    keep, other = root_of(session, _known(session, keep_id).id), root_of(session, _known(session, other_id).id)
    if keep == other:
        return
    one, two = session.get_one(Customer, keep), session.get_one(Customer, other)
    if one.business_id != two.business_id:
        raise InputError(
            "Hai khách hàng thuộc hai doanh nghiệp khác nhau nên không gộp được.",
            "Customers of two businesses cannot be joined.",
        )
    two.joined_into = keep
    _settle(session, one.business_id, {keep_id, keep}, {other_id, other}, JOINED, by, at)
    _audit(session, "join", by, reason, at, kept=keep, joined=other)
    session.flush()


def split(session: Session, customer_id: str, *, by: str, reason: str, at: datetime) -> None:
    """Take a joined customer out again; it is never joined by itself afterwards. Raises InputError."""
    customer = _known(session, customer_id)
    above = customer.joined_into
    if above is None:
        raise InputError(
            "Khách hàng này chưa được gộp vào ai. Hãy dùng mã của khách hàng đã bị gộp.",
            "This customer is not joined into anybody. Name the one that was joined.",
            where=customer_id,
        )
    root = root_of(session, above)
    customer.joined_into = None
    _settle(session, customer.business_id, {above, root}, {customer_id}, APART, by, at)
    _audit(session, "split", by, reason, at, kept=root, split=customer_id)
    session.flush()


def keep_apart(session: Session, one_id: str, other_id: str, *, by: str, reason: str, at: datetime) -> None:
    """Two people after all. Raises InputError if they are joined already."""
    one, other = _known(session, one_id), _known(session, other_id)
    if root_of(session, one.id) == root_of(session, other.id):
        raise InputError("Hai khách hàng này đã được gộp; hãy tách trước.", "They are joined already; split them.")
    _settle(session, one.business_id, {one.id}, {other.id}, APART, by, at)
    _audit(session, "apart", by, reason, at, one=one.id, other=other.id)
    session.flush()


def suspect(
    session: Session, business_id: str, customer_id: str, other_id: str, reasons: Sequence[str], at: datetime
) -> None:
    """Note that two customers may be one, unless that was decided or noted before."""
    if root_of(session, customer_id) == root_of(session, other_id):
        return
    first, second = sorted((customer_id, other_id))
    if _pair(session, first, second) is None:
        differs = {"differs": sorted(set(reasons))}
        session.add(PossibleMatch(business_id=business_id, customer_id=first, other_id=second, reasons=differs,
                                  status=OPEN, at=at))  # fmt: skip
        session.flush()


def possible_matches(session: Session, business_id: str | None = None, status: str = OPEN) -> list[Pair]:
    """What an operator may decide on, oldest first."""
    query = select(PossibleMatch).where(PossibleMatch.status == status).order_by(PossibleMatch.at, PossibleMatch.id)
    if business_id is not None:
        query = query.where(PossibleMatch.business_id == business_id)
    return [
        Pair(
            row.id,
            session.get_one(Customer, row.customer_id),
            session.get_one(Customer, row.other_id),
            tuple(row.reasons.get("differs", ())),
            row.status,
            row.at,
        )
        for row in session.scalars(query)
    ]


def undecided(session: Session, customer_ids: Collection[str], roots: dict[str, str]) -> set[frozenset[str]]:
    """Pairs of roots that must not be joined by themselves: an operator said so, or has yet to look."""
    pairs: set[frozenset[str]] = set()
    for part in _parts(sorted(customer_ids)):
        rows = select(PossibleMatch.customer_id, PossibleMatch.other_id).where(
            PossibleMatch.status != JOINED,
            or_(PossibleMatch.customer_id.in_(part), PossibleMatch.other_id.in_(part)),
        )
        for one, other in session.execute(rows):
            pairs.add(frozenset((roots.get(one, one), roots.get(other, other))))
    return pairs


def _settle(
    session: Session, business_id: str, some: set[str], others: set[str], status: str, by: str, at: datetime
) -> None:
    """Write the decision on every pair of the two, and make one where none was noted."""
    for one in some:
        for other in others:
            if one == other:
                continue
            first, second = sorted((one, other))
            row = _pair(session, first, second)
            if row is None:
                row = PossibleMatch(business_id=business_id, customer_id=first, other_id=second, reasons={}, at=at)
                session.add(row)
            row.status, row.decided_by, row.decided_at = status, by, at
            session.flush()


def _pair(session: Session, first: str, second: str) -> PossibleMatch | None:
    query = select(PossibleMatch).where(PossibleMatch.customer_id == first, PossibleMatch.other_id == second)
    return session.scalars(query).one_or_none()


def _known(session: Session, customer_id: str) -> Customer:
    found = session.get(Customer, customer_id)
    if found is None:
        raise InputError("Không có khách hàng này.", "There is no such customer.", where=customer_id[:40])
    return found


def _audit(session: Session, action: str, by: str, reason: str, at: datetime, **ids: str) -> None:
    session.add(AuditEntry(at=at, action=action, by=by, reason=reason, counts=ids, pending={}, finished_at=at))


def _parts(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + _MANY] for start in range(0, len(ids), _MANY))
