"""Contacts from a business's CSV or XLSX file: good rows are kept, every problem is told with row, column and reason.

Nothing is written here: the rows go to ``CampaignService.create``, which commits all of them or none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from campaigns.cells import READERS, CellError, as_text, further_phones
from campaigns.columns import Column, find_header, required_fields
from campaigns.contacts import ContactRow
from campaigns.remarks import Remark, remarks
from campaigns.spreadsheets import csv_bytes
from campaigns.tables import Uncalculated, read_table
from core.errors import InputError

_SHOWN = 60
"""Characters of a bad cell shown in a problem."""

_FORMULA_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!"})

_PERSONAL = frozenset({"phone", "name", "gender", "birth_year", "address_as", "region"})
"""Fields with a place of their own in ContactRow."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in the file. ``fatal``: the row was left out; otherwise only this cell was."""

    row: int
    column: str
    """the header as the file has it"""
    value: str
    code: str
    """missing, unreadable, duplicate, formula, several"""
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
    remarks: tuple[Remark, ...] = ()
    """what to know about the file as a whole"""

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
                *(("", "", "", "lưu ý", remark.vi, remark.en) for remark in self.remarks),
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
    header = find_header(read_table(source, filename), needed, where)
    names, *below = header.table.rows[header.start :]
    if not below:
        raise InputError(
            "Tệp chỉ có dòng tiêu đề, không có liên hệ nào.", "The file has a header but no contacts.", where=where
        )
    reader = _Reader([as_text(cell) for cell in names[1]], header.columns, needed)
    for number, cells in below:
        reader.read(number, cells)
    return ImportReport(
        filename=where,
        form=header.table.form,
        columns={column.field: reader.headers[index] for index, column in header.columns.items()},
        ignored=tuple(name for index, name in enumerate(reader.headers) if name and index not in header.columns),
        rows=tuple(reader.rows),
        problems=tuple(reader.problems),
        total=len(below),
        remarks=remarks(header),
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
        if shown in _FORMULA_ERRORS:
            return Problem(number, header, shown, "formula", "công thức bị lỗi", "the formula failed", fatal)
        if not shown:
            vi, en = f"thiếu {column.vi}", f"{column.field} is missing"
            return Problem(number, header, "", "missing", vi, en) if fatal else None
        try:
            value = READERS[column.kind](cell)
        except (CellError, InputError) as error:
            return Problem(number, header, shown, "unreadable", error.vi, error.en, fatal)
        if value is not None:
            values[column.field] = value.isoformat() if isinstance(value, date) else value
        if column.kind == "phone" and (others := ", ".join(further_phones(cell))):
            vi, en = f"ô có nhiều số: gọi số đầu, không gọi {others}", f"several numbers: {others} will not be called"
            return Problem(number, header, shown, "several", vi, en, fatal=False)
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
