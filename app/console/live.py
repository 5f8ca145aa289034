"""A campaign's live page: server-sent events with the rows and totals that changed.

The feed follows the database, not this process, so a console started beside a running campaign is live as well.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from sse_starlette import EventSourceResponse, ServerSentEvent

from app.console import queries
from app.console.campaigns import find, segments
from app.console.pages import Console, console_of, render
from app.console.queries import Position, Row, Totals

router = APIRouter(include_in_schema=False)

LOOK_S = 0.5
"""Pause between two looks at the database: feels immediate, costs three indexed queries."""

PING_S = 15
"""Comment line that keeps proxies and browsers from giving the connection up."""


class CampaignFeed:
    """What has changed on one campaign's page since the last look."""

    def __init__(self, console: Console, campaign_id: str, seen: Position) -> None:
        self._store = console.services.store
        self._campaign_id = campaign_id
        self._seen = seen
        self._shown: dict[str, Row] = {}
        self._totals: Totals | None = None

    def look(self) -> tuple[list[Row], Totals | None]:
        """Changed rows, and the totals if they changed. Blocking."""
        now = queries.position(self._store, self._campaign_id)
        if now == self._seen and self._totals is not None:
            return [], None
        found = queries.changed_rows(self._store, self._campaign_id, self._seen.event, self._seen.touched)
        rows = [row for row in found if self._shown.get(row.contact_id) != row]
        self._shown.update((row.contact_id, row) for row in rows)
        self._seen = now
        totals = queries.totals(self._store, self._campaign_id)
        if totals == self._totals:
            return rows, None
        self._totals = totals
        return rows, totals


@router.get("/campaigns/{campaign_id}/feed")
async def feed(
    request: Request,
    console: Annotated[Console, Depends(console_of)],
    campaign_id: str,
    after: Annotated[int, Query(ge=0)] = 0,
    since: datetime | None = None,
) -> EventSourceResponse:
    """Events ``row`` (id, html) and ``totals`` (html, status); ``after`` and ``since`` are what the page has seen."""
    await asyncio.to_thread(find, console, campaign_id)
    seen = Position(after, since if since and since.tzinfo else None, "")
    return EventSourceResponse(_changes(request, CampaignFeed(console, campaign_id, seen)), ping=PING_S)


async def _changes(request: Request, feed: CampaignFeed) -> AsyncIterator[ServerSentEvent]:
    closing = console_of(request).closing
    while not closing.is_set() and not await request.is_disconnected():
        rows, totals = await asyncio.to_thread(feed.look)
        for row in rows:
            html = render(request, "_row.html", row=row)
            yield ServerSentEvent(json.dumps({"id": row.contact_id, "html": html}), event="row")
        if totals:
            html = render(request, "_totals.html", totals=totals, segments=segments(totals))
            yield ServerSentEvent(json.dumps({"html": html, "status": totals.status, **_plain(totals)}), event="totals")
        await asyncio.sleep(LOOK_S)


def _plain(totals: Totals) -> dict[str, object]:
    return {k: v for k, v in asdict(totals).items() if k in ("total", "done", "active", "promised_vnd")}
