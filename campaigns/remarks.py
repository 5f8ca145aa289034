"""What a person should know about a contact file as a whole before calling: no row is wrong, but something may be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from campaigns.cells import CellError, as_text, read_date
from campaigns.columns import Header

_ROWS_NAMED = 10


@dataclass(frozen=True, slots=True)
class Remark:
    """One sentence in Vietnamese and in English."""

    vi: str
    en: str


def remarks(header: Header) -> tuple[Remark, ...]:
    """Sheets that were not read, rows hidden in Excel, dates whose day and month Excel may have swapped."""
    return (*_other_tables(header), *_hidden_rows(header), *_swapped_dates(header))


def _other_tables(header: Header) -> Iterator[Remark]:
    if header.others:
        vi = ", ".join(f"“{other.name}” ({len(other.rows)} dòng)" for other in header.others)
        en = ", ".join(f"“{other.name}” ({len(other.rows)} rows)" for other in header.others)
        yield Remark(
            f"Chỉ đọc trang tính “{header.table.name}”. Không đọc: {vi}.",
            f"Only the sheet “{header.table.name}” was read. Not read: {en}.",
        )


def _hidden_rows(header: Header) -> Iterator[Remark]:
    hidden = [number for number, _ in header.table.rows[header.start + 1 :] if number in header.table.hidden]
    if hidden:
        named = ", ".join(str(number) for number in hidden[:_ROWS_NAMED]) + (", …" if hidden[_ROWS_NAMED:] else "")
        yield Remark(
            f"{len(hidden)} dòng đang ẩn trong Excel vẫn được tính: {named}. Muốn bỏ thì hãy xóa hẳn.",
            f"{len(hidden)} rows hidden in Excel count all the same: {named}. Delete them to leave them out.",
        )


def _swapped_dates(header: Header) -> Iterator[Remark]:
    """An American Excel takes 05/12 for the 12th of May and leaves 25/12 as text, since there is no 25th month."""
    for index, column in header.columns.items():
        if column.kind != "date":
            continue
        cells = [row[index] for _, row in header.table.rows[header.start + 1 :] if index < len(row)]
        real = [cell for cell in cells if isinstance(cell, date)]
        written = _written_dates(cells)
        if real and written and all(cell.day <= 12 for cell in real) and all(cell.day > 12 for cell in written):
            name = as_text(header.table.rows[header.start][1][index])
            yield Remark(
                f"Cột {name}: có thể Excel đã đảo ngày và tháng ở {len(real)} ô. Hãy so với bản gốc trước khi gọi.",
                f"Column {name}: Excel may have swapped day and month in {len(real)} cells. Compare with the original.",
            )


def _written_dates(cells: Sequence[Any]) -> list[date]:
    found = []
    for cell in cells:
        if isinstance(cell, str):
            try:
                found.append(read_date(cell))
            except CellError:
                continue
    return found
