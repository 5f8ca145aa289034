"""``alo transcribe``: recordings → text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import AloError, InputError

if TYPE_CHECKING:
    from speech.transcript import Transcript
    from speech.transcription import Progress

_LONG_MS = 30_000
"""From this length on a file gets a progress bar."""
_MANY_PHRASES = 5_000
"""From so many lines on the file of a closed set gets one."""


def transcribe(
    files: Annotated[list[str], typer.Argument(help="Tệp âm thanh: WAV, FLAC, OGG, MP3 … tần số nào cũng được.")],
    as_json: Annotated[bool, typer.Option("--json", help="Mỗi tệp một dòng JSON.")] = False,
    srt: Annotated[bool, typer.Option("--srt", help="Phụ đề SubRip; chỉ cho một tệp.")] = False,
    grammar: Annotated[
        str | None,
        typer.Option("--grammar", help="Chỉ nghe ra một câu trong tập: digits, yes_no, dates, money, hoặc một tệp "
                     "mỗi dòng một câu."),
    ] = None,
    reject: Annotated[
        float,
        typer.Option("--reject", min=0.0, max=1.0, help="Với --grammar: câu nghe khớp kém hơn mức này thì để trống."),
    ] = 0.0,
    model: Annotated[
        str,
        typer.Option("--model", help="Bộ nhận dạng: embedded, whisper:THƯ_MỤC, ctc:THƯ_MỤC, openai, "
                     "pipecat:MODULE:HÀM, hoặc tên trong alo models list."),
    ] = "embedded",
) -> None:  # fmt: skip
    """Chép lời các tệp ghi âm; tệp stereo là hai người nói (trái: khách, phải: bot)."""
    from app.cli import tell
    from app.recognizers import recognizer_choice
    from core.settings import Settings
    from speech.recognition.closed import closed_set
    from speech.transcription import Transcriber, recognizer_for

    if as_json and srt:
        raise InputError("chỉ chọn một trong --json và --srt", "choose one of --json and --srt", where="--srt")
    if srt and len(files) > 1:
        raise InputError("--srt chỉ cho một tệp mỗi lần", "--srt takes one file at a time", where="--srt")
    if reject and not grammar:
        raise InputError("--reject chỉ dùng cùng --grammar", "--reject needs --grammar", where="--reject")
    choice = recognizer_choice(Settings(), model)
    members = None
    if grammar:
        with _progress(grammar, _MANY_PHRASES) as progress:
            members = closed_set(grammar, progress)
    transcriber = Transcriber(recognizer_for(choice, members, reject=reject))
    failed, noted = 0, as_json or srt or "embedded" not in model
    for name in files:
        try:
            with _progress(name, _LONG_MS) as progress:
                found = transcriber.transcribe(Path(name), progress)
        except AloError as error:
            tell(error)
            failed = failed or error.exit_code
            continue
        if not noted:
            noted = True
            _note()
        _show(found, as_json, srt, len(files) > 1)
    if failed:
        raise typer.Exit(failed)


def _show(found: Transcript, as_json: bool, srt: bool, several: bool) -> None:
    if as_json:
        typer.echo(json.dumps(found.mapping(), ensure_ascii=False))
    elif srt:
        typer.echo(found.srt(), nl=False)
    else:
        if several:
            typer.echo(f"== {found.file}")
        if found.segments:
            typer.echo(found.plain())
        else:
            typer.echo(f"{found.file}: không nghe thấy tiếng nói (no speech heard)", err=True)


def _note() -> None:
    """What the embedded model is worth, said once."""
    typer.echo(
        "Lưu ý: mô hình nhúng chỉ học từ giọng tổng hợp; ghi âm người thật cần một mô hình cỡ Whisper.\n"
        "Note: the embedded model was trained on synthetic voices; real recordings need a Whisper-class model.",
        err=True,
    )


@contextmanager
def _progress(name: str, shown_from: int) -> Iterator[Progress | None]:
    """A bar on standard error for work of at least ``shown_from`` steps, only where somebody watches."""
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.text import Text

    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    with Bar(console=console, transient=True) as bar:
        task = bar.add_task(Text(Path(name).name).markup, total=None, visible=False)

        def advance(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, visible=total >= shown_from)

        yield advance
