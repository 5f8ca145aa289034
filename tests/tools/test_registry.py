"""Tools: schema, validation, time limit, effects once."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tools.database import ToolDatabase
from tools.payments import Debt, PaymentDesk
from tools.registry import ToolRegistry, tool
from tools.results import clean_text, decode, encode


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
    assert (await desk.tools_for("hd3").call("lookup_debt", {}, verified=True)).error == "not_found"


@pytest.mark.parametrize(
    ("name", "arguments", "error"),
    [
        ("record_promise", {"amount": "nhiều", "day": "2026-11-25"}, "bad_arguments:amount"),
        ("record_promise", {"amount": 1}, "bad_arguments:day"),
        ("record_promise", {"amount": -1, "day": "2026-11-25"}, "bad_amount"),
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


async def test_promises_last(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'alo.db'}"
    arguments = {"amount": 2_500_000, "day": "2026-11-25"}
    for _ in range(2):  # the process ends in between
        desk = PaymentDesk(database=ToolDatabase.at(url))
        assert (await desk.tools_for("hd1").call("record_promise", arguments, "key", verified=True)).ok
        callback = {"reason": "đang bận", "at": "2026-11-24T15:00"}
        assert (await desk.tools_for("hd1").call("request_callback", callback, "key")).ok
        desk.database.close()
    assert [(p.account, p.amount, p.day, p.key) for p in desk.promises] == [
        ("hd1", 2_500_000, date(2026, 11, 25), "key")
    ]
    assert [(c.at, c.reason) for c in desk.callbacks] == [(datetime(2026, 11, 24, 15), "đang bận")]


async def test_effects_need_a_verified_customer() -> None:
    tools = PaymentDesk().tools_for("hd1")
    refused = await tools.call("record_promise", {"amount": 1, "day": "2026-11-25"}, "key")
    assert (refused.error, refused.attempts) == ("not_verified", 0)


async def test_messages_name_fields_and_no_values() -> None:
    result = (
        await PaymentDesk()
        .tools_for("hd1")
        .call("record_promise", {"amount": "bốn triệu", "colour": "đỏ"}, "key", verified=True)
    )
    assert result.error == "bad_arguments:amount,day,colour"
    assert "day: thiếu" in (result.detail or "")
    assert "bốn" not in f"{result}"
    assert "đỏ" not in f"{result}"


async def test_plain_functions_and_odd_results() -> None:
    def number(kind: str) -> object:
        """Gives odd things."""
        odd: dict[str, object] = {
            "decimal": Decimal("12000.00"), "nan": float("nan"), "bytes": b"x", "set": {1}, "deep": _deep(20),
            "model": Debt(amount_due=1, due_date="x"), "time": datetime(2026, 11, 23, 3, tzinfo=UTC),
        }  # fmt: skip
        return odd[kind]

    tools = ToolRegistry.of([tool(number, effect=False)])

    async def value(kind: str) -> object:
        result = await tools.call("number", {"kind": kind})
        return result.value if result.ok else result.error

    assert await value("decimal") == 12000
    assert await value("set") == [1]
    assert await value("model") == {"amount_due": 1, "due_date": "x"}
    assert getattr(await value("time"), "hour", None) == 10  # Vietnam's
    assert (await value("nan"), await value("deep"), await value("bytes")) == ("ValueError", "ValueError", "TypeError")


def _deep(levels: int) -> object:
    return [_deep(levels - 1)] if levels else []


def test_a_function_without_types_is_no_tool() -> None:
    def vague(what, *rest):  # type: ignore[no-untyped-def]
        """Anything."""

    with pytest.raises(ValueError, match="type"):
        tool(vague)


def test_results_read_back_as_they_were_written() -> None:
    value = {"day": date(2026, 11, 25), "at": datetime(2026, 11, 25, 9, tzinfo=UTC), "rows": [1, None, True, "ạ"]}
    assert decode(encode(value)) == value
    assert clean_text("a\u200bb\x00c\u202e" + "d" * 999) == "abc" + "d" * 496 + "…"
