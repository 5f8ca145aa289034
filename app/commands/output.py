"""What several commands print and write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


def console() -> Console:
    """Standard output, never highlighting numbers by itself."""
    return Console(highlight=False)


def table(title: str, *columns: str) -> Table:
    """A plain table with a bold title."""
    made = Table(title=title, title_justify="left", title_style="bold", border_style="bright_black")
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def check_writable(path: Path) -> None:
    """Before the work is done: raises ConfigurationError if ``path`` cannot become a file."""
    from core.errors import ConfigurationError

    if path.is_dir() or not path.absolute().parent.is_dir():
        raise ConfigurationError(
            "Không ghi được tệp này: thư mục chứa nó không có, hoặc đây là một thư mục.",
            "This file cannot be written: its folder does not exist, or it is a folder itself.",
            where=str(path),
        )


def write_file(path: Path, body: bytes) -> None:
    """Write a result. Raises ConfigurationError if that is not possible."""
    from core.errors import ConfigurationError

    check_writable(path)
    try:
        path.write_bytes(body)
    except OSError as error:
        raise ConfigurationError(
            "Không ghi được tệp này. Hãy chọn chỗ khác.", "This file cannot be written. Choose another place.",
            where=str(path),
        ) from error  # fmt: skip


def write_json(path: Path, value: Any) -> None:
    """Write a result for programs; as ``write_file``."""
    write_file(path, json.dumps(value, ensure_ascii=False, indent=2, default=str).encode() + b"\n")
