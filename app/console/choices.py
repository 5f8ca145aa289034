"""What people may choose in forms: flows, purposes, made-up customers for the chat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.console.i18n import Translator
from app.services import Services
from core.clock import vietnam_time


@dataclass(frozen=True, slots=True)
class Choice:
    """An option: the value sent and the words shown."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class MadeUpCustomer:
    """Somebody who does not exist, for trying a flow."""

    name: str
    gender: str
    birth_year: int
    region: str
    label: str

    def fields(self, now: datetime) -> dict[str, Any]:
        """Contact fields for the flows we ship: a debt due in three days, an appointment tomorrow."""
        today = vietnam_time(now).date()
        return {
            "name": self.name, "gender": self.gender, "birth_year": self.birth_year, "region": self.region,
            "amount": 2_450_000, "due_date": (today + timedelta(days=3)).isoformat(), "contract": "HD-0042",
            "service": "khám tổng quát", "appointment_date": (today + timedelta(days=1)).isoformat(),
            "appointment_time": "09:30", "place": "Phòng khám Hoa Sen, 12 đường Số 1",
        }  # fmt: skip


_PEOPLE = (
    ("Nguyễn Văn Hùng", "male", 1985, "north"),
    ("Trần Thị Mai", "female", 1992, "south"),
    ("Lê Thị Hương", "female", 1958, "central"),
)


def made_up_customers(t: Translator) -> list[MadeUpCustomer]:
    """The customers of the chat page, labelled in the reader's language."""
    return [
        MadeUpCustomer(*known, label=f"{known[0]}, {known[2]}, {t('region.' + known[3])}") for known in _PEOPLE
    ]


def flow_choices(services: Services) -> Sequence[Choice]:
    """Flows by name, shown with their title where they have one."""
    return [Choice(name, getattr(flow, "title", "") or name) for name, flow in sorted(services.flows.items())]
