"""A small made-up business: tools whose effects are counted, and which fail when told to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from agent.flows.engine import Engine
from agent.flows.load import load_flow
from agent.flows.model import Flow
from agent.flows.state import Result, State, ToolRequest
from tools import Tool, tool

TODAY = date(2026, 11, 23)
FACTS: Mapping[str, Any] = {"name": "Nguyễn Văn Hùng", "company": "Sao Mai"}


async def find(name: str) -> dict[str, Any]:
    """Đơn của khách."""
    raise NotImplementedError


async def options(order: str, day: date) -> list[dict[str, Any]]:
    """Những chỗ còn trống."""
    raise NotImplementedError


async def book(order: str, option: str, idempotency_key: str) -> dict[str, Any]:
    """Đặt chỗ."""
    raise NotImplementedError


async def unbook(order: str, booked: str, idempotency_key: str) -> dict[str, Any]:
    """Bỏ chỗ."""
    raise NotImplementedError


async def add(booked: str, extra: int, idempotency_key: str) -> dict[str, Any]:
    """Thêm hành lý."""
    raise NotImplementedError


async def drop(booked: str, idempotency_key: str) -> dict[str, Any]:
    """Bỏ hành lý."""
    raise NotImplementedError


async def pay(booked: str, price: int, idempotency_key: str) -> dict[str, Any]:
    """Thanh toán."""
    raise NotImplementedError


async def refund(booked: str, idempotency_key: str) -> dict[str, Any]:
    """Hoàn tiền."""
    raise NotImplementedError


@cache
def tools() -> dict[str, Tool]:
    declared = [
        tool(find, effect=False, permission="verified", gives=("order",)),
        tool(options, effect=False, permission="verified", gives=("option", "price")),
        tool(book, confirm=True, cost=True, undo="unbook", gives=("booked",)),
        tool(unbook), tool(add, confirm=True, undo="drop", gives=("added",)), tool(drop),
        tool(pay, confirm=True, cost=True, undo="refund", gives=("paid",)), tool(refund),
    ]  # fmt: skip
    return {one.name: one for one in declared}


@cache
def shop() -> Flow:
    return load_flow(Path(__file__).with_name("shop.yaml"), tools())


def engine() -> Engine:
    return Engine(shop(), FACTS, TODAY)


@dataclass(slots=True)
class World:
    """What the tools did. ``fate`` decides each call: ok, a refusal's code, or unsure (done or not)."""

    fate: list[str] = field(default_factory=list)
    done: dict[str, str] = field(default_factory=dict)
    """Key of an effect in force → tool."""
    calls: list[ToolRequest] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)

    def next(self) -> str:
        return self.fate.pop(0) if self.fate else "ok"

    def run(self, request: ToolRequest, fate: str) -> dict[str, Any]:
        """The call's answer as arguments of ``Engine.tool_done``."""
        self.calls.append(request)
        effect = tools()[request.name].effect
        if request.undo:
            if fate != "ok":
                return {"ok": False, "error": "broken", "unsure": fate.startswith("unsure")}
            self.done.pop(request.key, None)
            return {"ok": True, "value": {}}
        if effect and fate in ("ok", "unsure_done"):
            if self.done.get(request.key, request.name) != request.name:
                self.twice.append(request.key)
            self.done[request.key] = request.name
        if fate == "ok":
            return {"ok": True, "value": self._value(request)}
        if fate.startswith("unsure"):
            return {"ok": False, "error": "timeout", "unsure": effect}
        return {"ok": False, "error": fate}

    @staticmethod
    def _value(request: ToolRequest) -> Any:
        if request.name == "options":
            day = request.arguments["day"]
            count = day.day % 4
            return [{"option": f"{day:%d}-{n}", "price": 100_000 * (n + 1)} for n in range(count)]
        given = tools()[request.name].gives
        return dict.fromkeys(given, f"{request.name}:{request.key}")


def settle(running: Engine, result: Result, world: World, seen: list[Result]) -> State:
    """Calls tools until the engine waits for the customer or is over."""
    for _ in range(60):
        seen.append(result)
        if result.tool is None:
            return result.state
        result = running.tool_done(result.state, **world.run(result.tool, world.next()))
    raise AssertionError("tools without end")
