"""A user's labelled texts: a CSV with the columns ``text`` and ``label``, checked cell by cell."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import InputError

COLUMNS: Final = ("text", "label")
_WHOLE: Final = re.compile(r"[+-]?\d+\.0+")
_SEPARATORS: Final = (",", ";", "\t")
MOST_EMPTY: Final = 0.2
"""A file with a larger share of empty cells is not what its owner thinks it is."""


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled text."""

    text: str
    label: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row left out: ``where`` is file:row:column (the header is row 1), ``column`` the name of the empty one."""

    where: str
    column: str


@dataclass(frozen=True, slots=True)
class Examples:
    """What a file holds."""

    rows: tuple[Example, ...]
    skipped: tuple[Skipped, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """Distinct labels: numbers in their order, then words."""
        return tuple(sorted({row.label for row in self.rows}, key=lambda x: (not _is_number(x), _number(x), x)))


def _is_number(label: str) -> bool:
    return bool(re.fullmatch(r"[+-]?\d+(\.\d+)?", label))


def _number(label: str) -> float:
    return float(label) if _is_number(label) else 0.0


def read(path: Path) -> Examples:
    """Every row of ``path`` with a text and a label; rows without are skipped and told.

    UTF-8 with or without BOM; comma, semicolon or tab; quotes as in RFC 4180. Raises InputError with file:row:column.
    """
    text = _decoded(path)
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[Example] = []
    skipped: list[Skipped] = []
    number = 0
    places: tuple[int, int] | None = None
    try:
        for record in reader:
            number += 1
            if places is None:
                places = _header(record, path)
            elif any(cell.strip() for cell in record):
                found = _row(record, places, f"{path}:{number}")
                (rows if isinstance(found, Example) else skipped).append(found)  # type: ignore[arg-type]
            else:
                skipped.append(Skipped(f"{path}:{number}:1", COLUMNS[0]))
    except csv.Error as error:
        raise InputError(
            f"Không đọc được dòng này của CSV ({error}). Hãy kiểm tra dấu ngoặc kép và ký tự lạ.",
            f"This row of the CSV cannot be read ({error}). Check its quotes and control characters.",
            where=f"{path}:{number + 1}:1",
        ) from error
    if not rows:
        raise InputError(
            "Tệp không có dòng nào đủ câu và nhãn. Cần hai cột “text” và “label”.",
            "The file has no row with a text and a label. It needs the columns “text” and “label”.",
            where=str(path),
        )
    if len(skipped) > MOST_EMPTY * (len(rows) + len(skipped)):
        raise InputError(
            f"{len(skipped)} trên {len(rows) + len(skipped)} dòng bị trống câu hoặc nhãn; hãy kiểm tra lại tệp.",
            f"{len(skipped)} of {len(rows) + len(skipped)} rows have no text or no label; check the file.",
            where=skipped[0].where,
        )
    return Examples(tuple(rows), tuple(skipped))


def _decoded(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\x00", "")
    except OSError as error:
        raise InputError(
            f"Không đọc được tệp: {error.strerror}. Hãy kiểm tra đường dẫn và quyền đọc.",
            f"Cannot read the file: {error.strerror}. Check its path and permissions.",
            where=str(path),
        ) from error
    except UnicodeDecodeError as error:
        row = path.read_bytes()[: error.start].count(b"\n") + 1
        raise InputError(
            "Tệp không phải UTF-8. Hãy lưu lại bằng UTF-8.",
            "The file is not UTF-8. Save it as UTF-8.",
            where=f"{path}:{row}:1",
        ) from error


def _header(record: list[str], path: Path) -> tuple[int, int]:
    names = [cell.strip().lower() for cell in record]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise InputError(
            f"Thiếu cột {', '.join(f'“{name}”' for name in missing)}; dòng đầu đang là: {', '.join(record)[:120]}.",
            f"Missing column {', '.join(f'“{name}”' for name in missing)}; first row: {', '.join(record)[:120]}.",
            where=f"{path}:1:1",
        )
    return names.index("text"), names.index("label")


def _row(record: list[str], places: tuple[int, int], where: str) -> Example | Skipped:
    cells = []
    for name, place in zip(COLUMNS, places, strict=True):
        cell = unicodedata.normalize("NFC", record[place]).strip() if place < len(record) else ""
        if not cell:
            return Skipped(f"{where}:{place + 1}", name)
        cells.append(cell)
    text, label = cells
    return Example(text, label.partition(".")[0] if _WHOLE.fullmatch(label) else label)
