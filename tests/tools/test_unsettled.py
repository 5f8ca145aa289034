"""Matters that wait for a person: what is listed, what the source still knows, what a person writes down."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from core.errors import InputError
from memory.schema import AuditEntry
from tests.postgres import throwaway_postgres
from tools.database import ToolDatabase, ToolEffect
from tools.registry import ToolRegistry, tool
from tools.samples.desk import Desk
from tools.samples.gateway import PaymentGateway, signed_notice
from tools.samples.invoices import Payment
from tools.sql_ledger import SqlLedger
from tools.tool import ToolRefusal
from tools.unsettled import look_again, settle, unsettled

START = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
LATER = START + timedelta(minutes=20)
HUNG = "+84900000001"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ToolDatabase]:
    if request.param == "sqlite":
        opened = ToolDatabase.at(f"sqlite:///{tmp_path / 'alo.db'}")
        yield opened
        opened.close()
    else:
        with throwaway_postgres() as url:
            opened = ToolDatabase.at(url)
            yield opened
            opened.close()


class Service:
    """Holds rooms; each effect is kept with its key, then the answer gets lost or the undo fails."""

    def __init__(self, database: ToolDatabase) -> None:
        self.desk = Desk(database, lambda: START)
        self.loses: str = ""

    def hold_room(self, room: str, idempotency_key: str) -> dict[str, Any]:
        """Giữ phòng."""
        if self.loses == "before":
            raise OSError("the line is cut")
        value = self.desk.once("hold_room", idempotency_key, HUNG, lambda session: {"hold": room})
        if self.loses == "after":
            raise OSError("the line is cut")
        return dict(value)

    def release_room(self, hold: str, idempotency_key: str) -> dict[str, Any]:
        """Bỏ phòng."""
        if self.loses == "undo":
            raise ToolRefusal("closed", "Đã đóng sổ.", "The books are closed.")
        return {}

    def registry(self) -> ToolRegistry:
        tools = [tool(self.hold_room, undo="release_room"), tool(self.release_room)]
        ledger = SqlLedger(self.desk.database)
        return ToolRegistry.of(tools, account=HUNG, ledger=ledger, now=lambda: START)

    def hold(self, key: str = "k1") -> Any:
        return asyncio.run(self.registry().call("hold_room", {"room": "phòng 5"}, key, verified=True))


OURS = frozenset({"hold_room"})


@pytest.mark.parametrize(("loses", "found"), [("before", "not_done"), ("after", "done")])
def test_the_source_is_asked_again(database: ToolDatabase, loses: str, found: str) -> None:
    service = Service(database)
    service.loses = loses
    assert service.hold().unsure
    assert unsettled(database, START + timedelta(seconds=30)) == []  # may still be under way
    (matter,) = unsettled(database, LATER)
    assert (matter.why, matter.what, matter.account) == ("unknown", "hold_room", HUNG)
    assert (matter.at, dict(matter.data)) == (START, {"room": "phòng 5"})
    assert look_again(database, matter.id, (), by="lan", now=LATER) is None  # somebody else's system
    assert look_again(database, matter.id, OURS, by="lan", now=LATER) == found
    assert unsettled(database, LATER) == []
    with database.read() as session:
        (line,) = session.query(AuditEntry).all()
        assert (line.action, line.by, line.reason) == ("settle", "lan", f"effect:hold_room {found}")
        assert session.query(ToolEffect).one().arguments is None
    service.loses = ""
    again = service.hold()
    assert again.ok
    assert again.value == {"hold": "phòng 5"}


def test_a_person_marks_it(database: ToolDatabase) -> None:
    service = Service(database)
    service.loses = "before"
    service.hold()
    (matter,) = unsettled(database, LATER)
    with pytest.raises(InputError, match="kiểm tra ở đâu"):
        settle(database, matter.id, "not_done", "  ", by="lan", now=LATER)
    settle(database, matter.id, "not_done", "đã gọi khách sạn", by="lan", now=LATER)
    assert unsettled(database, LATER) == []
    with pytest.raises(InputError, match="đã được giải quyết"):
        settle(database, matter.id, "done", "lần nữa", by="lan", now=LATER)
    service.hold()  # lost again: it is not hidden by what was found out about the first time
    assert [one.id for one in unsettled(database, LATER)] == [matter.id]


def test_what_could_not_be_taken_back_stays_until_it_is(database: ToolDatabase) -> None:
    service = Service(database)
    held = service.hold()
    service.loses = "undo"

    def undo() -> Any:
        registry = service.registry()
        return asyncio.run(registry.undo("hold_room", {"room": "phòng 5"}, held.value, "k1", verified=True))

    assert undo().error == "closed"
    (matter,) = unsettled(database, LATER)
    assert (matter.why, dict(matter.data)) == ("not_undone", {"hold": "phòng 5"})
    assert service.hold().value == held.value  # the ledger still knows its result
    service.loses = ""
    assert undo().ok
    assert unsettled(database, LATER) == []


def test_money_that_nobody_can_place(database: ToolDatabase) -> None:
    desk = Desk(database, lambda: START)
    with database.write() as session:
        for number, state in enumerate(("open", "open", "paid_late", "paid")):
            session.add(
                Payment(
                    id=f"pay_{number}", invoice_id="inv", account=HUNG, amount=450_000, state=state, created_at=START,
                    expires_at=START + timedelta(hours=1), paid_at=None,
                )
            )  # fmt: skip
    gateway = PaymentGateway(desk, b"secret", lambda: START)
    for notice, payment, amount in (("n1", "pay_0", 1), ("n2", "pay_none", 450_000)):
        gateway.receive(*signed_notice(b"secret", notice, payment, amount, "paid", START))
    assert sum(one.why == "pending" for one in unsettled(database, START)) == 0
    assert sum(one.why == "pending" for one in unsettled(database, START + timedelta(hours=2))) == 0  # lapsed
    found = {one.id: one.why for one in unsettled(database, LATER)}
    assert found == {
        "payment:pay_0": "pending", "payment:pay_1": "pending", "payment:pay_2": "paid_late",
        "notice:n1": "wrong_amount", "notice:n2": "unknown_payment",
    }  # fmt: skip
    for matter in found:
        settle(database, matter, "done", "đã đối soát", by="lan", now=LATER)
    assert unsettled(database, LATER) == []
    with database.read() as session:
        owners = session.execute(text("SELECT id, account FROM tool_settlements ORDER BY id")).all()
    assert [tuple(row) for row in owners][:2] == [("notice:n1", HUNG), ("notice:n2", "")]
