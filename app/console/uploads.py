"""A new campaign: upload, check, launch. Nothing is written before the launch."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, HTTPException, Request, UploadFile
from fastapi.responses import Response

from app.checking import Check, check_list, sample_list
from app.console.choices import campaign_choices, flow_title, purpose_choices
from app.console.i18n import Translator
from app.console.pages import Console, console_of, page, see_other, translator
from app.console.security import MAX_UPLOAD_BYTES, TooLargeError
from app.console.text import friendly, money
from campaigns.importing import ImportReport, import_contacts
from campaigns.service import NewCampaign
from core.errors import AloError, InputError

router = APIRouter(include_in_schema=False)

Shared = Annotated[Console, Depends(console_of)]
Words = Annotated[Translator, Depends(translator)]
Text = Annotated[str, Form(max_length=200)]

SHOWN = 200
"""Lines of each table on the check page."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the form said, to show it again after a mistake."""

    name: str = ""
    flow: str = ""
    purpose: str = ""


@router.get("/campaigns/new")
def new(request: Request, console: Shared, t: Words) -> Response:
    return _form(request, console, t, Wanted())


@router.get("/campaigns/sample.csv")
def sample(console: Shared, flow: str) -> Response:
    """A list with made-up people and just the columns that ``flow`` needs."""
    if flow not in console.services.flows:
        raise HTTPException(404)
    body = sample_list(flow, console.services.clock.now()).encode("utf-8-sig")
    return _csv(body, f"{flow}.csv")


@router.post("/campaigns/check")
async def check(
    request: Request,
    console: Shared,
    t: Words,
    token: Text = "",
    name: Text = "",
    flow: Text = "",
    purpose: Text = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    console.csrf.check(request, token)
    wanted = Wanted(name.strip(), flow, purpose)
    if flow not in console.services.flows:
        raise HTTPException(404)
    if file is None or not file.filename:
        return _form(request, console, t, wanted, t("error.no_file"))
    body = await file.read(MAX_UPLOAD_BYTES + 1)
    if len(body) > MAX_UPLOAD_BYTES:
        raise TooLargeError
    try:
        found = await asyncio.to_thread(_check, console, wanted, body, file.filename)
    except AloError as error:
        return _form(request, console, t, wanted, error.message(t.language))
    return see_other(f"/campaigns/check/{console.checks.add(found)}")


def _check(console: Console, wanted: Wanted, body: bytes, filename: str) -> Check:
    services = console.services
    report = import_contacts(body, flow=wanted.flow, filename=filename)
    new = NewCampaign(wanted.name or filename, wanted.purpose, wanted.flow)
    return check_list(services.store, new, report, services.clock.now())


@router.get("/campaigns/check/{key}")
def checked(request: Request, console: Shared, t: Words, key: str) -> Response:
    found = console.checks.get(key)
    return page(
        request,
        "check.html",
        key=key,
        check=found,
        flow=flow_title(console.services, found.new.flow, t),
        shown=SHOWN,
        can_launch=console.services.start is not None,
        simulated=console.services.simulated,
        columns=_flow_columns,
        cell=_cell,
    )


@router.get("/campaigns/check/{key}/problems.csv")
def problems(console: Shared, key: str) -> Response:
    """The bad rows as a file, to correct them beside the list."""
    return _csv(console.checks.get(key).report.problems_csv(), "problems.csv")


def _csv(body: bytes, filename: str) -> Response:
    disposition = f'attachment; filename="{filename}"'
    return Response(body, media_type="text/csv; charset=utf-8", headers={"content-disposition": disposition})


@router.post("/campaigns/check/{key}/launch")
async def launch(request: Request, console: Shared, key: str, token: Text = "") -> Response:
    console.csrf.check(request, token)
    services = console.services
    if services.campaigns is None or services.start is None:
        raise HTTPException(405)
    found = console.checks.take(key)
    if not found.useful:
        raise InputError("Không có liên hệ nào gọi được.", "Nobody can be called.")
    campaign_id = await asyncio.to_thread(_launch, console, found)
    return see_other(f"/campaigns/{campaign_id}")


def _launch(console: Console, found: Check) -> str:
    services = console.services
    assert services.campaigns is not None
    assert services.start is not None
    business = services.store.business(found.new.business_id)
    if business is None:
        services.store.ensure_business(found.new.business_id, "Alô", services.clock.now())
    campaign_id: str = services.campaigns.create(found.new, found.report.rows)
    services.campaigns.launch(campaign_id)
    services.start(campaign_id)
    return campaign_id


def _flow_columns(report: ImportReport) -> list[str]:
    """Known columns beside the person's own, in the file's order."""
    return [field for field in report.columns if any(field in row.fields for row in report.rows)]


def _cell(value: Any, field: str) -> str:
    if value is None:
        return "—"
    return money(value) if field == "amount" else friendly(value)


def _form(request: Request, console: Console, t: Translator, wanted: Wanted, problem: str | None = None) -> Response:
    values: dict[str, Any] = {
        "flows": campaign_choices(console.services, t), "purposes": purpose_choices(t), "form": wanted,
        "problem": problem, "limit_mb": MAX_UPLOAD_BYTES // 1024 // 1024,
    }  # fmt: skip
    return page(request, "new.html", 400 if problem else 200, **values)
