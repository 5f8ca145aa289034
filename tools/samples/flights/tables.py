"""Tables of the sample airline. Everybody on board who is nobody's sample customer sits in ``Flight.others``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from memory.types import Json
from tools.database import ToolBase


class Flight(ToolBase):
    """One flight of one day; made when somebody first asks for that day."""

    __tablename__ = "sample_flights"
    __table_args__ = (Index(None, "origin", "destination", "departs_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    """number and local day: SM213-20261125"""
    number: Mapped[str]
    origin: Mapped[str]
    destination: Mapped[str]
    departs_at: Mapped[datetime]
    arrives_at: Mapped[datetime]
    economy_fare: Mapped[int]
    business_fare: Mapped[int]
    others: Mapped[list[str]] = mapped_column(Json)
    """seats of passengers who are nobody's sample customer"""


class Booking(ToolBase):
    """One passenger's place on a flight."""

    __tablename__ = "sample_bookings"

    code: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(index=True)
    passenger: Mapped[str]
    flight_id: Mapped[str] = mapped_column(index=True)
    cabin: Mapped[str]
    """economy or business"""
    fare: Mapped[int]
    """paid so far for the place, VND"""
    state: Mapped[str]
    """active or cancelled"""


class BookingChange(ToolBase):
    """A move to another flight or cabin. While it is held, both places are kept for the passenger.

    State: held, done, undone, expired.
    """

    __tablename__ = "sample_booking_changes"

    id: Mapped[str] = mapped_column(primary_key=True)
    booking: Mapped[str] = mapped_column(index=True)
    position: Mapped[int]
    """order within the booking"""
    from_flight: Mapped[str]
    from_cabin: Mapped[str]
    to_flight: Mapped[str] = mapped_column(index=True)
    to_cabin: Mapped[str]
    amount: Mapped[int]
    state: Mapped[str] = mapped_column(index=True)
    line_id: Mapped[str | None]
    """invoice line; None when nothing is to be paid"""
    expires_at: Mapped[datetime]


class TakenSeat(ToolBase):
    """A seat chosen by a sample customer. The key is what keeps two from having the same one."""

    __tablename__ = "sample_taken_seats"

    flight_id: Mapped[str] = mapped_column(primary_key=True)
    seat: Mapped[str] = mapped_column(primary_key=True)
    booking: Mapped[str] = mapped_column(index=True)
    line_id: Mapped[str | None]
    """invoice line; None when it is free of charge"""


def summary(flight: Flight) -> dict[str, Any]:
    """What a customer is told about a flight."""
    return {
        "flight": flight.id,
        "flight_number": flight.number,
        "origin": flight.origin,
        "destination": flight.destination,
        "departs_at": flight.departs_at,
        "arrives_at": flight.arrives_at,
    }
