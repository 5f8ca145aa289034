"""Pages of campaigns: the list, one campaign, its buttons, its export and report."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from fastapi.responses import Response

from app.console import export, queries
from app.console.choices import flow_title, purpose_title
from app.console.control import act, report_html
from app.console.pages import Console, console_of, page, see_other, translator
from app.console.queries import PAGE_ROWS, Totals
from app.console.security import REPORT_POLICY
from app.console.text import TONE_ORDER, tone
from memory.schema import Campaign

router = APIRouter(include_in_schema=False)

Shared = Annotated[Console, Depends(console_of)]


def find(console: Console, campaign_id: str) -> Campaign:
    """The campaign, or a 404."""
    found = queries.campaign(console.services.store, campaign_id)
    if found is None:
        raise HTTPException(404)
    return found


def segments(totals: Totals) -> list[dict[str, Any]]:
    """The progress bar: outcomes grouped by colour, in percent of all contacts."""
    left, bars = 0.0, []
    ordered = sorted(totals.outcomes.items(), key=lambda item: (TONE_ORDER.index(tone(item[0])), -item[1]))
    for code, count in ordered:
        width = 100 * count / max(totals.total, 1)
        bars.append({"code": code, "tone": tone(code), "count": count, "x": left, "width": width})
        left += width
    return bars


@router.get("/campaigns")
def campaigns(request: Request, console: Shared) -> Response:
    lines = queries.campaign_lines(console.services.store)
    return page(request, "campaigns.html", lines=lines, flow_title=partial(flow_title, console.services))


@router.get("/campaigns/{campaign_id}")
def campaign(
    request: Request,
    console: Shared,
    campaign_id: str,
    number: Annotated[int, Query(alias="page", ge=1)] = 1,
    outcome: str | None = None,
) -> Response:
    found = find(console, campaign_id)
    store = console.services.store
    pages = max(1, -(-queries.count_rows(store, campaign_id, outcome) // PAGE_ROWS))
    cursor = queries.position(store, campaign_id)
    totals = queries.totals(store, campaign_id)
    return page(
        request,
        "campaign.html",
        campaign=found,
        flow=flow_title(console.services, found.flow, translator(request)),
        purpose=purpose_title(found.purpose, translator(request)),
        totals=totals,
        segments=segments(totals),
        rows=queries.page_rows(store, campaign_id, min(number, pages), outcome),
        stopped=queries.gate_decisions(store, campaign_id),
        simulated=console.services.simulated or queries.is_simulated(store, campaign_id),
        can_control=console.services.campaigns is not None,
        can_launch=console.services.start is not None,
        page_number=min(number, pages),
        pages=pages,
        outcome=outcome,
        cursor=cursor,
    )


@router.post("/campaigns/{campaign_id}/{action}")
async def control(
    request: Request, console: Shared, campaign_id: str, action: str, token: Annotated[str, Form()] = ""
) -> Response:
    console.csrf.check(request, token)
    if action not in ("launch", "pause", "resume", "stop"):
        raise HTTPException(404)
    find(console, campaign_id)
    await act(console, campaign_id, action)
    return see_other(f"/campaigns/{campaign_id}")


@router.get("/campaigns/{campaign_id}/export.{kind}")
def download(request: Request, console: Shared, campaign_id: str, kind: str) -> Response:
    found = find(console, campaign_id)
    outcomes = export.outcomes_of(console.services.store, campaign_id, translator(request))
    if kind == "csv":
        return _attachment(export.as_csv(outcomes), "text/csv; charset=utf-8", f"{found.id}.csv")
    if kind == "xlsx":
        return _attachment(export.as_xlsx(outcomes), export.XLSX_TYPE, f"{found.id}.xlsx")
    raise HTTPException(404)


@router.get("/campaigns/{campaign_id}/report")
def report(console: Shared, campaign_id: str) -> Response:
    find(console, campaign_id)
    return Response(
        report_html(console, campaign_id),
        media_type="text/html; charset=utf-8",
        headers={"content-security-policy": REPORT_POLICY},
    )


def _attachment(body: bytes, media_type: str, filename: str) -> Response:
    return Response(body, media_type=media_type, headers={"content-disposition": f'attachment; filename="{filename}"'})
