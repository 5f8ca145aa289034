"""Turning templates into pages: language, helpers, the console's shared state."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.checking import PendingChecks
from app.console import text
from app.console.i18n import COOKIE, LANGUAGES, Language, Translator, as_language
from app.console.security import CsrfGuard
from app.services import Services
from app.text_channel import Chats

VERSION = "0.1.0"
_HERE = Path(__file__).parent


@dataclass(slots=True)
class Console:
    """State of one server: the services behind it and what its pages share. Kept at ``app.state.console``."""

    services: Services
    csrf: CsrfGuard = field(default_factory=CsrfGuard)
    chats: Chats = field(default_factory=Chats)
    checks: PendingChecks = field(default_factory=PendingChecks)
    closing: threading.Event = field(default_factory=threading.Event)
    """set when the server stops: live feeds end"""
    templates: Environment = field(default_factory=lambda: _environment())


def console_of(request: Request) -> Console:
    """FastAPI dependency: the server's Console."""
    console: Console = request.app.state.console
    return console


def language_of(request: Request) -> Language:
    """``?lang=`` wins, then the cookie, then the setting."""
    default = console_of(request).services.settings.language
    return as_language(request.query_params.get("lang") or request.cookies.get(COOKIE), default)


def translator(request: Request) -> Translator:
    """FastAPI dependency: messages in the reader's language."""
    return Translator(language_of(request))


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A whole page. A language chosen in the address is remembered in a cookie."""
    response = HTMLResponse(render(request, template, **values), status)
    if request.query_params.get("lang") in LANGUAGES:
        response.set_cookie(COOKIE, request.query_params["lang"], max_age=365 * 86400, httponly=True, samesite="lax")
    return response


def render(request: Request, template: str, **values: Any) -> str:
    """A template as text, with what every template may use."""
    console = console_of(request)
    t = Translator(language_of(request))
    return console.templates.get_template(template).render(
        t=t,
        lang=t.language,
        other_lang_url=lambda language: str(request.url.include_query_params(lang=language).path)
        + "?"
        + request.url.include_query_params(lang=language).query,
        path=request.url.path,
        csrf=console.csrf.token,
        version=VERSION,
        **values,
    )


def see_other(url: str) -> Response:
    """Redirect after a POST; ``url`` is one of our own paths."""
    return Response(status_code=303, headers={"location": url})


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        mask_phone=text.mask_phone, money=text.money, clock_time=text.clock_time, short_time=text.short_time,
        duration=text.duration, friendly=text.friendly, tone=text.tone, mood=text.mood, pretty=_pretty,
        query=_query,
    )  # fmt: skip
    environment.globals.update(
        outcome_detail=text.outcome_detail, outcome_label=text.outcome_label, gate_reason=text.gate_reason
    )
    return environment


def _query(values: Mapping[str, Any], **more: Any) -> str:
    return urlencode({**values, **more})


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
