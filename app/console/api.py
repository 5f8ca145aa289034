"""A small JSON API for scripts: what the pages show, phones masked. Described at /openapi.json."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel
from sqlalchemy import text

from app.console import queries
from app.console.pages import VERSION, Console, console_of
from app.console.text import mask_phone

router = APIRouter(tags=["alo"])

Shared = Annotated[Console, Depends(console_of)]


class Health(BaseModel):
    """``ok`` means that the database answered."""

    status: str
    version: str


class CampaignSummary(BaseModel):
    id: str
    name: str
    flow: str
    purpose: str
    status: str
    contacts: int
    done: int
    created_at: datetime


class ContactLine(BaseModel):
    contact_id: str
    row_number: int
    name: str
    phone: str
    """masked"""
    region: str | None
    state: str
    conversation_id: str | None
    last_words: str
    sentiment: float | None
    outcome: str | None
    details: dict[str, Any]


class CampaignDetail(BaseModel):
    id: str
    name: str
    flow: str
    purpose: str
    status: str
    totals: dict[str, Any]
    contacts: list[ContactLine]
    page: int


class EventLine(BaseModel):
    seq: int
    type: str
    at: datetime
    at_ms: int
    data: dict[str, Any]


class ConversationDetail(BaseModel):
    id: str
    campaign_id: str | None
    channel: str
    flow: str | None
    started_at: datetime
    ended_at: datetime | None
    duration_ms: int | None
    verified: bool
    disposition: str | None
    disposition_details: dict[str, Any]
    escalated: bool
    events: list[EventLine]


@router.get("/health")
def health(console: Shared) -> Health:
    """Is the console alive and its database readable?"""
    with console.services.store.read() as session:
        session.execute(text("SELECT 1"))
    return Health(status="ok", version=VERSION)


@router.get("/api/campaigns")
def list_campaigns(console: Shared) -> list[CampaignSummary]:
    """All campaigns, newest first."""
    return [
        CampaignSummary(
            id=line.campaign.id,
            name=line.campaign.name,
            flow=line.campaign.flow,
            purpose=line.campaign.purpose,
            status=line.campaign.status,
            contacts=line.total,
            done=line.done,
            created_at=line.campaign.created_at,
        )
        for line in queries.campaign_lines(console.services.store)
    ]


@router.get("/api/campaigns/{campaign_id}")
def get_campaign(console: Shared, campaign_id: str, page: int = 1) -> CampaignDetail:
    """One campaign: totals and a page of its contacts."""
    store = console.services.store
    found = queries.campaign(store, campaign_id)
    if found is None:
        raise HTTPException(404)
    rows = queries.page_rows(store, campaign_id, max(page, 1))
    return CampaignDetail(
        id=found.id,
        name=found.name,
        flow=found.flow,
        purpose=found.purpose,
        status=found.status,
        totals=asdict(queries.totals(store, campaign_id)),
        contacts=[_contact(row) for row in rows],
        page=max(page, 1),
    )


@router.get("/api/conversations/{conversation_id}")
def get_conversation(console: Shared, conversation_id: str) -> ConversationDetail:
    """One conversation with all its events. Phone numbers in events are masked."""
    store = console.services.store
    talk = store.conversation(conversation_id)
    if talk is None:
        raise HTTPException(404)
    return ConversationDetail(
        id=talk.id,
        campaign_id=talk.campaign_id,
        channel=talk.channel,
        flow=talk.flow,
        started_at=talk.started_at,
        ended_at=talk.ended_at,
        duration_ms=talk.duration_ms,
        verified=talk.verified,
        disposition=talk.disposition,
        disposition_details=talk.disposition_details,
        escalated=talk.escalated,
        events=[
            EventLine(seq=e.seq, type=e.type, at=e.at, at_ms=e.at_ms, data=_masked(e.data))
            for e in store.events(conversation_id)
        ],
    )


def _contact(row: queries.Row) -> ContactLine:
    known = {name: getattr(row, name) for name in ContactLine.model_fields}
    return ContactLine(**{**known, "phone": mask_phone(row.phone)})


def _masked(data: Any) -> dict[str, Any]:
    return {key: mask_phone(str(value)) if key in ("to", "phone") and value else value for key, value in data.items()}
