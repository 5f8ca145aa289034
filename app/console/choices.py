"""What people may choose in forms: flows, purposes, made-up customers for the chat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.console.i18n import Translator
from app.services import Services
from campaigns.gate import Gate
from core.clock import vietnam_time


@dataclass(frozen=True, slots=True)
class Choice:
    """An option: the value sent and the words shown."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class FlowChoice:
    """A flow and the purpose it was written for."""

    name: str
    title: str
    purpose: str


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
            "service": "khám tổng quát", "date": (today + timedelta(days=1)).isoformat(), "time": "09:30",
            "place": "Phòng khám Hoa Sen",
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


def flow_choices(services: Services, t: Translator) -> list[FlowChoice]:
    """Flows by name with what an upload for them must hold."""
    return [_flow_choice(name, flow, t) for name, flow in sorted(services.flows.items())]


def _flow_choice(name: str, flow: Any, t: Translator) -> FlowChoice:
    title = getattr(flow, "title", None) or {}
    return FlowChoice(name, title.get(t.language) or name, getattr(flow, "purpose", None) or "")


def purpose_choices(t: Translator) -> list[Choice]:
    """What calls may be made for, as the legal gate knows it."""
    return [Choice(name, label[t.language]) for name, label in Gate().rules.labels.items()]
