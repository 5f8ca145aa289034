"""What campaign pages read from memory: lists, totals, table rows. Blocking: call from worker threads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Integer, func, select
from sqlalchemy.orm import Session

from memory import events as kind
from memory.schema import Attempt, Call, Campaign, Contact, Conversation, Customer, Event, GateDecision
from memory.store import Store

PAGE_ROWS = 100
"""Rows of the live table on one page."""

FINAL_STATES = ("done", "skipped")
_SPEAKERS = {kind.CUSTOMER_SAID: "customer", kind.BOT_SAID: "bot", kind.ANNOUNCEMENT: "network"}


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """One line of the campaigns list."""

    campaign: Campaign
    total: int
    done: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Where a campaign stands. Amounts in VND, latency in ms from the customer's last sample to the bot's first."""

    status: str
    total: int
    done: int
    active: int
    waiting: int
    skipped: int
    outcomes: dict[str, int]
    right_party: int
    escalated: int
    promised_vnd: int
    attempts: int
    latency_p95_ms: int | None
    gate_decisions: int


@dataclass(frozen=True, slots=True)
class Row:
    """One contact of the live table with its latest conversation."""

    contact_id: str
    row_number: int
    name: str
    phone: str
    region: str | None
    state: str
    next_due_at: datetime | None
    conversation_id: str | None
    last_role: str | None
    last_words: str
    sentiment: float | None
    outcome: str | None
    details: dict[str, Any]
    escalated: bool
    reason: str | None
    alert: Literal["alert", "callback"] | None = None
    """Supervisors were told, and nobody has taken over."""


@dataclass(frozen=True, slots=True)
class Position:
    """How much of a campaign has been seen: newest event row, newest change of a contact, status."""

    event: int
    touched: datetime | None
    status: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """One refusal or delay by the legal gate."""

    name: str
    phone: str
    code: str
    reason: str
    at: datetime
    next_allowed_at: datetime | None


def campaign_lines(store: Store) -> list[CampaignLine]:
    """All campaigns, newest first."""
    done = func.sum((Contact.status.in_(FINAL_STATES)).cast(Integer))
    counts = select(Contact.campaign_id, func.count(), done).group_by(Contact.campaign_id)
    with store.read() as session:
        by_id = {row[0]: (row[1], int(row[2] or 0)) for row in session.execute(counts)}
        campaigns = session.scalars(select(Campaign).order_by(Campaign.created_at.desc(), Campaign.id.desc())).all()
    return [CampaignLine(c, *by_id.get(c.id, (0, 0))) for c in campaigns]


def campaign(store: Store, campaign_id: str) -> Campaign | None:
    with store.read() as session:
        return session.get(Campaign, campaign_id)


def is_simulated(store: Store, campaign_id: str) -> bool:
    """Did a simulated carrier place any call of this campaign? Then its customers were synthetic."""
    query = select(Conversation.id).where(Conversation.campaign_id == campaign_id, Conversation.truth.is_not(None))
    calls = (
        select(Call.conversation_id)
        .join(Conversation, Conversation.id == Call.conversation_id)
        .where(Conversation.campaign_id == campaign_id, Call.carrier == "simulator")
    )
    with store.read() as session:
        return session.scalar(calls.limit(1)) is not None or session.scalar(query.limit(1)) is not None


def totals(store: Store, campaign_id: str) -> Totals:
    """Counts over all contacts of the campaign."""
    with store.read() as session:
        status = session.scalar(select(Campaign.status).where(Campaign.id == campaign_id)) or ""
        by_status = _counts(session, Contact.status, Contact.campaign_id == campaign_id)
        outcomes = _counts(
            session, Contact.disposition, Contact.campaign_id == campaign_id, Contact.disposition.is_not(None),
            Contact.status.in_(FINAL_STATES),
        )  # fmt: skip
        of_campaign = Conversation.campaign_id == campaign_id
        right_party = session.scalar(
            select(func.count(Conversation.contact_id.distinct())).where(of_campaign, Conversation.verified)
        )
        escalated = session.scalar(select(func.count()).where(of_campaign, Conversation.escalated))
        attempts = session.scalar(select(func.count()).where(Attempt.campaign_id == campaign_id))
        stopped = session.scalar(select(func.count()).where(*_stopped_by_gate(campaign_id)))
        promised = session.scalar(
            select(func.sum(Contact.disposition_details["amount"].as_float())).where(
                Contact.campaign_id == campaign_id, Contact.disposition == "PTP"
            )
        )
        latency = _latency_p95(session, campaign_id)
    return Totals(
        status=status,
        total=sum(by_status.values()),
        done=by_status.get("done", 0) + by_status.get("skipped", 0),
        active=by_status.get("active", 0),
        waiting=by_status.get("pending", 0) + by_status.get("waiting", 0),
        skipped=by_status.get("skipped", 0),
        outcomes=outcomes,
        right_party=right_party or 0,
        escalated=escalated or 0,
        promised_vnd=round(promised or 0),
        attempts=attempts or 0,
        latency_p95_ms=latency,
        gate_decisions=stopped or 0,
    )


def _counts(session: Session, column: Any, *where: Any) -> dict[str, int]:
    query = select(column, func.count()).where(*where).group_by(column).order_by(func.count().desc(), column)
    return {row[0]: row[1] for row in session.execute(query)}


_LATENCY_SAMPLE = 1000
"""Newest answers that the shown percentile covers: enough to be stable, cheap to read every second."""


def _latency_p95(session: Session, campaign_id: str) -> int | None:
    query = (
        select(Event.data)
        .join(Conversation, Conversation.id == Event.conversation_id)
        .where(Conversation.campaign_id == campaign_id, Event.type == kind.BOT_LATENCY)
        .order_by(Event.at.desc())  # as the index on (type, at) has it
        .limit(_LATENCY_SAMPLE)
    )
    values = sorted(float(data["total_ms"]) for data in session.scalars(query) if data.get("total_ms") is not None)
    return round(values[min(len(values) - 1, int(len(values) * 0.95))]) if values else None


def count_rows(store: Store, campaign_id: str, outcome: str | None = None) -> int:
    """Contacts of the campaign, or of those with a final ``outcome``."""
    with store.read() as session:
        return session.scalar(select(func.count()).where(*_wanted(campaign_id, outcome))) or 0


def page_rows(store: Store, campaign_id: str, page: int = 1, outcome: str | None = None) -> list[Row]:
    """Rows of one page (from 1) in the order of the uploaded file."""
    ids = select(Contact.id).where(*_wanted(campaign_id, outcome)).order_by(Contact.row_number, Contact.id)
    with store.read() as session:
        wanted = session.scalars(ids.limit(PAGE_ROWS).offset((page - 1) * PAGE_ROWS)).all()
        return _rows(session, wanted)


def _wanted(campaign_id: str, outcome: str | None) -> list[ColumnElement[bool]]:
    where = [Contact.campaign_id == campaign_id]
    return where if outcome is None else [*where, Contact.disposition == outcome, Contact.status.in_(FINAL_STATES)]


def changed_rows(store: Store, campaign_id: str, after_event: int, since: datetime | None) -> list[Row]:
    """Rows whose conversation got an event after row id ``after_event`` or whose contact changed since ``since``
    (None: all)."""
    with store.read() as session:
        talked = select(Conversation.contact_id).join(Event, Event.conversation_id == Conversation.id)
        ids = set(session.scalars(talked.where(Conversation.campaign_id == campaign_id, Event.id > after_event)))
        touched = select(Contact.id).where(Contact.campaign_id == campaign_id)
        ids |= set(session.scalars(touched.where(Contact.updated_at >= since) if since else touched))
        return _rows(session, [i for i in ids if i])


def position(store: Store, campaign_id: str) -> Position:
    """Where a follower of the campaign stands now."""
    with store.read() as session:
        newest = session.scalar(select(func.max(Event.id))) or 0
        touched = session.scalar(select(func.max(Contact.updated_at)).where(Contact.campaign_id == campaign_id))
        status = session.scalar(select(Campaign.status).where(Campaign.id == campaign_id)) or ""
        return Position(newest, touched, status)


def _rows(session: Session, contact_ids: Sequence[str]) -> list[Row]:
    if not contact_ids:
        return []
    contacts = session.execute(
        select(Contact, Customer)
        .join(Customer, Customer.id == Contact.customer_id)
        .where(Contact.id.in_(contact_ids))
        .order_by(Contact.row_number, Contact.id)
    ).all()
    latest = _latest_conversations(session, contact_ids)
    words = _last_words(session, [c.id for c, _ in latest.values()])
    rows = []
    for contact, customer in contacts:
        talk, call = latest.get(contact.id, (None, None))
        rows.append(_row(contact, customer, talk, call, words))
    return rows


def _latest_conversations(session: Session, contact_ids: Sequence[str]) -> dict[str, tuple[Conversation, Call | None]]:
    query = (
        select(Conversation, Call)
        .outerjoin(Call, Call.conversation_id == Conversation.id)
        .where(Conversation.contact_id.in_(contact_ids))
        .order_by(Conversation.started_at, Conversation.id)
    )
    return {c.contact_id: (c, call) for c, call in session.execute(query).all() if c.contact_id}


def _last_words(session: Session, conversation_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    newest = (
        select(func.max(Event.id))
        .where(Event.conversation_id.in_(conversation_ids), Event.type.in_(_SPEAKERS))
        .group_by(Event.conversation_id)
    )
    found = session.execute(select(Event.conversation_id, Event.type, Event.data).where(Event.id.in_(newest)))
    return {cid: (_SPEAKERS[type_], str(data.get("text", ""))) for cid, type_, data in found}


def _row(
    contact: Contact, customer: Customer, talk: Conversation | None, call: Call | None,
    words: dict[str, tuple[str, str]],
) -> Row:  # fmt: skip
    role, text = words.get(talk.id, (None, "")) if talk else (None, "")
    state = contact.status
    if state == "active" and call and call.state:
        state = call.state
    ended = contact if contact.status != "active" else talk  # while a retry is up, the last outcome is history
    return Row(
        contact_id=contact.id,
        row_number=contact.row_number,
        name=customer.name or str(contact.fields.get("name", "")) or "—",
        phone=contact.phone,
        region=(talk.region if talk else None) or customer.region or contact.fields.get("region"),
        state=state,
        next_due_at=contact.next_due_at if contact.status == "waiting" else None,
        conversation_id=talk.id if talk else None,
        last_role=role,
        last_words=text,
        sentiment=talk.sentiment if talk else None,
        outcome=ended.disposition if ended else None,
        details=dict(ended.disposition_details or {}) if ended else {},
        escalated=bool(talk and talk.escalated),
        reason=contact.reason,
        alert=_alert(talk),
    )


def _alert(talk: Conversation | None) -> Literal["alert", "callback"] | None:
    if talk is None or talk.escalated or not talk.escalation:
        return None
    return "callback" if talk.escalation.get("do") == "callback" else "alert"


def _stopped_by_gate(campaign_id: str) -> tuple[Any, ...]:
    return GateDecision.campaign_id == campaign_id, ~GateDecision.allowed


def gate_decisions(store: Store, campaign_id: str, limit: int = 200) -> list[Stopped]:
    """Whom the gate refused or put off, newest first."""
    query = (
        select(GateDecision, Customer.name)
        .outerjoin(Contact, Contact.id == GateDecision.contact_id)
        .outerjoin(Customer, Customer.id == Contact.customer_id)
        .where(*_stopped_by_gate(campaign_id))
        .order_by(GateDecision.at.desc(), GateDecision.id.desc())
        .limit(limit)
    )
    with store.read() as session:
        return [
            Stopped(name or "—", d.phone, d.code, d.reason, d.at, d.next_allowed_at)
            for d, name in session.execute(query)
        ]
