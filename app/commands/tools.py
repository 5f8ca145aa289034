"""``alo tools``: xem công cụ đang có, kiểm tra tệp công cụ của doanh nghiệp, việc chưa rõ kết quả."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.folder import DataDir, existing_store

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.toolbox import Toolbox
    from memory.store import Store
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


@app.command("unsettled")
def unsettled_command(data_dir: DataDir = None) -> None:
    """Những việc chưa rõ kết quả: thao tác có thể đã xong, chưa hoàn tác được, tiền chưa khớp."""
    from rich.markup import escape

    from app.commands.output import console
    from app.console.i18n import Translator
    from app.unsettled_view import matters

    t, out = Translator("vi"), console()
    with _opened(data_dir) as (toolbox, store, now):
        found = matters(store, toolbox.database, now)
    for one in found:
        out.print(f"[bold]{escape(one.id)}[/bold]", soft_wrap=True)  # one piece, to be copied
        out.print(f"  {t('why.' + one.why)} · {one.at} · {escape(one.who)}", soft_wrap=True)
        out.print(f"  {escape(one.data)}", style="dim", soft_wrap=True)
    if not found:
        out.print(t("unsettled.none"))


@app.command("settle")
def settle_command(
    matter: Annotated[str, typer.Argument(help="Mã việc, như alo tools unsettled in ra.")],
    found: Annotated[str, typer.Argument(help="done (đã xong), not_done (chưa làm) hoặc look (hỏi lại nguồn).")],
    note: Annotated[str, typer.Option("--note", help="Đã kiểm tra ở đâu, thấy gì; đừng ghi tên ai.")] = "",
    by: Annotated[str, typer.Option("--by", help="Ai thực hiện, ghi vào nhật ký.", envvar="USER")] = "operator",
    data_dir: DataDir = None,
) -> None:
    """Ghi lại kết quả của một việc chưa rõ, hoặc hỏi lại nguồn."""
    from app.console.i18n import Translator
    from core.errors import InputError
    from speech.text.privacy import mask
    from tools.unsettled import look_again, settle

    t = Translator("vi")
    with _opened(data_dir) as (toolbox, _, now):
        if found == "look":
            answer = look_again(toolbox.database, matter, toolbox.keeping_keys(), by=by, now=now)
            typer.echo(t(f"unsettled.looked.{answer or 'none'}"))
            return
        if found not in ("done", "not_done"):
            raise InputError("Hãy ghi done, not_done hoặc look.", "Say done, not_done or look.", where=found[:20])
        settle(toolbox.database, matter, found, mask(note).text, by=by, now=now)  # type: ignore[arg-type]
    typer.echo(t("unsettled.looked.saved"))


@contextmanager
def _opened(data_dir: Path | None) -> Iterator[tuple[Toolbox, Store, datetime]]:
    from app.toolbox import Toolbox
    from core.clock import SystemClock

    with existing_store(data_dir) as (settings, store):
        toolbox = Toolbox.load(settings)
        try:
            yield toolbox, store, SystemClock().now()
        finally:
            toolbox.database.close()


def _show(tools: Iterable[Tool]) -> None:
    from rich.markup import escape
    from rich.table import Table

    from app.commands.output import console

    table = Table()
    table.add_column("công cụ", no_wrap=True)
    for name in ("loại", "cần xác minh", "cần đồng ý", "cần", "cho", "hoàn tác"):
        table.add_column(name, overflow="fold")
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
