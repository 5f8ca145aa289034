"""One way out to HTTP services: the named host only, no redirects, bounded time and size, JSON or an error."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import httpx

from core.logging import get_logger
from tools.tool import ToolRefusal, ToolUnavailable

MAX_BYTES: Final = 1_000_000
"""Of an answer; a conversation needs no more."""
_log = get_logger("tools")


@dataclass(frozen=True, slots=True)
class HttpService:
    """The service at one address. ``headers`` hold its secret, which is never logged."""

    origin: str
    """scheme://host[:port] that the tools file names; nothing else is reached"""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    max_bytes: int = MAX_BYTES

    async def send(
        self,
        method: str,
        url: str,
        *,
        effect: bool,
        timeout_ms: int,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        content: bytes | None = None,
    ) -> Any:
        """The answer's JSON; None for an empty one. Raises ToolRefusal (nothing was done) or ToolUnavailable."""
        if origin_of(url) != self.origin:
            raise ToolRefusal("host_not_allowed", "Địa chỉ không được phép.", "This address is not allowed.")
        sent = {"accept": "application/json", **self.headers, **(headers or {})}
        # A connection of its own for each call: conversations run in several event loops, which cannot share one.
        client = httpx.AsyncClient(
            timeout=timeout_ms / 1000, verify=_tls(), follow_redirects=False, trust_env=False, headers=sent
        )
        try:
            async with client, client.stream(method, url, params=params, content=content) as response:
                return await self._read(response, effect)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise unavailable("unreachable", done=False) from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise unavailable("no_answer", done=None if effect else False) from error

    async def _read(self, response: httpx.Response, effect: bool) -> Any:
        done = None if effect else False
        status = response.status_code
        if status >= 500 or status == 429 or 300 <= status < 400:
            raise unavailable(f"http_{status}", done=False if status == 429 else done)
        if status >= 400:
            if status in (401, 403):
                _log.warning("tool_service_refuses_us", origin=self.origin, status=status)
            code = "not_found" if status == 404 else f"http_{status}"
            raise ToolRefusal(code, f"Hệ thống từ chối yêu cầu ({status}).", f"The service refuses this ({status}).")
        body = bytearray()
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > self.max_bytes:
                raise unavailable("too_large", done=done)
        if not body.strip():
            return None
        try:
            if "json" not in response.headers.get("content-type", ""):
                raise ValueError("content-type")
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            raise unavailable("not_json", done=done) from error


def unavailable(code: str, *, done: bool | None) -> ToolUnavailable:
    return ToolUnavailable(
        code, f"Hệ thống bên ngoài trả lời không dùng được ({code}).", f"The service gave no usable answer ({code}).",
        done=done,
    )  # fmt: skip


def origin_of(url: str) -> str:
    """scheme://host[:port] in lower case."""
    parsed = httpx.URL(url)
    return f"{parsed.scheme}://{parsed.netloc.decode().lower()}"


@cache
def _tls() -> ssl.SSLContext:
    """Made once: reading the certificates takes longer than many calls."""
    return httpx.create_ssl_context(trust_env=False)
