"""Sample of a customer file: who the customer is, notes and tickets; and what questionnaires bring in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from memory.types import Json
from tools.database import ToolBase
from tools.results import clean_text
from tools.samples.desk import Bound, Desk, not_found
from tools.samples.invoices import fresh_id
from tools.tool import Tool, tool

Text = Annotated[str, Field(min_length=1, max_length=1000)]
Kind = Literal["lead", "survey", "application"]
_NOTES = 5
"""Latest notes that a look-up gives."""


class CustomerFile(ToolBase):
    """What the business knows of one customer."""

    __tablename__ = "sample_customers"

    account: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    segment: Mapped[str]
    """mới, thân thiết or VIP"""


class CustomerNote(ToolBase):
    """Words about a customer, often the customer's own: data, never instructions."""

    __tablename__ = "sample_notes"

    id: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(index=True)
    text: Mapped[str]
    at: Mapped[datetime]


class Ticket(ToolBase):
    """A matter for a person. State: open, closed."""

    __tablename__ = "sample_tickets"

    id: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(index=True)
    topic: Mapped[str]
    text: Mapped[str]
    state: Mapped[str]
    at: Mapped[datetime]


class FormRecord(ToolBase):
    """What a lead, survey or application form brought."""

    __tablename__ = "sample_forms"

    id: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    fields: Mapped[dict[str, Any]] = mapped_column(Json)
    at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Crm:
    """The file of one customer."""

    desk: Desk
    bound: Bound

    def tools(self) -> list[Tool]:
        return [
            tool(
                self.lookup_customer, effect=False, permission="verified", untrusted=True, retries=1,
                gives=("customer_name", "segment", "notes", "open_tickets"),
            ),
            tool(self.add_note, permission="anyone", gives=("note",), retries=2),
            tool(self.open_ticket, permission="anyone", gives=("ticket",), undo="close_ticket", retries=2),
            tool(self.ticket_status, effect=False, permission="verified", gives=("ticket_state",), untrusted=True),
            tool(self.close_ticket, permission="anyone", retries=2),
            tool(self.save_lead, permission="anyone", gives=("lead",), retries=2),
            tool(self.save_survey, permission="anyone", gives=("survey",), retries=2),
            tool(self.save_application, permission="anyone", gives=("application",), retries=2),
        ]  # fmt: skip

    def lookup_customer(self) -> dict[str, Any]:
        """Hồ sơ khách đang nói chuyện: tên, hạng, ghi chú gần đây, phiếu đang mở."""
        account = self.bound.owner()

        def act(session: Session) -> dict[str, Any]:
            file = session.get(CustomerFile, account)
            notes = select(CustomerNote).where(CustomerNote.account == account).order_by(CustomerNote.at.desc())
            tickets = select(Ticket).where(Ticket.account == account, Ticket.state == "open").order_by(Ticket.at)
            return {
                "customer_name": file.name if file is not None else str(self.bound.known.get("name") or ""),
                "segment": file.segment if file is not None else "mới",
                "notes": [note.text for note in session.scalars(notes.limit(_NOTES))],
                "open_tickets": [{"ticket": one.id, "topic": one.topic} for one in session.scalars(tickets)],
            }

        return self.desk.look(act)

    def add_note(self, text: Text, idempotency_key: str) -> dict[str, Any]:
        """Ghi chú vào hồ sơ khách."""
        account, note = self.bound.owner(), fresh_id("note", idempotency_key)

        def act(session: Session) -> dict[str, Any]:
            session.add(CustomerNote(id=note, account=account, text=clean_text(text), at=self.desk.now()))
            return {"note": note}

        return self._done("add_note", idempotency_key, account, act)

    def open_ticket(self, topic: Text, text: Text, idempotency_key: str) -> dict[str, Any]:
        """Mở phiếu hỗ trợ để nhân viên xử lý."""
        account, ticket = self.bound.owner(), fresh_id("tkt", idempotency_key)

        def act(session: Session) -> dict[str, Any]:
            session.add(
                Ticket(
                    id=ticket, account=account, topic=clean_text(topic, 100), text=clean_text(text), state="open",
                    at=self.desk.now(),
                )
            )  # fmt: skip
            return {"ticket": ticket}

        return self._done("open_ticket", idempotency_key, account, act)

    def ticket_status(self, ticket: str) -> dict[str, Any]:
        """Tình trạng một phiếu hỗ trợ của khách."""
        account = self.bound.owner()
        return self.desk.look(lambda session: _ticket_told(_own_ticket(session, account, ticket)))

    def close_ticket(self, ticket: str, idempotency_key: str) -> dict[str, Any]:
        """Đóng phiếu hỗ trợ của khách."""
        account = self.bound.owner()

        def act(session: Session) -> dict[str, Any]:
            found = _own_ticket(session, account, ticket)
            found.state = "closed"
            return _ticket_told(found)

        return self._done("close_ticket", idempotency_key, account, act)

    def save_lead(
        self, interest: Text, idempotency_key: str, need: str = "", budget: int | None = None
    ) -> dict[str, Any]:
        """Ghi nhận nhu cầu của khách quan tâm đến sản phẩm."""
        return self._form("lead", idempotency_key, {"interest": interest, "need": need, "budget": budget})

    def save_survey(
        self, score: Annotated[int, Field(ge=0, le=10)], idempotency_key: str, comment: str = "", topic: str = ""
    ) -> dict[str, Any]:
        """Ghi nhận điểm và góp ý của khách, thang 0 đến 10."""
        return self._form("survey", idempotency_key, {"score": score, "comment": comment, "topic": topic})

    def save_application(
        self, programme: Text, idempotency_key: str, applicant: str = "", birth_year: int | None = None, note: str = ""
    ) -> dict[str, Any]:
        """Ghi nhận hồ sơ đăng ký tuyển sinh."""
        fields = {"programme": programme, "applicant": applicant, "birth_year": birth_year, "note": note}
        return self._form("application", idempotency_key, fields)

    def _form(self, kind: Kind, key: str, fields: dict[str, Any]) -> dict[str, Any]:
        account, record = self.bound.owner(), fresh_id(kind, key)
        kept = {name: clean_text(value) if isinstance(value, str) else value for name, value in fields.items()}

        def act(session: Session) -> dict[str, Any]:
            session.add(FormRecord(id=record, account=account, kind=kind, fields=kept, at=self.desk.now()))
            return {kind: record}

        return self._done(f"save_{kind}", key, account, act)

    def _done(self, name: str, key: str, account: str, act: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.desk.once(name, key, account, act)
        return found


FILES: Final = (
    ("+84900000001", "Nguyễn Văn Hùng", "thân thiết"),
    ("+84900000002", "Trần Thị Mai", "VIP"),
    ("+84900000003", "Lê Minh Tuấn", "mới"),
    ("+84900000004", "Phạm Thu Hà", "VIP"),
)
"""account, name, segment"""


def seed_crm(session: Session, now: datetime) -> None:
    """Add made-up customers that are missing."""
    for account, name, segment in FILES:
        if session.get(CustomerFile, account) is None:
            session.add(CustomerFile(account=account, name=name, segment=segment))


def _own_ticket(session: Session, account: str, ticket: str) -> Ticket:
    found = session.get(Ticket, ticket)
    if found is None or found.account != account:
        raise not_found("phiếu này", "ticket")
    return found


def _ticket_told(one: Ticket) -> dict[str, Any]:
    return {"ticket": one.id, "topic": one.topic, "ticket_state": one.state}
