"""Signed webhooks against a real HTTP server."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import SecretStr

from tests.tools.sources.servers import Answer, Request, Server, http_server
from tools.registry import ToolRegistry
from tools.samples.desk import Bound
from tools.signing import signed_by
from tools.sources import load_tools_file, open_sources

FILE = """
sources:
  - webhook: URL/hook
    secret: hook
    tools:
      tell_shop:
        description: Báo cửa hàng
        args: {order: text, day: date, phone: text}
        bind: {phone: account}
        permission: anyone
        retries: 1
        timeout_ms: 300
"""


def registry(folder: Path, server: Server) -> ToolRegistry:
    (folder / "tools.yaml").write_text(FILE.replace("URL", server.url))
    sources = open_sources(load_tools_file(folder / "tools.yaml"), {"hook": SecretStr("hook-secret")})

    async def sleep(_: float) -> None:
        """Tests wait for nothing."""

    return ToolRegistry.of(sources.tools_for(Bound("+84900000001")), sleep=sleep)


async def test_signed_with_time_and_key(tmp_path: Path) -> None:
    with http_server() as server:
        tools = registry(tmp_path, server)
        assert tools.tools["tell_shop"].needs == ("order", "day")
        assert (await tools.call("tell_shop", {"order": "DH1", "day": "2026-11-25"}, "key-1")).ok
    seen = server.seen[0]
    arguments = {"order": "DH1", "day": "2026-11-25", "phone": "+84900000001"}
    assert json.loads(seen.body) == {"tool": "tell_shop", "arguments": arguments, "key": "key-1"}
    signature = seen.headers["x-alo-signature"].removeprefix("sha256=")
    assert signed_by(b"hook-secret", seen.headers["x-alo-timestamp"], seen.body, signature)
    assert not signed_by(b"hook-secret", "1", seen.body, signature)
    assert seen.headers["idempotency-key"] == "key-1"


async def test_server_that_counts_keys_does_it_once_though_told_twice(tmp_path: Path) -> None:
    done: dict[str, int] = {}

    def answer(request: Request) -> Answer:
        done.setdefault(request.headers["idempotency-key"], len(done))
        return Answer(cut=True) if len(server.seen) == 1 else Answer(204, b"")

    with http_server() as server:
        server.answer = answer
        result = await registry(tmp_path, server).call("tell_shop", {"order": "DH1", "day": "2026-11-25"}, "k")
    assert (result.ok, result.value, result.attempts, result.unsure) == (True, {}, 2, False)
    assert done == {"k": 0}


async def test_html_and_redirects_are_no_success(tmp_path: Path) -> None:
    with http_server(lambda _: Answer(200, b"<html></html>", "text/html")) as server:
        tools = registry(tmp_path, server)
        result = await tools.call("tell_shop", {"order": "1", "day": "2026-11-25"}, "a")
        assert (result.error, result.unsure) == ("not_json", True)
        server.answer = lambda _: Answer(307, b"", headers={"location": f"{server.url}/elsewhere"})
        assert (await tools.call("tell_shop", {"order": "1", "day": "2026-11-25"}, "b")).error == "http_307"
    assert {seen.path for seen in server.seen} == {"/hook"}
