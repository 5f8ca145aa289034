"""Talk in text with any flow: the same Conversation as on the phone, kept in memory while the page is open."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from app.console.choices import flow_choices, made_up_customers
from app.console.i18n import LANGUAGES, Translator
from app.console.pages import Console, console_of, page, translator
from app.console.text import outcome_detail, outcome_label
from app.text_channel import Reply, TextSession

router = APIRouter(include_in_schema=False)

Shared = Annotated[Console, Depends(console_of)]
Words = Annotated[Translator, Depends(translator)]
Token = Annotated[str | None, Header(alias="x-csrf-token")]


class Start(BaseModel):
    """Which flow, and which of the made-up customers."""

    flow: str
    customer: int = Field(0, ge=0)


class Typed(BaseModel):
    """What the customer typed."""

    text: str = Field(min_length=1, max_length=500)


@router.get("/chat")
def chat(request: Request, console: Shared, t: Words) -> Response:
    flows = flow_choices(console.services, t)
    both = [Translator(language) for language in LANGUAGES]  # whoever agrees to something reads it in either
    return page(request, "chat.html", flows=flows, customers=made_up_customers(t), both=both)


@router.post("/chat/start")
async def start(request: Request, console: Shared, t: Words, body: Start, token: Token = None) -> dict[str, Any]:
    console.csrf.check(request, token)
    people = made_up_customers(t)
    if body.flow not in console.services.flows or body.customer >= len(people):
        raise HTTPException(404)
    person = people[body.customer]
    now = console.services.clock.now()
    session = await TextSession.open(console.services, body.flow, person.fields(now))
    console.chats.add(session)
    return {"chat": session.id, "who": person.about(now, t), **_shown(await session.start(), t)}


@router.post("/chat/{chat_id}/say")
async def say(request: Request, console: Shared, t: Words, chat_id: str, body: Typed, token: Token = None) -> Any:
    console.csrf.check(request, token)
    return _shown(await console.chats.get(chat_id).say(body.text), t)


@router.post("/chat/{chat_id}/silence")
async def silence(request: Request, console: Shared, t: Words, chat_id: str, token: Token = None) -> Any:
    console.csrf.check(request, token)
    return _shown(await console.chats.get(chat_id).stay_silent(), t)


@router.post("/chat/{chat_id}/hangup")
async def hangup(request: Request, console: Shared, t: Words, chat_id: str, token: Token = None) -> Any:
    console.csrf.check(request, token)
    return _shown(await console.chats.get(chat_id).hang_up(), t)


def _shown(reply: Reply, t: Translator) -> dict[str, Any]:
    """A reply as chat.js shows it."""
    found = reply.disposition
    return {
        "said": reply.said,
        "notes": [
            *(t("note.escalated", reason=t.or_raw("reason", transfer.reason)) for transfer in reply.transfers),
            *(f"{message.channel}: {message.text}" for message in reply.messages),
        ],
        "events": [{"type": k, "data": json.dumps(d, ensure_ascii=False, default=str)} for k, d in reply.events],
        "finished": reply.finished,
        "outcome": outcome_label(found.code, t) if found else None,
        "detail": outcome_detail(found.details, t) if found else "",
    }
