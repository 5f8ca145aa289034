"""Contacts from a business's CSV or XLSX file: good rows are kept, every problem is told with row, column and reason.

Nothing is written here: the rows go to ``CampaignService.create``, which commits all of them or none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from campaigns.cells import READERS, CellError, as_text, plain
from campaigns.contacts import ContactRow
from campaigns.spreadsheets import csv_bytes
from campaigns.tables import Table, Uncalculated, read_table
from core.artifacts import artifact
from core.errors import InputError

_HEADER_WITHIN = 15
"""Title rows above the header at most."""

_SHOWN = 60
"""Characters of a bad cell shown in a problem."""

_PERSONAL = frozenset({"phone", "name", "gender", "birth_year", "address_as", "region"})
"""Fields with a place of their own in ContactRow."""


@dataclass(frozen=True, slots=True)
class Column:
    """A known column: its field, how its cells are read, and its Vietnamese name."""

    field: str
    kind: str
    vi: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in the file. ``fatal``: the row was left out; otherwise only this cell was."""

    row: int
    column: str
    """the header as the file has it"""
    value: str
    code: str
    """missing, unreadable, duplicate, formula"""
    vi: str
    en: str
    fatal: bool = True

    def message(self, language: str = "vi") -> str:
        """E.g. "Dòng 5, cột Số điện thoại: …"."""
        if language == "vi":
            return f"Dòng {self.row}, cột {self.column}: {self.vi}"
        return f"Row {self.row}, column {self.column}: {self.en}"


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What a file held."""

    filename: str
    form: str
    """how the file was read, e.g. "csv utf-8 ;" """
    columns: Mapping[str, str]
    """field → header in the file"""
    ignored: tuple[str, ...]
    """headers nobody knows; their cells are kept with the contact under ``extra``"""
    rows: tuple[ContactRow, ...]
    problems: tuple[Problem, ...]
    total: int
    """rows with anything in them, below the header"""

    @property
    def bad_rows(self) -> int:
        return len({problem.row for problem in self.problems if problem.fatal})

    def summary(self, language: str = "vi") -> str:
        """One line for people."""
        warnings = sum(not problem.fatal for problem in self.problems)
        if language == "vi":
            return f"{self.total} dòng: {len(self.rows)} dùng được, {self.bad_rows} bị loại, {warnings} cảnh báo."
        return f"{self.total} rows: {len(self.rows)} usable, {self.bad_rows} left out, {warnings} warnings."

    def problems_csv(self) -> bytes:
        """The problems as a CSV for Excel."""
        header = ("dòng", "cột", "giá trị", "mức", "lý do", "reason")
        return csv_bytes(
            [
                header,
                *((p.row, p.column, p.value, "lỗi" if p.fatal else "cảnh báo", p.vi, p.en) for p in self.problems),
            ]
        )

    def write_report(self, path: Path) -> None:
        """Write ``problems_csv`` to a file."""
        path.write_bytes(self.problems_csv())


def import_contacts(
    source: Path | bytes,
    *,
    flow: str | None = None,
    filename: str | None = None,
    required: Sequence[str] | None = None,
) -> ImportReport:
    """Read contacts for ``flow``.

    ``required`` fields default to those of the flow in rules/columns.yaml. Raises InputError when the file as a
    whole cannot be used: empty, no table, no header, a missing column.
    """
    where = filename or (source.name if isinstance(source, Path) else "file")
    needed = tuple(dict.fromkeys(("phone", *(required_fields(flow) if required is None else required))))
    table, start, columns = _find_header(read_table(source, filename), where)
    _check_columns(columns, needed, where)
    if start + 1 >= len(table.rows):
        raise InputError(
            "Tệp chỉ có dòng tiêu đề, không có liên hệ nào.", "The file has a header but no contacts.", where=where
        )
    reader = _Reader([as_text(cell) for cell in table.rows[start][1]], columns, needed)
    for number, cells in table.rows[start + 1 :]:
        reader.read(number, cells)
    return ImportReport(
        filename=where,
        form=table.form,
        columns={column.field: reader.headers[index] for index, column in columns.items()},
        ignored=tuple(header for index, header in enumerate(reader.headers) if header and index not in columns),
        rows=tuple(reader.rows),
        problems=tuple(reader.problems),
        total=len(table.rows) - start - 1,
    )


def required_fields(flow: str | None) -> tuple[str, ...]:
    """Fields without which a contact is of no use to ``flow``."""
    table = _known()["required"]
    return tuple(table.get(flow, table["default"]))


@cache
def _known() -> dict[str, Any]:
    with artifact("campaigns", "rules", "columns.yaml").open(encoding="utf-8") as file:
        return dict(yaml.safe_load(file))


@cache
def _headers() -> Mapping[str, Column]:
    """Plain header → column."""
    found: dict[str, Column] = {}
    for field, entry in _known()["fields"].items():
        for header in (field, *entry["headers"]):
            found.setdefault(plain(header), Column(field, entry["kind"], entry["vi"]))
    return found


def field_label(field: str) -> str:
    """Vietnamese name of a field."""
    return str(_known()["fields"].get(field, {}).get("vi", field))


def _find_header(tables: Iterable[Table], where: str) -> tuple[Table, int, dict[int, Column]]:
    """The table and row in which most known headers stand; it must have the phone's or at least two."""
    best: tuple[int, Table, int, dict[int, Column]] | None = None
    for table in tables:
        for index, (_, cells) in enumerate(table.rows[:_HEADER_WITHIN]):
            columns = _match(cells)
            if columns and (best is None or len(columns) > best[0]):
                best = (len(columns), table, index, columns)
    if best is None:
        raise InputError(
            "Không tìm thấy dòng tiêu đề. Dòng đầu phải có tên cột, ví dụ: Họ tên, Số điện thoại.",
            "No header row was found. The first row must name the columns, e.g. Họ tên, Số điện thoại.",
            where=where,
        )
    return best[1:]


def _match(cells: Sequence[Any]) -> dict[int, Column]:
    columns: dict[int, Column] = {}
    taken: set[str] = set()
    for index, cell in enumerate(cells):
        column = _headers().get(plain(as_text(cell))) if isinstance(cell, str) else None
        if column and column.field not in taken:
            columns[index] = column
            taken.add(column.field)
    return columns


def _check_columns(columns: Mapping[int, Column], needed: Sequence[str], where: str) -> None:
    present = {column.field for column in columns.values()}
    missing = [field for field in needed if field not in present]
    if missing:
        names = ", ".join(field_label(field) for field in missing)
        raise InputError(
            f"Thiếu cột bắt buộc: {names}. Hãy thêm cột vào tệp rồi nhập lại.",
            f"Missing required columns: {', '.join(missing)} ({names}). Add them to the file and import again.",
            where=where,
        )


class _Reader:
    """Collects good rows and problems, row by row."""

    def __init__(self, headers: list[str], columns: Mapping[int, Column], needed: Sequence[str]) -> None:
        self.headers = headers
        self.rows: list[ContactRow] = []
        self.problems: list[Problem] = []
        self._columns = columns
        self._needed = frozenset(needed)
        self._seen: dict[str, int] = {}
        """phone → row that has it"""

    def read(self, number: int, cells: Sequence[Any]) -> None:
        """Take one row in, or tell why not."""
        values: dict[str, Any] = {}
        good = True
        for index, column in self._columns.items():
            cell = cells[index] if index < len(cells) else None
            problem = self._cell(number, index, column, cell, values)
            if problem:
                self.problems.append(problem)
                good = good and not problem.fatal
        if good and not self._duplicate(number, values):
            self.rows.append(_row(number, values, self._extra(cells)))

    def _cell(self, number: int, index: int, column: Column, cell: Any, values: dict[str, Any]) -> Problem | None:
        header, fatal = self.headers[index], column.field in self._needed
        shown = as_text(cell)[:_SHOWN]
        if isinstance(cell, Uncalculated):
            vi, en = "ô là công thức chưa có kết quả", "the cell is a formula without a result"
            return Problem(number, header, shown, "formula", vi, en, fatal)
        if not shown:
            vi, en = f"thiếu {column.vi}", f"{column.field} is missing"
            return Problem(number, header, "", "missing", vi, en) if fatal else None
        try:
            value = READERS[column.kind](cell)
        except (CellError, InputError) as error:
            return Problem(number, header, shown, "unreadable", error.vi, error.en, fatal)
        if value is not None:
            values[column.field] = value.isoformat() if isinstance(value, date) else value
        return None

    def _duplicate(self, number: int, values: Mapping[str, Any]) -> bool:
        phone = values["phone"]
        first = self._seen.setdefault(phone, number)
        if first == number:
            return False
        index = next(index for index, column in self._columns.items() if column.field == "phone")
        vi, en = f"trùng số với dòng {first}, giữ dòng đầu", f"same number as row {first}, the first is kept"
        self.problems.append(Problem(number, self.headers[index], phone, "duplicate", vi, en))
        return True

    def _extra(self, cells: Sequence[Any]) -> dict[str, str]:
        """Cells of columns nobody knows."""
        return {
            header: as_text(cells[index])
            for index, header in enumerate(self.headers)
            if header and index not in self._columns and index < len(cells) and as_text(cells[index])
        }


def _row(number: int, values: Mapping[str, Any], extra: Mapping[str, str]) -> ContactRow:
    personal = {field: value for field, value in values.items() if field in _PERSONAL}
    fields = {field: value for field, value in values.items() if field not in _PERSONAL}
    return ContactRow(row_number=number, fields={**fields, **({"extra": dict(extra)} if extra else {})}, **personal)
