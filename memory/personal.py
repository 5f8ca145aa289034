"""Tables of other packages that hold personal data: how ``alo privacy`` finds a person's rows in them.

A package declares ``PersonalTable``s; the command hands them to ``export_person`` and ``erase_person``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Table, delete, false, inspect, or_, select, update
from sqlalchemy.orm import Session

Owner = Literal["customer", "phone", "email", "zalo", "web", "contact", "attempt", "conversation"]
"""What a column names a person by."""
_MANY: Final = 400


@dataclass(frozen=True, slots=True)
class Person:
    """Everything one person is known by: values by kind."""

    known: Mapping[Owner, Collection[str]]

    def of(self, owner: Owner) -> list[str]:
        return sorted({one for one in self.known.get(owner, ()) if one})


@dataclass(frozen=True, slots=True)
class PersonalTable:
    """Rows of ``table`` that belong to a person: those whose columns name them, and those that hang on such rows."""

    table: Table
    owners: Mapping[str, tuple[Owner, ...]] = field(default_factory=dict)
    """column → what it may hold; a row is theirs if any of them fits"""
    parent: tuple[str, PersonalTable, str] | None = None
    """own column, the table it points to, that table's column; erase children before their parents"""
    blank: Mapping[str, Any] = field(default_factory=dict)
    """Erase by setting these columns to these values; empty: the rows are deleted."""

    def rows(self, session: Session, person: Person) -> list[dict[str, Any]]:
        """The person's rows, ready for JSON; none where the table was never made."""
        if not inspect(session.connection()).has_table(self.table.name, schema=self.table.schema):
            return []
        found = session.execute(select(self.table).where(self._theirs(person))).mappings()
        return [{name: _plain(value) for name, value in row.items()} for row in found]

    def erase(self, session: Session, person: Person) -> int:
        """How many rows went or were blanked."""
        if not inspect(session.connection()).has_table(self.table.name, schema=self.table.schema):
            return 0
        theirs = self._theirs(person)
        statement = update(self.table).values(dict(self.blank)) if self.blank else delete(self.table)
        count: int = session.execute(statement.where(theirs)).rowcount  # type: ignore[attr-defined]
        return count

    def _theirs(self, person: Person) -> ColumnElement[bool]:
        parts: list[ColumnElement[bool]] = [false()]
        for column, owners in self.owners.items():
            values = [value for owner in owners for value in person.of(owner)]
            parts += [self.table.c[column].in_(values[start : start + _MANY]) for start in range(0, len(values), _MANY)]
        if self.parent is not None:
            column, parent, key = self.parent
            parts.append(self.table.c[column].in_(select(parent.table.c[key]).where(parent._theirs(person))))
        return or_(*parts)


def _plain(value: Any) -> Any:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else value


PersonalTables = Sequence[PersonalTable]
