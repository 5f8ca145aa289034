"""Writes down what conversations taught (``memory.facts``), and what operators correct."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.orm import Session

from core.errors import InputError
from memory import events as kind
from memory.events import Event
from memory.facts import FACT_KINDS, PREFERENCES, Fact, Talk, expiry, learn
from memory.joining import members_of
from memory.people import OPTED_OUT
from memory.schema import AuditEntry, Consent, Conversation, Customer
from memory.schema import Event as EventRow
from memory.tables import FactRow

_TELLING: Final = (
    kind.DISPOSITION, kind.IDENTITY, kind.ESCALATED, kind.OPT_OUT, kind.PREFERENCE, kind.CUSTOMER_SAID,
)  # fmt: skip
"""Events that facts are derived from."""
PREFERENCE_VALUES: Final[Mapping[str, frozenset[str]]] = {
    "pronoun": frozenset({"anh", "chị", "cô", "chú", "bác", "ông", "bà"}),
    "dialect": frozenset({"north", "central", "south"}),
    "channel": frozenset({"voice", "chat", "zalo", "sms", "email", "web"}),
    "hours": frozenset({"morning", "afternoon", "evening"}),
}
"""What operators may write down."""


def learn_from(connection: Connection, conversation_id: str) -> int:
    """Derive the facts of a finished conversation anew, the same however often; returns how many there are.

    What an operator had forgotten stays forgotten. Runs in the writer's transaction.
    """
    columns = (Conversation.customer_id, Conversation.channel, Conversation.direction)
    found = connection.execute(select(*columns).where(Conversation.id == conversation_id)).one_or_none()
    if found is None or found.customer_id is None:
        return 0
    events = _events(connection, conversation_id)
    facts = learn(Talk(conversation_id, found.channel, found.direction), events)
    mine = (FactRow.conversation_id == conversation_id, FactRow.source == "conversation")
    query = select(FactRow.kind, FactRow.key).where(*mine, FactRow.forgotten_at.is_not(None))
    forgotten = {(what, key) for what, key in connection.execute(query)}
    connection.execute(delete(FactRow).where(*mine, FactRow.forgotten_at.is_(None)))
    rows = [_row(found.customer_id, fact) for fact in facts if (fact.kind, fact.key) not in forgotten]
    if rows:
        connection.execute(insert(FactRow), rows)
    return len(rows)


def note_opt_out(connection: Connection, event: Event) -> None:
    """An opt-out said outside a campaign's call holds for every channel at once; campaigns write down their own."""
    columns = (Conversation.business_id, Conversation.customer_id, Conversation.channel, Conversation.attempt_id)
    talk = connection.execute(select(*columns).where(Conversation.id == event.conversation_id)).one_or_none()
    if talk is None or talk.attempt_id is not None or talk.customer_id is None:
        return
    phone = connection.execute(select(Customer.phone).where(Customer.id == talk.customer_id)).scalar()
    if phone is None or talk.business_id is None:
        return
    row = {
        "business_id": talk.business_id, "phone": phone, "customer_id": talk.customer_id, "action": OPTED_OUT,
        "purpose": "all", "channel": talk.channel, "conversation_id": event.conversation_id, "evidence": {},
        "at": event.at,
    }  # fmt: skip
    connection.execute(insert(Consent), [row])


def relearn(session: Session, customer_id: str) -> int:
    """Derive all facts of a person from the events again; what operators set or had forgotten stays."""
    query = select(Conversation.id).where(Conversation.customer_id.in_(members_of(session, customer_id)))
    return sum(learn_from(session.connection(), one) for one in session.scalars(query).all())


def facts_of(session: Session, customer_ids: Sequence[str]) -> list[Fact]:
    """All facts of a person that were not forgotten, expired ones too, oldest first."""
    query = select(FactRow).where(FactRow.customer_id.in_(customer_ids), FactRow.forgotten_at.is_(None))
    return [
        Fact(row.kind, row.key, row.value, row.at, row.expires_at, row.source, row.conversation_id, row.id)
        for row in session.scalars(query.order_by(FactRow.at, FactRow.id))
    ]


def set_fact(
    session: Session, customer_id: str, what: str, key: str, value: Mapping[str, Any], *, by: str, at: datetime
) -> None:
    """An operator writes something down. Raises InputError for what nobody could use."""
    if what not in FACT_KINDS:
        raise InputError(
            f"Không có loại “{what[:20]}”. Dùng một trong: {', '.join(FACT_KINDS)}.",
            f"There is no kind “{what[:20]}”. Use one of: {', '.join(FACT_KINDS)}.",
            where="kind",
        )
    if what == "preference":
        _check_preference(key, value)
    fact = Fact(what, key, value, at, expiry(what, value, at) if what != "preference" else None, "operator")
    session.execute(insert(FactRow), [_row(customer_id, fact)])
    session.add(AuditEntry(at=at, action="set", by=by, reason=what, counts={"facts": 1}, pending={}, finished_at=at))


def forget_facts(
    session: Session, customer_id: str, what: str | None = None, key: str | None = None, *, by: str, at: datetime
) -> int:
    """Forget facts of a kind (and key), or all; their values go, and events do not bring them back."""
    query = update(FactRow).where(
        FactRow.customer_id.in_(members_of(session, customer_id)), FactRow.forgotten_at.is_(None)
    )
    if what is not None:
        query = query.where(FactRow.kind == what)
    if key is not None:
        query = query.where(FactRow.key == key)
    count: int = session.execute(query.values(value={}, forgotten_at=at)).rowcount  # type: ignore[attr-defined]
    if count:
        entry = AuditEntry(at=at, action="forget", by=by, reason=what or "all", counts={"facts": count}, pending={},
                           finished_at=at)  # fmt: skip
        session.add(entry)
    return count


def _check_preference(key: str, value: Mapping[str, Any]) -> None:
    if key not in PREFERENCES or value.get("value") not in PREFERENCE_VALUES[key]:
        known = "; ".join(f"{name}: {', '.join(sorted(values))}" for name, values in PREFERENCE_VALUES.items())
        raise InputError(
            f"Sở thích không dùng được. Các sở thích và giá trị: {known}.",
            f"Not a preference. Preferences and their values: {known}.",
            where=f"{key}={value.get('value')}"[:60],
        )


def _events(connection: Connection, conversation_id: str) -> list[Event]:
    query = select(EventRow.seq, EventRow.type, EventRow.at, EventRow.at_ms, EventRow.data).where(
        EventRow.conversation_id == conversation_id, EventRow.type.in_(_TELLING)
    )
    rows: Iterable[Any] = connection.execute(query.order_by(EventRow.seq))
    return [Event(conversation_id, row.seq, row.type, row.at, row.at_ms, row.data) for row in rows]


def _row(customer_id: str, fact: Fact) -> dict[str, Any]:
    return {
        "customer_id": customer_id, "kind": fact.kind, "key": fact.key, "value": dict(fact.value),
        "source": fact.source, "conversation_id": fact.conversation_id, "at": fact.at, "expires_at": fact.expires_at,
        "forgotten_at": None,
    }  # fmt: skip
