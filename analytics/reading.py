"""Queries: which conversations are wanted, their rows and their events, as Arrow tables."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

import pyarrow as pa
from sqlalchemy import Engine, Select, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from analytics.source import read_table
from core.clock import VIETNAM
from core.errors import InputError
from memory.schema import Attempt, Call, Campaign, Conversation, Customer, Event

Moment = str | date | datetime
"""A time; without a zone it is Vietnam's. A day means its midnight."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which conversations to read. ``after`` and ``up_to`` bound the ids of one chunk."""

    campaign: str | None = None
    """id or name"""
    since: datetime | None = None
    until: datetime | None = None
    channel: str | None = "voice"
    after: str | None = None
    up_to: str | None = None

    def narrow(self, query: Select[Any]) -> Select[Any]:
        """Add the conditions to a query on conversations."""
        if self.campaign is not None:
            ids = select(Campaign.id).where(or_(Campaign.id == self.campaign, Campaign.name == self.campaign))
            query = query.where(Conversation.campaign_id.in_(ids))
        for condition in (
            Conversation.started_at >= self.since if self.since is not None else None,
            Conversation.started_at < self.until if self.until is not None else None,
            Conversation.channel == self.channel if self.channel is not None else None,
            Conversation.id > self.after if self.after is not None else None,
            Conversation.id <= self.up_to if self.up_to is not None else None,
        ):
            if condition is not None:
                query = query.where(condition)
        return query


def moment(value: Moment | None, name: str) -> datetime | None:
    """An aware time. Raises InputError if it is not one."""
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError as error:
        raise InputError(
            f"Thời điểm {value!r} không đúng. Hãy viết dạng 2026-11-23 hoặc 2026-11-23T08:30.",
            f"{value!r} is not a time. Write 2026-11-23 or 2026-11-23T08:30.",
            where=name,
        ) from error
    if not isinstance(found, datetime):
        found = datetime.combine(found, time())
    return found if found.tzinfo else found.replace(tzinfo=VIETNAM)


def chunks(engine: Engine, wanted: Wanted, size: int) -> Iterator[Wanted]:
    """The same wish cut into pieces of ``size`` conversations, by id; at least one piece."""
    after = wanted.after
    while True:
        here = replace(wanted, after=after)
        boundary = here.narrow(select(Conversation.id)).order_by(Conversation.id).offset(size - 1).limit(1)
        with engine.connect() as connection:
            up_to = connection.execute(boundary).scalar()
        yield replace(here, up_to=up_to)
        if up_to is None:
            return
        after = up_to


_CONVERSATION: dict[str, InstrumentedAttribute[Any]] = {
    "conversation_id": Conversation.id,
    "campaign_id": Conversation.campaign_id,
    "campaign": Campaign.name,
    "contact_id": Conversation.contact_id,
    "customer_id": Conversation.customer_id,
    "attempt": Attempt.number,
    "channel": Conversation.channel,
    "flow": Conversation.flow,
    "region": Conversation.region,
    "customer_region": Customer.region,
    "started_at": Conversation.started_at,
    "answered_at": Conversation.answered_at,
    "ring_ms": Call.ring_ms,
    "talk_ms": Call.duration_ms,
    "duration_ms": Conversation.duration_ms,
    "ended_by": Call.ended_by,
    "cause": Call.cause,
    "verified": Conversation.verified,
    "disposition": Conversation.disposition,
    "disposition_details": Conversation.disposition_details,
    "escalated": Conversation.escalated,
    "escalation": Conversation.escalation,
    "opted_out": Conversation.opted_out,
    "turns": Conversation.turns,
    "sentiment_last": Conversation.sentiment,
    "recording": Call.recording,
    "truth": Conversation.truth,
}

_EVENT: dict[str, InstrumentedAttribute[Any]] = {
    "conversation_id": Event.conversation_id,
    "seq": Event.seq,
    "type": Event.type,
    "at": Event.at,
    "at_ms": Event.at_ms,
    "data": Event.data,
}


def read_conversations(engine: Engine, wanted: Wanted) -> pa.Table:
    """One row per conversation, ordered by start."""

    def narrow(query: Select[Any]) -> Select[Any]:
        query = query.select_from(Conversation).outerjoin(Call, Call.conversation_id == Conversation.id)
        query = query.outerjoin(Attempt, Attempt.id == Conversation.attempt_id)
        query = query.outerjoin(Campaign, Campaign.id == Conversation.campaign_id)
        query = query.outerjoin(Customer, Customer.id == Conversation.customer_id)
        return wanted.narrow(query).order_by(Conversation.started_at, Conversation.id)

    return read_table(engine, _CONVERSATION, narrow)


def read_events(engine: Engine, wanted: Wanted, types: Collection[str] | None) -> pa.Table:
    """Events of the wanted conversations, of ``types`` or all, in no particular order."""

    def narrow(query: Select[Any]) -> Select[Any]:
        query = query.join_from(Event, Conversation, Conversation.id == Event.conversation_id)
        query = wanted.narrow(query)
        # As an expression, so that no index is used: most events are wanted, and looking each up would take longer.
        return query if types is None else query.where((Event.type + "").in_(sorted(types)))

    return read_table(engine, _EVENT, narrow)
