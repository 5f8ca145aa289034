"""Tools of an MCP server (extra ``mcp``): a program on stdin and stdout, or an address. One session, kept by a thread.

The protocol's client lives in one task of one event loop; conversations run in several. So a thread of its own holds
the session, and calls go over to it.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
import httpx
from pydantic import BaseModel

from core.errors import ConfigurationError
from core.logging import get_logger
from tools.samples.desk import Bound
from tools.sources.declared import argument_name, arguments_of, declared_tool, tool_name
from tools.sources.file import Declared, McpPart, ToolsFile
from tools.sources.http import origin_of, unavailable
from tools.sources.json_types import References, type_of
from tools.tool import Tool, ToolUnavailable

if TYPE_CHECKING:
    from mcp import ClientSession
    from mcp.types import CallToolResult

_OPEN_S = 20.0
"""For a server to start and say what it can do."""
_MAX_TEXT = 100_000
_log = get_logger("tools")


@dataclass(frozen=True, slots=True)
class McpServer:
    """How to reach it. ``headers`` hold its secret."""

    command: Sequence[str] = ()
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the server told of one tool: its arguments, and their names on the wire."""

    model: type[BaseModel]
    wires: Mapping[str, str]


class McpSource:
    """The declared tools of one server. ``open`` starts it and learns their arguments; ``close`` ends it."""

    def __init__(self, file: ToolsFile, number: int, part: McpPart, server: McpServer) -> None:
        self._file, self._number, self._part, self._server = file, number, part, server
        self._known: dict[str, _Known] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._keeper: _Keeper | None = None
        self._turn = threading.Lock()

    def open(self) -> None:
        """Blocks. Raises ConfigurationError when the server does not start, ToolsFileError for a tool it lacks."""
        found = asyncio.run_coroutine_threadsafe(self._list(), self._running_loop())
        try:
            schemas = found.result(_OPEN_S)
        except Exception as error:  # a foreign program: it may fail in any way
            found.cancel()
            self.close()
            raise ConfigurationError(
                "Không kết nối được máy chủ MCP. Hãy kiểm tra lệnh khởi động hoặc địa chỉ.",
                "The MCP server cannot be reached. Check its command or address.",
                where=self._file.places.where("sources", self._number, "mcp"),
            ) from error
        for name in self._part.tools:
            if name not in schemas:
                known = ", ".join(sorted(schemas))
                self.close()
                raise self._file.error(
                    f"Máy chủ MCP không có công cụ “{name}”. Hiện có: {known}.",
                    f"The MCP server has no tool “{name}”. It has: {known}.",
                    "sources", self._number, "tools", name,
                )  # fmt: skip

        try:
            self._known = {name: _known(name, one, schemas[name]) for name, one in self._part.tools.items()}
        except (ValueError, LookupError) as error:
            self.close()
            raise self._file.error(
                f"Công cụ MCP không dùng được: {error}.", f"An MCP tool cannot be made: {error}.",
                "sources", self._number, "tools",
            ) from error  # fmt: skip

    def tools(self, bound: Bound) -> list[Tool]:
        """Empty until opened."""
        return [self._tool(name, bound) for name in self._known]

    def close(self) -> None:
        """Ends the session and, with it, a server that we started."""
        with self._turn:
            loop, self._loop = self._loop, None
        if loop is None:
            return
        asyncio.run_coroutine_threadsafe(self._stop(), loop).result(_OPEN_S)
        loop.call_soon_threadsafe(loop.stop)

    # -- one tool --------------------------------------------------------------------------------------------------

    def _tool(self, name: str, bound: Bound) -> Tool:
        declared, known = self._part.tools[name], self._known[name]
        effect = declared.effect is not False

        async def run(values: dict[str, Any], key: str) -> Any:
            arguments = {known.wires[each]: value for each, value in values.items()}
            sent = json.loads(json.dumps(arguments, default=_plain))
            call = asyncio.run_coroutine_threadsafe(self._call(name, sent, effect), self._running_loop())
            return await asyncio.wrap_future(call)

        return declared_tool(
            declared, tool_name(declared, name), known.model, run, bound, effect=effect, takes_key=False
        )

    # -- in the thread's loop --------------------------------------------------------------------------------------

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._turn:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=_run, args=(self._loop,), name="mcp", daemon=True).start()
            return self._loop

    async def _session(self) -> ClientSession:
        if self._keeper is None or self._keeper.over:
            self._keeper = _Keeper(self._server)
        return await self._keeper.ready()

    async def _list(self) -> dict[str, Mapping[str, Any]]:
        found = await (await self._session()).list_tools()
        return {tool.name: tool.inputSchema for tool in found.tools}

    async def _call(self, name: str, arguments: dict[str, Any], effect: bool) -> Any:
        done = None if effect else False
        for again in (True, False):
            try:
                session = await self._session()
            except Exception as error:
                raise unavailable("unreachable", done=False) from error
            try:
                return _value(await session.call_tool(name, arguments), done)
            except ToolUnavailable:
                raise
            except Exception as error:  # a foreign program: it may fail in any way
                _log.warning("mcp_call_failed", tool=name, error=type(error).__name__)
                if not _answered(error):
                    await self._stop()  # the next call starts a new session
                if _unsent(error) and again:
                    continue
                code, known = _told(error, done)
                raise unavailable(code, done=known) from error
        raise AssertionError("unreachable")

    async def _stop(self) -> None:
        if self._keeper is not None:
            await self._keeper.stop()
            self._keeper = None


class _Keeper:
    """One task that opens the session, holds it, and closes it: the library wants all three in the same task."""

    def __init__(self, server: McpServer) -> None:
        self._server = server
        self._session: asyncio.Future[ClientSession] = asyncio.get_running_loop().create_future()
        self._stopping = asyncio.Event()
        self._task = asyncio.create_task(self._hold())

    @property
    def over(self) -> bool:
        return self._task.done()

    async def ready(self) -> ClientSession:
        return await asyncio.shield(self._session)

    async def stop(self) -> None:
        self._stopping.set()
        await asyncio.wait({self._task}, timeout=_OPEN_S / 2)
        self._task.cancel()

    async def _hold(self) -> None:
        try:
            async with _connected(self._server) as session:
                await session.initialize()
                self._session.set_result(session)
                await self._stopping.wait()
        except Exception as error:  # noqa: BLE001 - told to whoever waits for the session
            _log.warning("mcp_ended", error=type(error).__name__)
            if not self._session.done():
                self._session.set_exception(error)
                self._session.exception()  # somebody may no longer wait


@asynccontextmanager
async def _connected(server: McpServer) -> AsyncIterator[ClientSession]:
    from mcp import ClientSession

    async with _streams(server) as (reading, writing, *_), ClientSession(reading, writing) as session:
        yield session


def _streams(server: McpServer) -> AbstractAsyncContextManager[Any]:
    from mcp import StdioServerParameters
    from mcp.client.stdio import stdio_client
    from mcp.client.streamable_http import streamable_http_client

    if server.command:
        program, *arguments = server.command
        return stdio_client(StdioServerParameters(command=program, args=list(arguments)))
    return streamable_http_client(server.url, http_client=_http(server))


def _http(server: McpServer) -> httpx.AsyncClient:
    allowed = origin_of(server.url)

    async def only_there(request: httpx.Request) -> None:
        if origin_of(str(request.url)) != allowed:
            raise httpx.ConnectError("another host than the tools file names")

    return httpx.AsyncClient(
        headers=dict(server.headers), trust_env=False, follow_redirects=False, timeout=30,
        event_hooks={"request": [only_there]},
    )  # fmt: skip


def _value(result: CallToolResult, done: bool | None) -> Any:
    """Structured content, or JSON in the text, or the text."""
    if result.isError:
        raise unavailable("tool_error", done=done)
    if result.structuredContent is not None:
        found = result.structuredContent
        return found["result"] if found.keys() == {"result"} else found
    texts = [str(part.text) for part in result.content if part.type == "text"]
    text = "\n".join(texts)
    if len(text) > _MAX_TEXT:
        raise unavailable("too_large", done=done)
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return {"text": text}


def _known(name: str, declared: Declared, schema: Mapping[str, Any]) -> _Known:
    references = References(schema)
    required = set(schema.get("required") or ())
    wires: dict[str, str] = {}
    fields: dict[str, tuple[Any, Any]] = {}
    for wire, each in (schema.get("properties") or {}).items():
        argument = argument_name(str(wire), wires)
        wires[argument] = str(wire)
        found = type_of(each, references, argument)
        fields[argument] = (found, ...) if wire in required else (found | None, None)
    return _Known(arguments_of(declared, tool_name(declared, name), fields), wires)


def _answered(error: Exception) -> bool:
    """The server is there and refuses: an error of the protocol other than "connection closed"."""
    from mcp import McpError
    from mcp.types import CONNECTION_CLOSED

    return isinstance(error, McpError) and error.error.code != CONNECTION_CLOSED


def _unsent(error: Exception) -> bool:
    """The session had ended before this call, so nothing was asked of the server."""
    return isinstance(error, anyio.ClosedResourceError)


def _told(error: Exception, done: bool | None) -> tuple[str, bool | None]:
    if _answered(error):
        return "tool_error", done
    return "no_answer", False if _unsent(error) else done


def _plain(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", by_alias=True, exclude_none=True)
    return value.isoformat()


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()
    loop.close()
