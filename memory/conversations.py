"""Reading conversations back: lists for the console, events for transcripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from memory.events import Event
from memory.schema import Call, Conversation
from memory.schema import Event as EventRow


@dataclass(frozen=True, slots=True)
class ConversationStart:
    """What is known when a conversation begins. ``started_at`` is aware, on the campaign's clock."""

    id: str
    channel: str
    direction: str
    started_at: datetime
    flow: str | None = None
    business_id: str | None = None
    customer_id: str | None = None
    campaign_id: str | None = None
    contact_id: str | None = None
    attempt_id: str | None = None
    region: str | None = None

    def row(self) -> dict[str, Any]:
        """Columns of ``conversations``."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class ConversationFilter:
    """Which conversations to list, newest first; None means any."""

    campaign_id: str | None = None
    customer_id: str | None = None
    contact_id: str | None = None
    channel: str | None = None
    disposition: str | None = None
    escalated: bool | None = None
    answered: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 100
    offset: int = 0


def list_conversations(session: Session, wanted: ConversationFilter) -> Sequence[Conversation]:
    """Conversations by ``wanted``, newest first."""
    query = _narrow(select(Conversation), wanted)
    query = query.order_by(Conversation.started_at.desc(), Conversation.id.desc())
    return session.scalars(query.limit(wanted.limit).offset(wanted.offset)).all()


def _narrow(query: Select[Conversation], wanted: ConversationFilter) -> Select[Conversation]:
    for column in ("campaign_id", "customer_id", "contact_id", "channel", "disposition", "escalated"):
        value = getattr(wanted, column)
        if value is not None:
            query = query.where(getattr(Conversation, column) == value)
    if wanted.answered is not None:
        answered = Conversation.answered_at.is_not(None)
        query = query.where(answered if wanted.answered else ~answered)
    if wanted.since is not None:
        query = query.where(Conversation.started_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(Conversation.started_at < wanted.until)
    return query


def conversation_events(session: Session, conversation_id: str, after_seq: int = -1) -> list[Event]:
    """Events of one conversation in order, those after ``after_seq``."""
    query = select(EventRow).where(EventRow.conversation_id == conversation_id, EventRow.seq > after_seq)
    return [event_of(row) for row in session.scalars(query.order_by(EventRow.seq))]


def events_after(session: Session, row_id: int, limit: int) -> list[tuple[int, Event]]:
    """Events of all conversations written after row ``row_id``, for followers that catch up."""
    query = select(EventRow).where(EventRow.id > row_id).order_by(EventRow.id).limit(limit)
    return [(row.id, event_of(row)) for row in session.scalars(query)]


def event_of(row: EventRow) -> Event:
    """The event a row tells."""
    return Event(row.conversation_id, row.seq, row.type, row.at, row.at_ms, row.data)


def call_of(session: Session, conversation_id: str) -> Call | None:
    """The telephone side of a conversation."""
    return session.get(Call, conversation_id)
