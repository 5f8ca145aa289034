"""``alo models``: fetch recognition models, see what is there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from app.models_folder import Progress

app = typer.Typer(help="Mô hình nhận dạng tiếng nói.", no_args_is_help=True)


@app.command("pull")
def pull(
    source: Annotated[
        str,
        typer.Argument(metavar="NAME|URL|FOLDER", help="phowhisper-small, NGƯỜI/TÊN trên Hugging Face, URL của tệp nén "
                       "hay thư mục, hoặc một thư mục trên máy."),
    ],
    name: Annotated[str | None, typer.Option("--name", help="Tên gọi mô hình sau này.")] = None,
    sha256: Annotated[str | None, typer.Option("--sha256", help="Mã kiểm tra của tệp nén hoặc của cả thư mục.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Thay mô hình cùng tên.")] = False,
) -> None:  # fmt: skip
    """Tải một mô hình Whisper hoặc CTC về thư mục mô hình (ALO_MODELS_DIR), kiểm tra và chuyển đổi nếu cần."""
    from app.models_folder import pull as fetch
    from core.settings import Settings

    with _progress() as progress:
        model = fetch(source, Settings().models_path, name=name, sha256=sha256, force=force, progress=progress)
    typer.echo(f"Đã có mô hình {model.name} ({model.kind}, {_size(model.bytes)}).")
    typer.echo(f"  sha256 {model.sha256}")
    typer.echo(f"  Dùng thử:    alo transcribe tep.wav --model {model.name}")
    typer.echo(f"  Cho cuộc gọi: ALO_RECOGNIZER={model.name},embedded")


@app.command("list")
def list_models() -> None:
    """Liệt kê mô hình đã tải."""
    from app.commands.output import console, table
    from app.models_folder import models_in
    from core.settings import Settings

    folder = Settings().models_path
    found = models_in(folder)
    shown = table("Mô hình nhận dạng", "Tên", "Loại", "Cỡ", "Nguồn", "sha256")
    shown.add_row("embedded", "ctc", "", "đi kèm (giọng tổng hợp)", "")
    for model in found:
        shown.add_row(model.name, model.kind, _size(model.bytes), model.source, model.sha256[:12])
    console().print(shown)
    if not found:
        typer.echo(f"Chưa tải mô hình nào vào {folder}. Ví dụ: alo models pull phowhisper-small")


def _size(count: int) -> str:
    return f"{count / 2**20:.1f} MB"


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar per file on standard error, only where somebody watches."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TaskID, TextColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda *_: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Bar(*columns, console=console) as bar:
        tasks: dict[str, TaskID] = {}

        def advance(file: str, done: int, whole: int | None) -> None:
            if file not in tasks:
                tasks[file] = bar.add_task(file, total=whole)
            bar.update(tasks[file], completed=done, total=whole)

        yield advance
