"""Search over past conversations, and what is known of one customer: pages, and the same as JSON for scripts."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Header, HTTPException, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlalchemy import select

from app.console.pages import Console, console_of, page, see_other, translator
from app.console.text import mask_phone, outcome_label
from app.finding import customers_known_as, find
from app.people_view import Card, card_of
from campaigns.dispositions import disposition_rules
from core.clock import VIETNAM
from core.errors import AloError, InputError
from memory.joining import join, keep_apart, members_of, possible_matches, split
from memory.learning import PREFERENCE_VALUES, forget_facts, set_fact
from memory.privacy import UnknownPersonError
from memory.schema import Customer
from memory.search import Found, Hit, Wanted

router = APIRouter(tags=["memory"])

Shared = Annotated[Console, Depends(console_of)]
Token = Annotated[str | None, Header(alias="x-csrf-token")]
OPERATOR = "console"
"""Who changes what is known, as the audit log names them: the console has no login."""
_PAGE = 20


class Preference(BaseModel):
    """Something an operator writes down."""

    kind: str = Field(default="preference", max_length=40)
    key: str = Field(max_length=40)
    value: str = Field(max_length=500)


class TwoCustomers(BaseModel):
    """Ids of two customers."""

    customer: str
    other: str


@router.get("/search", include_in_schema=False)
def search_page(
    request: Request,
    console: Shared,
    q: str = "",
    who: str = "",
    outcome: str = "",
    since: str = "",
    until: str = "",
    number: Annotated[int, Query(alias="page", ge=1)] = 1,
) -> Response:
    """A box, and what was found."""
    found, problem, t = Found(()), "", translator(request)
    if q.strip():
        try:
            found, trouble = _find(console, q, who, outcome, since, until, number)
            problem = trouble.message(t.language) if trouble else ""
        except InputError as error:
            problem = error.message(t.language)
    return page(
        request,
        "search.html",
        found=found,
        problem=problem,
        asked=bool(q.strip()),
        values={"q": q, "who": who, "outcome": outcome, "since": since, "until": until},
        outcomes=sorted(((code, outcome_label(code, t)) for code in disposition_rules()), key=lambda one: one[1]),
        names=_names(console, found),
        number=number,
        page_rows=_PAGE,
    )


def _names(console: Console, found: Found) -> dict[str, str]:
    """Customer id → name of those whose conversations were found."""
    ids = {hit.conversation.customer_id for hit in found.hits} - {None}
    with console.services.store.read() as session:
        rows = session.execute(select(Customer.id, Customer.name).where(Customer.id.in_(ids)))
        return {id_: name for id_, name in rows if name}


@router.get("/customers/{customer_id}", include_in_schema=False)
def customer_page(request: Request, console: Shared, customer_id: str) -> Response:
    """What is known of one person."""
    known = {key: sorted(values) for key, values in PREFERENCE_VALUES.items()}
    return page(request, "customer.html", card=_card(console, customer_id), preferences=known)


@router.post("/customers/{customer_id}/facts", include_in_schema=False)
def change_page(
    request: Request,
    console: Shared,
    customer_id: str,
    preference: Annotated[str, Form(max_length=80)] = "",
    note: Annotated[str, Form(max_length=500)] = "",
    forget: Annotated[str, Form(max_length=80)] = "",
    token: Annotated[str, Form()] = "",
) -> Response:
    """A preference ("pronoun=bác"), a note, or a fact to forget ("promise payment"), from the page's forms."""
    console.csrf.check(request, token)
    _known(console, customer_id)
    now = console.services.clock.now()
    with console.services.store.write() as session:
        if forget:
            kind, _, key = forget.partition(" ")
            forget_facts(session, customer_id, kind, key, by=OPERATOR, at=now)
        elif preference:
            key, _, value = preference.partition("=")
            set_fact(session, customer_id, "preference", key, {"value": value}, by=OPERATOR, at=now)
        elif note.strip():
            set_fact(session, customer_id, "note", "note", {"value": note.strip()}, by=OPERATOR, at=now)
    return see_other(f"/customers/{customer_id}")


@router.get("/api/search")
def search_api(
    console: Shared, q: str, who: str = "", outcome: str = "", since: str = "", until: str = "", page: int = 1
) -> dict[str, Any]:
    """Conversations in which something was said; ``loose``: none has all the words."""
    found, trouble = _find(console, q, who, outcome, since, until, max(page, 1))
    hits = [_line(hit) for hit in found.hits]
    return {"loose": found.loose, "trouble": trouble.vi if trouble else None, "hits": hits}


@router.get("/api/customers/{customer_id}/memory")
def memory_api(console: Shared, customer_id: str) -> dict[str, Any]:
    """What is known of one person; numbers masked."""
    card = _card(console, customer_id)
    return {
        "id": card.id,
        "name": card.name,
        "joined": list(card.joined),
        "identities": [
            {"kind": one.kind, "value": _shown(one.kind, one.value), "verified": one.verified, "source": one.source}
            for one in card.identities
        ],
        "facts": [asdict(one) for one in card.facts],
        "conversations": [asdict(one) for one in card.talks],
    }


@router.post("/api/customers/{customer_id}/facts")
def set_api(request: Request, console: Shared, customer_id: str, body: Preference, token: Token = None) -> Any:
    """Write a preference or a note down."""
    console.csrf.check(request, token)
    _known(console, customer_id)
    with console.services.store.write() as session:
        value, now = {"value": body.value}, console.services.clock.now()
        set_fact(session, customer_id, body.kind, body.key, value, by=OPERATOR, at=now)
    return memory_api(console, customer_id)


@router.delete("/api/customers/{customer_id}/facts")
def forget_api(
    request: Request,
    console: Shared,
    customer_id: str,
    kind: str | None = None,
    key: str | None = None,
    token: Token = None,
) -> dict[str, int]:
    """Forget facts of a kind (and key), or all."""
    console.csrf.check(request, token)
    _known(console, customer_id)
    with console.services.store.write() as session:
        now = console.services.clock.now()
        return {"forgotten": forget_facts(session, customer_id, kind, key, by=OPERATOR, at=now)}


@router.get("/api/matches")
def matches_api(console: Shared) -> list[dict[str, Any]]:
    """Pairs of customers who may be one person."""
    with console.services.store.read() as session:
        pairs = possible_matches(session)
    return [
        {"customer": pair.customer.id, "customer_name": pair.customer.name, "other": pair.other.id,
         "other_name": pair.other.name, "differs": list(pair.reasons), "at": pair.at}
        for pair in pairs
    ]  # fmt: skip


@router.post("/api/matches/{verdict}")
def decide_api(
    request: Request, console: Shared, verdict: str, body: TwoCustomers, token: Token = None
) -> dict[str, str]:
    """``join`` or ``apart``; ``split`` takes ``other`` out of ``customer`` again."""
    console.csrf.check(request, token)
    now = console.services.clock.now()
    with console.services.store.write() as session:
        if verdict == "join":
            join(session, body.customer, body.other, by=OPERATOR, reason="", at=now)
        elif verdict == "apart":
            keep_apart(session, body.customer, body.other, by=OPERATOR, reason="", at=now)
        elif verdict == "split":
            split(session, body.other, by=OPERATOR, reason="", at=now)
        else:
            raise HTTPException(404)
    return {"done": verdict}


def _find(
    console: Console, q: str, who: str, outcome: str, since: str, until: str, number: int = 1
) -> tuple[Found, AloError | None]:
    store = console.services.store
    people: tuple[str, ...] | None = None
    if who.strip():
        try:
            named = customers_known_as(store, who.strip())
        except UnknownPersonError:
            return Found(()), None
        with store.read() as session:
            people = tuple(member for one in named for member in members_of(session, one))
    last = _day(until)
    wanted = Wanted(
        customer_ids=people,
        disposition=outcome.strip().upper() or None,
        since=_day(since),
        until=last + timedelta(days=1) if last else None,
        limit=_PAGE,
        offset=(number - 1) * _PAGE,
    )
    return find(console.services.settings, store, q, wanted)


def _day(typed: str) -> datetime | None:
    if not typed.strip():
        return None
    try:
        return datetime.combine(date.fromisoformat(typed.strip()), time(), VIETNAM)
    except ValueError as error:
        raise InputError("Ngày phải có dạng 2026-11-23.", "A day looks like 2026-11-23.", where="since") from error


def _line(hit: Hit) -> dict[str, Any]:
    talk = hit.conversation
    return {
        "conversation": talk.id, "customer": talk.customer_id, "started_at": talk.started_at, "channel": talk.channel,
        "disposition": talk.disposition, "role": hit.role, "at_ms": hit.at_ms, "text": hit.snippet.text,
        "marks": hit.snippet.marks, "score": hit.score, "more": hit.more,
    }  # fmt: skip


def _known(console: Console, customer_id: str) -> None:
    with console.services.store.read() as session:
        if session.get(Customer, customer_id) is None:
            raise HTTPException(404)


def _card(console: Console, customer_id: str) -> Card:
    _known(console, customer_id)
    return card_of(console.services.store, customer_id, console.services.clock.now())


def _shown(kind: str, value: str) -> str:
    return mask_phone(value) if kind == "phone" else value
