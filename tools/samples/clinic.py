"""The clinic's doctors and hours: half-hour slots, some of them taken by people who are nobody's sample customer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from core.clock import VIETNAM, vietnam_time
from core.ids import derived_seed
from tools.samples.desk import not_found

SLOT = timedelta(minutes=30)
HOURS: Final = ((time(8), time(11, 30)), (time(13, 30), time(17)))
"""Local opening hours, Monday to Saturday."""
_TAKEN_SHARE = 0.35
"""Share of slots that strangers hold."""


@dataclass(frozen=True, slots=True)
class Doctor:
    """One doctor; ``id`` is the start of every slot's name."""

    id: str
    name: str
    specialty: str


DOCTORS: Final = (
    Doctor("bs1", "bác sĩ Trần Quốc Bảo", "nha khoa"),
    Doctor("bs2", "bác sĩ Nguyễn Thị Lan", "nha khoa"),
    Doctor("bs3", "bác sĩ Lê Hoàng Nam", "nội tổng quát"),
    Doctor("bs4", "bác sĩ Phạm Minh Châu", "nhi khoa"),
    Doctor("bs5", "bác sĩ Võ Thanh Hà", "da liễu"),
)
_FIELDS: Final = (
    ("răng", "nha khoa"),
    ("nha", "nha khoa"),
    ("trẻ", "nhi khoa"),
    ("nhi", "nhi khoa"),
    ("da", "da liễu"),
)
"""Words of a service and the specialty that does it."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Half an hour of one doctor, named bs1-202611250900 in local time."""

    doctor: Doctor
    starts_at: datetime

    @property
    def name(self) -> str:
        return f"{self.doctor.id}-{vietnam_time(self.starts_at):%Y%m%d%H%M}"

    @property
    def strangers(self) -> bool:
        """Taken by somebody outside the sample."""
        return derived_seed("slot", self.name) % 1000 < _TAKEN_SHARE * 1000


def doctors_for(service: str | None) -> list[Doctor]:
    """Who does ``service``: matched by its words, general medicine where nothing matches, all without a service."""
    if not service:
        return list(DOCTORS)
    words = service.lower().split()
    wanted = next((field for word, field in _FIELDS if word in words), None) or service.lower()
    found = [doctor for doctor in DOCTORS if doctor.specialty == wanted]
    return found or [doctor for doctor in DOCTORS if doctor.specialty == "nội tổng quát"]


def doctor_by_id(doctor_id: str) -> Doctor:
    """Raises ToolRefusal."""
    found = next((doctor for doctor in DOCTORS if doctor.id == doctor_id), None)
    if found is None:
        raise not_found("bác sĩ này", "doctor")
    return found


def slots_on(doctor: Doctor, day: date) -> Iterator[Slot]:
    """Every slot of a working day, taken or not."""
    if day.isoweekday() == 7:
        return
    for opens, closes in HOURS:
        moment, end = datetime.combine(day, opens, VIETNAM), datetime.combine(day, closes, VIETNAM)
        while moment < end:
            yield Slot(doctor, moment)
            moment += SLOT


def slot_by_name(name: str) -> Slot:
    """Raises ToolRefusal for a name that is no slot in opening hours."""
    doctor_id, _, stamp = name.partition("-")
    try:
        moment = datetime.strptime(stamp, "%Y%m%d%H%M").replace(tzinfo=VIETNAM)
    except ValueError as error:
        raise not_found("khung giờ này", "slot") from error
    for slot in slots_on(doctor_by_id(doctor_id), moment.date()):
        if slot.starts_at == moment:
            return slot
    raise not_found("khung giờ này", "slot")
