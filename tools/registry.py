"""The tools of one conversation. Validates, checks permission, limits time, does every effect once, never raises."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from pydantic import BaseModel, ValidationError

from core.clock import SystemClock
from core.ids import derived_id
from core.logging import get_logger
from tools.ledger import CallRecord, Claim, Ledger, MemoryLedger, named_values
from tools.results import plain_value
from tools.tool import KEY, Tool, ToolRefusal, ToolResult, ToolUnavailable, tool

__all__ = ["Tool", "ToolRefusal", "ToolRegistry", "ToolResult", "ToolUnavailable", "tool"]

_log = get_logger("tools")
_BACKOFF_S = 0.2
"""First pause before another attempt; doubles each time. A caller is waiting, so it stays short."""
_MAX_BACKOFF_S = 2.0

Sleep = Callable[[float], Awaitable[None]]


@dataclass(slots=True)
class ToolRegistry:
    """Tools by name, bound to one ``account`` (only told to the ledger; tools are bound by whoever made them)."""

    tools: dict[str, Tool] = field(default_factory=dict)
    account: str = ""
    ledger: Ledger = field(default_factory=MemoryLedger)
    sleep: Sleep = asyncio.sleep
    now: Callable[[], datetime] = field(default_factory=lambda: SystemClock().now)
    _running: dict[tuple[Any, ...], asyncio.Task[ToolResult]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, tools: Iterable[Tool], **options: Any) -> ToolRegistry:
        """Raises ValueError for two tools of one name, or an ``undo`` that is not there."""
        found: dict[str, Tool] = {}
        for one in tools:
            if one.name in found:
                raise ValueError(f"two tools are called {one.name}")
            found[one.name] = one
        for one in found.values():
            if one.undo is not None and one.undo not in found:
                raise ValueError(f"{one.name} is undone by {one.undo}, which is not there")
        return cls(found, **options)

    def names(self) -> frozenset[str]:
        return frozenset(self.tools)

    async def call(
        self, name: str, arguments: Mapping[str, Any], idempotency_key: str = "", *, verified: bool = False
    ) -> ToolResult:
        """Call ``name``. Mistakes of any kind come back as a result that is not ok.

        The key of a finished effect gives its result again, without the effect. ``verified``: the customer has proved
        to be the person whose data the tools are bound to.
        """
        found = self.tools.get(name)
        if found is None:
            return _failed("unknown_tool", f"Không có công cụ “{name}”. There is no such tool.")
        if not (found.effect and idempotency_key):
            return await self._told(found, arguments, idempotency_key, verified)
        running = (found.name, idempotency_key, verified, repr(sorted(arguments.items())))
        task = self._running.get(running)
        if task is None:
            task = asyncio.create_task(self._told(found, arguments, idempotency_key, verified))
            self._running[running] = task
            task.add_done_callback(lambda _: self._running.pop(running, None))
        return await asyncio.shield(task)  # the effect goes on even if this caller is gone

    async def undo(
        self, name: str, arguments: Mapping[str, Any], value: Any, idempotency_key: str, *, verified: bool = False
    ) -> ToolResult:
        """Compensate a call of ``name`` that had these arguments and this result. Harmless when repeated."""
        done = self.tools.get(name)
        back = self.tools.get(done.undo) if done is not None and done.undo else None
        if back is None:
            return _failed("no_undo", f"Không hoàn tác được “{name}”. This cannot be undone.")
        key = derived_id("undo", back.name, idempotency_key)
        result = await self.call(back.name, named_values(arguments, value, back.takes), key, verified=verified)
        if not result.unsure:  # else the line of the undo itself says that somebody must look
            await self._noted(name, idempotency_key, stuck=not result.ok)
        return result

    async def _noted(self, name: str, key: str, *, stuck: bool) -> None:
        try:
            await asyncio.to_thread(self.ledger.stuck, name, key, yes=stuck)
        except Exception as error:  # noqa: BLE001 - the event of the call still tells that it was not taken back
            _log.warning("tool_ledger_failed", tool=name, error=type(error).__name__)

    # -- one call --------------------------------------------------------------------------------------------------

    async def _told(self, found: Tool, arguments: Mapping[str, Any], key: str, verified: bool) -> ToolResult:
        """The call and its line in the audit trail."""
        if found.permission == "verified" and not verified:
            result = _failed("not_verified", "Khách hàng chưa được xác minh. The customer is not verified yet.")
        else:
            result = await self._checked(found, arguments, key)
        took_ms = round(result.duration_ms, 1)
        line = CallRecord(self.now(), found.name, key, verified, result.ok, result.error, result.attempts, took_ms)
        try:
            await asyncio.to_thread(self.ledger.record, line)
        except Exception as error:  # noqa: BLE001 - the call is over; its event in the conversation still tells of it
            _log.warning("tool_audit_failed", tool=found.name, error=type(error).__name__)
        return result

    async def _checked(self, found: Tool, arguments: Mapping[str, Any], key: str) -> ToolResult:
        try:
            checked = found.arguments.model_validate(dict(arguments))
        except ValidationError as error:
            return _bad_arguments(error)
        if found.effect and key:
            return await self._once(found, checked, key)
        return await self._attempts(found, checked, key)

    async def _once(self, found: Tool, checked: BaseModel, key: str) -> ToolResult:
        """An effect: claimed before, kept after."""
        told = checked.model_dump_json()
        claim = Claim(found.name, key, derived_id("args", found.name, told), self.account, self.now(), told)
        try:
            entry = await asyncio.to_thread(self.ledger.begin, claim)
        except Exception as error:  # noqa: BLE001 - without its ledger an effect must not be started
            _log.warning("tool_ledger_failed", tool=found.name, error=type(error).__name__)
            return _failed("ledger_unavailable", "Sổ ghi công cụ không dùng được. The ledger cannot be used.")
        if entry.state == "done":
            return ToolResult(True, entry.value, untrusted=found.untrusted)
        if entry.state == "reused":
            return _failed("key_reused", "Khóa đã dùng cho yêu cầu khác. This key belongs to another request.")
        if entry.state == "started" and not found.takes_key:
            told = (
                "Lần trước chưa rõ kết quả, cần nhân viên kiểm tra. An earlier try is unsettled, a person must check."
            )
            return _failed("unknown_outcome", told, unsure=True)
        result = await self._attempts(found, checked, key, unsure=entry.state == "started")
        return await self._keep(found, key, result)

    async def _keep(self, found: Tool, key: str, result: ToolResult) -> ToolResult:
        try:
            if result.ok:
                await asyncio.to_thread(self.ledger.done, found.name, key, result.value)
            elif not result.unsure:
                await asyncio.to_thread(self.ledger.refused, found.name, key)
        except Exception as error:  # noqa: BLE001 - the effect happened; its line stays "started", which is never repeated
            _log.warning("tool_ledger_failed", tool=found.name, error=type(error).__name__)
        return result

    async def _attempts(self, found: Tool, checked: BaseModel, key: str, *, unsure: bool = False) -> ToolResult:
        """``unsure``: an earlier try, maybe of another process, has an unknown end."""
        started = time.perf_counter()
        pause_s, attempt = _BACKOFF_S, 0
        while True:
            attempt += 1
            result, again = await self._attempt(found, checked, key)
            # A refusal (``again`` is False) for the same key says that earlier attempts did nothing either.
            unsure = not result.ok and (result.unsure or (unsure and again))
            if not again or attempt > found.retries:
                break
            await self.sleep(pause_s)
            pause_s = min(2 * pause_s, _MAX_BACKOFF_S)
        duration_ms = (time.perf_counter() - started) * 1000
        return replace(result, duration_ms=duration_ms, attempts=attempt, unsure=unsure and found.effect)

    async def _attempt(self, found: Tool, checked: BaseModel, key: str) -> tuple[ToolResult, bool]:
        """One run, and whether another may help."""
        arguments = {name: getattr(checked, name) for name in type(checked).model_fields}
        if found.takes_key:
            arguments[KEY] = key
        try:
            async with asyncio.timeout(found.timeout_ms / 1000):
                value = await _run(found.call, arguments)
            return ToolResult(True, plain_value(value, limited=found.untrusted), untrusted=found.untrusted), False
        except ToolRefusal as error:
            return _failed(error.code, error.vi), False
        except ToolUnavailable as error:
            return _failed(error.code, error.vi, unsure=error.done is None), True
        except TimeoutError:
            return _failed("timeout", "Hệ thống không trả lời kịp. The service did not answer in time.", True), True
        except OSError as error:
            _log.warning("tool_failed", tool=found.name, error=type(error).__name__)
            return _failed(type(error).__name__, "Không kết nối được. The service cannot be reached.", True), True
        except Exception as error:  # noqa: BLE001 - a tool is foreign code; the conversation must go on
            _log.warning("tool_failed", tool=found.name, error=type(error).__name__)
            return _failed(type(error).__name__, "Công cụ bị lỗi. The tool failed.", True), False


_threads = ThreadPoolExecutor(32, thread_name_prefix="tool")
"""For tools that are plain functions; apart from the default threads, so that one that hangs holds up nobody else."""


async def _run(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    if inspect.iscoroutinefunction(function):
        return await function(**arguments)
    value = await asyncio.get_running_loop().run_in_executor(_threads, partial(function, **arguments))
    return await value if inspect.isawaitable(value) else value


def _failed(code: str, detail: str, unsure: bool = False) -> ToolResult:
    return ToolResult(False, error=code, detail=detail, unsure=unsure)


def _bad_arguments(error: ValidationError) -> ToolResult:
    """Names fields and what is wrong with them, never the values: a caller may have said them."""
    problems = [(".".join(map(str, each["loc"])), each["type"]) for each in error.errors(include_input=False)]
    told = "; ".join(f"{field}: {_PROBLEMS.get(kind, kind)}" for field, kind in problems)
    return _failed("bad_arguments:" + ",".join(field for field, _ in problems), told)


_PROBLEMS = {
    "missing": "thiếu (is missing)",
    "extra_forbidden": "công cụ không nhận (the tool does not take it)",
}
"""In words; other problems keep pydantic's own name (int_parsing, date_from_datetime_parsing, …)."""
