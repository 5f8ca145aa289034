"""Choosing a seat: free or for a fee, one passenger per seat, taken back on wish. Called inside a transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tools.samples.flights.changes import HOLD, booking_invoice
from tools.samples.flights.places import Place, keep_until, lock_flight, place_of, taken_on
from tools.samples.flights.tables import Booking, TakenSeat
from tools.samples.flights.timetable import seat_fee, seat_kind, seats_of
from tools.samples.invoices import InvoiceLine, charge, fresh_id, void
from tools.tool import ToolRefusal


def seats_to_choose(session: Session, place: Place, kind: str | None) -> list[dict[str, Any]]:
    """Free seats of the cabin, the cheapest first, from the front."""
    taken = taken_on(session, place.flight)
    found = [
        {"seat": seat, "seat_fee": seat_fee(seat, place.cabin), "seat_kind": seat_kind(seat, place.cabin)}
        for seat in seats_of(place.cabin)
        if seat not in taken and kind in (None, seat_kind(seat, place.cabin))
    ]
    return sorted(found, key=lambda row: row["seat_fee"])


def seat_on(session: Session, booking: str, flight: str) -> TakenSeat | None:
    wanted = select(TakenSeat).where(TakenSeat.booking == booking, TakenSeat.flight_id == flight)
    return session.scalars(wanted).first()


def take_seat(session: Session, booking: Booking, seat: str, now: datetime, key: str) -> dict[str, Any]:
    """Raises ToolRefusal for a seat that is not in the cabin or is taken."""
    place = place_of(session, booking)
    lock_flight(session, place.flight.id)
    seat = seat.strip().upper()
    if seat not in seats_of(place.cabin):
        raise ToolRefusal("no_such_seat", "Khoang của quý khách không có ghế này.", "Your cabin has no such seat.")
    before = seat_on(session, booking.code, place.flight.id)
    if before is not None and before.seat == seat:
        line = session.get(InvoiceLine, before.line_id) if before.line_id else None
        due = line.amount if line is not None and line.state == "open" else 0
        return _told(session, booking, seat, due, None, now)
    if seat in taken_on(session, place.flight):
        raise ToolRefusal("seat_taken", "Ghế này đã có người.", "This seat is taken.")
    fee = max(seat_fee(seat, place.cabin) - _let_go(session, before), 0)
    line_id = fresh_id("line", key, "seat") if fee else None
    session.add(TakenSeat(flight_id=place.flight.id, seat=seat, booking=booking.code, line_id=line_id))
    session.flush()
    if line_id is not None:
        until = keep_until(session, booking.code, now + HOLD)
        charge(session, booking_invoice(session, booking), line_id, f"Ghế {seat}", fee, until)
    return _told(session, booking, seat, fee, before.seat if before is not None else None, now)


def give_back_seat(session: Session, booking: Booking, seat: str, before: str | None, now: datetime, key: str) -> None:
    """Undo ``take_seat``; the seat of before comes back if nobody took it."""
    place = place_of(session, booking)
    lock_flight(session, place.flight.id)
    taken = seat_on(session, booking.code, place.flight.id)
    if taken is None or taken.seat != seat.strip().upper():
        return
    line = session.get(InvoiceLine, taken.line_id) if taken.line_id else None
    if line is not None and line.state == "paid":
        raise ToolRefusal(
            "already_paid", "Ghế đã thanh toán, cần nhân viên xử lý.", "The seat is paid; a person has to undo it."
        )
    _let_go(session, taken)
    if before is not None and before not in taken_on(session, place.flight):
        take_seat(session, booking, before, now, key)


def _let_go(session: Session, taken: TakenSeat | None) -> int:
    """Gives a seat up; returns what was already paid for it (VND)."""
    if taken is None:
        return 0
    line = session.get(InvoiceLine, taken.line_id) if taken.line_id else None
    session.delete(taken)
    session.flush()
    if line is not None and line.state == "open":
        void(session, line)
    return line.amount if line is not None and line.state == "paid" else 0


def _told(session: Session, booking: Booking, seat: str, fee: int, before: str | None, now: datetime) -> dict[str, Any]:
    return {
        "seat": seat,
        "seat_fee": fee,
        "seat_before": before,
        "invoice": booking_invoice(session, booking).id,
        "pay_before": keep_until(session, booking.code, now + HOLD),
    }
