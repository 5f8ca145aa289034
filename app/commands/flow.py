"""``alo flow``: kịch bản hội thoại."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Kịch bản hội thoại.", no_args_is_help=True)


@app.command("check")
def check(files: Annotated[list[Path], typer.Argument(help="Tệp kịch bản .yaml.")]) -> None:
    """Kiểm tra tệp kịch bản; báo tệp:dòng và lý do nếu sai."""
    from agent.flows.load import load_flow
    from app.cli import tell
    from app.commands.output import console
    from core.errors import AloError

    out, wrong = console(), 0
    for path in files:
        try:
            flow = load_flow(path)
        except AloError as error:
            tell(error)
            wrong = error.exit_code
        else:
            out.print(f"[green]✓[/green] {path}: {flow.title.get('vi', flow.name)} ({len(flow.steps)} bước)")
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
