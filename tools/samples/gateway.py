"""Confirmations of the payment provider: signed, fresh, counted once, and believed only for the right amount."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.orm import Session

from core.errors import RefusedError
from core.ids import derived_id
from tools.samples.desk import Desk
from tools.samples.invoices import Payment, PaymentNotice, settle_payment
from tools.signing import sign, signed_by

FRESH_FOR = timedelta(minutes=5)
"""A signed notice older than this may be a recording played again."""

Outcome = Literal["paid", "failed", "paid_late", "duplicate", "wrong_amount", "unknown_payment"]


class Notice(BaseModel):
    """What the provider tells."""

    model_config = ConfigDict(extra="ignore", strict=True)

    id: str = Field(min_length=1, max_length=100)
    payment: str = Field(min_length=1, max_length=100)
    amount: int = Field(ge=0)
    outcome: Literal["paid", "failed"]
    reason: str | None = Field(default=None, max_length=100)


@dataclass(frozen=True, slots=True)
class PaymentGateway:
    """The receiving end of the provider's webhook."""

    desk: Desk
    secret: bytes

    def receive(self, body: bytes, signature: str, timestamp: str) -> Outcome:
        """One notice as it came in over HTTP. Raises RefusedError for a signature, time or body that is not right.

        Repeated notices change nothing. After "wrong_amount" and "unknown_payment" a person has to look.
        """
        self._check(body, signature, timestamp)
        try:
            notice = Notice.model_validate_json(body)
        except ValidationError as error:
            raise RefusedError("Nội dung báo thanh toán không đúng.", "The payment notice is not valid.") from error
        found: Outcome = self.desk.once(
            "payment_notice", notice.id, "provider", lambda session: self._settle(session, notice)
        )
        return found

    def _check(self, body: bytes, signature: str, timestamp: str) -> None:
        if not signed_by(self.secret, timestamp, body, signature):
            raise RefusedError("Chữ ký không đúng.", "The signature is not right.")
        try:
            sent = datetime.fromtimestamp(int(timestamp), tz=self.desk.now().tzinfo)
        except (ValueError, OverflowError, OSError) as error:
            raise RefusedError("Thời điểm gửi không đúng.", "The timestamp is not right.") from error
        if abs(self.desk.now() - sent) > FRESH_FOR:
            raise RefusedError("Báo thanh toán quá cũ.", "The payment notice is too old.")

    def _settle(self, session: Session, notice: Notice) -> Outcome:
        now = self.desk.now()
        payment = session.get(Payment, notice.payment, with_for_update=True)
        if payment is None:
            return "unknown_payment"
        outcome: Outcome = "failed"
        if payment.amount != notice.amount:
            outcome = "wrong_amount"
        elif payment.paid_at is not None:
            outcome = "duplicate"  # another notice of money that is already booked
        elif notice.outcome == "paid":
            outcome = "paid" if settle_payment(session, payment, now) == "paid" else "paid_late"
        elif payment.state == "open":
            payment.state, payment.reason = "failed", notice.reason
        session.add(PaymentNotice(id=notice.id, payment_id=payment.id, outcome=outcome, at=now))
        return outcome


def pretend_payment(desk: Desk, payment: str, outcome: Literal["paid", "failed"]) -> Outcome:
    """What the provider would send, signed and received, for rehearsals: nobody pays anything."""
    with desk.database.read() as session:
        amount = session.get_one(Payment, payment).amount
    timestamp = str(int(desk.now().timestamp()))
    notice = {"id": derived_id("notice", payment, outcome), "payment": payment, "amount": amount, "outcome": outcome}
    body = json.dumps(notice).encode()
    return PaymentGateway(desk, b"rehearsal").receive(body, sign(b"rehearsal", timestamp, body), timestamp)
