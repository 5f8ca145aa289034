"""The made-up timetable: the same flights, fares and fellow passengers for a day whenever it is asked for."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import VIETNAM
from core.ids import derived_seed
from tools.samples.flights.tables import Flight

AIRPORTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "HAN": "Hà Nội", "SGN": "Thành phố Hồ Chí Minh", "DAD": "Đà Nẵng", "HUI": "Huế", "CXR": "Nha Trang",
        "PQC": "Phú Quốc", "VCA": "Cần Thơ", "HPH": "Hải Phòng", "VII": "Vinh", "DLI": "Đà Lạt",
    }
)  # fmt: skip
DEPARTURES: Final = (time(6, 15), time(9, 40), time(14, 5), time(19, 30))
"""Local times of the four flights of a day on every route."""
BUSINESS_ROWS: Final = range(1, 4)
ECONOMY_ROWS: Final = range(4, 24)
BUSINESS_LETTERS: Final = "ACDF"
ECONOMY_LETTERS: Final = "ABCDEF"
EXIT_ROWS: Final = frozenset({11, 12})
FRONT_ROWS: Final = range(4, 8)
_FULL_SHARE = 0.15
"""Share of flights that are sold out in economy, so that alternatives are needed now and then."""


def seats_of(cabin: str) -> tuple[str, ...]:
    """Seat names of a cabin from the front: 1A … 3F, 4A … 23F."""
    rows, letters = (BUSINESS_ROWS, BUSINESS_LETTERS) if cabin == "business" else (ECONOMY_ROWS, ECONOMY_LETTERS)
    return tuple(f"{row}{letter}" for row in rows for letter in letters)


def seat_fee(seat: str, cabin: str) -> int:
    """VND for choosing this seat."""
    row = int(seat[:-1])
    if cabin == "business":
        return 0
    return 150_000 if row in EXIT_ROWS else 90_000 if row in FRONT_ROWS else 0


def seat_kind(seat: str, cabin: str) -> str:
    """window, aisle or middle."""
    letters = BUSINESS_LETTERS if cabin == "business" else ECONOMY_LETTERS
    place = min(letters.index(seat[-1]), len(letters) - 1 - letters.index(seat[-1]))
    return "window" if place == 0 else "aisle" if place == len(letters) // 2 - 1 else "middle"


def flights_on(session: Session, origin: str, destination: str, day: date) -> list[Flight]:
    """All flights of a route on a local day in order of departure, made if nobody asked before."""
    start = datetime.combine(day, time(), VIETNAM)
    wanted = (
        select(Flight)
        .where(Flight.origin == origin, Flight.destination == destination)
        .where(Flight.departs_at >= start, Flight.departs_at < start + timedelta(days=1))
        .order_by(Flight.departs_at)
    )
    found = list(session.scalars(wanted))
    if found or origin == destination or not {origin, destination} <= AIRPORTS.keys():
        return found
    made = [_flight(origin, destination, day, n) for n in range(len(DEPARTURES))]
    session.add_all(made)
    session.flush()
    return made


def _flight(origin: str, destination: str, day: date, n: int) -> Flight:
    route = sorted(AIRPORTS).index(origin) * 10 + sorted(AIRPORTS).index(destination)
    number = f"SM{100 + route}{n + 1}"
    chance = random.Random(derived_seed("flight", number, day.isoformat()))
    departs = datetime.combine(day, DEPARTURES[n], VIETNAM)
    economy = chance.randrange(900, 2200, 50) * 1000
    full = chance.random() < _FULL_SHARE
    others = [seat for seat in seats_of("economy") if full or chance.random() < 0.7]
    others += [seat for seat in seats_of("business") if chance.random() < 0.4]
    return Flight(
        id=f"{number}-{day:%Y%m%d}", number=number, origin=origin, destination=destination, departs_at=departs,
        arrives_at=departs + timedelta(minutes=chance.randrange(65, 130, 5)), economy_fare=economy,
        business_fare=economy * 5 // 2, others=others,
    )  # fmt: skip
