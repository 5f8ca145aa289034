"""Tools are typed async functions. The registry validates arguments, limits time, repeats safely and never raises."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from core.logging import get_logger

_log = get_logger("tools")


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a call brought. ``error`` is safe to store: no personal data, no stack."""

    ok: bool
    value: Any = None
    error: str | None = None
    duration_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Tool:
    """A function the agent may call. ``effect`` is False for look-ups, which may be repeated freely."""

    name: str
    description: str
    arguments: type[BaseModel]
    call: Callable[..., Awaitable[Any]]
    effect: bool = True
    confirm: bool = False
    """The customer must have said yes before it is called."""
    timeout_ms: int = 3000
    takes_key: bool = False

    @property
    def schema(self) -> dict[str, Any]:
        """JSON schema of the arguments, for language models and documents."""
        return self.arguments.model_json_schema()


def tool(
    function: Callable[..., Awaitable[Any]], *, effect: bool = True, confirm: bool = False, timeout_ms: int = 3000
) -> Tool:
    """Make a tool of an async function with typed parameters and a docstring.

    A parameter called ``idempotency_key`` is filled by the caller, not by the dialogue.
    """
    hints = get_type_hints(function)
    parameters = inspect.signature(function).parameters
    fields: dict[str, Any] = {
        name: (hints[name], ... if p.default is inspect.Parameter.empty else p.default)
        for name, p in parameters.items()
        if name != "idempotency_key"
    }
    name = getattr(function, "__name__", "tool")
    model = create_model(f"{name}_arguments", __config__=ConfigDict(extra="forbid"), **fields)
    return Tool(
        name=name,
        description=inspect.getdoc(function) or "",
        arguments=model,
        call=function,
        effect=effect,
        confirm=confirm,
        timeout_ms=timeout_ms,
        takes_key="idempotency_key" in parameters,
    )


@dataclass(slots=True)
class ToolRegistry:
    """The tools of one business. Calls with the key of a finished effect give its result again, without the effect."""

    tools: dict[str, Tool] = field(default_factory=dict)
    _done: dict[tuple[str, str], ToolResult] = field(default_factory=dict)
    _running: dict[tuple[str, str], asyncio.Task[ToolResult]] = field(default_factory=dict)

    @classmethod
    def of(cls, tools: Iterable[Tool]) -> ToolRegistry:
        return cls({t.name: t for t in tools})

    def names(self) -> frozenset[str]:
        return frozenset(self.tools)

    async def call(self, name: str, arguments: Mapping[str, Any], idempotency_key: str = "") -> ToolResult:
        """Call ``name``. Mistakes of any kind come back as a result that is not ok."""
        found = self.tools.get(name)
        if found is None:
            return ToolResult(False, error="unknown_tool")
        try:
            checked = found.arguments.model_validate(dict(arguments))
        except ValidationError as error:
            fields = ",".join(".".join(map(str, e["loc"])) for e in error.errors())
            return ToolResult(False, error=f"bad_arguments:{fields}")
        key = (name, idempotency_key)
        if not (found.effect and idempotency_key):
            return await self._run(found, checked, idempotency_key)
        if key in self._done:
            return self._done[key]
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.create_task(self._run(found, checked, idempotency_key))
            task.add_done_callback(lambda _: self._running.pop(key, None))
        result = await asyncio.shield(task)  # the effect goes on even if this caller is gone
        if result.ok:
            self._done[key] = result
        return result

    async def _run(self, found: Tool, checked: BaseModel, idempotency_key: str) -> ToolResult:
        arguments = {name: getattr(checked, name) for name in type(checked).model_fields}
        if found.takes_key:
            arguments["idempotency_key"] = idempotency_key
        started = time.perf_counter()
        try:
            async with asyncio.timeout(found.timeout_ms / 1000):
                value = await found.call(**arguments)
        except TimeoutError:
            return ToolResult(False, error="timeout", duration_ms=_since(started))
        except Exception as error:  # noqa: BLE001 - a tool is foreign code; the conversation must go on
            _log.warning("tool_failed", tool=found.name, error=type(error).__name__)
            return ToolResult(False, error=type(error).__name__, duration_ms=_since(started))
        return ToolResult(True, value, duration_ms=_since(started))


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
