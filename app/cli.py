"""The command line ``alo``. Heavy parts are imported by the commands that need them, so ``--help`` is instant."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Annotated

import typer
from typer.exceptions import TyperException

from app.commands import (
    campaign,
    chat,
    demo,
    flow,
    knowledge,
    memory,
    models,
    nlu,
    privacy,
    rehearse,
    report,
    say,
    sentiment,
    serve,
    text,
    tools,
    transcribe,
)
from app.usage import INTERRUPTED, help_in_vietnamese, usage_error
from core.errors import AloError

app = typer.Typer(
    name="alo",
    help="Alô: nền tảng gọi điện tự động và phân tích hội thoại tiếng Việt.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"alo {_installed()}")
        raise typer.Exit


def _installed() -> str:
    from importlib.metadata import version

    return version("alo-voicebot")


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="In phiên bản rồi thoát.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Alô: nền tảng gọi điện tự động và phân tích hội thoại tiếng Việt."""


@app.command("version")
def version_command() -> None:
    """In phiên bản."""
    typer.echo(f"alo {_installed()}")


app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.command("chat")(chat.chat)
app.command("rehearse")(rehearse.rehearse)
app.command("report")(report.report)
app.command("say")(say.say)
app.command("transcribe")(transcribe.transcribe)
app.add_typer(campaign.app, name="campaign")
app.add_typer(flow.app, name="flow")
app.add_typer(privacy.app, name="privacy")
app.add_typer(text.app, name="text")
app.add_typer(tools.app, name="tools")
app.add_typer(nlu.app, name="nlu")
app.add_typer(knowledge.app, name="knowledge")
app.add_typer(memory.app, name="memory")
app.add_typer(sentiment.app, name="sentiment")
app.add_typer(models.app, name="models")


def main() -> None:
    """Entry point. A refusal is told in Vietnamese, then English; everything else is a bug and keeps its traceback."""
    if len(sys.argv) == 1 or {"-h", "--help"} & set(sys.argv):
        help_in_vietnamese()
    try:
        code = app(standalone_mode=False)
    except TyperException as error:
        if error.format_message():  # nothing where the help has been shown instead
            tell(usage_error(error))
        sys.exit(error.exit_code)
    except AloError as error:
        tell(error)
        sys.exit(error.exit_code)
    except BaseExceptionGroup as errors:  # several things were going on at once
        refusals, others = errors.split(AloError)
        if others is not None or refusals is None:
            raise
        refusal = next(_leaves(refusals))
        tell(refusal)
        sys.exit(refusal.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # `alo … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def _leaves(group: BaseExceptionGroup[AloError]) -> Iterator[AloError]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


def tell(error: AloError) -> None:
    """The error on standard error: place, Vietnamese in red, English below."""
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, soft_wrap=True)
    where = Text(f"{error.where}: ", style="bold") if error.where else Text("")
    console.print(Text("Lỗi: ", style="bold red") + where + Text(error.vi, style="red"))
    console.print(Text(f"     {error.en}", style="dim"))


if __name__ == "__main__":
    main()
