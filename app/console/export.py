"""Outcomes of a campaign as a CSV or Excel file, in the order of the uploaded list and with its own columns."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from openpyxl import Workbook
from sqlalchemy import select

from app.console.i18n import Translator
from app.console.text import capital, gate_reason, mask_phone, outcome_label
from campaigns.columns import field_label
from campaigns.spreadsheets import csv_bytes, safe_cell
from core.clock import vietnam_time
from memory.schema import Contact, Conversation, Customer
from memory.store import Store
from speech.text.privacy import LABELS, mask

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_FIRST = ("row", "name", "phone", "region", "status", "outcome", "outcome_label")
_LAST = ("reason", "attempts", "verified", "escalated", "opted_out", "conversation_id", "updated_at")
_RESULTS = ("date", "amount", "at")
"""Results that come first; others follow as the flow has them."""
_LEFT_OUT = frozenset({"name", "phone", "region", "reason", "extra", "code"})
"""They have columns of their own; one-time codes are nobody's business afterwards."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """One row per contact. ``keys`` name the columns for programs, ``headings`` for people."""

    keys: tuple[str, ...]
    headings: tuple[str, ...]
    rows: Sequence[Sequence[Any]]
    listed: int
    """how many of the last columns are the uploaded list's own"""


def outcomes_of(store: Store, campaign_id: str, t: Translator) -> Outcomes:
    """What came of every contact: outcome, what was agreed, attempts, then the list's own columns."""
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
    results = _named(_RESULTS, (contact.disposition_details or {} for contact, _ in found))
    listed = _named((), (_listed(contact) for contact, _ in found))
    rows = [
        [
            *_first(contact, person, latest.get(contact.id), t),
            *(_plain((contact.disposition_details or {}).get(name)) for name in results),
            *_last(contact, latest.get(contact.id), t),
            *(_plain(_listed(contact).get(name)) for name in listed),
        ]
        for contact, person in found
    ]
    keys = (*_FIRST, *(f"result.{name}" for name in results), *_LAST, *(f"list.{name}" for name in listed))
    headings = (
        *(t("export." + name) for name in _FIRST),
        *(t.or_raw("result", name) for name in results),
        *(t("export." + name) for name in _LAST),
        *(capital(field_label(name)) for name in listed),
    )
    return Outcomes(keys, headings, rows, len(listed))


def _named(first: Sequence[str], values: Iterable[Mapping[str, Any]]) -> list[str]:
    """All names in ``values`` that get a column, ``first`` ones in front."""
    names = dict.fromkeys(name for value in values for name in value if name not in _LEFT_OUT)
    return [*(name for name in first if name in names), *(name for name in names if name not in first)]


def _listed(contact: Contact) -> Mapping[str, Any]:
    """What the uploaded list said of the contact, unknown columns too."""
    return {**contact.fields, **(contact.fields.get("extra") or {})}


def _plain(value: Any) -> Any:
    return "" if value is None else value if isinstance(value, str | int | float) else str(value)


def _first(contact: Contact, person: Customer, talk: Conversation | None, t: Translator) -> list[Any]:
    return [
        contact.row_number,
        person.name or "",
        contact.phone,
        t.or_raw("region", (talk.region if talk else None) or person.region),
        t.or_raw("state", contact.status),
        contact.disposition or "",
        outcome_label(contact.disposition, t),
    ]


def _last(contact: Contact, talk: Conversation | None, t: Translator) -> list[Any]:
    return [
        t.or_raw("reason", (contact.disposition_details or {}).get("reason")) or gate_reason(contact.reason, t),
        contact.attempts_made,
        int(bool(talk and talk.verified)),
        int(bool(talk and talk.escalated)),
        int(bool(talk and talk.opted_out)),
        talk.id if talk else "",
        vietnam_time(contact.updated_at).isoformat(timespec="seconds"),
    ]


def masked(outcomes: Outcomes) -> Outcomes:
    """For files that leave the house: names hidden, phones shortened, no personal data in any words, and without the
    list's own columns, which may hold anything."""
    kept = len(outcomes.keys) - outcomes.listed
    rows = [[_hidden(key, cell) for key, cell in zip(outcomes.keys[:kept], row, strict=False)] for row in outcomes.rows]
    return replace(outcomes, keys=outcomes.keys[:kept], headings=outcomes.headings[:kept], rows=rows, listed=0)


def _hidden(key: str, cell: Any) -> Any:
    if key == "name":
        return LABELS["name"] if cell else ""
    if key == "phone":
        return mask_phone(cell)
    in_words = key == "reason" or key.startswith("result.")
    return mask(cell).text if in_words and isinstance(cell, str) else cell


def as_csv(outcomes: Outcomes) -> bytes:
    """UTF-8 with a byte-order mark, which Excel needs to show Vietnamese."""
    return csv_bytes([outcomes.headings, *outcomes.rows])


def as_xlsx(outcomes: Outcomes) -> bytes:
    """One sheet; phone numbers are text, so Excel keeps them whole."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Alô")
    for row in (outcomes.headings, *outcomes.rows):
        sheet.append([safe_cell(cell) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
