"""CSV and XLSX files as rows of cells, whatever Excel in Vietnam wrote into them. Raises InputError."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from charset_normalizer import from_bytes
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from core.errors import InputError

_MOST_BYTES = 50_000_000
_MOST_UNPACKED = 500_000_000
"""An XLSX that unpacks to more is refused: it would fill the memory."""
_MOST_ROWS = 1_048_576
"""Rows of an Excel sheet."""
_DELIMITERS = ",;\t|"
_SAMPLE_ROWS = 20


@dataclass(frozen=True, slots=True)
class Table:
    """Rows as (number, cells); numbers are those a spreadsheet shows, from 1."""

    rows: tuple[tuple[int, tuple[Any, ...]], ...]
    form: str
    """how it was read, e.g. "csv utf-8 ;" or "xlsx Sheet1\""""
    name: str = ""
    """of its sheet"""
    hidden: frozenset[int] = frozenset()
    """numbers of rows that the spreadsheet does not show"""


def read_table(source: Path | bytes, filename: str | None = None) -> list[Table]:
    """The file's tables: one for a CSV, one per visible sheet of an XLSX. ``filename`` names bytes in messages."""
    where = filename or (source.name if isinstance(source, Path) else "file")
    data = _bytes(source, where)
    if not data.strip():
        raise InputError("Tệp rỗng.", "The file is empty.", where=where)
    if data.startswith(b"PK\x03\x04"):
        return list(_read_xlsx(data, where))
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise InputError(
            "Tệp Excel kiểu cũ (.xls) hoặc có mật khẩu. Hãy lưu lại thành .xlsx hoặc CSV UTF-8, không mật khẩu.",
            "An old Excel file (.xls) or one with a password. Save it as .xlsx or CSV UTF-8 without a password.",
            where=where,
        )
    return [_read_csv(data, where)]


def _bytes(source: Path | bytes, where: str) -> bytes:
    if isinstance(source, Path):
        try:
            size = source.stat().st_size
            data = source.read_bytes() if size <= _MOST_BYTES else b""
        except OSError as error:
            raise InputError("Không đọc được tệp.", "The file cannot be read.", where=str(source)) from error
    else:
        size, data = len(source), source
    if size > _MOST_BYTES:
        raise InputError(
            "Tệp lớn hơn 50 MB. Hãy chia nhỏ tệp.", "The file is larger than 50 MB. Split it.", where=where
        )
    return data


def _not_a_table(where: str) -> InputError:
    return InputError(
        "Tệp này không phải bảng CSV hoặc Excel (.xlsx).", "This file is not a CSV or Excel (.xlsx) table.", where=where
    )


# CSV


_WEB_PAGE = re.compile(r"\s*<(!doctype|html|table|\?xml)\b", re.IGNORECASE)


def _read_csv(data: bytes, where: str) -> Table:
    text, encoding = _decode(data, where)
    if _WEB_PAGE.match(text):
        raise InputError(
            "Tệp này là trang web mang đuôi Excel. Hãy mở bằng Excel rồi lưu lại thành .xlsx.",
            "This is a web page named like an Excel file. Open it in Excel and save it as .xlsx.",
            where=where,
        )
    first, _, rest = text.partition("\n")
    delimiter = None
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        delimiter, text = first.strip()[-1], "\n" + rest  # Excel's own hint; the row keeps its number
    delimiter = delimiter or _delimiter(text)
    csv.field_size_limit(1_000_000)
    try:
        rows = [tuple(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]
    except csv.Error as error:
        raise _not_a_table(where) from error
    name = {"\t": "tab"}.get(delimiter, delimiter)
    return Table(_numbered(rows, where), f"csv {encoding} {name}")


def _decode(data: bytes, where: str) -> tuple[str, str]:
    """Text and its encoding: by byte-order mark, else UTF-8, UTF-16, Windows-1258, else the likeliest."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decoded(data, "utf-16", where), "utf-16"
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    else:
        if "\0" not in text:
            return _printable(text, where), "utf-8"
    sample = data[:2000]
    if sample.count(0) > len(sample) // 5:
        encoding = "utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"
        return _decoded(data, encoding, where), encoding
    if b"\0" in data:
        raise _not_a_table(where)
    try:
        return _printable(data.decode("cp1258"), where), "windows-1258"
    except UnicodeDecodeError:
        best = from_bytes(data).best()
        if best is None:
            raise _not_a_table(where) from None
        return _printable(str(best), where), best.encoding


def _decoded(data: bytes, encoding: str, where: str) -> str:
    try:
        return _printable(data.decode(encoding), where)
    except UnicodeDecodeError as error:
        raise _not_a_table(where) from error


def _printable(text: str, where: str) -> str:
    """Tables hold no control characters, pictures and programs do."""
    sample = text[:4000]
    if sum(char < " " and char not in "\t\r\n" for char in sample) > len(sample) // 50:
        raise _not_a_table(where)
    return text


def _delimiter(text: str) -> str:
    """The one that splits the first rows into the most columns, most evenly."""
    sample = "\n".join(text.splitlines()[: _SAMPLE_ROWS * 2])

    def score(delimiter: str) -> tuple[int, int]:
        try:
            widths = [len(row) for row in csv.reader(io.StringIO(sample), delimiter=delimiter) if any(row)]
        except csv.Error:
            return (0, 0)
        if not widths:
            return (0, 0)
        common = max(set(widths), key=lambda width: (widths.count(width), width))
        return (widths.count(common) if common > 1 else 0, common)

    return max(_DELIMITERS, key=score)


# XLSX


def _read_xlsx(data: bytes, where: str) -> Iterator[Table]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MOST_UNPACKED:
                raise InputError("Tệp Excel quá lớn.", "The Excel file is too large.", where=where)
            calculates = _has_formulas(archive)
        values = load_workbook(io.BytesIO(data), data_only=True)
        formulas = load_workbook(io.BytesIO(data), data_only=False) if calculates else None
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError, EOFError) as error:
        raise _not_a_table(where) from error
    for sheet in values.worksheets:
        if sheet.sheet_state == "visible":
            rows = [list(row) for row in sheet.iter_rows(values_only=True)]
            if formulas is not None:
                _keep_uncalculated(rows, formulas[sheet.title])
            _fill_merged(rows, sheet)
            hidden = frozenset(number for number, row in sheet.row_dimensions.items() if row.hidden)
            yield Table(_numbered(rows, where), f"xlsx {sheet.title}", sheet.title, hidden)


def _has_formulas(archive: zipfile.ZipFile) -> bool:
    """Few contact files have formulas, and reading a workbook twice is slow."""
    sheets = (name for name in archive.namelist() if name.startswith("xl/worksheets/"))
    return any(b"<f>" in xml or b"<f " in xml for xml in map(archive.read, sheets))


class Uncalculated(str):
    """A formula whose result the file does not hold; nobody computes it here."""

    __slots__ = ()


def _keep_uncalculated(rows: list[list[Any]], formulas: Any) -> None:
    for row, written in zip(rows, formulas.iter_rows(values_only=True), strict=False):
        for column, cell in enumerate(written):
            if row[column] is None and isinstance(cell, str) and cell.startswith("="):
                row[column] = Uncalculated(cell)


def _fill_merged(rows: list[list[Any]], sheet: Any) -> None:
    """Every cell of a merged block holds the block's value."""
    for block in sheet.merged_cells.ranges:
        value = rows[block.min_row - 1][block.min_col - 1]
        for row in rows[block.min_row - 1 : block.max_row]:
            for column in range(block.min_col - 1, min(block.max_col, len(row))):
                row[column] = value


def _numbered(rows: Sequence[Sequence[Any]], where: str) -> tuple[tuple[int, tuple[Any, ...]], ...]:
    """Rows that hold something, with their numbers."""
    if len(rows) > _MOST_ROWS:
        raise InputError("Tệp có quá nhiều dòng.", "The file has too many rows.", where=where)
    return tuple(
        (number, tuple(row))
        for number, row in enumerate(rows, 1)
        if any(cell is not None and str(cell).strip() for cell in row)
    )
