"""Tools that hang, fail, or succeed twice in the middle of a plan; a database that goes away; two calls at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from sqlalchemy.exc import OperationalError

from agent.turns import Say, Transfer
from tests.agent.planning.airline import NOW, PHONE, Caller
from tests.memory.test_trouble import Server
from tests.postgres import throwaway_postgres
from tools import ToolRegistry, ToolUnavailable
from tools.database import ToolDatabase
from tools.samples.flights.tables import BookingChange, TakenSeat
from tools.samples.services import Samples

_UNTIL_REBOOK = ("đổi chuyến bay và chọn ghế giúp anh sang thứ bảy", "đúng rồi", "tám lăm", "chuyến thứ hai")
_BAD_WORDS = ("Error", "Exception", "timeout", "None", "{")


def _with(caller: Caller, tool: str, call: Callable[..., Awaitable[Any]], **changes: Any) -> None:
    """Put ``call`` in place of a tool; it gets the real one as its first argument."""
    registry: ToolRegistry = caller.conversation.tools
    real = registry.tools[tool]

    async def instead(**arguments: Any) -> Any:
        return await call(real.call, **arguments)

    registry.tools[tool] = replace(real, call=instead, **changes)


def _polite(caller: Caller) -> bool:
    words = " ".join(act.text for turn in caller.turns for act in turn.acts if isinstance(act, Say))
    return not any(bad in words for bad in _BAD_WORDS)


async def test_a_tool_that_answers_too_late_did_it_once() -> None:
    caller = await Caller().start()
    late = iter([True, False])

    async def slow(real: Any, **arguments: Any) -> Any:
        value = await asyncio.to_thread(real, **arguments)
        if next(late):
            await asyncio.Event().wait()
        return value

    _with(caller, "rebook", slow, timeout_ms=300)
    await caller.say(*_UNTIL_REBOOK, "đồng ý")
    assert "ghế" in caller.turns[-1].text
    with caller.samples.database.read() as session:
        assert session.query(BookingChange).count() == 1
    assert _polite(caller)


async def test_a_tool_that_never_answers_is_taken_back_and_a_person_takes_over() -> None:
    caller = await Caller().start()

    async def never(real: Any, **arguments: Any) -> Any:
        await asyncio.to_thread(real, **arguments)  # it was done, but nobody will ever know
        await asyncio.Event().wait()

    _with(caller, "choose_seat", never, timeout_ms=50, retries=0)
    await caller.say(*_UNTIL_REBOOK)
    before = caller.place()
    await caller.say("đồng ý", "ghế đầu tiên", "đồng ý")
    last = caller.turns[-1].acts[-1]
    assert isinstance(last, Transfer)
    assert "choose_seat:unsure" in last.summary
    assert caller.place() == before
    assert _polite(caller)


async def test_a_look_up_that_is_down_ends_politely() -> None:
    caller = await Caller().start()

    async def down(real: Any, **arguments: Any) -> Any:
        raise ToolUnavailable("http_500", "Hệ thống lỗi.", "Internal server error.")

    _with(caller, "search_flights", down, retries=0)
    await caller.say(*_UNTIL_REBOOK[:-1])
    assert isinstance(caller.turns[-1].acts[-1], Transfer)
    assert "trục trặc" in caller.turns[-1].text
    assert caller.called == ["find_booking"]
    assert _polite(caller)


async def test_a_look_up_that_returns_html_is_not_offered() -> None:
    caller = await Caller().start()

    async def html(real: Any, **arguments: Any) -> Any:
        return "<html><body>502 Bad Gateway</body></html>"

    _with(caller, "search_flights", html)
    await caller.say(*_UNTIL_REBOOK[:-1])
    assert "html" not in caller.turns[-1].text
    assert _polite(caller)


async def test_a_database_that_goes_away_mid_turn_leaves_nothing_half_done() -> None:
    caller = await Caller().start()
    gone = {"now": False}

    async def away(real: Any, **arguments: Any) -> Any:
        if gone["now"]:
            gone["now"] = False
            raise OperationalError("INSERT", {}, Exception("connection lost"))
        return await asyncio.to_thread(real, **arguments)

    _with(caller, "choose_seat", away, retries=0)
    await caller.say(*_UNTIL_REBOOK, "đồng ý", "ghế đầu tiên")
    gone["now"] = True
    await caller.say("đồng ý")
    assert "total" in caller.conversation.known or caller.over  # the same key settles it at the second try
    assert caller.called.count("choose_seat") == 1
    assert _polite(caller)


async def test_what_cannot_be_taken_back_is_told_to_a_person() -> None:
    caller = await Caller().start()

    async def broken(real: Any, **arguments: Any) -> Any:
        raise RuntimeError("the airline's system is down")

    await caller.say(*_UNTIL_REBOOK, "đồng ý")
    _with(caller, "rebook_back", broken, retries=0)
    await caller.say("không", "thôi không đổi nữa")
    last = caller.turns[-1].acts[-1]
    assert isinstance(last, Transfer)
    assert "CHƯA hoàn tác được: đổi chuyến" in last.summary
    assert _polite(caller)


async def test_two_calls_of_one_customer_at_once() -> None:
    one = await Caller().start()
    two = Caller(tools=one.samples.registry(PHONE, lambda: NOW), seed="another")
    two.samples = one.samples
    await two.start()
    for caller in (one, two):
        await caller.say(*_UNTIL_REBOOK)
    await asyncio.gather(one.say("đồng ý"), two.say("đồng ý"))
    texts = [one.turns[-1].text, two.turns[-1].text]
    with one.samples.database.read() as session:
        held = session.query(BookingChange).filter_by(state="held").all()
    assert len({change.to_flight for change in held}) == 1
    assert len(held) == 1
    assert sum("đang ở đúng chuyến này rồi" in text for text in texts) == 1
    assert _polite(one)
    assert _polite(two)


async def test_a_server_killed_mid_turn_is_told_politely_and_nothing_is_half_done() -> None:
    """A real PostgreSQL dies between the new flight and the seat; the person who takes over knows what is left."""
    with throwaway_postgres() as url:
        server, database = Server(url), ToolDatabase.at(url)
        samples = Samples(database)
        samples.desk(lambda: NOW).look(lambda _: None)  # the day's flights are there
        registry = samples.registry(PHONE, lambda: NOW)
        registry.tools = {name: replace(each, timeout_ms=60_000) for name, each in registry.tools.items()}
        caller = await Caller(tools=registry).start()
        await caller.say(*_UNTIL_REBOOK, "đồng ý", "ghế đầu tiên")
        server.stop()
        told = await caller.say("đồng ý")
        last = caller.turns[-1].acts[-1]
        assert isinstance(last, Transfer)
        assert "nhân viên" in told
        assert "CHƯA hoàn tác được: đổi chuyến" in last.summary
        assert _polite(caller)
        server.start()
        with database.read() as session:
            assert session.query(BookingChange).filter_by(state="held").count() == 1  # lapses by itself, unpaid
            assert session.query(TakenSeat).filter_by(booking="482913").count() == 0
        database.close()
