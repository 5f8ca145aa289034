"""Tools of a lender: look up what is due, record a promise to pay, book a callback. Promises and callbacks last."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypedDict

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.ids import new_id
from tools.database import ToolBase, ToolDatabase
from tools.registry import ToolRegistry
from tools.samples.desk import Desk, not_found
from tools.sql_ledger import SqlLedger
from tools.tool import Tool, ToolRefusal, tool


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


class PromiseRow(ToolBase):
    """A promise to pay (VND); one per effect's key."""

    __tablename__ = "tool_promises"

    key: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(index=True)
    amount: Mapped[int]
    day: Mapped[date]
    made_at: Mapped[datetime]


class CallbackRow(ToolBase):
    """A wish to be called back; one per effect's key."""

    __tablename__ = "tool_callbacks"

    key: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(index=True)
    at: Mapped[str | None]
    """as given, ISO 8601; a wish may name a local time without a zone"""
    reason: Mapped[str]
    made_at: Mapped[datetime]


@dataclass(slots=True)
class PaymentDesk:
    """The lender's books as the agent sees them. Debts come with each contact; a business's own system knows them."""

    debts: dict[str, Debt] = field(default_factory=dict)
    database: ToolDatabase = field(default_factory=ToolDatabase.temporary)

    @property
    def promises(self) -> list[Promise]:
        """All of them, the oldest first."""
        with self.database.read() as session:
            rows = session.scalars(select(PromiseRow).order_by(PromiseRow.made_at, PromiseRow.key))
            return [Promise(row.account, row.amount, row.day, row.key) for row in rows]

    @property
    def callbacks(self) -> list[Callback]:
        """All of them, the oldest first."""
        with self.database.read() as session:
            rows = session.scalars(select(CallbackRow).order_by(CallbackRow.made_at, CallbackRow.key))
            return [
                Callback(row.account, datetime.fromisoformat(row.at) if row.at else None, row.reason, row.key)
                for row in rows
            ]

    def tools_for(self, account: str) -> ToolRegistry:
        """The tools of one conversation, bound to its customer: nobody else's account can be named."""
        return ToolRegistry.of(self.tools(account), account=account, ledger=SqlLedger(self.database))

    def tools(self, account: str, desk: Desk | None = None) -> list[Tool]:
        """As ``tools_for``, to be put together with others."""
        books = _Books(self, account, desk or Desk(self.database))
        return [
            tool(books.lookup_debt, effect=False, permission="verified", gives=("amount_due", "due_date")),
            tool(books.record_promise, confirm=True, retries=1),
            tool(books.request_callback, permission="anyone", retries=1),
        ]


@dataclass(frozen=True, slots=True)
class _Books:
    """One customer's page in the books."""

    desk: PaymentDesk
    account: str
    rows: Desk

    async def lookup_debt(self) -> Debt:
        """Số tiền và ngày đến hạn của khách hàng đang nói chuyện."""
        if self.account not in self.desk.debts:
            raise not_found("khoản nợ của quý khách", "debt")
        return self.desk.debts[self.account]

    def record_promise(self, amount: int, day: date, idempotency_key: str) -> str:
        """Ghi nhận lời hứa thanh toán đã được khách hàng xác nhận."""
        if amount <= 0:
            raise ToolRefusal("bad_amount", "Số tiền hứa phải lớn hơn 0.", "The promised amount must be above 0.")
        key = idempotency_key or new_id("promise")
        row = PromiseRow(key=key, account=self.account, amount=amount, day=day, made_at=self.rows.now())
        return self._add("record_promise", idempotency_key, row)

    def request_callback(self, reason: str, idempotency_key: str, at: datetime | None = None) -> str:
        """Đặt lịch để nhân viên gọi lại."""
        key, when = idempotency_key or new_id("callback"), at.isoformat() if at is not None else None
        row = CallbackRow(key=key, account=self.account, at=when, reason=reason[:500], made_at=self.rows.now())
        return self._add("request_callback", idempotency_key, row)

    def _add(self, name: str, key: str, row: PromiseRow | CallbackRow) -> str:
        def act(session: Session) -> str:
            session.merge(row)
            return row.key

        return str(self.rows.once(name, key, self.account, act))
