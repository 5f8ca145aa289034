"""Tables and lines that several commands print."""

from __future__ import annotations

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
