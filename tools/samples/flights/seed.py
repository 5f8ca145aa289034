"""Made-up passengers for trying things out. Their flights lie a few days ahead whenever the samples are opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from core.clock import vietnam_time
from tools.samples.flights.places import free_places
from tools.samples.flights.tables import Booking, Flight
from tools.samples.flights.timetable import flights_on, seats_of


@dataclass(frozen=True, slots=True)
class Passenger:
    """One seeded booking."""

    code: str
    account: str
    name: str
    origin: str
    destination: str
    days_ahead: int
    cabin: str = "economy"


PASSENGERS: Final = (
    Passenger("482913", "+84900000001", "Nguyễn Văn Hùng", "HAN", "SGN", 3),
    Passenger("715204", "+84900000002", "Trần Thị Mai", "SGN", "DAD", 4),
    Passenger("360598", "+84900000003", "Lê Minh Tuấn", "DAD", "HAN", 5),
    Passenger("904177", "+84900000004", "Phạm Thu Hà", "SGN", "PQC", 6, "business"),
    Passenger("551836", "+84900000001", "Nguyễn Văn Hùng", "SGN", "HAN", 10),
)


def seed_flights(session: Session, now: datetime) -> None:
    """Add missing passengers, and give those whose flight has left a new one."""
    for one in PASSENGERS:
        found = session.get(Booking, one.code)
        if found is None:
            add_booking(session, one, now)
            continue
        flight = session.get(Flight, found.flight_id)
        if flight is None or flight.departs_at <= now:
            found.flight_id = _flight_for(session, one, now).id


def add_booking(session: Session, one: Passenger, now: datetime) -> Booking:
    """Book a passenger on the first flight with a place, ``days_ahead`` days from now."""
    flight = _flight_for(session, one, now)
    fare = flight.business_fare if one.cabin == "business" else flight.economy_fare
    booking = Booking(
        code=one.code, account=one.account, passenger=one.name, flight_id=flight.id, cabin=one.cabin, fare=fare,
        state="active",
    )  # fmt: skip
    session.add(booking)
    session.flush()
    return booking


def fill_flight(session: Session, flight_id: str) -> None:
    """Sell every place that is left to strangers: what a rehearsal needs for "the flight is full"."""
    flight = session.get_one(Flight, flight_id)
    everything = [*seats_of("business"), *seats_of("economy")]
    flight.others = sorted(set(flight.others) | set(everything))


def _flight_for(session: Session, one: Passenger, now: datetime) -> Flight:
    day = vietnam_time(now).date() + timedelta(days=one.days_ahead)
    flights = flights_on(session, one.origin, one.destination, day)
    return next((flight for flight in flights if free_places(session, flight, one.cabin) > 0), flights[0])
