"""Outcomes of a campaign as a CSV or Excel file, in the order of the uploaded list."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook
from sqlalchemy import select

from app.console.i18n import Translator
from app.console.text import gate_reason, mask_phone, outcome_label
from core.clock import vietnam_time
from memory.schema import Contact, Conversation, Customer
from memory.store import Store
from speech.text.privacy import LABELS, mask

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

HEADER = (
    "row", "name", "phone", "region", "status", "outcome", "outcome_label", "promise_date", "promise_amount",
    "callback_at", "reason", "attempts", "verified", "escalated", "opted_out", "conversation_id", "updated_at",
)  # fmt: skip

_FORMULA_START = ("=", "+", "-", "@", "\t", "\r")


def outcome_rows(store: Store, campaign_id: str, t: Translator) -> list[list[Any]]:
    """Header and one row per contact."""
    contacts = (
        select(Contact, Customer)
        .join(Customer, Customer.id == Contact.customer_id)
        .where(Contact.campaign_id == campaign_id)
        .order_by(Contact.row_number, Contact.id)
    )
    talks = select(Conversation).where(Conversation.campaign_id == campaign_id).order_by(Conversation.started_at)
    with store.read() as session:
        latest = {talk.contact_id: talk for talk in session.scalars(talks)}
        found = session.execute(contacts).all()
    return [list(HEADER), *(_line(contact, person, latest.get(contact.id), t) for contact, person in found)]


def _line(contact: Contact, person: Customer, talk: Conversation | None, t: Translator) -> list[Any]:
    details = contact.disposition_details or {}
    return [
        contact.row_number,
        person.name or "",
        contact.phone,
        (talk.region if talk else None) or person.region or "",
        contact.status,
        contact.disposition or "",
        outcome_label(contact.disposition, t),
        details.get("date") or "",
        details.get("amount") or "",
        details.get("at") or "",
        t.or_raw("reason", details.get("reason")) or gate_reason(contact.reason, t),
        contact.attempts_made,
        _yes(talk and talk.verified),
        _yes(talk and talk.escalated),
        _yes(talk and talk.opted_out),
        talk.id if talk else "",
        vietnam_time(contact.updated_at).isoformat(timespec="seconds"),
    ]


def masked(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """The same rows for files that leave the house: names hidden, phones shortened, no personal data in any words."""
    header, *lines = rows
    return [list(header), *([_hidden(column, cell) for column, cell in zip(header, row, strict=True)] for row in lines)]


def _hidden(column: str, cell: Any) -> Any:
    if column == "name":
        return LABELS["name"] if cell else ""
    if column == "phone":
        return mask_phone(cell)
    return mask(cell).text if column == "reason" and isinstance(cell, str) else cell


def _yes(value: object) -> str:
    return "1" if value else "0"


def safe_cell(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula is marked as text; phone numbers stay readable."""
    if isinstance(value, str) and value.startswith(_FORMULA_START) and not value[1:].isdigit():
        return "'" + value
    return value


def as_csv(rows: Sequence[Sequence[Any]]) -> bytes:
    """UTF-8 with a byte-order mark, which Excel needs to show Vietnamese."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([safe_cell(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(rows: Sequence[Sequence[Any]]) -> bytes:
    """One sheet; phone numbers are text, so Excel keeps them whole."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("outcomes")
    for row in rows:
        sheet.append([safe_cell(cell) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
