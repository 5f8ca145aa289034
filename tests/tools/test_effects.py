"""Effects happen at most once, whatever goes wrong; what is told about them is true."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from tools.database import ToolDatabase, make_tables
from tools.ledger import Ledger, MemoryLedger
from tools.registry import ToolRegistry, tool
from tools.samples.desk import Desk, SampleKey
from tools.sql_ledger import SqlLedger
from tools.tool import ToolRefusal, ToolUnavailable

FATES = ("ok", "refused", "away", "dies_before", "dies_after", "hangs_before", "hangs_after", "unknown_after")


@dataclass
class World:
    """A service outside: what really happened, and what it does next."""

    fates: list[str]
    done: Counter[str] = field(default_factory=Counter)

    async def keyed(self, what: str, idempotency_key: str) -> str:
        """Counts each key once, as an honest service does; it may be away all the same."""
        if self.done[what] and self.fates[:1] == ["away"]:
            await self._act(what)
        if not self.done[what]:
            await self._act(what)
        return what

    async def plain(self, what: str) -> str:
        """Does it again whenever it is asked."""
        await self._act(what)
        return what

    async def _act(self, what: str) -> None:
        fate = self.fates.pop(0) if self.fates else "ok"
        if fate == "refused":
            raise ToolRefusal("sold_out", "Hết hàng.", "Sold out.")
        if fate == "away":
            raise ToolUnavailable("away", "Không có.", "Away.", done=False)
        if fate == "dies_before":
            raise RuntimeError("before")
        if fate == "hangs_before":
            await asyncio.Event().wait()
        self.done[what] += 1
        if fate == "dies_after":
            raise ConnectionResetError("after")
        if fate == "unknown_after":
            raise ToolUnavailable("cut", "Mất kết nối.", "Cut.")
        if fate == "hangs_after":
            await asyncio.Event().wait()


@dataclass
class Forgetful:
    """A ledger whose process is killed after the effect, before it could write that down."""

    inner: Ledger
    killed: bool = False

    def done(self, tool: str, key: str, value: Any) -> None:
        if self.killed:
            raise OSError("killed")
        self.inner.done(tool, key, value)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


async def _nap(_: float) -> None:
    """Back-off costs no time in tests."""


calls = st.lists(
    st.tuples(st.sampled_from(("keyed", "plain")), st.sampled_from("ab"), st.booleans(), st.booleans()), max_size=8
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(FATES), max_size=14), calls)
def test_at_most_once(fates: list[str], steps: list[tuple[str, str, bool, bool]]) -> None:
    """Any sequence of calls, with services that fail in any way, lost answers, kills and restarts."""
    world, database = World(list(fates)), ToolDatabase.temporary()

    async def play() -> None:
        ledger = Forgetful(SqlLedger(database))

        def process() -> ToolRegistry:
            made = [tool(world.keyed, timeout_ms=5, retries=2), tool(world.plain, timeout_ms=5)]
            return ToolRegistry.of(made, ledger=ledger, sleep=_nap)

        registry = process()
        for name, what, killed, restart in steps:
            ledger.killed = killed
            registry = process() if restart else registry
            target = f"{name}-{what}"
            result = await registry.call(name, {"what": target}, target, verified=True)
            assert world.done[target] <= 1
            if result.ok:
                assert world.done[target] == 1
            elif not result.unsure:
                assert world.done[target] == 0

    asyncio.run(play())


async def test_answer_that_comes_twice_and_key_used_twice() -> None:
    world = World([])
    registry = ToolRegistry.of([tool(world.plain)])
    results = [await registry.call("plain", {"what": "x"}, "k", verified=True) for _ in range(2)]
    assert [result.attempts for result in results] == [1, 0]
    assert (await registry.call("plain", {"what": "y"}, "k", verified=True)).error == "key_reused"
    assert world.done == {"x": 1}


async def test_unverified_twin_of_a_running_call_gets_nothing() -> None:
    world, begun, go_on = World([]), asyncio.Event(), asyncio.Event()

    async def pay(what: str, idempotency_key: str) -> str:
        """Takes its time."""
        begun.set()
        await go_on.wait()
        return await world.plain(what)

    registry = ToolRegistry.of([tool(pay)])
    first = asyncio.create_task(registry.call("pay", {"what": "x"}, "k", verified=True))
    await begun.wait()
    assert (await registry.call("pay", {"what": "x"}, "k")).error == "not_verified"
    assert (await registry.call("pay", {"what": "y"}, "k", verified=True)).error == "key_reused"
    go_on.set()
    assert (await first).ok
    assert world.done == {"x": 1}


async def test_effect_goes_on_when_its_caller_is_gone() -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def pay(idempotency_key: str) -> str:
        """Takes its time."""
        begun.set()
        await go_on.wait()
        return "paid"

    registry = ToolRegistry.of([tool(pay)])
    waiting = asyncio.create_task(registry.call("pay", {}, "k", verified=True))
    await begun.wait()
    waiting.cancel()
    go_on.set()
    again = await registry.call("pay", {}, "k", verified=True)
    assert again.ok
    assert isinstance(registry.ledger, MemoryLedger)
    assert [line.ok for line in registry.ledger.calls] == [True]


@pytest.mark.parametrize(("effect", "keyed", "attempts"), [(False, False, 3), (True, True, 3), (True, False, 1)])
async def test_only_lookups_and_keyed_effects_are_retried(effect: bool, keyed: bool, attempts: int) -> None:
    seen, slept = [], []

    async def look() -> str:
        """Never works."""
        seen.append("")
        raise ConnectionError

    async def act(idempotency_key: str) -> str:
        """Never works."""
        seen.append(idempotency_key)
        raise ConnectionError

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    function: Callable[..., Any] = act if keyed else look
    made = tool(function, effect=effect, retries=2 if attempts > 1 else 0, name="it")
    result = await ToolRegistry.of([made], sleep=sleep).call("it", {}, "k", verified=True)
    assert (result.attempts, result.unsure, len(seen)) == (attempts, effect, attempts)
    assert slept == [0.2, 0.4][: attempts - 1]
    if effect and not keyed:
        with pytest.raises(ValueError, match="twice"):
            tool(function, effect=True, retries=1)


async def test_ledger_that_is_away_stops_effects_but_not_lookups() -> None:
    class Away(MemoryLedger):
        def begin(self, *_: str) -> Any:
            raise OSError

        def record(self, call: Any) -> None:
            raise OSError

    world = World([])
    registry = ToolRegistry.of([tool(world.plain), tool(world.plain, name="look", effect=False)], ledger=Away())
    assert (await registry.call("plain", {"what": "x"}, "k", verified=True)).error == "ledger_unavailable"
    assert not world.done
    assert (await registry.call("look", {"what": "y"})).ok


# -- the database ------------------------------------------------------------------------------------------------------


async def test_effect_survives_a_restart(tmp_path: Path) -> None:
    world, url = World(["ok"]), f"sqlite:///{tmp_path / 'alo.db'}"
    results = []
    for _ in range(2):
        database = ToolDatabase.at(url)
        registry = ToolRegistry.of([tool(world.plain)], ledger=SqlLedger(database), account="+84900000001")
        results.append(await registry.call("plain", {"what": "x"}, "k", verified=True))
        database.close()
    assert [result.value for result in results] == ["x", "x"]
    assert world.done == {"x": 1}
    ledger = SqlLedger(ToolDatabase.at(url))
    assert (ledger.forget("+84900000002"), ledger.forget("+84900000001")) == (0, 1)


def test_audit_trail_is_kept_and_names_nobody() -> None:
    database = ToolDatabase.temporary()
    registry = ToolRegistry.of(
        [tool(World([]).plain)], ledger=SqlLedger(database), account="+84900000001",
        now=lambda: datetime(2026, 11, 23, tzinfo=UTC),
    )  # fmt: skip
    asyncio.run(registry.call("plain", {"what": "Nguyễn Văn Hùng"}, "k", verified=True))
    asyncio.run(registry.call("plain", {"what": "Nguyễn Văn Hùng"}, "k2"))
    with database.read() as session:
        rows = session.execute(text("SELECT * FROM tool_calls ORDER BY id")).all()
    assert [(row.tool, row.ok, row.error) for row in rows] == [("plain", True, None), ("plain", False, "not_verified")]
    assert "Hùng" not in f"{rows}"
    assert "+849" not in f"{rows}"
    for statement in ("DELETE FROM tool_calls", "UPDATE tool_calls SET ok = 1"):
        with pytest.raises(DBAPIError, match="kept"), database.write() as session:
            session.execute(text(statement))


def test_sample_effect_and_its_key_are_one() -> None:
    desk = Desk(ToolDatabase.temporary())
    runs = []

    def act(session: Any) -> int:
        runs.append(1)
        session.add(SampleKey(tool="mark", key=str(len(runs)), account="a", value="1"))
        session.flush()
        if len(runs) == 1:
            raise ToolRefusal("no", "Không.", "No.")
        return len(runs)

    with pytest.raises(ToolRefusal):
        desk.once("t", "k", "a", act)
    assert [desk.once("t", "k", "a", act) for _ in range(2)] == [2, 2]
    with pytest.raises(ToolRefusal, match="người khác"):
        desk.once("t", "k", "b", act)
    with desk.database.read() as session:
        assert session.get(SampleKey, ("mark", "1")) is None


async def test_undo_uses_what_the_effect_gave_and_is_harmless_twice() -> None:
    undone = []

    async def hold(seat: str, idempotency_key: str) -> dict[str, str]:
        """Holds."""
        return {"hold": f"h-{seat}"}

    async def release(seat: str, hold: str, idempotency_key: str) -> str:
        """Lets go."""
        undone.append((seat, hold))
        return "free"

    registry = ToolRegistry.of([tool(hold, undo="release", gives=("hold",)), tool(release)])
    result = await registry.call("hold", {"seat": "1A"}, "k", verified=True)
    for _ in range(2):
        assert (await registry.undo("hold", {"seat": "1A"}, result.value, "k", verified=True)).ok
    assert undone == [("1A", "h-1A")]
    assert (await registry.undo("release", {}, None, "k", verified=True)).error == "no_undo"
    with pytest.raises(ValueError, match="release"):
        ToolRegistry.of([tool(hold, undo="release")])
    with pytest.raises(ValueError, match="two tools"):
        ToolRegistry.of([tool(hold), replace(tool(release), name="hold")])


def test_tables_of_an_earlier_version_get_their_new_columns(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE sample_payment_notices (id VARCHAR PRIMARY KEY, outcome VARCHAR)"))
        connection.execute(text("INSERT INTO sample_payment_notices VALUES ('n1', 'paid')"))
        for _ in range(2):
            make_tables(connection)
        found = connection.execute(text("SELECT outcome, amount, told FROM sample_payment_notices")).one()
    assert tuple(found) == ("paid", None, None)
