"""Tools: schema, validation, time limit, effects once."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from tools.payments import Debt, PaymentDesk
from tools.registry import ToolRegistry, tool


async def test_promise_is_recorded_once() -> None:
    desk = PaymentDesk()
    tools = desk.tools_for("hd1")
    arguments = {"amount": 2_500_000, "day": "2026-11-25"}
    first, second = await asyncio.gather(
        *(tools.call("record_promise", arguments, "key", verified=True) for _ in range(2))
    )
    assert first.ok
    assert second.ok
    assert len(desk.promises) == 1
    assert desk.promises[0].day == date(2026, 11, 25)
    await tools.call("record_promise", arguments, "other", verified=True)
    assert len(desk.promises) == 2


async def test_own_account_only() -> None:
    desk = PaymentDesk({"hd1": Debt(amount_due=1, due_date="2026-01-01"), "hd2": Debt(amount_due=2, due_date="x")})
    assert (await desk.tools_for("hd2").call("lookup_debt", {}, verified=True)).value["amount_due"] == 2
    assert (
        await desk.tools_for("hd1").call("lookup_debt", {"account": "hd2"}, verified=True)
    ).error == "bad_arguments:account"
    assert not (await desk.tools_for("hd3").call("lookup_debt", {}, verified=True)).ok


@pytest.mark.parametrize(
    ("name", "arguments", "error"),
    [
        ("record_promise", {"amount": "nhiều", "day": "2026-11-25"}, "bad_arguments:amount"),
        ("record_promise", {"amount": 1}, "bad_arguments:day"),
        ("record_promise", {"amount": -1, "day": "2026-11-25"}, "ValueError"),
        ("pay_everything", {}, "unknown_tool"),
    ],
)
async def test_mistakes_come_back(name: str, arguments: dict[str, object], error: str) -> None:
    result = await PaymentDesk().tools_for("a").call(name, arguments, "key", verified=True)
    assert not result.ok
    assert result.error == error


async def test_a_tool_that_hangs_is_given_up_and_may_be_tried_again() -> None:
    calls = []

    async def slow(idempotency_key: str) -> str:
        """Hangs the first time."""
        calls.append(idempotency_key)
        if len(calls) == 1:
            await asyncio.Event().wait()
        return "done"

    tools = ToolRegistry.of([tool(slow, timeout_ms=10)])
    assert (await tools.call("slow", {}, "k", verified=True)).error == "timeout"
    assert (await tools.call("slow", {}, "k", verified=True)).value == "done"
    assert calls == ["k", "k"]


def test_schema() -> None:
    found = PaymentDesk().tools_for("a").tools["record_promise"]
    assert set(found.schema["properties"]) == {"amount", "day"}
    assert found.confirm
    assert "Ghi nhận" in found.description
