"""The FastAPI application: pages for people, a small JSON API, health. It binds to loopback and has no login."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import Receive, Scope, Send

from app import hooks
from app.console import api, calls, campaigns, chat, escalations, live, search, unsettled, uploads
from app.console.i18n import Translator
from app.console.pages import VERSION, Console, language_of, page
from app.console.security import LOCAL_HOSTS, HeadersAndLimits, TooLargeError
from app.services import Services
from core.errors import AloError
from core.logging import get_logger

_log = get_logger("app.server")


def create_app(services: Services) -> FastAPI:
    """The console over ``services``; the caller opens and closes them."""
    app = FastAPI(title="Alô", version=VERSION, docs_url=None, redoc_url=None)
    app.state.console = Console(services)
    for pages in (api, uploads, live, campaigns, calls, escalations, chat, search, unsettled, hooks):
        app.include_router(pages.router)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "console" / "static"), name="static")
    app.add_api_route("/", _home, include_in_schema=False)
    app.add_exception_handler(AloError, _told)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _bad_request)
    app.add_exception_handler(Exception, _unexpected)
    app.add_middleware(HeadersAndLimits, too_large=_too_large)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(LOCAL_HOSTS), www_redirect=False)
    return app


async def _home() -> Response:
    return RedirectResponse("/campaigns")


async def _too_large(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope, receive)
    await _answer(request, 413, TooLargeError().message(language_of(request)))(scope, receive, send)


async def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, AloError)
    status = 413 if isinstance(error, TooLargeError) else 403 if type(error).__name__ == "StaleTokenError" else 400
    return _answer(request, status, error.message(language_of(request)))


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    t = Translator(language_of(request))
    known = {404: "error.not_found", 405: "error.method"}
    return _answer(request, error.status_code, t(known.get(error.status_code, "error.unexpected")))


async def _bad_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = ", ".join(".".join(str(part) for part in problem["loc"]) for problem in error.errors())
    return _answer(request, 422, f"{Translator(language_of(request))('error.title')}: {fields}")


async def _unexpected(request: Request, error: Exception) -> Response:
    _log.error("app.request_failed", path=request.url.path, error=type(error).__name__, exc_info=error)
    return _answer(request, 500, Translator(language_of(request))("error.unexpected"))


def _answer(request: Request, status: int, message: str) -> Response:
    """An error as a page for people, as JSON for scripts."""
    if request.url.path.startswith("/api/") or "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"error": message}, status)
    return page(request, "error.html", status, message=message, status_code=status)
