"""The memory of Alô: one object over one database, safe to share between threads.

Conversations and events go through a background writer and never block. Everything else is a short transaction, so
call it from the event loop with ``asyncio.to_thread``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from memory import conversations, people, recall
from memory.conversations import ConversationFilter, ConversationStart
from memory.database import WRITES, open_database
from memory.events import Emit, Event
from memory.following import EventStream, Followers
from memory.matching import Claim
from memory.people import OPTED_IN_AGAIN, OPTED_OUT, Person, Statement
from memory.remembered import Remembered
from memory.schema import Business, Call, Conversation, Customer
from memory.writer import BackgroundWriter, Begin, Change

DEFAULT_BUSINESS = "biz_default"


class Store:
    """``Store.open(url)``; ``close()`` at the end, which loses nothing. Also a context manager."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._write_engine = engine.execution_options(**{WRITES: True})
        self._write_lock = threading.Lock()
        self._followers = Followers()
        self._writer = BackgroundWriter(engine, self._write_lock, self._followers.tell)

    @classmethod
    def open(cls, url: str) -> Store:
        """Open or make the database. Raises ConfigurationError."""
        return cls(open_database(url))

    def close(self) -> None:
        """Write what is waiting, then let the database go."""
        self._writer.close()
        self.engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one moment of the database. Rows stay readable after it."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction, committed durably at the end, rolled back on an exception.

        Writers of this process take turns here: SQLite has one writer at a time and makes others poll.
        """
        turn = self._write_lock if self.engine.dialect.name == "sqlite" else nullcontext()
        with turn, Session(self._write_engine, expire_on_commit=False) as session, session.begin():
            yield session

    # Conversations: background, never blocking

    def begin_conversation(self, start: ConversationStart) -> None:
        """Write the conversation's row before its first event."""
        self._writer.put(Begin(start.row()))

    def append(self, event: Event) -> None:
        """Add an event; ``seq`` counts from 0 in each conversation."""
        self._writer.put(event)

    def emitter(self, conversation_id: str, now: Callable[[], datetime]) -> Emit:
        """``emit(type, at_ms, data)`` of one conversation: numbers events and stamps them with ``now()``."""
        count = iter(range(1 << 31))

        def emit(kind: str, at_ms: int, data: Mapping[str, Any]) -> None:
            self._writer.put(Event(conversation_id, next(count), kind, now(), at_ms, dict(data)))

        return emit

    def end_conversation(self, conversation_id: str, at: datetime) -> None:
        """Close a conversation that has no call.ended event (text channels)."""
        self._writer.put(Change(conversation_id, {"ended_at": at}))

    def flush(self, timeout_s: float | None = None) -> None:
        """Return once everything given so far is committed. Blocks: not for the event loop, see ``flushed``."""
        self._writer.flush(timeout_s)

    def flushed(self) -> Future[None]:
        """Done once everything given so far is committed: ``await asyncio.wrap_future(store.flushed())``."""
        return self._writer.flushed()

    @property
    def away(self) -> bool:
        """Has the database stopped answering? What is given is kept and written once it is back."""
        return self._writer.away_since is not None

    def subscribe(self, conversation_id: str | None = None, limit: int = 10_000) -> EventStream:
        """Events as they are committed, of one conversation or of all: ``async with … as stream: async for …``."""
        return EventStream(self._followers, conversation_id, limit)

    def follow(self, callback: Callable[[Sequence[Event]], None]) -> Callable[[], None]:
        """Call ``callback`` from the writer's thread with each committed batch; returns how to stop."""
        return self._followers.add(callback)

    def conversation(self, conversation_id: str) -> Conversation | None:
        with self.read() as session:
            return session.get(Conversation, conversation_id)

    def conversations(self, wanted: ConversationFilter | None = None, **filters: Any) -> Sequence[Conversation]:
        """Newest first; ``store.conversations(campaign_id=…, limit=20)``, fields of ConversationFilter."""
        with self.read() as session:
            return conversations.list_conversations(session, wanted or ConversationFilter(**filters))

    def call(self, conversation_id: str) -> Call | None:
        """The telephone side of a conversation, if it has one."""
        with self.read() as session:
            return conversations.call_of(session, conversation_id)

    def events(self, conversation_id: str, after_seq: int = -1) -> list[Event]:
        """Events of one conversation in order."""
        with self.read() as session:
            return conversations.conversation_events(session, conversation_id, after_seq)

    def events_after(self, row_id: int, limit: int = 1000) -> list[tuple[int, Event]]:
        """Events of all conversations written after ``row_id``, with their row ids."""
        with self.read() as session:
            return conversations.events_after(session, row_id, limit)

    def add_event(self, source: str, type_: str, at: datetime, data: Mapping[str, Any], *, once: str) -> Event | None:
        """Something that happened to a conversation from outside, maybe after its end. Blocks.

        ``source``: the conversation, or a contact whose last one is meant. Written once per ``data[once]``; None if
        that was before, or nobody knows the source.
        """
        with self.write() as session:
            known = source if session.get(Conversation, source) else conversations.latest_of_contact(session, source)
            event = conversations.add_late_event(session, known or "", type_, at, data, once=once)
        if event is not None:
            self._followers.tell([event])
        return event

    # People

    def ensure_business(self, business_id: str, name: str, now: datetime, **known: Any) -> Business:
        """Make or update a business; ``known``: hotline, address, settings."""
        with self.write() as session:
            return people.ensure_business(session, business_id, name, now, **known)

    def business(self, business_id: str) -> Business | None:
        with self.read() as session:
            return session.get(Business, business_id)

    def ensure_customer(self, business_id: str, person: Person, now: datetime) -> Customer:
        """The customer that this person is, made if new."""
        with self.write() as session:
            return people.ensure_customer(session, business_id, person, now)

    def identify(self, business_id: str, claim: Claim, now: datetime) -> Customer:
        """The customer behind a call or a message, by number, Zalo id, e-mail …; made if new."""
        with self.write() as session:
            return people.identify(session, business_id, claim, now)

    def remembered(
        self, customer_id: str, flow: str | None, now: datetime, *, besides: str | None = None
    ) -> Remembered:
        """What a new conversation in ``flow`` may know of this customer. Events just emitted may be missing."""
        with self.read() as session:
            return recall.remembered(session, customer_id, flow, now, besides=besides)

    def customer(self, customer_id: str) -> Customer | None:
        with self.read() as session:
            return session.get(Customer, customer_id)

    # What people agreed to

    def record_statement(self, business_id: str, statement: Statement) -> None:
        """Keep a consent, its withdrawal, or an opt-out, for ever."""
        with self.write() as session:
            people.record_statement(session, business_id, statement)

    def opt_out(self, business_id: str, phone: str, at: datetime, channel: str, **known: Any) -> None:
        """Never contact ``phone`` (E.164) again, on any channel, in any campaign of this business."""
        self.record_statement(business_id, Statement(phone, OPTED_OUT, at, channel, **known))

    def opt_in_again(self, business_id: str, phone: str, at: datetime, channel: str, **known: Any) -> None:
        """The customer took the opt-out back."""
        self.record_statement(business_id, Statement(phone, OPTED_IN_AGAIN, at, channel, **known))

    def opted_out(self, business_id: str, phones: Iterable[str]) -> set[str]:
        """Which of ``phones`` opted out."""
        with self.read() as session:
            return people.opted_out(session, business_id, phones)

    def consenting(self, business_id: str, phones: Iterable[str], purpose: str) -> set[str]:
        """Which of ``phones`` agreed to ``purpose``."""
        with self.read() as session:
            return people.consenting(session, business_id, phones, purpose)
