"""Sample of a payment service: an invoice's payment link, its state, taking it back, and a refund."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from tools.samples.desk import Bound, Desk, not_found
from tools.samples.invoices import (
    PAY_WITHIN,
    Invoice,
    Payment,
    PaymentLine,
    fresh_id,
    lines_of,
    open_lines,
    replace_open_payments,
)
from tools.tool import Tool, ToolRefusal, tool

LINK = "https://thanh-toan.example/p/"
"""Made up: .example never resolves (RFC 2606). A business's own provider gives the real one."""


@dataclass(frozen=True, slots=True)
class Payments:
    """Payment tools of one customer."""

    desk: Desk
    bound: Bound

    def tools(self) -> list[Tool]:
        return [
            tool(
                self.lookup_invoice, effect=False, permission="verified", gives=("total", "lines", "pay_before"),
            ),
            tool(
                self.create_payment, undo="cancel_payment", retries=1,
                gives=("payment", "payment_url", "total", "pay_before", "payment_state"),
            ),
            tool(self.payment_status, effect=False, permission="verified", gives=("payment_state", "paid_at")),
            tool(self.cancel_payment, retries=1),
            tool(self.refund_payment, confirm=True, gives=("refund_total",)),
        ]  # fmt: skip

    def lookup_invoice(self, invoice: str) -> dict[str, Any]:
        """Số tiền khách đang cần thanh toán và gồm những khoản nào."""
        account, now = self.bound.owner(), self.desk.now()

        def act(session: Session) -> dict[str, Any]:
            found = _own_invoice(session, account, invoice)
            lines = open_lines(session, found.id, now)
            return {
                "total": sum(line.amount for line in lines),
                "lines": [{"text": line.text, "amount": line.amount} for line in lines],
                "pay_before": _deadline(lines, now),
            }

        return self.desk.look(act)

    def create_payment(self, invoice: str, idempotency_key: str) -> dict[str, Any]:
        """Tạo đường dẫn thanh toán cho mọi khoản đang mở của hóa đơn."""
        account, now = self.bound.owner(), self.desk.now()

        def act(session: Session) -> dict[str, Any]:
            found = _own_invoice(session, account, invoice)
            lines = open_lines(session, found.id, now)
            replace_open_payments(session, found.id)
            total = sum(line.amount for line in lines)
            payment = Payment(
                id=fresh_id("pay", idempotency_key), invoice_id=found.id, account=account, amount=total,
                state="open" if total else "paid", created_at=now, expires_at=_deadline(lines, now),
                paid_at=None if total else now, source=self.bound.source or None,
            )  # fmt: skip
            session.add(payment)
            session.add_all(PaymentLine(payment_id=payment.id, line_id=line.id) for line in lines)
            return {
                "payment": payment.id,
                "payment_url": LINK + payment.id if total else "",
                "total": total,
                "pay_before": payment.expires_at,
                "payment_state": payment.state,
            }

        return self.desk.once("create_payment", idempotency_key, account, act)

    def payment_status(self, payment: str) -> dict[str, Any]:
        """Khách đã thanh toán chưa: open, paid, failed, replaced, expired, paid_late, refunding."""
        account, now = self.bound.owner(), self.desk.now()

        def act(session: Session) -> dict[str, Any]:
            found = _own_payment(session, account, payment)
            late = found.state == "open" and found.expires_at <= now
            return {"payment_state": "expired" if late else found.state, "paid_at": found.paid_at}

        return self.desk.look(act)

    def cancel_payment(self, payment: str, idempotency_key: str) -> dict[str, Any]:
        """Hủy đường dẫn thanh toán chưa trả tiền."""
        account = self.bound.owner()

        def act(session: Session) -> dict[str, Any]:
            found = _own_payment(session, account, payment)
            if found.state in ("paid", "paid_late", "refunding") and found.amount:
                raise ToolRefusal("already_paid", "Khoản này đã được thanh toán.", "This has been paid.")
            found.state = "replaced"
            return {"payment_state": found.state}

        return self.desk.once("cancel_payment", idempotency_key, account, act)

    def refund_payment(self, payment: str, idempotency_key: str) -> dict[str, Any]:
        """Yêu cầu hoàn tiền một khoản trả muộn hoặc trả nhầm; khoản đã dùng vào dịch vụ phải qua nhân viên."""
        account = self.bound.owner()

        def act(session: Session) -> dict[str, Any]:
            found = _own_payment(session, account, payment)
            if found.state == "paid" and lines_of(session, found.invoice_id):
                raise ToolRefusal(
                    "needs_person", "Khoản này đã dùng cho dịch vụ, cần nhân viên xử lý hoàn tiền.",
                    "This money pays for a service in use; a person has to decide the refund.",
                )  # fmt: skip
            if found.state not in ("paid_late", "refunding"):
                raise ToolRefusal("not_paid", "Chưa có khoản tiền nào để hoàn.", "There is no money to give back.")
            found.state = "refunding"
            return {"refund_total": found.amount}

        return self.desk.once("refund_payment", idempotency_key, account, act)


def _deadline(lines: list[Any], now: datetime) -> datetime:
    return min((line.expires_at for line in lines), default=now + PAY_WITHIN)


def _own_invoice(session: Session, account: str, invoice_id: str) -> Invoice:
    found = session.get(Invoice, invoice_id)
    if found is None or found.account != account:
        raise not_found("hóa đơn", "invoice")
    return found


def _own_payment(session: Session, account: str, payment_id: str) -> Payment:
    found = session.get(Payment, payment_id, with_for_update=True)
    if found is None or found.account != account:
        raise not_found("giao dịch thanh toán", "payment")
    return found
