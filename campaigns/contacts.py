"""One contact of an uploaded file, checked and tidied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A person to call. ``row_number`` is the row in the file, the header being row 1."""

    phone: str
    """E.164"""
    name: str | None = None
    row_number: int = 0
    gender: str | None = None
    """male or female"""
    birth_year: int | None = None
    address_as: str | None = None
    """anh, chị, cô, chú, bác, ông, bà"""
    region: str | None = None
    """north, central, south"""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """what the flow needs: amount (int, VND), due_date (ISO), contract, service, date (ISO), time (HH:MM), place …"""

    def to_fields(self) -> dict[str, Any]:
        """Everything the file said, as kept in ``contacts.fields`` and handed to the flow."""
        person = {name: getattr(self, name) for name in ("name", "gender", "birth_year", "address_as", "region")}
        return {**{key: value for key, value in person.items() if value is not None}, **self.fields}
