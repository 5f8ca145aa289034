"""Which row of a contact file is the header, and which of its columns is which field (rules/columns.yaml)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from campaigns.cells import as_text, plain
from campaigns.tables import Table
from core.artifacts import artifact
from core.errors import InputError

_HEADER_WITHIN = 15
"""Title rows above the header at most."""

_ASIDES = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_LAST_WORDS = frozenset({"vnd", "dong", "kh", "khach", "zalo"})
"""Words after a header that say nothing about its field: "Số tiền VNĐ", "SĐT KH"."""


@dataclass(frozen=True, slots=True)
class Column:
    """A known column: its field, how its cells are read, and its Vietnamese name."""

    field: str
    kind: str
    vi: str


@dataclass(frozen=True, slots=True)
class Header:
    """Where the contacts of a file stand."""

    table: Table
    start: int
    """index of the header in ``table.rows``"""
    columns: Mapping[int, Column]
    """position in the row → column"""
    others: tuple[Table, ...]
    """the file's other tables, which are not read"""


def required_fields(flow: str | None) -> tuple[str, ...]:
    """Fields without which a contact is of no use to ``flow``."""
    table = _known()["required"]
    return tuple(table.get(flow, table["default"]))


def calls_a_list(flow: str) -> bool:
    """Is the flow made for calling people? Otherwise its customers call."""
    return flow not in _known()["customers_call"]


def field_label(field: str) -> str:
    """Vietnamese name of a field."""
    return str(_known()["fields"].get(field, {}).get("vi", field))


def find_header(tables: Iterable[Table], needed: Sequence[str], where: str) -> Header:
    """The table and row with the most of the ``needed`` columns, then of any known ones, then the most rows below.

    Raises InputError if there is no header at all or a needed column is missing.
    """
    found, tables = [], tuple(tables)
    for table in tables:
        for index, (_, cells) in enumerate(table.rows[:_HEADER_WITHIN]):
            columns = _match(cells)
            if columns:
                present = sum(column.field in needed for column in columns.values())
                found.append(((present, len(columns), len(table.rows) - index), table, index, columns))
    if not found:
        raise InputError(
            "Không tìm thấy dòng tiêu đề. Dòng đầu phải có tên cột, ví dụ: Họ tên, Số điện thoại.",
            "No header row was found. The first row must name the columns, e.g. Họ tên, Số điện thoại.",
            where=where,
        )
    _, table, index, columns = max(found, key=lambda one: one[0])
    _check_columns(columns, table.rows[index][1], needed, where)
    return Header(table, index, columns, tuple(other for other in tables if other is not table and other.rows))


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


def _match(cells: Sequence[Any]) -> dict[int, Column]:
    columns: dict[int, Column] = {}
    taken: set[str] = set()
    for index, cell in enumerate(cells):
        column = _column(as_text(cell)) if isinstance(cell, str) else None
        if column and column.field not in taken:
            columns[index] = column
            taken.add(column.field)
    return columns


def _column(header: str) -> Column | None:
    """The column of a header, at need without "(VNĐ)", "(dd/mm/yyyy)" and a last word like "KH"."""
    known, words = _headers(), plain(_ASIDES.sub(" ", header)).split()
    if words and " ".join(words) not in known and words[-1] in _LAST_WORDS:
        words.pop()
    return known.get(plain(header)) or known.get(" ".join(words))


def _check_columns(columns: Mapping[int, Column], header: Sequence[Any], needed: Sequence[str], where: str) -> None:
    present = {column.field for column in columns.values()}
    missing = [field for field in needed if field not in present]
    if not missing:
        return
    names = ", ".join(field_label(field) for field in missing)
    strange = ", ".join(f"“{text}”" for i, cell in enumerate(header) if i not in columns and (text := as_text(cell)))
    vi = f" Các cột chưa nhận ra: {strange}; nếu là chúng, hãy đổi tên." if strange else ""
    en = f" Columns not recognised: {strange}; rename them if they are the ones." if strange else ""
    raise InputError(
        f"Thiếu cột bắt buộc: {names}. Hãy thêm cột vào tệp rồi nhập lại.{vi}",
        f"Missing required columns: {', '.join(missing)} ({names}). Add them to the file and import again.{en}",
        where=where,
    )
