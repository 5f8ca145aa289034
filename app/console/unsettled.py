"""The page of matters that wait for a person: what may have happened, and what was found out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import Response

from app.console.pages import Console, console_of, page, see_other
from app.toolbox import Toolbox
from app.unsettled_view import matters
from speech.text.privacy import mask
from tools.unsettled import look_again, settle

router = APIRouter(include_in_schema=False)

Shared = Annotated[Console, Depends(console_of)]
OPERATOR = "console"
_TOLD = ("done", "not_done", "none", "saved")


@router.get("/unsettled")
def unsettled_page(request: Request, console: Shared, told: str = "") -> Response:
    """The list; ``told`` is what came of the last act."""
    services = console.services
    found = matters(services.store, services.toolbox.database, services.clock.now()) if services.toolbox else []
    return page(request, "unsettled.html", matters=found, told=told if told in _TOLD else "")


@router.post("/unsettled")
def act(
    request: Request,
    console: Shared,
    matter: Annotated[str, Form(max_length=300)],
    do: Annotated[str, Form()],
    note: Annotated[str, Form(max_length=500)] = "",
    token: Annotated[str, Form()] = "",
) -> Response:
    """``do``: look, done or not_done."""
    console.csrf.check(request, token)
    toolbox, now = _toolbox(console), console.services.clock.now()
    if do == "look":
        found = look_again(toolbox.database, matter, toolbox.keeping_keys(), by=OPERATOR, now=now)
        return see_other(f"/unsettled?told={found or 'none'}")
    if do not in ("done", "not_done"):
        raise HTTPException(404)
    settle(toolbox.database, matter, do, mask(note).text, by=OPERATOR, now=now)  # type: ignore[arg-type]
    return see_other("/unsettled?told=saved")


def _toolbox(console: Console) -> Toolbox:
    if console.services.toolbox is None:
        raise HTTPException(404)
    return console.services.toolbox
