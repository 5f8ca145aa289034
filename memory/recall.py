"""Reads what is known of a customer when a conversation begins, in a few queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.clock import vietnam_time
from memory import events as kind
from memory.facts import Profile, day_of, moment_of, profile
from memory.joining import members_of
from memory.learning import facts_of
from memory.remembered import Remembered
from memory.schema import Conversation, Event

RESUMED_WITHIN: Final = timedelta(days=3)
"""A conversation that broke off longer ago is begun anew."""
ALIVE_WITHIN: Final = timedelta(minutes=15)
"""A conversation without end whose last event is older is taken to be over."""
_BROKEN_OFF: Final = frozenset({None, "HANGUP_EARLY", "NO_RESPONSE", "TECH_ERROR", "BOT_FAILED", "CALLBACK"})
"""Outcomes that leave the matter where it stood."""


def remembered(
    session: Session, customer_id: str, flow: str | None, now: datetime, *, besides: str | None = None
) -> Remembered:
    """For a new conversation with this customer in ``flow``; ``besides`` is that conversation's own id."""
    members = members_of(session, customer_id)
    known = profile(facts_of(session, members), now)
    earlier = [one for one in _talks(session, members) if one.id != besides]
    last = earlier[0] if earlier else None
    promise, paid, complaint = (known.matter(one) for one in ("promise", "paid", "complaint"))
    return Remembered(
        pronoun=known.preferences.get("pronoun"),
        dialect=known.preferences.get("dialect"),
        channel=known.preferences.get("channel"),
        hours=known.preferences.get("hours"),
        promise_date=day_of(promise) if promise else None,
        promise_amount=_whole(promise.value.get("amount")) if promise else None,
        promised_on=vietnam_time(promise.at).date() if promise else None,
        promise_passed=bool(promise and (day_of(promise) or date.max) < vietnam_time(now).date()),
        callback_at=_callback(known),
        complaint=complaint.key if complaint else None,
        hardship=known.matter("hardship") is not None,
        paid_claimed_on=_claimed(paid.value.get("on"), paid.at) if paid else None,
        last_conversation=last.id if last else None,
        last_channel=last.channel if last else None,
        last_at=last.started_at if last else None,
        last_summary=next((one.summary for one in earlier if one.summary), None),
        stopped=_stopped(session, earlier, flow, now),
        elsewhere=_elsewhere(session, earlier, now),
    )


def _callback(known: Profile) -> datetime | None:
    found = known.matter("callback")
    return moment_of(found) if found else None


def _claimed(value: Any, at: datetime) -> date:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return vietnam_time(at).date()


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _talks(session: Session, members: Sequence[str]) -> Sequence[Conversation]:
    """The last few in which somebody said something."""
    query = select(Conversation).where(Conversation.customer_id.in_(members), Conversation.turns > 0)
    return session.scalars(query.order_by(Conversation.started_at.desc(), Conversation.id.desc()).limit(5)).all()


def _stopped(session: Session, earlier: Sequence[Conversation], flow: str | None, now: datetime) -> Mapping[str, Any]:
    """Slots of the last conversation in the same flow if it broke off; a slot told before identity was verified is
    left out, since it may have been told by somebody else or be the very proof of identity."""
    last = next((one for one in earlier if one.flow == flow), None)
    if last is None or last.disposition not in _BROKEN_OFF or now - last.started_at > RESUMED_WITHIN:
        return {}
    slots: dict[str, Any] = {}
    verified = False
    query = select(Event.type, Event.data).where(
        Event.conversation_id == last.id, Event.type.in_((kind.SLOT_SET, kind.IDENTITY))
    )
    for type_, data in session.execute(query.order_by(Event.seq)):
        if type_ == kind.IDENTITY:
            verified = bool(data.get("verified"))
        elif verified:
            slots[str(data.get("name"))] = data.get("value")
    return slots


def _elsewhere(session: Session, earlier: Sequence[Conversation], now: datetime) -> str | None:
    going = [one.id for one in earlier if one.ended_at is None]
    if not going:
        return None
    last = session.execute(
        select(Event.conversation_id, func.max(Event.at))
        .where(Event.conversation_id.in_(going))
        .group_by(Event.conversation_id)
    )
    alive = {one for one, at in last if at is not None and abs(now - at) <= ALIVE_WITHIN}
    return next((one for one in going if one in alive), None)
