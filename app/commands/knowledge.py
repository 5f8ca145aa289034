"""``alo knowledge``: đọc tài liệu của doanh nghiệp và hỏi thử."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Tài liệu của doanh nghiệp: kiểm tra và hỏi thử.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(help="Thư mục tài liệu (.md .txt .html .docx .pdf .csv).")]


@app.command("check")
def check(folder: Folder) -> None:
    """Đọc mọi tài liệu trong thư mục, báo những gì đọc được và những gì cần sửa."""
    from collections import Counter

    from agent.knowledge import Knowledge
    from app.commands.output import console

    knowledge = Knowledge.load(folder)
    out = console()
    parts = Counter(passage.document for passage in knowledge.passages)
    for name in knowledge.documents:
        out.print(f"[green]✓[/green] {name}: {parts[name]} đoạn", highlight=False)
    for complaint in knowledge.complaints:
        out.print(f"[yellow]![/yellow] {complaint.document}: {complaint.vi}", highlight=False)
        out.print(f"  {complaint.en}", style="dim", highlight=False)
    out.print(f"{len(knowledge.documents)} tài liệu, {len(knowledge.passages)} đoạn.", style="bold", highlight=False)
    if not knowledge.passages:
        raise typer.Exit(2)


@app.command("ask")
def ask(
    folder: Folder,
    question: Annotated[str, typer.Argument(help="Câu hỏi, có dấu hoặc không dấu.")],
    show: Annotated[int, typer.Option("--show", min=0, max=20, help="In thêm bấy nhiêu đoạn gần nhất.")] = 0,
) -> None:
    """Trả lời một câu hỏi từ tài liệu, kèm nguồn; mã thoát 1 khi không có thông tin."""
    import asyncio

    from rich.markup import escape

    from agent.knowledge import Knowledge
    from app.answering import find_by_meaning
    from app.commands.output import console
    from core.settings import Settings

    knowledge = Knowledge.load(folder)
    find_by_meaning(knowledge, Settings())
    vector = asyncio.run(knowledge.vector(question))
    out = console()
    answer = knowledge.answer(question, vector=vector)
    if answer is None:
        out.print("Dạ em chưa có thông tin về việc này ạ.")
    else:
        out.print(escape(answer.text), highlight=False)
        for source in answer.sources:
            out.print(f"  nguồn: {escape(str(source))} (độ tin {answer.confidence:.2f})", style="dim", highlight=False)
    for found in knowledge.find(question, show, vector) if show else ():
        out.print(f"[bold]{found.score:.2f}[/bold] {escape(str(found.source))}", highlight=False)
        out.print(f"     {escape(found.passage.text)}", style="dim", highlight=False)
    if answer is None:
        raise typer.Exit(1)
