"""The tools of the sample airline for one customer: find the booking, change flight, choose a seat, upgrade."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import vietnam_time
from memory.phones import PhoneError, normalise_phone
from tools.proofs import ProofGuard
from tools.samples.desk import Bound, Desk, not_found, too_many_tries
from tools.samples.flights.changes import booking_invoice, difference, move, take_back
from tools.samples.flights.places import Place, free_places, lock_flight, own_booking, place_of, settle
from tools.samples.flights.seats import give_back_seat, seat_on, seats_to_choose, take_seat
from tools.samples.flights.tables import Booking, Flight, summary
from tools.samples.flights.timetable import AIRPORTS, flights_on
from tools.tool import Tool, ToolRefusal, tool

CLOSES = timedelta(hours=3)
"""Changes end this long before departure."""
_FARTHEST = timedelta(days=330)
_NEARBY_DAYS = (1, -1, 2, -2)
"""Where to look when the wished day has no place left."""
PartOfDay = Literal["morning", "afternoon", "evening"]
SeatKind = Literal["window", "aisle", "middle"]
Act = Callable[[Session, Booking, datetime], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Flights:
    """Tools bound to one customer; a booking of somebody else is not there for them."""

    desk: Desk
    bound: Bound

    def tools(self) -> list[Tool]:
        booking = (
            "booking", "passenger", "current_flight", "current_departs_at", "origin", "destination", "cabin",
            "current_seat",
        )  # fmt: skip
        flight = ("flight", "flight_number", "departs_at", "arrives_at", "fare_difference", "places_left", "same_day")
        held = ("invoice", "pay_before")
        private = partial(tool, effect=False, permission="verified", retries=1)
        bought = partial(tool, confirm=True, cost=True, retries=2)
        return [
            tool(self.identify_by_booking, effect=False, permission="anyone"),
            private(self.find_booking, needs=("booking_code|phone",), gives=booking, untrusted=True),
            private(self.search_flights, gives=flight),
            private(self.list_seats, gives=("seat", "seat_fee", "seat_kind")),
            private(self.upgrade_offer, gives=("upgrade_price", "business_left")),
            bought(self.rebook, gives=("change", *held), undo="rebook_back"),
            tool(self.rebook_back, retries=2),
            bought(self.choose_seat, gives=("seat_before", *held), undo="release_seat"),
            tool(self.release_seat, retries=2),
            bought(self.upgrade_class, gives=("upgrade", *held), undo="downgrade_back"),
            tool(self.downgrade_back, retries=2),
        ]

    # -- look-ups --------------------------------------------------------------------------------------------------

    def identify_by_booking(self, booking_code: str, phone: str) -> dict[str, Any]:
        """Xác minh khách chưa rõ là ai bằng mã đặt chỗ và số điện thoại đã đặt vé."""
        self.bound.may_try()

        def act(session: Session) -> str | None:
            found = session.get(Booking, booking_code.strip().upper())
            return found.account if found is not None and found.account == (_e164(phone) or None) else None

        guard = ProofGuard(self.desk.database, _e164(phone) or phone.strip()[:40], self.desk.now)
        if guard.is_locked():
            raise too_many_tries()
        account = self.desk.look(act)
        if account is None or (self.bound.known_by_phone and self.bound.account != account):
            guard.note()
            raise self.bound.missed()
        self.bound.account = account
        return {"identified": True}

    def find_booking(self, booking_code: str | None = None, phone: str | None = None) -> Any:
        """Vé của khách đang nói chuyện, theo mã đặt chỗ hoặc số điện thoại đã đặt vé."""
        account = self.bound.owner()
        if phone is not None and _e164(phone) != account:
            raise not_found("vé theo số điện thoại này", "booking")

        def act(session: Session) -> list[dict[str, Any]]:
            settle(session, self.desk.now())
            if booking_code is not None:
                return [_described(session, own_booking(session, account, booking_code))]
            mine = select(Booking).where(Booking.account == account, Booking.state == "active").order_by(Booking.code)
            return [_described(session, found) for found in session.scalars(mine).all()]

        found = self.desk.look(act, writes=True)
        if not found:
            raise not_found("vé nào của quý khách", "booking")
        return found[0] if len(found) == 1 else found

    def search_flights(self, booking: str, new_date: date, part_of_day: PartOfDay | None = None) -> Any:
        """Các chuyến còn chỗ trong ngày mới cùng chặng, với tiền chênh lệch; hết chỗ thì các ngày gần nhất."""

        def act(session: Session, mine: Booking, now: datetime) -> Any:
            today = vietnam_time(now).date()
            if not today <= new_date <= today + _FARTHEST:
                raise ToolRefusal(
                    "date_out_of_range", "Ngày bay mới phải từ hôm nay đến 330 ngày tới.",
                    "The new date must be between today and 330 days ahead.",
                )  # fmt: skip
            rows = self._open_flights(session, mine, new_date, now)
            wished = [row for row in rows if part_of_day in (None, _part(row["departs_at"]))]
            if rows:
                return wished or rows
            days = [new_date + timedelta(days=n) for n in _NEARBY_DAYS if new_date + timedelta(days=n) >= today]
            rows = [row for day in days for row in self._open_flights(session, mine, day, now)]
            if not rows:
                raise ToolRefusal("no_flights", "Không còn chuyến nào quanh ngày đó.", "No flight around that day.")
            return [{**row, "same_day": False} for row in rows[:4]]

        return self._reading(booking, act)

    def _open_flights(self, session: Session, mine: Booking, day: date, now: datetime) -> list[dict[str, Any]]:
        place = place_of(session, mine)
        found = flights_on(session, place.flight.origin, place.flight.destination, day)
        rows = []
        for flight in found:
            left = free_places(session, flight, place.cabin)
            if left > 0 and flight.id != place.flight.id and flight.departs_at > now + CLOSES:
                price = difference(session, mine, Place(flight, place.cabin))
                rows.append({**summary(flight), "fare_difference": price, "places_left": left, "same_day": True})
        return rows

    def list_seats(self, booking: str, flight: str | None = None, seat_kind: SeatKind | None = None) -> Any:
        """Sơ đồ ghế còn trống trên chuyến của khách (hoặc chuyến được nêu), kèm phí chọn ghế."""

        def act(session: Session, mine: Booking, now: datetime) -> Any:
            place = self._place_on(session, mine, flight)
            found = seats_to_choose(session, place, seat_kind)
            if not found:
                raise ToolRefusal("no_seats", "Không còn ghế như vậy.", "There is no such seat left.")
            return found

        return self._reading(booking, act)

    def upgrade_offer(self, booking: str, flight: str | None = None) -> Any:
        """Giá nâng lên hạng thương gia và số chỗ còn lại."""

        def act(session: Session, mine: Booking, now: datetime) -> Any:
            place = self._place_on(session, mine, flight)
            left = free_places(session, place.flight, "business")
            if place.cabin == "business":
                raise ToolRefusal("already_business", "Vé đã là hạng thương gia.", "It is business class already.")
            if left <= 0:
                raise ToolRefusal("flight_full", "Hạng thương gia đã hết chỗ.", "Business class is full.")
            price = difference(session, mine, Place(place.flight, "business"))
            return {"upgrade_price": price, "business_left": left}

        return self._reading(booking, act)

    # -- effects ---------------------------------------------------------------------------------------------------

    def rebook(self, booking: str, flight: str, idempotency_key: str) -> dict[str, Any]:
        """Đổi vé sang chuyến khác; giữ cả chỗ cũ lẫn chỗ mới cho đến khi thanh toán phần chênh lệch."""

        def act(session: Session, mine: Booking, now: datetime) -> dict[str, Any]:
            place = place_of(session, mine)
            found = self._same_route(session, flight, place.flight)
            if found.id == place.flight.id:
                raise ToolRefusal("same_flight", "Vé đang ở đúng chuyến này.", "The booking is on this flight already.")
            if min(found.departs_at, place.flight.departs_at) <= now + CLOSES:
                raise ToolRefusal("too_late", "Đã quá hạn đổi chuyến.", "It is too late to change.")
            to = Place(found, place.cabin)
            price = difference(session, mine, to)
            text = f"Đổi sang chuyến {found.number} ngày {vietnam_time(found.departs_at):%d/%m/%Y}"
            change = move(session, mine, to, text, now, idempotency_key, price)
            return {**_held(session, mine, "change", change.id, change.expires_at), "fare_difference": price}

        return self._doing("rebook", booking, idempotency_key, act)

    def rebook_back(self, booking: str, change: str, idempotency_key: str) -> dict[str, Any]:
        """Hoàn tác việc đổi chuyến chưa thanh toán."""
        return self._taking_back("rebook_back", booking, change, idempotency_key)

    def choose_seat(self, booking: str, seat: str, idempotency_key: str, flight: str | None = None) -> dict[str, Any]:
        """Chọn ghế trên chuyến của khách; ghế có phí được giữ đến khi thanh toán."""

        def act(session: Session, mine: Booking, now: datetime) -> dict[str, Any]:
            if flight is not None and flight != place_of(session, mine).flight.id:
                raise ToolRefusal("wrong_flight", "Vé không ở chuyến này.", "The booking is not on this flight.")
            return take_seat(session, mine, seat, now, idempotency_key)

        return self._doing("choose_seat", booking, idempotency_key, act)

    def release_seat(
        self, booking: str, seat: str, idempotency_key: str, seat_before: str | None = None
    ) -> dict[str, Any]:
        """Trả lại ghế vừa chọn; lấy lại ghế trước đó nếu còn."""

        def act(session: Session, mine: Booking, now: datetime) -> dict[str, Any]:
            give_back_seat(session, mine, seat, seat_before, now, idempotency_key)
            now_on = seat_on(session, mine.code, place_of(session, mine).flight.id)
            return {"current_seat": now_on.seat if now_on is not None else None}

        return self._doing("release_seat", booking, idempotency_key, act)

    def upgrade_class(self, booking: str, idempotency_key: str, flight: str | None = None) -> dict[str, Any]:
        """Nâng lên hạng thương gia trên chuyến của khách; giữ chỗ đến khi thanh toán."""

        def act(session: Session, mine: Booking, now: datetime) -> dict[str, Any]:
            place = place_of(session, mine)
            if flight is not None and flight != place.flight.id:
                raise ToolRefusal("wrong_flight", "Vé không ở chuyến này.", "The booking is not on this flight.")
            if place.cabin == "business":
                raise ToolRefusal("already_business", "Vé đã là hạng thương gia.", "It is business class already.")
            if place.flight.departs_at <= now + CLOSES:
                raise ToolRefusal("too_late", "Đã quá hạn nâng hạng.", "It is too late to upgrade.")
            to = Place(place.flight, "business")
            price = difference(session, mine, to)
            text = f"Nâng hạng thương gia chuyến {place.flight.number}"
            change = move(session, mine, to, text, now, idempotency_key, price)
            return {**_held(session, mine, "upgrade", change.id, change.expires_at), "upgrade_price": price}

        return self._doing("upgrade_class", booking, idempotency_key, act)

    def downgrade_back(self, booking: str, upgrade: str, idempotency_key: str) -> dict[str, Any]:
        """Hoàn tác việc nâng hạng chưa thanh toán."""
        return self._taking_back("downgrade_back", booking, upgrade, idempotency_key)

    # -- parts -----------------------------------------------------------------------------------------------------

    def _reading(self, code: str, act: Callable[[Session, Booking, datetime], Any]) -> Any:
        account, now = self.bound.owner(), self.desk.now()

        def whole(session: Session) -> Any:
            settle(session, now)
            return act(session, own_booking(session, account, code), now)

        return self.desk.look(whole, writes=True)

    def _doing(self, name: str, code: str, key: str, act: Act) -> dict[str, Any]:
        account, now = self.bound.owner(), self.desk.now()

        def whole(session: Session) -> dict[str, Any]:
            settle(session, now)
            return act(session, own_booking(session, account, code), now)

        found: dict[str, Any] = self.desk.once(name, key, account, whole)
        return found

    def _taking_back(self, name: str, code: str, change: str, key: str) -> dict[str, Any]:
        def act(session: Session, mine: Booking, now: datetime) -> dict[str, Any]:
            take_back(session, mine, change)
            return {"current_flight": place_of(session, mine).flight.id}

        return self._doing(name, code, key, act)

    def _place_on(self, session: Session, mine: Booking, flight: str | None) -> Place:
        """The passenger's place, or the same cabin on another flight of the route."""
        place = place_of(session, mine)
        if flight is None or flight == place.flight.id:
            return place
        return Place(self._same_route(session, flight, place.flight), place.cabin)

    @staticmethod
    def _same_route(session: Session, flight_id: str, now_on: Flight) -> Flight:
        found = lock_flight(session, flight_id)
        if (found.origin, found.destination) != (now_on.origin, now_on.destination):
            raise not_found("chuyến bay này trên chặng của quý khách", "flight")
        return found


def _described(session: Session, booking: Booking) -> dict[str, Any]:
    place = place_of(session, booking)
    seat = seat_on(session, booking.code, place.flight.id)
    return {
        "booking": booking.code,
        "passenger": booking.passenger,
        "current_flight": place.flight.id,
        "current_number": place.flight.number,
        "current_departs_at": place.flight.departs_at,
        "origin": AIRPORTS.get(place.flight.origin, place.flight.origin),
        "destination": AIRPORTS.get(place.flight.destination, place.flight.destination),
        "cabin": place.cabin,
        "current_seat": seat.seat if seat is not None else None,
    }


def _held(session: Session, booking: Booking, name: str, change: str, until: datetime) -> dict[str, Any]:
    return {name: change, "invoice": booking_invoice(session, booking).id, "pay_before": until}


def _part(moment: datetime) -> PartOfDay:
    hour = vietnam_time(moment).hour
    return "morning" if hour < 12 else "afternoon" if hour < 18 else "evening"


def _e164(phone: str) -> str:
    """As kept in ``account``; what is no phone number is nobody's."""
    try:
        return normalise_phone(phone).number
    except PhoneError:
        return ""
