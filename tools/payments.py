"""Sample tools of a lender: look up what is due, record a promise to pay, book a callback. Kept in memory.

First cut: one desk per process; the event stream is the lasting record. A business replaces it by its own system.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypedDict

from tools.registry import Tool, ToolRegistry, tool


class Debt(TypedDict):
    """What one contract owes."""

    amount_due: int
    due_date: str


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise to pay, as confirmed by the customer."""

    account: str
    amount: int
    day: date
    key: str


@dataclass(frozen=True, slots=True)
class Callback:
    """A wish to be called back."""

    account: str
    at: datetime | None
    reason: str
    key: str


@dataclass(slots=True)
class PaymentDesk:
    """The lender's books as the agent sees them."""

    debts: dict[str, Debt] = field(default_factory=dict)
    promises: list[Promise] = field(default_factory=list)
    callbacks: list[Callback] = field(default_factory=list)

    def tools_for(self, account: str) -> ToolRegistry:
        """The tools of one conversation, bound to its customer: nobody else's account can be named."""
        return ToolRegistry.of(self._tools(account))

    def _tools(self, account: str) -> list[Tool]:
        async def lookup_debt() -> Debt:
            """Số tiền và ngày đến hạn của khách hàng đang nói chuyện."""
            return self.debts[account]

        async def record_promise(amount: int, day: date, idempotency_key: str) -> str:
            """Ghi nhận lời hứa thanh toán đã được khách hàng xác nhận."""
            if amount <= 0:
                raise ValueError("amount")
            self.promises.append(Promise(account, amount, day, idempotency_key))
            return idempotency_key

        async def request_callback(reason: str, idempotency_key: str, at: datetime | None = None) -> str:
            """Đặt lịch để nhân viên gọi lại."""
            self.callbacks.append(Callback(account, at, reason, idempotency_key))
            return idempotency_key

        return [
            tool(lookup_debt, effect=False, permission="verified", gives=("amount_due", "due_date")),
            tool(record_promise, confirm=True),
            tool(request_callback, permission="anyone"),
        ]
