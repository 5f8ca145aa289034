"""What is not settled: effects that may have happened, that could not be taken back, and money nobody can place.

A person looks: again at the source where it kept the key, or by other means, and writes down what was found.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import InputError
from memory.schema import AuditEntry
from tools.database import ToolDatabase, ToolEffect, ToolSettlement
from tools.results import decode
from tools.samples.desk import SampleKey
from tools.samples.invoices import Payment, PaymentNotice

Why = Literal["unknown", "not_undone", "pending", "paid_late", "refunding", "wrong_amount", "unknown_payment"]
"""unknown: began, end unknown · not_undone: done, should have been taken back · pending: a link waits for money."""
Found = Literal["done", "not_done"]

UNDER_WAY: Final = timedelta(minutes=2)
"""An effect younger than this may still be running: tools end after seconds."""
PENDING_AFTER: Final = timedelta(minutes=15)
"""A payment link that nobody has paid for so long is shown; most of these need nothing but time."""


@dataclass(frozen=True, slots=True)
class Unsettled:
    """One matter. ``data`` may hold personal data: mask it before it is shown."""

    id: str
    why: Why
    what: str
    """tool or, for money, the payment's id"""
    at: datetime | None
    account: str
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def urgent(self) -> bool:
        """Does it need a person? A pending payment may just need time."""
        return self.why != "pending"


def unsettled(database: ToolDatabase, now: datetime) -> list[Unsettled]:
    """Everything that waits for somebody, the oldest first."""
    with database.read() as session:
        settled = set(session.scalars(select(ToolSettlement.id)))
        money = [one for one in (*_payments(session, now), *_notices(session)) if one.id not in settled]
        found = [*_effects(session, now), *money]
    return sorted(found, key=lambda one: (one.at.timestamp() if one.at else 0.0, one.id))


def _effects(session: Session, now: datetime) -> Iterator[Unsettled]:
    for row in session.scalars(select(ToolEffect).where(ToolEffect.state.in_(("started", "stuck")))):
        if row.state == "started" and row.at is not None and abs(now - row.at) < UNDER_WAY:
            continue
        told = row.arguments if row.state == "started" else row.value
        why: Why = "unknown" if row.state == "started" else "not_undone"
        yield Unsettled(f"effect:{row.tool}:{row.key}", why, row.tool, row.at, row.account, _fields(told))


def _payments(session: Session, now: datetime) -> Iterator[Unsettled]:
    wanted = select(Payment).where(Payment.state.in_(("open", "paid_late", "refunding")))
    for row in session.scalars(wanted):
        if row.state == "open" and not (now - row.created_at >= PENDING_AFTER and row.expires_at > now):
            continue  # fresh, or lapsed: nobody has paid and nobody can
        why: Why = "pending" if row.state == "open" else row.state  # type: ignore[assignment]
        data = {"amount": row.amount, "pay_before": row.expires_at.isoformat()}
        yield Unsettled(f"payment:{row.id}", why, row.id, row.paid_at or row.created_at, row.account, data)


def _notices(session: Session) -> Iterator[Unsettled]:
    wanted = select(PaymentNotice, Payment.account).outerjoin(Payment, Payment.id == PaymentNotice.payment_id)
    for row, account in session.execute(wanted.where(PaymentNotice.outcome.in_(("wrong_amount", "unknown_payment")))):
        data = {"amount": row.amount, "told": row.told, "payment": row.payment_id}
        yield Unsettled(f"notice:{row.id}", row.outcome, row.payment_id, row.at, account or "", data)  # type: ignore[arg-type]


def _fields(told: str | None) -> dict[str, Any]:
    value = decode(told) if told else {}
    return dict(value) if isinstance(value, dict) else {"result": value}


def look_again(database: ToolDatabase, matter: str, ours: Collection[str], *, by: str, now: datetime) -> Found | None:
    """Ask the source what became of an effect, and settle it if it knows; None: it does not, a person has to.

    ``ours``: tools of the sample services, which keep each effect's key in one transaction with the effect, so that
    their answer is certain. Raises InputError for a matter that is not open.
    """
    tool, key = _effect_key(matter)
    with database.write() as session:
        row = _open_effect(session, matter)
        under_way = row.at is not None and abs(now - row.at) < UNDER_WAY
        if row.state != "started" or under_way or tool not in ours:
            return None
        kept = session.get(SampleKey, (tool, key))
        found: Found = "done" if kept is not None else "not_done"
        _close(row, found, kept.value if kept is not None else None)
        _write_down(session, matter, row.account, found, "looked up again", by, now)
    return found


def settle(database: ToolDatabase, matter: str, found: Found, note: str, *, by: str, now: datetime) -> None:
    """A person found out. The ledger believes them, ``audit_log`` gets a line, the note goes with the person's data.

    Raises InputError for a matter that is not open or a note that says nothing.
    """
    if not note.strip():
        raise InputError(
            "Hãy ghi đã kiểm tra ở đâu và thấy gì.", "Write down where you looked and what you found.", where="note"
        )
    with database.write() as session:
        account = ""
        if matter.startswith("effect:"):
            row = _open_effect(session, matter)
            account = row.account
            _close(row, found, row.value)
        else:
            account = _money(session, matter)
        _write_down(session, matter, account, found, note.strip(), by, now)


def _close(row: ToolEffect, found: Found, value: str | None) -> None:
    row.state = "done" if found == "done" else "refused"
    row.value, row.arguments = (value or json.dumps(None)) if found == "done" else None, None


def _write_down(session: Session, matter: str, account: str, found: Found, note: str, by: str, now: datetime) -> None:
    session.merge(ToolSettlement(id=matter, account=account, outcome=found, note=note[:_MOST_NOTE], by=by, at=now))
    session.add(
        AuditEntry(
            at=now, action="settle", by=by, reason=f"{matter.rpartition(':')[0]} {found}", counts={"matters": 1},
            pending={}, finished_at=now,
        )
    )  # fmt: skip


_MOST_NOTE: Final = 500


def _effect_key(matter: str) -> tuple[str, str]:
    kind, _, rest = matter.partition(":")
    tool, _, key = rest.partition(":")
    if kind != "effect" or not key:
        raise _not_open(matter)
    return tool, key


def _open_effect(session: Session, matter: str) -> ToolEffect:
    tool, key = _effect_key(matter)
    row = session.get(ToolEffect, (tool, key), with_for_update=True)
    if row is None or row.state not in ("started", "stuck"):
        raise _not_open(matter)
    return row


def _money(session: Session, matter: str) -> str:
    """The account of a payment or notice. Raises InputError if it is none."""
    kind, _, name = matter.partition(":")
    if session.get(ToolSettlement, matter) is not None:
        raise _not_open(matter)
    if kind == "payment" and (payment := session.get(Payment, name)) is not None:
        return payment.account
    if kind == "notice" and (notice := session.get(PaymentNotice, name)) is not None:
        owner = session.get(Payment, notice.payment_id)
        return owner.account if owner is not None else ""
    raise _not_open(matter)


def _not_open(matter: str) -> InputError:
    return InputError("Việc này không có hoặc đã được giải quyết.", "There is no such open matter.", where=matter[:80])
