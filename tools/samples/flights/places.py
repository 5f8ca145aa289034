"""Who has which place: what is held, what became of it, and how many places are left. Called inside a transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from tools.samples.desk import not_found
from tools.samples.flights.tables import Booking, BookingChange, Flight, TakenSeat
from tools.samples.flights.timetable import seats_of
from tools.samples.invoices import InvoiceLine, void
from tools.tool import ToolRefusal


@dataclass(frozen=True, slots=True)
class Place:
    """Where a passenger will sit once everything held is paid."""

    flight: Flight
    cabin: str


def settle(session: Session, now: datetime) -> None:
    """Apply what was paid, drop what was not paid in time. Every transaction of the airline begins with it."""
    held = select(BookingChange).where(BookingChange.state == "held").order_by(BookingChange.position)
    for change in session.scalars(held.with_for_update()).all():
        line = session.get(InvoiceLine, change.line_id)
        if line is not None and line.state == "paid":
            apply(session, change)
        elif change.expires_at <= now or line is None or line.state == "void":
            let_go(session, change, "expired")
    _drop_unpaid_seats(session, now)
    session.flush()


def _drop_unpaid_seats(session: Session, now: datetime) -> None:
    unpaid = select(InvoiceLine.id).where(
        (InvoiceLine.state == "void") | ((InvoiceLine.state == "open") & (InvoiceLine.expires_at <= now))
    )
    session.execute(delete(TakenSeat).where(TakenSeat.line_id.in_(unpaid)).execution_options(synchronize_session=False))


def apply(session: Session, change: BookingChange) -> None:
    """The change is paid for, or free: the passenger moves."""
    booking = session.get_one(Booking, change.booking)
    if change.to_flight != booking.flight_id or change.to_cabin != booking.cabin:
        drop_seats(session, booking.code, booking.flight_id, cabin=booking.cabin)
    booking.flight_id, booking.cabin = change.to_flight, change.to_cabin
    booking.fare += change.amount
    change.state = "done"


def let_go(session: Session, change: BookingChange, state: str) -> None:
    """The new place is given up: its line is void, the seats chosen there are free again."""
    change.state = state
    line = session.get(InvoiceLine, change.line_id) if change.line_id else None
    if line is not None and line.state == "open":
        void(session, line)
    same_flight = change.to_flight == change.from_flight
    drop_seats(session, change.booking, change.to_flight, cabin=change.to_cabin if same_flight else None)


def drop_seats(session: Session, booking: str, flight: str, cabin: str | None = None) -> None:
    """Give back the seats that ``booking`` has on ``flight`` (in ``cabin`` only, if told); open fees are void."""
    wanted = select(TakenSeat).where(TakenSeat.booking == booking, TakenSeat.flight_id == flight)
    for taken in session.scalars(wanted).all():
        if cabin is None or taken.seat in seats_of(cabin):
            line = session.get(InvoiceLine, taken.line_id) if taken.line_id else None
            if line is not None and line.state == "open":
                void(session, line)
            session.delete(taken)
    session.flush()


def own_booking(session: Session, account: str, code: str) -> Booking:
    """Raises ToolRefusal for a booking that is not there, or not this customer's: in the same words."""
    found = session.get(Booking, code.strip().upper(), with_for_update=True)
    if found is None or found.account != account or found.state != "active":
        raise not_found("mã đặt chỗ này", "booking")
    return found


def held_changes(session: Session, booking: str) -> list[BookingChange]:
    wanted = select(BookingChange).where(BookingChange.booking == booking, BookingChange.state == "held")
    return list(session.scalars(wanted.order_by(BookingChange.position)))


def keep_until(session: Session, booking: str, wanted: datetime) -> datetime:
    """What rests on an unpaid change cannot outlast it."""
    return min([wanted, *(change.expires_at for change in held_changes(session, booking))])


def place_of(session: Session, booking: Booking) -> Place:
    held = held_changes(session, booking.code)
    flight_id = held[-1].to_flight if held else booking.flight_id
    return Place(session.get_one(Flight, flight_id), held[-1].to_cabin if held else booking.cabin)


def free_places(session: Session, flight: Flight, cabin: str) -> int:
    """Places left in a cabin, those held for customers taken out."""
    seats = set(seats_of(cabin))
    booked = session.scalar(
        select(func.count()).where(Booking.flight_id == flight.id, Booking.cabin == cabin, Booking.state == "active")
    )
    held = session.scalar(
        select(func.count()).where(
            BookingChange.to_flight == flight.id, BookingChange.to_cabin == cabin, BookingChange.state == "held"
        )
    )
    return len(seats) - len(seats.intersection(flight.others)) - (booked or 0) - (held or 0)


def lock_flight(session: Session, flight_id: str) -> Flight:
    """The row itself is the lock: two customers after the last place take turns. Raises ToolRefusal."""
    found = session.get(Flight, flight_id, with_for_update=True)
    if found is None:
        raise not_found("chuyến bay này", "flight")
    return found


def require_place(session: Session, flight: Flight, cabin: str) -> None:
    if free_places(session, flight, cabin) <= 0:
        raise ToolRefusal("flight_full", "Chuyến bay đã hết chỗ.", "The flight is full.")


def taken_on(session: Session, flight: Flight) -> set[str]:
    """Seats that cannot be chosen."""
    mine = session.scalars(select(TakenSeat.seat).where(TakenSeat.flight_id == flight.id))
    return set(flight.others) | set(mine)
