"""Whom a person should look after: conversations handed over, calls to return, alerts, each with its story."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from sqlalchemy import func, select

from app.console.choices import flow_title
from app.console.masking import hide
from app.console.pages import Console, console_of, page
from memory.schema import Contact, Conversation, Customer
from memory.store import Store

router = APIRouter(include_in_schema=False)

Shared = Annotated[Console, Depends(console_of)]
Kind = Literal["transferred", "callback", "alert"]

PAGE_ROWS = 20


@dataclass(frozen=True, slots=True)
class Why:
    """Why a person was called in; ``kind`` None: nobody was. Personal data masked unless asked for."""

    kind: Kind | None
    reason: str = ""
    words: Sequence[str] = ()
    """what the customer said that decided it"""
    story: Sequence[tuple[str, str]] = ()
    """who, what, tried, feeling, next step: name and text of each line"""
    queue: str = ""


@dataclass(frozen=True, slots=True)
class Escalation:
    """One conversation on the page."""

    id: str
    name: str
    phone: str | None
    at: datetime
    flow: str | None
    sentiment: float | None
    why: Why


def why_of(talk: Conversation, *, personal: bool = False) -> Why:
    """What the record says about a person being called in."""
    told = talk.escalation or {}
    if not talk.escalated and not told:
        return Why(None)
    shown = str if personal else hide
    kind: Kind = "transferred" if talk.escalated else "callback" if told.get("do") == "callback" else "alert"
    summary = str(told.get("summary") or talk.summary or "")
    lines = (line.partition(":") for line in summary.split("\n") if line.strip())
    return Why(
        kind,
        str(told.get("reason") or told.get("rule") or ""),
        [shown(str(word)) for word in told.get("words") or ()],
        [(name.strip(), shown(text.strip())) for name, _, text in lines],
        str(told.get("queue") or ""),
    )


def escalations(store: Store, kind: Kind | None = None, number: int = 1) -> tuple[list[Escalation], bool]:
    """A page (from 1), newest first, and whether more follow."""
    did = func.coalesce(Conversation.escalation["do"].as_string(), "")
    wanted = {
        None: (Conversation.escalated | (did != ""),),
        "transferred": (Conversation.escalated,),
        "callback": (~Conversation.escalated, did == "callback"),
        "alert": (~Conversation.escalated, did.not_in(("", "callback"))),
    }
    query = (
        select(Conversation, Contact.phone, Customer.name, Customer.phone)
        .outerjoin(Contact, Contact.id == Conversation.contact_id)
        .outerjoin(Customer, Customer.id == func.coalesce(Conversation.customer_id, Contact.customer_id))
        .where(*wanted[kind])
        .order_by(Conversation.started_at.desc(), Conversation.id.desc())
        .limit(PAGE_ROWS + 1)
        .offset((number - 1) * PAGE_ROWS)
    )
    with store.read() as session:
        found = [
            Escalation(talk.id, name or "—", called or known, talk.started_at, talk.flow, talk.sentiment, why_of(talk))
            for talk, called, name, known in session.execute(query)
        ]
    return found[:PAGE_ROWS], len(found) > PAGE_ROWS


@router.get("/escalations")
def escalations_page(
    request: Request,
    console: Shared,
    kind: Kind | Literal[""] = "",
    number: Annotated[int, Query(alias="page", ge=1)] = 1,
) -> Response:
    """The page of the person in charge."""
    found, more = escalations(console.services.store, kind or None, number)
    values: dict[str, Any] = {"found": found, "more": more, "number": number, "kind": kind}
    return page(request, "escalations.html", flow_title=partial(flow_title, console.services), **values)
