"""What a conversation taught about its customer, derived from its events, and what follows from everything known. Pure.

Facts are never overwritten: each keeps its source, its time and its expiry, and what holds now is computed from all of
them, so the order in which conversations are written down does not matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

from core.clock import VIETNAM, vietnam_time
from memory import events as kind
from memory.events import Event

FactKind = Literal[
    "promise", "paid", "callback", "complaint", "hardship", "appointment", "consent", "preference", "note"
]
FACT_KINDS: Final[tuple[FactKind, ...]] = (
    "promise", "paid", "callback", "complaint", "hardship", "appointment", "consent", "preference", "note",
)  # fmt: skip
PREFERENCES: Final = ("pronoun", "dialect", "channel", "hours")
"""Keys of preferences."""

_KEPT: Final[Mapping[str, timedelta | None]] = {
    "promise": timedelta(days=30),
    "paid": timedelta(days=30),
    "callback": timedelta(days=1),
    "complaint": timedelta(days=180),
    "hardship": timedelta(days=90),
    "appointment": timedelta(days=30),
    "consent": None,
    "preference": timedelta(days=730),
    "note": None,
}
"""How long a fact is used after its own date (a promise's day, a callback's hour), or after it was learnt."""

_OUTCOMES: Final[Mapping[str, tuple[FactKind, str]]] = {
    "PTP": ("promise", "payment"),
    "PAID": ("paid", "payment"),
    "PAID_WAIT": ("paid", "payment"),
    "DISPUTE": ("complaint", "dispute"),
    "HARDSHIP": ("hardship", "payment"),
    "CALLBACK": ("callback", "call"),
    "CONFIRMED": ("appointment", "appointment"),
    "RESCHEDULED": ("appointment", "appointment"),
    "CANCELLED": ("appointment", "appointment"),
}
_COMPLAINTS: Final = frozenset({"anger", "legal_threat", "dispute"})
"""Reasons of an escalation that a next conversation must know of."""
_SOMEBODY_ELSE: Final = frozenset({"THIRD_PARTY", "WRONG_NUMBER", "DECEASED_OR_INCAPABLE"})
_NEEDS_NO_NAME: Final = frozenset({"callback"})
"""Learnt from whoever answered; everything else only from the verified person."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something known. ``at`` aware; ``expires_at`` None: for good."""

    kind: str
    key: str
    value: Mapping[str, Any]
    at: datetime
    expires_at: datetime | None = None
    source: str = "conversation"
    conversation_id: str | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class Talk:
    """What of a conversation matters besides its events."""

    id: str
    channel: str
    direction: str


def learn(talk: Talk, events: Sequence[Event]) -> list[Fact]:
    """Facts of a finished conversation; ``events`` in order. The last disposition counts."""
    ended = next((one for one in reversed(events) if one.type == kind.DISPOSITION), None)
    if ended is None:
        return []
    code, details = str(ended.data.get("code") or ""), dict(ended.data.get("details") or {})
    verified = any(one.type == kind.IDENTITY and one.data.get("verified") for one in events)
    found: list[Fact] = []
    if code in _OUTCOMES:
        what, key = _OUTCOMES[code]
        if verified or what in _NEEDS_NO_NAME:
            found.append(_fact(talk, what, key, {"code": code, **details}, ended.at))
    for one in events:
        if one.type == kind.ESCALATED and one.data.get("reason") in _COMPLAINTS:
            found.append(_fact(talk, "complaint", str(one.data["reason"]), {}, one.at))
        if one.type == kind.OPT_OUT:
            found.append(_fact(talk, "consent", "contact", {"granted": False}, one.at))
    if code not in _SOMEBODY_ELSE and (verified or talk.channel != "voice"):
        found += _preferences(talk, events, code, details, ended.at)
    return list({(one.kind, one.key): one for one in found}.values())


def _preferences(
    talk: Talk, events: Sequence[Event], code: str, details: Mapping[str, Any], at: datetime
) -> Iterable[Fact]:
    for one in events:
        name, value = one.data.get("name"), one.data.get("value")
        if one.type == kind.PREFERENCE and name in PREFERENCES and value:
            how = str(one.data.get("how") or "inferred")
            yield _fact(talk, "preference", str(name), {"value": str(value), "how": how}, one.at)
    heard = Counter(
        str(one.data["dialect"])
        for one in events
        if one.type == kind.CUSTOMER_SAID and isinstance(one.data.get("dialect"), str)
    )
    if heard and heard.most_common(1)[0][1] >= 2:
        yield _fact(talk, "preference", "dialect", {"value": heard.most_common(1)[0][0], "how": "inferred"}, at)
    if talk.direction == "inbound":
        yield _fact(talk, "preference", "channel", {"value": talk.channel, "how": "inferred"}, at)
    moment = _moment(details.get("at")) if code == "CALLBACK" else None
    if moment is not None:
        yield _fact(talk, "preference", "hours", {"value": part_of_day(moment), "how": "inferred"}, at)


def part_of_day(moment: datetime) -> str:
    """morning, afternoon or evening in Vietnam."""
    hour = vietnam_time(moment).hour
    return "morning" if hour < 12 else "afternoon" if hour < 18 else "evening"


def _fact(talk: Talk, what: FactKind, key: str, value: Mapping[str, Any], at: datetime) -> Fact:
    return Fact(what, key, value, at, expiry(what, value, at), conversation_id=talk.id)


def expiry(what: str, value: Mapping[str, Any], at: datetime) -> datetime | None:
    """When a fact is not used any more."""
    kept = _KEPT.get(what)
    if kept is None:
        return None
    own = _moment(value.get("at")) or _moment(value.get("date"))
    return max(at, own or at) + kept


def _moment(value: Any) -> datetime | None:
    """An ISO date or time, local if it names no zone."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)


@dataclass(frozen=True, slots=True)
class Profile:
    """What holds of a customer at one moment."""

    preferences: Mapping[str, str] = field(default_factory=dict)
    open: tuple[Fact, ...] = ()
    """matters not settled, latest first: promise, callback, complaint, hardship, paid (said so, not yet seen)"""

    def matter(self, what: str) -> Fact | None:
        """The latest open one of its kind."""
        return next((one for one in self.open if one.kind == what), None)


def profile(facts: Iterable[Fact], now: datetime) -> Profile:
    """What is used of ``facts`` (those an operator had forgotten are left out by the caller)."""
    live = sorted(
        (one for one in facts if one.at <= now and (one.expires_at is None or one.expires_at > now)),
        key=lambda one: (one.at, one.kind, one.key, one.id),
    )
    chosen: dict[str, Fact] = {}
    for one in live:
        if one.kind == "preference" and (one.key not in chosen or _weight(one) >= _weight(chosen[one.key])):
            chosen[one.key] = one
    matters: dict[str, Fact] = {}
    for one in live:
        if one.kind in ("promise", "callback", "complaint", "hardship", "paid", "appointment"):
            for settled in _SETTLES.get(one.kind, ()):
                matters.pop(settled, None)
            matters[one.kind] = one
    if (call := matters.get("callback")) and any(one.at > call.at for one in live if one.kind in _SETTLES):
        del matters["callback"]  # they have talked since
    preferences = {key: str(one.value.get("value") or "") for key, one in chosen.items()}
    return Profile(
        {key: value for key, value in preferences.items() if value},
        tuple(sorted(matters.values(), key=lambda one: (one.at, one.id), reverse=True)),
    )


_SETTLES: Final[Mapping[str, tuple[str, ...]]] = {
    "paid": ("promise", "hardship"),
    "promise": ("paid", "hardship"),
    "complaint": ("promise",),
    "hardship": ("promise",),
}
"""A newer fact of this kind makes older ones of those kinds void."""


def _weight(preference: Fact) -> int:
    """What an operator wrote down stands above what the customer said, and that above what was inferred."""
    if preference.source == "operator":
        return 2
    return 1 if preference.value.get("how") == "said" else 0


def day_of(fact: Fact, name: str = "date") -> date | None:
    """A date among a fact's values, in Vietnam."""
    moment = _moment(fact.value.get(name))
    return vietnam_time(moment).date() if moment else None


def moment_of(fact: Fact, name: str = "at") -> datetime | None:
    """A moment among a fact's values, aware."""
    return _moment(fact.value.get(name))
