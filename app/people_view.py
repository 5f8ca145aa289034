"""What is known of one person, in words for people: behind ``alo memory show`` and the console's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from app.console.i18n import Translator
from app.console.text import friendly, money
from core.clock import vietnam_time
from memory.facts import Fact
from memory.joining import members_of
from memory.learning import facts_of
from memory.schema import Conversation, Customer
from memory.store import Store
from memory.tables import IdentityRow

DIFFERS: Final = {
    "name": "khác tên",
    "gender": "khác giới tính",
    "birth_year": "khác năm sinh",
    "unverified": "định danh chưa xác thực",
    "shared": "nhiều người dùng chung",
}
_LAST: Final = 10


@dataclass(frozen=True, slots=True)
class FactLine:
    kind: str
    key: str
    value: str
    source: str
    at: str
    expires: str
    live: bool


@dataclass(frozen=True, slots=True)
class TalkLine:
    id: str
    at: str
    channel: str
    flow: str
    disposition: str
    summary: str


@dataclass(frozen=True, slots=True)
class Card:
    """One person. ``joined``: ids of customers that were found to be the same."""

    id: str
    name: str
    joined: Sequence[str]
    identities: Sequence[IdentityRow]
    facts: Sequence[FactLine]
    talks: Sequence[TalkLine]


def card_of(store: Store, customer_id: str, now: datetime) -> Card:
    """``customer_id`` must exist."""
    with store.read() as session:
        members = members_of(session, customer_id)
        people = [session.get_one(Customer, one) for one in members]
        identities = session.scalars(
            select(IdentityRow).where(IdentityRow.customer_id.in_(members)).order_by(IdentityRow.id)
        ).all()
        talks = session.scalars(
            select(Conversation)
            .where(Conversation.customer_id.in_(members))
            .order_by(Conversation.started_at.desc())
            .limit(_LAST)
        ).all()
        facts = facts_of(session, members)
    name = next((one.name for one in people if one.name), "?")
    return Card(
        members[0], name, members[1:], identities, [_fact(one, now) for one in reversed(facts)], list(map(_talk, talks))
    )


def _fact(fact: Fact, now: datetime) -> FactLine:
    return FactLine(
        fact.kind,
        fact.key,
        words(fact.value),
        fact.conversation_id or fact.source,
        _day(fact.at),
        _day(fact.expires_at) if fact.expires_at else "",
        fact.expires_at is None or fact.expires_at > now,
    )


_SAID: Final = {
    "date": "ngày {}", "on": "ngày {}", "at": "lúc {}", "amount": "{}", "time": "lúc {}", "reason": "lý do: {}",
    "queue": "bộ phận: {}",
}  # fmt: skip


def words(value: Mapping[str, Any]) -> str:
    """A fact's values on one line: "1.350.000 đ, ngày 01/12/2026"."""
    if set(value) <= {"value", "how"}:
        return str(value.get("value", ""))
    kept = {key: one for key, one in value.items() if one not in (None, "") and key != "code"}
    return ", ".join(_SAID.get(key, key + ": {}").format(_read(key, kept[key])) for key in sorted(kept, key=_order))


def _order(key: str) -> int:
    return 0 if key == "amount" else 1


def _read(key: str, value: Any) -> str:
    if key == "reason":
        return Translator("vi").or_raw("reason", str(value))
    return money(value) if key == "amount" and isinstance(value, int | float) else friendly(value)


def _talk(talk: Conversation) -> TalkLine:
    return TalkLine(
        talk.id,
        _day(talk.started_at),
        talk.channel,
        talk.flow or "",
        talk.disposition or "",
        (talk.summary or "").replace("\n", " "),
    )


def _day(moment: datetime) -> str:
    return vietnam_time(moment).strftime("%d/%m/%Y %H:%M")
