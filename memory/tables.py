"""Tables of what is remembered of customers: who they are on each channel, facts, and the index of what was said."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from memory.schema import Base
from memory.types import RowId


class IdentityRow(Base):
    """By what a customer is known on a channel. Several customers may be known by one number (a family's)."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("customer_id", "kind", "value"), Index(None, "business_id", "kind", "value"))

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    business_id: Mapped[str] = mapped_column(ForeignKey("businesses.id"))
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    kind: Mapped[str]
    """phone, zalo, email, web"""
    value: Mapped[str]
    """normalised (memory.identities)"""
    verified: Mapped[bool]
    """the channel or the business vouches for it"""
    source: Mapped[str]
    at: Mapped[datetime]


class PossibleMatch(Base):
    """Two customers who may be one person; an operator decides."""

    __tablename__ = "possible_matches"
    __table_args__ = (UniqueConstraint("customer_id", "other_id"), Index(None, "business_id", "status"))

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    business_id: Mapped[str] = mapped_column(ForeignKey("businesses.id"))
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    """the smaller id of the two"""
    other_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    reasons: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """{"differs": [name, gender, birth_year, unverified, shared]}"""
    status: Mapped[str]
    """open, joined or apart"""
    at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]


class FactRow(Base):
    """Something known of a customer, from a conversation's events or from an operator (memory.facts)."""

    __tablename__ = "facts"
    __table_args__ = (Index(None, "customer_id", "at"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    kind: Mapped[str]
    """promise, callback, complaint, hardship, paid, appointment, consent, preference, note"""
    key: Mapped[str]
    """which one of its kind: pronoun, dialect, channel, hours …; for others the flow or """
    value: Mapped[dict[str, Any]] = mapped_column(default=dict)
    source: Mapped[str]
    """conversation or operator"""
    conversation_id: Mapped[str | None] = mapped_column(index=True)
    at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    forgotten_at: Mapped[datetime | None]
    """an operator had it forgotten: ``value`` is empty, and events do not bring it back"""


class Passage(Base):
    """What was said in one event, as plain words, for searching; the words themselves stay in the event."""

    __tablename__ = "passages"
    __table_args__ = (UniqueConstraint("conversation_id", "seq"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    seq: Mapped[int]
    """of the event"""
    role: Mapped[str]
    """customer, bot or summary"""
    folded: Mapped[str]
    """lower case, without marks (memory.folding)"""


class PassageVector(Base):
    """What an embedding model makes of a passage; only where one is configured."""

    __tablename__ = "passage_vectors"

    passage_id: Mapped[int] = mapped_column(RowId, ForeignKey("passages.id"), primary_key=True, autoincrement=False)
    model: Mapped[str] = mapped_column(index=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)
    """float32, little endian, unit length"""
