"""Sample of a clinic's calendar: doctors, free slots, booking, moving, cancelling; never two people in one slot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.clock import VIETNAM, vietnam_time
from core.ids import derived_id
from tools.database import ToolBase
from tools.samples.clinic import DOCTORS, Slot, doctor_by_id, doctors_for, slot_by_name, slots_on
from tools.samples.desk import Bound, Desk, not_found
from tools.samples.invoices import fresh_id
from tools.tool import Tool, ToolRefusal, tool

_OFFERED = 8
"""Slots told at once; nobody listens to more."""
_FARTHEST = timedelta(days=90)
PartOfDay = Literal["morning", "afternoon"]


class Appointment(ToolBase):
    """One visit. State: booked, confirmed, cancelled."""

    __tablename__ = "sample_appointments"

    id: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(index=True)
    service: Mapped[str]
    place: Mapped[str | None]
    starts_at: Mapped[datetime]
    slot: Mapped[str | None]
    """name of the slot; None for a visit that came with the contact and has no doctor of ours"""
    state: Mapped[str]


class TakenSlot(ToolBase):
    """The key is what keeps two visits from one slot."""

    __tablename__ = "sample_taken_slots"

    slot: Mapped[str] = mapped_column(primary_key=True)
    appointment: Mapped[str] = mapped_column(index=True)


@dataclass(frozen=True, slots=True)
class Appointments:
    """The clinic's tools for one customer."""

    desk: Desk
    bound: Bound

    def tools(self) -> list[Tool]:
        visit = ("appointment", "service", "place", "doctor_name", "starts_at")
        return [
            tool(self.list_doctors, effect=False, gives=("doctor", "doctor_name", "specialty")),
            tool(self.find_slots, effect=False, gives=("slot", "doctor_name", "slot_at"), retries=1),
            tool(self.find_appointment, effect=False, permission="verified", gives=visit, untrusted=True, retries=1),
            tool(
                self.book_appointment, permission="anyone", confirm=True, undo="cancel_appointment", gives=visit,
                retries=2,
            ),
            tool(
                self.reschedule_appointment, confirm=True, undo="reschedule_back", retries=2,
                gives=("slot_before", "starts_before", "starts_at", "doctor_name"),
            ),
            tool(self.reschedule_back, retries=2),
            tool(self.confirm_appointment, retries=2),
            tool(self.cancel_appointment, confirm=True, undo="restore_appointment", retries=2),
            tool(self.restore_appointment, retries=2),
        ]  # fmt: skip

    def list_doctors(self, service: str | None = None) -> list[dict[str, Any]]:
        """Các bác sĩ của phòng khám, theo dịch vụ nếu có."""
        found = doctors_for(service)
        return [{"doctor": one.id, "doctor_name": one.name, "specialty": one.specialty} for one in found]

    def find_slots(
        self,
        new_date: date,
        service: str | None = None,
        doctor: str | None = None,
        part_of_day: PartOfDay | None = None,
    ) -> list[dict[str, Any]]:
        """Khung giờ còn trống trong ngày; hết thì các ngày làm việc kế tiếp."""
        now = self.desk.now()
        today = vietnam_time(now).date()
        if not today <= new_date <= today + _FARTHEST:
            raise ToolRefusal(
                "date_out_of_range", "Ngày khám phải từ hôm nay đến 90 ngày tới.",
                "The day must be between today and 90 days ahead.",
            )  # fmt: skip
        doctors = [doctor_by_id(doctor)] if doctor else doctors_for(service)

        def act(session: Session) -> list[dict[str, Any]]:
            for day in (new_date + timedelta(days=n) for n in range(4)):
                slots = sorted((s for d in doctors for s in slots_on(d, day)), key=lambda s: (s.starts_at, s.name))
                wished = [s for s in slots if s.starts_at > now and part_of_day in (None, _part(s))]
                free = [s for s in wished if not s.strangers and not _taken(session, s.name)]
                if free:
                    return [_offer(slot) for slot in free[:_OFFERED]]
            raise ToolRefusal("no_slots", "Không còn khung giờ nào quanh ngày đó.", "No free slot around that day.")

        return self.desk.look(act)

    def find_appointment(self) -> Any:
        """Lịch hẹn sắp tới của khách đang nói chuyện."""
        account, now = self.bound.owner(), self.desk.now()

        def act(session: Session) -> list[dict[str, Any]]:
            self._take_over(session, account)
            mine = (
                select(Appointment)
                .where(Appointment.account == account, Appointment.state != "cancelled", Appointment.starts_at > now)
                .order_by(Appointment.starts_at)
            )
            return [_told(one) for one in session.scalars(mine).all()]

        found = self.desk.look(act, writes=True)
        if not found:
            raise not_found("lịch hẹn nào của quý khách", "appointment")
        return found[0] if len(found) == 1 else found

    def book_appointment(self, slot: str, service: str, idempotency_key: str) -> dict[str, Any]:
        """Đặt lịch khám vào một khung giờ trống."""
        account, now = self.bound.owner(), self.desk.now()

        def act(session: Session) -> dict[str, Any]:
            wanted = _free_slot(session, slot, now)
            one = Appointment(
                id=fresh_id("apt", idempotency_key), account=account, service=service[:200], place=None,
                starts_at=wanted.starts_at, slot=wanted.name, state="booked",
            )  # fmt: skip
            session.add_all([one, TakenSlot(slot=wanted.name, appointment=one.id)])
            session.flush()
            return _told(one)

        found: dict[str, Any] = self.desk.once("book_appointment", idempotency_key, account, act)
        return found

    def reschedule_appointment(self, appointment: str, slot: str, idempotency_key: str) -> dict[str, Any]:
        """Chuyển lịch hẹn sang khung giờ khác."""
        return self._changing(
            "reschedule_appointment", appointment, idempotency_key, lambda s, one: self._move(s, one, slot)
        )

    def reschedule_back(
        self,
        appointment: str,
        idempotency_key: str,
        slot_before: str | None = None,
        starts_before: datetime | None = None,
    ) -> dict[str, Any]:
        """Hoàn tác việc chuyển lịch hẹn."""

        def act(session: Session, one: Appointment) -> dict[str, Any]:
            if slot_before is not None:
                return self._move(session, one, slot_before, again=True)
            if starts_before is None:
                raise ToolRefusal("nothing_before", "Không rõ giờ hẹn cũ.", "The time before is not known.")
            _release(session, one)
            one.slot, one.starts_at = None, starts_before
            return _told(one)

        return self._changing("reschedule_back", appointment, idempotency_key, act)

    def confirm_appointment(self, appointment: str, idempotency_key: str) -> dict[str, Any]:
        """Ghi nhận khách xác nhận sẽ đến."""

        def act(_: Session, one: Appointment) -> dict[str, Any]:
            one.state = "confirmed"
            return _told(one)

        return self._changing("confirm_appointment", appointment, idempotency_key, act)

    def cancel_appointment(self, appointment: str, idempotency_key: str) -> dict[str, Any]:
        """Hủy lịch hẹn; khung giờ trống lại cho người khác."""

        def act(session: Session, one: Appointment) -> dict[str, Any]:
            _release(session, one)
            one.state = "cancelled"
            return {"appointment": one.id}

        return self._changing("cancel_appointment", appointment, idempotency_key, act)

    def restore_appointment(self, appointment: str, idempotency_key: str) -> dict[str, Any]:
        """Hoàn tác việc hủy, nếu khung giờ chưa có người khác đặt."""

        def act(session: Session, one: Appointment) -> dict[str, Any]:
            if one.state == "cancelled":
                if one.slot is not None:
                    _free_slot(session, one.slot, self.desk.now(), strangers=False)
                    session.add(TakenSlot(slot=one.slot, appointment=one.id))
                one.state = "booked"
            return _told(one)

        return self._changing("restore_appointment", appointment, idempotency_key, act)

    # -- parts -----------------------------------------------------------------------------------------------------

    def _move(self, session: Session, one: Appointment, slot: str, *, again: bool = False) -> dict[str, Any]:
        if one.state == "cancelled":
            raise ToolRefusal("cancelled", "Lịch hẹn này đã hủy.", "This appointment is cancelled.")
        before, starts_before = one.slot, one.starts_at
        if slot != before:
            wanted = _free_slot(session, slot, self.desk.now(), strangers=not again)
            _release(session, one)
            session.add(TakenSlot(slot=wanted.name, appointment=one.id))
            session.flush()
            one.slot, one.starts_at = wanted.name, wanted.starts_at
        return {**_told(one), "slot_before": before, "starts_before": starts_before}

    def _changing(
        self, name: str, appointment: str, key: str, act: Callable[[Session, Appointment], dict[str, Any]]
    ) -> dict[str, Any]:
        account = self.bound.owner()

        def whole(session: Session) -> dict[str, Any]:
            self._take_over(session, account)
            found = session.get(Appointment, appointment, with_for_update=True)
            if found is None or found.account != account:
                raise not_found("lịch hẹn này", "appointment")
            return act(session, found)

        done: dict[str, Any] = self.desk.once(name, key, account, whole)
        return done

    def _take_over(self, session: Session, account: str) -> None:
        """The visit that came with the contact (an upload's appointment_at) becomes one of ours, once."""
        at = self.bound.known.get("appointment_at")
        if at is None:
            return
        moment = at if isinstance(at, datetime) else datetime.fromisoformat(str(at))
        moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=VIETNAM)
        found = derived_id("apt", account, moment.isoformat())
        if session.get(Appointment, found) is None:
            service, place = (self.bound.known.get(name) for name in ("service", "place"))
            session.add(
                Appointment(
                    id=found, account=account, service=str(service or "khám"), place=str(place) if place else None,
                    starts_at=moment, slot=None, state="booked",
                )
            )  # fmt: skip
            session.flush()


def _free_slot(session: Session, name: str, now: datetime, *, strangers: bool = True) -> Slot:
    """Raises ToolRefusal for a slot that is past or taken."""
    wanted = slot_by_name(name)
    if wanted.starts_at <= now:
        raise ToolRefusal("slot_past", "Khung giờ này đã qua.", "This slot is over.")
    if _taken(session, name) or (strangers and wanted.strangers):
        raise ToolRefusal("slot_taken", "Khung giờ này vừa có người đặt.", "This slot has just been taken.")
    return wanted


def _taken(session: Session, name: str) -> bool:
    return session.get(TakenSlot, name) is not None


def _release(session: Session, one: Appointment) -> None:
    taken = session.get(TakenSlot, one.slot) if one.slot is not None else None
    if taken is not None and taken.appointment == one.id:
        session.delete(taken)
        session.flush()


def _part(slot: Slot) -> PartOfDay:
    return "morning" if vietnam_time(slot.starts_at).hour < 12 else "afternoon"


def _offer(slot: Slot) -> dict[str, Any]:
    return {"slot": slot.name, "doctor_name": slot.doctor.name, "slot_at": slot.starts_at}


def _told(one: Appointment) -> dict[str, Any]:
    names = {doctor.id: doctor.name for doctor in DOCTORS}
    return {
        "appointment": one.id,
        "service": one.service,
        "place": one.place,
        "doctor_name": names.get(one.slot.partition("-")[0]) if one.slot is not None else None,
        "starts_at": one.starts_at,
        "appointment_state": one.state,
    }
