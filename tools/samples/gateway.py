"""Confirmations of the payment provider: signed, fresh, counted once, and believed only for the right amount."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.orm import Session

from core.errors import RefusedError
from core.ids import derived_id
from tools.samples.desk import Desk, system_now
from tools.samples.invoices import Payment, PaymentNotice, settle_payment
from tools.signing import sign, signed_by

FRESH_FOR = timedelta(minutes=5)
"""A signed notice older than this may be a recording played again."""

Outcome = Literal["paid", "failed", "paid_late", "duplicate", "wrong_amount", "unknown_payment", "reused"]
"""duplicate: another notice of money that is already booked · reused: the id of another notice."""


class UnsignedNoticeError(RefusedError):
    """A notice whose signature or time is not right: nobody knows who sent it."""


class Notice(BaseModel):
    """What the provider tells."""

    model_config = ConfigDict(extra="ignore", strict=True)

    id: str = Field(min_length=1, max_length=100)
    payment: str = Field(min_length=1, max_length=100)
    amount: int = Field(ge=0, lt=10**15)
    outcome: Literal["paid", "failed"]
    reason: str | None = Field(default=None, max_length=100)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of a notice."""

    outcome: Outcome
    notice: str
    payment: str
    amount: int
    """VND, as the provider told"""
    at: datetime
    """when it was booked, the first time"""
    source: str | None = None
    """contact or conversation in which the payment link was made"""
    repeated: bool = False
    """seen before; nothing was changed"""


@dataclass(frozen=True, slots=True)
class PaymentGateway:
    """The receiving end of the provider's webhook."""

    desk: Desk
    secret: bytes
    wall: Callable[[], datetime] = system_now
    """The time of day by which signatures are fresh; ``desk`` may live in simulated time."""

    def receive(self, body: bytes, signature: str, timestamp: str) -> Receipt:
        """One notice as it came in over HTTP. Raises UnsignedNoticeError, RefusedError for a body that is not right,
        ToolUnavailable while the database is away.

        Repeated notices change nothing. After "wrong_amount", "unknown_payment" and "paid_late" a person has to look.
        """
        self._check(body, signature, timestamp)
        try:
            notice = Notice.model_validate_json(body)
        except ValidationError as error:
            fields = ", ".join(".".join(map(str, one["loc"])) for one in error.errors(include_input=False))
            raise RefusedError(
                "Nội dung báo thanh toán không đúng.", "The payment notice is not valid.", where=fields or None
            ) from error
        found = self.desk.once("payment_notice", "", "provider", lambda session: self._settle(session, notice))
        return Receipt(notice=notice.id, payment=notice.payment, amount=notice.amount, **found)

    def _check(self, body: bytes, signature: str, timestamp: str) -> None:
        if not signed_by(self.secret, timestamp, body, signature):
            raise UnsignedNoticeError("Chữ ký không đúng.", "The signature is not right.")
        try:
            sent = datetime.fromtimestamp(int(timestamp), tz=self.wall().tzinfo)
        except (ValueError, OverflowError, OSError) as error:
            raise UnsignedNoticeError("Thời điểm gửi không đúng.", "The timestamp is not right.") from error
        if abs(self.wall() - sent) > FRESH_FOR:
            raise UnsignedNoticeError("Báo thanh toán quá cũ.", "The payment notice is too old.")

    def _settle(self, session: Session, notice: Notice) -> dict[str, Any]:
        """Fields of the receipt. Payment first, then notice: everybody locks in this order."""
        payment = session.get(Payment, notice.payment, with_for_update=True)
        source = payment.source if payment is not None else None
        known = session.get(PaymentNotice, notice.id)
        if known is not None and known.outcome != "unknown_payment":  # an unknown payment may be known by now
            told = (notice.payment, notice.amount, notice.outcome)
            same = known.told is None or (known.payment_id, known.amount, known.told) == told
            return {"outcome": known.outcome if same else "reused", "at": known.at, "source": source, "repeated": True}
        now = self.desk.now()
        outcome: Outcome = "unknown_payment" if payment is None else _book(session, payment, notice, now)
        row = {"told": notice.outcome, "amount": notice.amount, "outcome": outcome, "at": now}
        session.merge(PaymentNotice(id=notice.id, payment_id=notice.payment, **row))
        return {"outcome": outcome, "at": now, "source": source}


def _book(session: Session, payment: Payment, notice: Notice, now: datetime) -> Outcome:
    if payment.amount != notice.amount:
        return "wrong_amount"
    if payment.paid_at is not None:
        return "duplicate"
    if notice.outcome == "paid":
        return "paid" if settle_payment(session, payment, now) == "paid" else "paid_late"
    if payment.state == "open":
        payment.state, payment.reason = "failed", notice.reason
    return "failed"


def signed_notice(
    secret: bytes, notice: str, payment: str, amount: int, outcome: Literal["paid", "failed"], now: datetime
) -> tuple[bytes, str, str]:
    """(body, signature, timestamp) as a provider sends them."""
    timestamp = str(int(now.timestamp()))
    body = json.dumps({"id": notice, "payment": payment, "amount": amount, "outcome": outcome}).encode()
    return body, sign(secret, timestamp, body), timestamp


def pretend_payment(desk: Desk, payment: str, outcome: Literal["paid", "failed"]) -> Outcome:
    """What the provider would send, signed and received, for rehearsals: nobody pays anything."""
    with desk.database.read() as session:
        amount = session.get_one(Payment, payment).amount
    secret = b"rehearsal"
    sent = signed_notice(secret, derived_id("notice", payment, outcome), payment, amount, outcome, desk.now())
    return PaymentGateway(desk, secret, desk.now).receive(*sent).outcome
