"""Carries out what the engine wants done: tool calls and their compensation, under names that a repetition shares."""

from __future__ import annotations

from dataclasses import dataclass

from agent.flows.engine import Engine
from agent.flows.state import Result, State, ToolRequest
from core.ids import derived_id
from memory import events
from memory.events import Emit
from tools import ToolRegistry, ToolResult

MOST_CALLS = 30
"""Tools called in one turn."""


@dataclass(slots=True)
class Actor:
    """The tools of one conversation. ``key`` belongs to it alone, so that its effects have names of their own."""

    tools: ToolRegistry
    key: str
    emit: Emit

    async def answer(self, engine: Engine, state: State, request: ToolRequest, turn: int, at_ms: int) -> Result:
        """Call what ``request`` asks for; what the engine makes of it."""
        got = await self._call(request, state.verified, turn)
        data = {"tool": request.name, "undo": request.undo, "ok": got.ok, "error": got.error}
        data |= {"attempts": got.attempts, "unsure": got.unsure, "duration_ms": round(got.duration_ms, 1)}
        self.emit(events.TOOL_CALLED, at_ms, data)
        return engine.tool_done(state, got.ok, got.value, got.error, unsure=got.unsure)

    async def unwind(self, engine: Engine, state: State, turn: int, at_ms: int) -> State:
        """Take back what a flow has left unfinished that nobody comes back to."""
        result = engine.hang_up(state)
        while result.tool is not None:
            result = await self.answer(engine, result.state, result.tool, turn, at_ms)
        return result.state

    async def _call(self, request: ToolRequest, verified: bool, turn: int) -> ToolResult:
        """The same request of the same conversation has the same key, so a repeated one does nothing twice."""
        key = derived_id("call", self.key, request.name, request.key or turn)
        if request.undo:
            return await self.tools.undo(request.name, request.arguments, request.value, key, verified=verified)
        return await self.tools.call(request.name, request.arguments, key, verified=verified)
