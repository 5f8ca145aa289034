"""Many customers after one place: exactly one gets it, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from tests.postgres import throwaway_postgres
from tests.tools.samples.office import Office
from tools.database import ToolDatabase
from tools.samples.flights.places import free_places
from tools.samples.flights.seed import Passenger, add_booking
from tools.samples.flights.tables import Flight
from tools.samples.flights.timetable import flights_on, seats_of

ACCOUNTS = tuple(f"+8490000010{n}" for n in range(4))
_TOO_LONG = 120


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with throwaway_postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def offices(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[Office]]:
    """Four processes' worth of the same business: each has connections of its own."""
    url = f"sqlite:///{tmp_path / 'alo.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres")
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
    found = [Office(ToolDatabase.at(url)) for _ in ACCOUNTS]
    found[0].desk.look(lambda _: None)
    with found[0].samples.database.write() as session:
        for n, account in enumerate(ACCOUNTS):
            add_booking(session, Passenger(f"60000{n}", account, "Khách", "HAN", "SGN", 3), found[0].now)
    yield found
    for office in found:
        office.samples.database.close()


async def race(offices: list[Office], name: str, arguments: list[dict[str, Any]]) -> list[str | None]:
    """Errors of all contenders, who start together."""
    async with asyncio.timeout(_TOO_LONG):
        results = await asyncio.gather(
            *(
                office.call(name, account, key=f"{name}-{account}", **told)
                for office, account, told in zip(offices, ACCOUNTS, arguments, strict=True)
            )
        )
    return [result.error for result in results]


async def test_one_seat(offices: list[Office]) -> None:
    with offices[0].samples.database.read() as session:
        flight = session.get_one(Flight, offices[0].booking("600000").flight_id)
        seat = next(each for each in seats_of("economy") if each not in flight.others)
    errors = await race(offices, "choose_seat", [{"booking": f"60000{n}", "seat": seat} for n in range(4)])
    assert sorted(map(str, errors)) == ["None", *["seat_taken"] * 3]


async def test_last_place_on_a_flight(offices: list[Office]) -> None:
    with offices[0].samples.database.write() as session:
        flight = flights_on(session, "HAN", "SGN", date(2026, 12, 2))[0]
        flight.others = [*seats_of("business"), *seats_of("economy")[1:]]
        name = flight.id
    errors = await race(offices, "rebook", [{"booking": f"60000{n}", "flight": name} for n in range(4)])
    assert sorted(map(str, errors)) == ["None", *["flight_full"] * 3]
    with offices[0].samples.database.read() as session:
        assert free_places(session, session.get_one(Flight, name), "economy") == 0


async def test_one_slot(offices: list[Office]) -> None:
    slot = (await offices[0].value("find_slots", new_date="2026-11-25"))[0]["slot"]
    errors = await race(offices, "book_appointment", [{"slot": slot, "service": "khám"}] * 4)
    assert sorted(map(str, errors)) == ["None", *["slot_taken"] * 3]


async def test_one_effect_asked_for_by_four_processes(offices: list[Office]) -> None:
    """The same key everywhere: one effect, and everybody gets its result or learns that it is under way."""
    arguments = {"topic": "Bảo hành", "text": "máy kêu"}
    results = await asyncio.gather(
        *(office.call("open_ticket", ACCOUNTS[0], key="same", **arguments) for office in offices)
    )
    assert all(result.ok for result in results), results
    assert len({result.value["ticket"] for result in results}) == 1
    assert len((await offices[0].value("lookup_customer", ACCOUNTS[0]))["open_tickets"]) == 1
