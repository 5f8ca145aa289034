"""``alo flow``: kịch bản hội thoại."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Kịch bản hội thoại.", no_args_is_help=True)


@app.command("check")
def check(files: Annotated[list[Path], typer.Argument(help="Tệp kịch bản .yaml.")]) -> None:
    """Kiểm tra tệp kịch bản; báo tệp:dòng và lý do nếu sai."""
    from app.cli import tell
    from app.commands.output import console
    from app.flow_files import load_own, load_together
    from core.errors import AloError
    from core.settings import Settings

    out, wrong, settings = console(), 0, Settings()
    for path in files:
        try:
            flow = load_own(path, settings)
        except AloError as error:
            tell(error)
            wrong = error.exit_code
        else:
            out.print(f"[green]✓[/green] {path}: {flow.title.get('vi', flow.name)} ({len(flow.steps)} bước)")
    if not wrong and len(files) > 1:
        try:
            load_together(files, settings)
        except AloError as error:
            tell(error)
            wrong = error.exit_code
    if wrong:
        raise typer.Exit(wrong)


@app.command("list")
def list_flows() -> None:
    """Liệt kê kịch bản đi kèm."""
    from agent.flows.load import shipped_flows
    from app.commands.output import console, table

    shown = table("Kịch bản", "Tên", "Tiêu đề", "Mục đích")
    for name, flow in sorted(shipped_flows().items()):
        shown.add_row(name, flow.title.get("vi", name), flow.purpose)
    console().print(shown)
