"""``alo tools``: xem công cụ đang có, kiểm tra tệp công cụ của doanh nghiệp."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tools import Tool

app = typer.Typer(help="Công cụ mà bot được dùng: liệt kê, kiểm tra tệp công cụ.", no_args_is_help=True)


@app.command("list")
def list_tools() -> None:
    """Liệt kê các công cụ theo cài đặt hiện tại (ALO_TOOLS_FILE)."""
    from app.toolbox import Toolbox
    from core.clock import SystemClock
    from core.settings import Settings

    toolbox = Toolbox.load(Settings())
    try:
        if toolbox.sources is not None:
            toolbox.sources.open()
        _show(toolbox.registry("", {}, SystemClock().now).tools.values())
    finally:
        if toolbox.sources is not None:
            toolbox.sources.close()


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="Tệp công cụ (YAML).")],
    connect: Annotated[bool, typer.Option("--connect", help="Khởi động cả máy chủ MCP.")] = False,
) -> None:
    """Kiểm tra một tệp công cụ; lỗi được báo kèm tệp, dòng và lý do."""
    from core.settings import Settings
    from tools.samples.desk import Bound
    from tools.samples.services import SERVICES
    from tools.sources import load_tools_file, open_sources

    sources = open_sources(load_tools_file(file), Settings().tools_secrets, SERVICES)
    try:
        if connect:
            sources.open()
        _show(sources.tools_for(Bound()))
    finally:
        sources.close()


def _show(tools: Iterable[Tool]) -> None:
    from rich.markup import escape
    from rich.table import Table

    from app.commands.output import console

    table = Table("công cụ", "loại", "cần xác minh", "cần đồng ý", "cần", "cho", "hoàn tác")
    found = sorted(tools, key=lambda each: each.name)
    for tool in found:
        table.add_row(
            escape(tool.name),
            "thay đổi" if tool.effect else "tra cứu",
            "có" if tool.permission == "verified" else "",
            "có" if tool.confirm else "",
            escape(", ".join(tool.needs)),
            escape(", ".join(tool.gives)),
            escape(tool.undo or ""),
        )
    out = console()
    out.print(table)
    out.print(f"{len(found)} công cụ.", style="bold")
