"""The one schema: who we know, what they agreed to, what was said and which calls were made.

Rows of ``consents`` and ``events`` are only ever added. Times are aware UTC; durations end in ``_ms``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, MetaData, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from memory.types import Json, RowId, UtcDateTime

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
"""Every constraint has a name, so that later migrations can change it on both databases."""


class Base(DeclarativeBase):
    """All tables of Alô."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        dict[str, Any]: Json,
    }


class Business(Base):
    """Who calls: the legal entity in whose name customers are contacted."""

    __tablename__ = "businesses"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    hotline: Mapped[str | None]
    address: Mapped[str | None]
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]


class Customer(Base):
    """A person a business knows. Who is one person is decided by ``memory.matching``."""

    __tablename__ = "customers"
    __table_args__ = (UniqueConstraint("business_id", "phone"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    business_id: Mapped[str] = mapped_column(ForeignKey("businesses.id"))
    phone: Mapped[str | None] = mapped_column(index=True)
    """E.164, +84…; NULL for who has told none, or shares a number with somebody known before (see identities)"""
    name: Mapped[str | None]
    gender: Mapped[str | None]
    """male or female"""
    birth_year: Mapped[int | None]
    address_as: Mapped[str | None]
    """how to address: anh, chị, cô, chú, bác, ông, bà"""
    region: Mapped[str | None]
    """north, central or south"""
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    joined_into: Mapped[str | None] = mapped_column(index=True)
    """the customer this one was found to be; rows stay where they are, so that joining can be undone"""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Consent(Base):
    """One statement about being contacted, never changed: the latest one for a number and purpose holds."""

    __tablename__ = "consents"
    __table_args__ = (Index(None, "business_id", "phone"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    business_id: Mapped[str] = mapped_column(ForeignKey("businesses.id"))
    phone: Mapped[str]
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"))
    action: Mapped[str]
    """granted, withdrawn, opted_out (everything, every channel) or opted_in_again"""
    purpose: Mapped[str]
    """a purpose of campaigns/rules, or all"""
    channel: Mapped[str]
    """where it was said"""
    text: Mapped[str | None]
    """the words agreed to or said"""
    conversation_id: Mapped[str | None]
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime]


class Campaign(Base):
    """A list of contacts to call for one purpose with one flow."""

    __tablename__ = "campaigns"

    id: Mapped[str] = mapped_column(primary_key=True)
    business_id: Mapped[str] = mapped_column(ForeignKey("businesses.id"))
    name: Mapped[str]
    purpose: Mapped[str]
    flow: Mapped[str]
    status: Mapped[str] = mapped_column(index=True)
    """draft, running, paused, stopped, done"""
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Contact(Base):
    """One person in one campaign, until the final disposition."""

    __tablename__ = "contacts"
    __table_args__ = (
        UniqueConstraint("campaign_id", "phone"),
        Index(None, "campaign_id", "status", "next_due_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"))
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    phone: Mapped[str]
    row_number: Mapped[int]
    """row in the uploaded file, the header being row 1"""
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    status: Mapped[str]
    """pending, active (an attempt is open), waiting (for a retry), done, skipped (the gate forbids for good)"""
    attempts_made: Mapped[int] = mapped_column(default=0)
    next_due_at: Mapped[datetime | None]
    disposition: Mapped[str | None]
    disposition_details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    reason: Mapped[str | None]
    """why it waits or was skipped: a code of the gate or of the retry plan"""
    updated_at: Mapped[datetime]


class Attempt(Base):
    """One dialling of one contact. Its id is the durable workflow's id and the carrier's idempotency key."""

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint("contact_id", "number"),
        Index(None, "phone", "intent_at"),
        Index(None, "campaign_id", "state"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"))
    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id"))
    number: Mapped[int]
    phone: Mapped[str]
    state: Mapped[str]
    """intended (may have rung), done, unknown (rang, result lost in a crash), released (never dialled)"""
    rang: Mapped[bool] = mapped_column(default=False)
    outcome: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    intent_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    conversation_id: Mapped[str | None] = mapped_column(index=True)


class GateDecision(Base):
    """One answer of the legal gate, kept for audit (at least a year: NĐ 91/2020 Đ11 k7)."""

    __tablename__ = "gate_decisions"
    __table_args__ = (Index(None, "campaign_id", "at"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    campaign_id: Mapped[str | None] = mapped_column(ForeignKey("campaigns.id"))
    contact_id: Mapped[str | None] = mapped_column(ForeignKey("contacts.id"))
    phone: Mapped[str]
    purpose: Mapped[str | None]
    channel: Mapped[str]
    allowed: Mapped[bool]
    code: Mapped[str]
    reason: Mapped[str]
    rules: Mapped[str]
    """name and version of the rule file"""
    next_allowed_at: Mapped[datetime | None]
    at: Mapped[datetime]


class Conversation(Base):
    """One conversation on one channel; columns after ``started_at`` are derived from its events."""

    __tablename__ = "conversations"
    __table_args__ = (Index(None, "campaign_id", "started_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    business_id: Mapped[str | None] = mapped_column(ForeignKey("businesses.id"))
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"), index=True)
    campaign_id: Mapped[str | None] = mapped_column(ForeignKey("campaigns.id"))
    contact_id: Mapped[str | None] = mapped_column(ForeignKey("contacts.id"))
    attempt_id: Mapped[str | None] = mapped_column(ForeignKey("attempts.id"), index=True)
    channel: Mapped[str]
    """voice, chat, …"""
    direction: Mapped[str]
    """outbound or inbound"""
    flow: Mapped[str | None]
    region: Mapped[str | None]
    """known beforehand"""
    started_at: Mapped[datetime] = mapped_column(index=True)
    dialect: Mapped[str | None]
    """heard"""
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    duration_ms: Mapped[int | None]
    """talking time"""
    turns: Mapped[int] = mapped_column(default=0)
    """customer turns"""
    verified: Mapped[bool] = mapped_column(default=False)
    disposition: Mapped[str | None] = mapped_column(index=True)
    disposition_details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    escalated: Mapped[bool] = mapped_column(default=False)
    escalation: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """queue, reason, summary"""
    opted_out: Mapped[bool] = mapped_column(default=False)
    sentiment: Mapped[float | None]
    """latest, -1 … 1"""
    summary: Mapped[str | None]
    """a few lines, for whoever talks to the customer next"""
    truth: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """what a synthetic customer really meant; NULL for people"""


class Event(Base):
    """One line of the single record (memory.events)."""

    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("conversation_id", "seq"), Index(None, "type", "at"))

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    """order in which rows were written, for followers"""
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    seq: Mapped[int]
    type: Mapped[str]
    at: Mapped[datetime]
    at_ms: Mapped[int]
    """conversation time"""
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Call(Base):
    """The telephone side of a voice conversation, derived from its call.* events."""

    __tablename__ = "calls"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    attempt_id: Mapped[str | None] = mapped_column(index=True)
    carrier: Mapped[str | None]
    to: Mapped[str | None]
    codec: Mapped[str | None]
    state: Mapped[str]
    sip_code: Mapped[int | None]
    cause: Mapped[str | None]
    ended_by: Mapped[str | None]
    dialled_at: Mapped[datetime | None]
    ring_ms: Mapped[int | None]
    """from dialling to the answer"""
    duration_ms: Mapped[int | None]
    """from the answer to the end"""
    recording: Mapped[str | None]
    """path relative to the recordings folder"""


class AuditEntry(Base):
    """One act on personal data, told without personal data; the database refuses to delete it."""

    __tablename__ = "audit_log"

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    action: Mapped[str]
    """erase, join, split, set, forget, settle"""
    by: Mapped[str]
    """the operator or account that did it"""
    reason: Mapped[str]
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """rows changed or deleted by table"""
    pending: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """what is still to be removed outside the tables: file names, attempt ids; empty once finished"""
    finished_at: Mapped[datetime | None]
