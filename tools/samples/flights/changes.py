"""Moves of a booking: held until paid, taken back on wish. Called inside a transaction that began with ``settle``."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tools.samples.desk import not_found
from tools.samples.flights.places import (
    Place,
    apply,
    drop_seats,
    held_changes,
    keep_until,
    let_go,
    lock_flight,
    place_of,
    require_place,
)
from tools.samples.flights.tables import Booking, BookingChange
from tools.samples.invoices import Invoice, charge, fresh_id, invoice_for
from tools.tool import ToolRefusal

HOLD = timedelta(minutes=20)
"""How long an unpaid place is kept."""


def booking_invoice(session: Session, booking: Booking) -> Invoice:
    return invoice_for(session, booking.account, f"booking:{booking.code}")


def fare_at(place: Place) -> int:
    """VND of a place."""
    return place.flight.business_fare if place.cabin == "business" else place.flight.economy_fare


def worth(session: Session, booking: Booking) -> int:
    """What the passenger has paid for the place, held amounts counted in."""
    return booking.fare + sum(change.amount for change in held_changes(session, booking.code))


def difference(session: Session, booking: Booking, to: Place) -> int:
    """VND to pay for moving; a cheaper place gives nothing back."""
    return max(fare_at(to) - worth(session, booking), 0)


def move(
    session: Session, booking: Booking, to: Place, text: str, now: datetime, key: str, amount: int
) -> BookingChange:
    """Keep the new place; the old one stays until the money is there. Free moves are made at once.

    Raises ToolRefusal when the cabin is full.
    """
    flight = lock_flight(session, to.flight.id)
    require_place(session, flight, to.cabin)
    before = place_of(session, booking)
    count = session.scalar(select(func.count()).where(BookingChange.booking == booking.code)) or 0
    change = BookingChange(
        id=fresh_id("chg", key), booking=booking.code, position=count, from_flight=before.flight.id,
        from_cabin=before.cabin, to_flight=flight.id, to_cabin=to.cabin, amount=amount, state="held",
        line_id=fresh_id("line", key) if amount else None, expires_at=keep_until(session, booking.code, now + HOLD),
    )  # fmt: skip
    session.add(change)
    session.flush()
    if change.line_id is not None:
        charge(session, booking_invoice(session, booking), change.line_id, text, amount, change.expires_at)
    elif len(held_changes(session, booking.code)) == 1:
        apply(session, change)
    else:  # free, but on top of something unpaid: its fate is that of the one before
        change.line_id = held_changes(session, booking.code)[-2].line_id
    return change


def take_back(session: Session, booking: Booking, change_id: str) -> None:
    """Undo a move. What was held on top of it goes with it. Raises ToolRefusal once it is paid or has no way back."""
    change = session.get(BookingChange, change_id)
    if change is None or change.booking != booking.code:
        raise not_found("lần thay đổi này", "change")
    if change.state in ("undone", "expired"):
        return
    if change.state == "held":
        for later in reversed(held_changes(session, booking.code)):
            if later.position >= change.position:
                let_go(session, later, "undone")
        return
    _return_free_move(session, booking, change)


def _return_free_move(session: Session, booking: Booking, change: BookingChange) -> None:
    if change.line_id is not None:
        raise ToolRefusal(
            "already_paid", "Thay đổi này đã thanh toán, cần nhân viên xử lý.", "This is paid; a person has to undo it."
        )
    if (booking.flight_id, booking.cabin) != (change.to_flight, change.to_cabin) or held_changes(session, booking.code):
        raise ToolRefusal("changed_since", "Vé đã được đổi tiếp sau đó.", "The booking was changed again since.")
    back = lock_flight(session, change.from_flight)
    require_place(session, back, change.from_cabin)
    drop_seats(session, booking.code, booking.flight_id)
    booking.flight_id, booking.cabin = change.from_flight, change.from_cabin
    change.state = "undone"
