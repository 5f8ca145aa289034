"""What keeps other web sites and curious paths out of a console that has no login: it answers only this machine."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import RefusedError

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Everything from here, nothing inline: a name in an uploaded file cannot become a script."""

REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox"
"""Analytics reports are self-contained: own style, pictures inside, no script."""

LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1", "[::1]")

MAX_UPLOAD_BYTES = 10 * 1024 * 1024
"""A million-row CSV of names and phones is larger; such lists come through the CLI."""

_FORM_OVERHEAD_BYTES = 64 * 1024


class StaleTokenError(RefusedError):
    """A form from another site, or from before the server was restarted."""

    def __init__(self) -> None:
        super().__init__(
            "Phiên làm việc đã cũ hoặc yêu cầu đến từ trang khác. Hãy tải lại trang rồi thử lại.",
            "The session is stale or the request came from another site. Reload the page and try again.",
        )


class TooLargeError(RefusedError):
    """A request body over the limit."""

    def __init__(self) -> None:
        megabytes = MAX_UPLOAD_BYTES // 1024 // 1024
        super().__init__(
            f"Tệp quá lớn: tối đa {megabytes} MB. Hãy chia nhỏ danh sách.",
            f"The file is too large: at most {megabytes} MB. Split the list.",
        )


class CsrfGuard:
    """One secret token per server run, asked back with every POST, on top of the browser's own origin headers."""

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(24)

    def check(self, request: Request, token: str | None) -> None:
        """Raises StaleTokenError unless the request comes from one of our own pages."""
        if not (token and hmac.compare_digest(token.encode(), self.token.encode())) or not _same_origin(request):
            raise StaleTokenError


def _same_origin(request: Request) -> bool:
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


class HeadersAndLimits:
    """Adds security headers to every response and refuses bodies over the upload limit before reading them."""

    def __init__(self, app: ASGIApp, too_large: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self._app = app
        self._too_large = too_large

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_headers(MutableHeaders(scope=message))
            await send(message)

        if _declared_length(scope) > MAX_UPLOAD_BYTES + _FORM_OVERHEAD_BYTES:
            await self._too_large(scope, receive, guarded)
            return
        await self._app(scope, _limited(receive), guarded)


def _declared_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


def _limited(receive: Receive) -> Receive:
    """``receive`` that gives up on a body without a declared length once it grows past the limit."""
    seen = 0

    async def read() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MAX_UPLOAD_BYTES + _FORM_OVERHEAD_BYTES:
            raise TooLargeError
        return message

    return read


def _add_headers(headers: MutableHeaders) -> None:
    headers.setdefault("content-security-policy", PAGE_POLICY)
    headers.setdefault("x-content-type-options", "nosniff")
    headers.setdefault("referrer-policy", "same-origin")
    headers.setdefault("x-frame-options", "DENY")
    headers.setdefault("cross-origin-opener-policy", "same-origin")
    headers.setdefault("cross-origin-resource-policy", "same-origin")
    headers.setdefault("cache-control", "no-store")
