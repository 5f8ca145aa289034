"""What people may choose in forms: flows, purposes, made-up customers for the chat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.console.i18n import Translator
from app.console.text import capital, money
from app.services import Services
from campaigns.columns import calls_a_list, field_label, required_fields
from campaigns.gate import Gate
from core.clock import vietnam_time


@dataclass(frozen=True, slots=True)
class Choice:
    """An option: the value sent and the words shown."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class FlowChoice:
    """A flow, the purpose it was written for, and in words which columns a list for it needs."""

    name: str
    title: str
    purpose: str
    columns: str


@dataclass(frozen=True, slots=True)
class MadeUpCustomer:
    """Somebody who does not exist, for trying a flow."""

    name: str
    gender: str
    birth_year: int
    region: str
    label: str

    def about(self, now: datetime, t: Translator) -> str:
        """What the person who plays this customer should know to answer the bot."""
        known = self.fields(now)
        due = datetime.fromisoformat(known["due_date"]).strftime("%d/%m/%Y")
        amount, contract = money(known["amount"]), known["contract"]
        return t("chat.you", name=self.name, year=self.birth_year, contract=contract, amount=amount, due=due)

    def fields(self, now: datetime) -> dict[str, Any]:
        """Contact fields for the flows we ship: a debt due in three days, an appointment and a delivery tomorrow."""
        today = vietnam_time(now).date()
        tomorrow = (today + timedelta(days=1)).isoformat()
        return {
            "name": self.name, "gender": self.gender, "birth_year": self.birth_year, "region": self.region,
            "amount": 2_450_000, "due_date": (today + timedelta(days=3)).isoformat(), "contract": "HD-0042",
            "service": "khám tổng quát", "date": tomorrow, "time": "09:30", "place": "Phòng khám Hoa Sen",
            "order_code": "DH-20817", "items": "nồi cơm điện", "cod_amount": 890_000, "delivery_date": tomorrow,
            "delivery_part": "buổi sáng", "address": "số 12 đường Hoa Sữa", "period": "tháng này",
            "last_amount": 1_980_000, "code": "482193", "action": "đăng nhập ứng dụng", "product": "căn hộ Sao Mai",
            "company_address": "số 5 đường Hoa Sữa", "registered_on": (today - timedelta(days=5)).isoformat(),
            "phone": "+84900000002", "booking_code": "715204",
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
    """All flows by name."""
    return [_flow_choice(name, flow, t) for name, flow in sorted(services.flows.items())]


def _flow_choice(name: str, flow: Any, t: Translator) -> FlowChoice:
    title = getattr(flow, "title", None) or {}
    columns = ", ".join(field_label(field) if t.language == "vi" else field for field in required_fields(name))
    return FlowChoice(
        name, title.get(t.language) or name, getattr(flow, "purpose", None) or "", t("new.columns", columns=columns)
    )


def campaign_choices(services: Services, t: Translator) -> list[FlowChoice]:
    """Flows that call a list of people; the others are for customers who call."""
    return [choice for choice in flow_choices(services, t) if calls_a_list(choice.name)]


def slot_label(services: Services, flow: str | None, t: Translator, name: str) -> str:
    """What people call something that the customer told in this flow."""
    known = getattr(services.flows.get(flow or ""), "slots", {}).get(name)
    label = known.label if known is not None and t.language == "vi" else None
    return capital(label or t.or_raw("slot", name))


def flow_title(services: Services, name: str | None, t: Translator) -> str:
    """The flow's title in the reader's language, or its name if it is not loaded."""
    flow = services.flows.get(name or "")
    return _flow_choice(name or "", flow, t).title if flow else name or ""


def purpose_title(name: str | None, t: Translator) -> str:
    """A purpose in words."""
    label = Gate().rules.labels.get(name or "")
    return capital(label[t.language]) if label else name or ""


def purpose_choices(t: Translator) -> list[Choice]:
    """What calls may be made for, as the legal gate knows it."""
    return [Choice(name, capital(label[t.language])) for name, label in Gate().rules.labels.items()]
