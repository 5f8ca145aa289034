"""Made-up contacts for a rehearsal: every behaviour and every region is dealt before any comes again."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

from core.ids import derived_id, derived_seed
from speech.types import DIALECTS, Dialect
from telephony.simulator.goals import goal_names
from telephony.simulator.network import NO_ANSWER_BEHAVIOURS
from telephony.simulator.scenarios import Play, dealt

_SURNAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý")
_MALE = ("Văn Hùng", "Minh Tuấn", "Quốc Dũng", "Đức Long", "Hữu Phúc", "Thanh Sơn", "Văn Nam", "Quang Hải",
         "Anh Khoa", "Trung Kiên", "Văn Thắng", "Gia Bảo", "Công Thành", "Mạnh Cường")  # fmt: skip
_FEMALE = ("Thị Lan", "Thu Hà", "Thị Mai", "Ngọc Hạnh", "Kim Ngân", "Thị Hương", "Thanh Thảo", "Mỹ Linh",
           "Bích Ngọc", "Thị Tuyết", "Hồng Nhung", "Thu Trang", "Thị Hoa", "Phương Anh")  # fmt: skip
_PERSON_HEADER = ("Họ tên", "Số điện thoại", "Giới tính", "Xưng hô", "Năm sinh", "Vùng")
CSV_HEADERS: Mapping[str, tuple[str, ...]] = {
    "payment_reminder": (*_PERSON_HEADER, "Số tiền", "Ngày đến hạn", "Mã hợp đồng"),
    "appointment_reminder": (*_PERSON_HEADER, "Dịch vụ", "Ngày hẹn", "Giờ hẹn", "Địa điểm"),
}
_SERVICES = ("khám răng", "khám mắt", "khám tổng quát", "tư vấn sức khỏe", "bảo dưỡng xe")
_PLACES = ("phòng khám Hoa Sen", "cơ sở một", "chi nhánh Trung Tâm", "phòng khám Bình An")
_REGION_NAMES = {"north": "Bắc", "central": "Trung", "south": "Nam"}


@dataclass(frozen=True, slots=True)
class SyntheticContact:
    """A person who does not exist. The phone number is outside every operator's numbering."""

    contact_id: str
    name: str
    phone: str
    gender: str
    region: Dialect
    birth_year: int
    contract_last4: str
    amount_due: int
    """đồng"""
    due_date: date
    service: str
    appointment_at: datetime
    """Vietnam time, naive."""
    place: str
    flow: str
    behaviour: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Of flows whose customers play scenarios: what an upload brings besides the person."""

    def metadata(self) -> dict[str, Any]:
        """Fields for ``DialRequest.metadata``; the caller adds company, attempt and today."""
        return {
            "contact_id": self.contact_id, "name": self.name, "gender": self.gender, "region": self.region,
            "birth_year": self.birth_year, "contract_last4": self.contract_last4, "amount_due": self.amount_due,
            "due_date": self.due_date.isoformat(), "flow": self.flow, "behaviour": self.behaviour,
            "service": self.service, "appointment_at": self.appointment_at.isoformat(timespec="minutes"),
            "place": self.place, **self.facts,
        }  # fmt: skip

    def csv_row(self) -> tuple[str, ...]:
        """The contact as a business would export it, in the order of the flow's ``CSV_HEADERS``."""
        person = (
            self.name, "0" + self.phone.removeprefix("+84"), "nam" if self.gender == "male" else "nữ",
            "anh" if self.gender == "male" else "chị", str(self.birth_year), _REGION_NAMES[self.region],
        )  # fmt: skip
        if self.facts:
            return (*person, *(_cell(self.facts.get(name)) for name in columns_of(self.flow)))
        if self.flow == "appointment_reminder":
            at = self.appointment_at
            return (*person, self.service, at.strftime("%d/%m/%Y"), at.strftime("%H:%M"), self.place)
        amount = f"{self.amount_due:,}".replace(",", ".")
        return (*person, amount, self.due_date.strftime("%d/%m/%Y"), self.contract_last4)


def population(n: int, seed: int, flow: str = "payment_reminder", today: date | None = None) -> list[SyntheticContact]:
    """``n`` made-up contacts. In a payment campaign the first 24 show every behaviour once."""
    today = today or date(2026, 1, 5)
    rng = Random(derived_seed("population", seed, flow))
    plays = {play.id: play for play in dealt(flow)} if not goal_names(flow) else {}
    behaviours = _deal((*(goal_names(flow) or plays), *NO_ANSWER_BEHAVIOURS), n, rng)
    regions = _deal(DIALECTS, n, rng)
    names: set[str] = set()
    people = []
    for k, (behaviour, region) in enumerate(zip(behaviours, regions, strict=True)):
        person = _contact(k, behaviour, region, flow, today, Random(derived_seed("contact", seed, flow, k)))
        if person.name in names:  # two of a name are hard to tell apart on a screen
            person = replace(person, name=_another_name(person, names))
        names.add(person.name)
        people.append(replace(person, facts=_facts(plays, behaviour)) if plays else person)
    return people


def _facts(plays: Mapping[str, Play], behaviour: str) -> dict[str, Any]:
    """What the scenario says of its contact, as far as a business uploads it."""
    play = plays.get(behaviour) or next(iter(plays.values()))
    contact = {**play.file.contact, **play.scenario.contact}
    return {name: contact[name] for name in play.file.columns if name in contact}


def columns_of(flow: str) -> Mapping[str, str]:
    """Field → header of what a flow needs besides the person; empty for flows without scenarios."""
    plays = dealt(flow)
    return plays[0].file.columns if plays else {}


def headers_of(flow: str) -> tuple[str, ...]:
    """The header line of a flow's contact file."""
    return CSV_HEADERS.get(flow) or (*_PERSON_HEADER, *columns_of(flow).values())


def _cell(value: Any) -> str:
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    return f"{value:,}".replace(",", ".") if isinstance(value, int) else str(value or "")


def _another_name(person: SyntheticContact, taken: set[str]) -> str:
    given = _MALE if person.gender == "male" else _FEMALE
    free = [f"{surname} {rest}" for surname in _SURNAMES for rest in given if f"{surname} {rest}" not in taken]
    return free[derived_seed(person.contact_id) % len(free)] if free else person.name


def _deal(cards: Sequence[Any], n: int, rng: Random) -> list[Any]:
    dealt: list[Any] = []
    while len(dealt) < n:
        deck = list(cards)
        rng.shuffle(deck)
        dealt += deck
    return dealt[:n]


def _contact(k: int, behaviour: str, region: Dialect, flow: str, today: date, rng: Random) -> SyntheticContact:
    gender = rng.choice(("male", "female"))
    return SyntheticContact(
        contact_id=derived_id("sim", flow, k),
        name=f"{rng.choice(_SURNAMES)} {rng.choice(_MALE if gender == 'male' else _FEMALE)}",
        phone=f"+8490000{k % 10_000:04d}",
        gender=gender,
        region=region,
        birth_year=rng.randint(today.year - 64, today.year - 21),
        contract_last4=f"{rng.randint(0, 9999):04d}",
        amount_due=rng.randint(16, 180) * 50_000,
        due_date=today - timedelta(rng.randint(1, 20)),
        service=rng.choice(_SERVICES),
        appointment_at=datetime.combine(
            today + timedelta(1), time(rng.choice((8, 9, 10, 14, 15)), rng.choice((0, 30)))
        ),
        place=rng.choice(_PLACES),
        flow=flow,
        behaviour=behaviour,
    )


def csv_text(contacts: Sequence[SyntheticContact]) -> str:
    """The contacts as a CSV file."""
    file = io.StringIO(newline="")
    rows = csv.writer(file)
    rows.writerow(headers_of(contacts[0].flow if contacts else "payment_reminder"))
    rows.writerows(contact.csv_row() for contact in contacts)
    return file.getvalue()


def write_csv(contacts: Sequence[SyntheticContact], path: Path) -> None:
    """The same as Excel in Vietnam writes it (UTF-8 with byte-order mark)."""
    path.write_text(csv_text(contacts), "utf-8-sig", newline="")
