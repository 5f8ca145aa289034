"""Reading conversations back: lists for the console, events for transcripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, func, select
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


LATE: Final = 1 << 30
"""Events that the world adds to a conversation are numbered from here, apart from those of whoever runs it."""


def add_late_event(
    session: Session, conversation_id: str, type_: str, at: datetime, data: Mapping[str, Any], *, once: str
) -> Event | None:
    """Add an event to a conversation that may be over, or run in another process. None if it is not known, or has an
    event of this type with the same ``data[once]``."""
    talk = session.get(Conversation, conversation_id, with_for_update=True)
    if talk is None:
        return None
    mine = EventRow.conversation_id == conversation_id
    same_type = session.scalars(select(EventRow).where(mine, EventRow.type == type_))
    if any(row.data.get(once) == data[once] for row in same_type):
        return None
    last = session.scalar(select(func.max(EventRow.seq)).where(mine))
    at_ms = round((at - talk.started_at).total_seconds() * 1000)
    event = Event(conversation_id, max((last or 0) + 1, LATE), type_, at, min(max(at_ms, 0), _MOST_MS), dict(data))
    session.add(
        EventRow(
            conversation_id=conversation_id, seq=event.seq, type=type_, at=at, at_ms=event.at_ms, data=dict(data)
        )
    )  # fmt: skip
    return event


_MOST_MS: Final = (1 << 31) - 1


def latest_of_contact(session: Session, contact_id: str) -> str | None:
    """Id of the last conversation with a contact of a campaign."""
    query = select(Conversation.id).where(Conversation.contact_id == contact_id)
    return session.scalar(query.order_by(Conversation.started_at.desc(), Conversation.id.desc()).limit(1))


def call_of(session: Session, conversation_id: str) -> Call | None:
    """The telephone side of a conversation."""
    return session.get(Call, conversation_id)
