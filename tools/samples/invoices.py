"""Invoices and payments as tables, and the rules between them. A line that is not paid in time is void."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.ids import derived_id, new_id
from tools.database import ToolBase

PaymentState = Literal["open", "paid", "failed", "replaced", "expired", "paid_late", "refunding"]
"""replaced: the invoice changed, another payment is needed · paid_late: money came for what was already void."""
PAY_WITHIN = timedelta(hours=24)
"""For lines that hold nothing scarce."""


class Invoice(ToolBase):
    """What one customer owes for one matter; ``subject`` names it (booking:123456, order:…)."""

    __tablename__ = "sample_invoices"

    id: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(index=True)
    subject: Mapped[str] = mapped_column(index=True)


class InvoiceLine(ToolBase):
    """One amount. State: open, paid, void."""

    __tablename__ = "sample_invoice_lines"

    id: Mapped[str] = mapped_column(primary_key=True)
    invoice_id: Mapped[str] = mapped_column(index=True)
    position: Mapped[int]
    text: Mapped[str]
    amount: Mapped[int]
    """VND"""
    state: Mapped[str]
    expires_at: Mapped[datetime]


class Payment(ToolBase):
    """One payment link over the lines that were open when it was made."""

    __tablename__ = "sample_payments"

    id: Mapped[str] = mapped_column(primary_key=True)
    invoice_id: Mapped[str] = mapped_column(index=True)
    account: Mapped[str] = mapped_column(index=True)
    amount: Mapped[int]
    state: Mapped[str]
    reason: Mapped[str | None]
    """the provider's code of a failure"""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    source: Mapped[str | None]
    """contact or conversation in which the link was made"""


class PaymentLine(ToolBase):
    """Which lines a payment pays."""

    __tablename__ = "sample_payment_lines"

    payment_id: Mapped[str] = mapped_column(primary_key=True)
    line_id: Mapped[str] = mapped_column(primary_key=True)


class PaymentNotice(ToolBase):
    """A confirmation received from the provider; its id is taken once."""

    __tablename__ = "sample_payment_notices"

    id: Mapped[str] = mapped_column(primary_key=True)
    payment_id: Mapped[str]
    told: Mapped[str | None]
    """what the provider said: paid or failed"""
    amount: Mapped[int | None]
    outcome: Mapped[str]
    at: Mapped[datetime]


def fresh_id(prefix: str, key: str, *more: object) -> str:
    """An id that follows from the effect's key, so that a replay makes the same one; random without a key."""
    return derived_id(prefix, key, *more) if key else new_id(prefix)


def invoice_for(session: Session, account: str, subject: str) -> Invoice:
    """The invoice of a matter, made if new."""
    found = session.get(Invoice, derived_id("inv", account, subject))
    if found is None:
        found = Invoice(id=derived_id("inv", account, subject), account=account, subject=subject)
        session.add(found)
        session.flush()
    return found


def charge(session: Session, invoice: Invoice, line_id: str, text: str, amount: int, expires_at: datetime) -> None:
    """Add an open line. Payments made before no longer fit and are replaced."""
    count = len(lines_of(session, invoice.id))
    session.add(
        InvoiceLine(
            id=line_id, invoice_id=invoice.id, position=count, text=text, amount=amount, state="open",
            expires_at=expires_at,
        )
    )  # fmt: skip
    replace_open_payments(session, invoice.id)


def void(session: Session, line: InvoiceLine) -> None:
    """Take an open line back. Payment first, then line: the order in which a confirmation locks them."""
    replace_open_payments(session, line.invoice_id)
    line.state = "void"


def lines_of(session: Session, invoice_id: str) -> list[InvoiceLine]:
    wanted = select(InvoiceLine).where(InvoiceLine.invoice_id == invoice_id).order_by(InvoiceLine.position)
    return list(session.scalars(wanted))


def open_lines(session: Session, invoice_id: str, now: datetime) -> list[InvoiceLine]:
    """Lines that can be paid now."""
    return [line for line in lines_of(session, invoice_id) if line.state == "open" and line.expires_at > now]


def replace_open_payments(session: Session, invoice_id: str) -> None:
    wanted = select(Payment).where(Payment.invoice_id == invoice_id, Payment.state == "open").with_for_update()
    for payment in session.scalars(wanted):
        payment.state = "replaced"
    session.flush()


def settle_payment(session: Session, payment: Payment, now: datetime) -> PaymentState:
    """The money is there: pay the lines, all or none. Returns the payment's new state."""
    wanted = (
        select(InvoiceLine)
        .join(PaymentLine, PaymentLine.line_id == InvoiceLine.id)
        .where(PaymentLine.payment_id == payment.id)
        .with_for_update()
    )
    lines = list(session.scalars(wanted))
    payable = payment.state in ("open", "failed") and all(
        line.state == "open" and line.expires_at > now for line in lines
    )
    payment.paid_at = now
    payment.state = "paid" if payable else "paid_late"
    for line in lines if payable else ():
        line.state = "paid"
    return "paid" if payable else "paid_late"
