"""``alo rehearse``: thử kịch bản với khách hàng tổng hợp trước khi gọi thật."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from telephony.simulator.scenarios import Play
    from telephony.simulator.verdict import Outcome

ALL = "all"
FAILED = 1
"""Exit code when a scenario did not come out as it should."""


def rehearse(
    flow: Annotated[str, typer.Argument(help="Tên kịch bản, tệp .yaml của riêng bạn, hoặc all.")],
    file: Annotated[Path | None, typer.Option("--file", "-f", help="Tệp tình huống thay cho tệp đi kèm.")] = None,
    audio: Annotated[bool, typer.Option("--audio", help="Nói thật qua đường điện thoại mô phỏng.")] = False,
    only: Annotated[list[str] | None, typer.Option("--only", help="Chỉ tình huống này (lặp lại được).")] = None,
    json_path: Annotated[Path | None, typer.Option("--json", help="Ghi kết quả và lời thoại ra tệp JSON.")] = None,
    held_out: Annotated[bool, typer.Option("--held-out", help="In cả lời thoại của tình huống để dành.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Không in lời thoại của tình huống hỏng.")] = False,
) -> None:
    """Cho khách hàng tổng hợp trò chuyện với kịch bản; mã thoát 1 nếu có tình huống hỏng.

    Một phần ba tình huống được để dành: chỉ đếm, không in lời thoại, để kịch bản không bị chỉnh theo chúng.
    """
    import asyncio

    from app.commands.output import check_writable, console

    rounds = _rounds(flow, file, set(only or ()))
    if json_path is not None:
        check_writable(json_path)  # before the long part
    outcomes: list[Outcome] = []
    out = console()
    for own, plays in rounds:
        played = asyncio.run(_play(plays, own, audio=audio))
        outcomes += played
        _show(out, played, held_out=held_out or bool(only), transcripts=not quiet)
    if len(rounds) > 1:
        _totals(out, outcomes)
    if json_path is not None:
        _write(json_path, outcomes)
    if not all(outcome.ok for outcome in outcomes):
        raise typer.Exit(FAILED)


def _rounds(flow: str, file: Path | None, only: set[str]) -> list[tuple[Path | None, list[Play]]]:
    """(own flow file or None, scenarios) for each flow asked for. Raises InputError or FlowError."""
    from telephony.simulator.scenarios import scenario_flows

    every = scenario_flows() if flow == ALL else []
    found = [_of_one(name, None) for name in every] or [_of_one(flow, file)]
    chosen = [(own, [play for play in plays if not only or play.id in only]) for own, plays in found]
    if not any(plays for _, plays in chosen):
        _no_such(only, found[0][1])
    return [(own, plays) for own, plays in chosen if plays]


def _of_one(flow: str, file: Path | None) -> tuple[Path | None, list[Play]]:
    from app.flow_files import load_own
    from core.settings import Settings
    from telephony.simulator.scenarios import load_scenarios, scenarios_of

    own = Path(flow) if flow.endswith((".yaml", ".yml")) else None
    name = load_own(own, Settings()).name if own else flow
    beside = own.with_name(f"{own.stem}.scenarios.yaml") if own else None
    if file is None and beside is not None and beside.exists():
        file = beside
    return own, load_scenarios(_existing(file), name) if file else scenarios_of(name)


def _existing(file: Path) -> Path:
    from core.errors import InputError

    if not file.is_file():
        raise InputError("Không tìm thấy tệp tình huống.", "The file of scenarios was not found.", where=str(file))
    return file


def _no_such(only: set[str], plays: Iterable[Play]) -> None:
    from core.errors import InputError

    known = ", ".join(play.id for play in plays)
    raise InputError(
        f"Không có tình huống này. Hiện có: {known}.", f"There is no such scenario. Known: {known}.",
        where=", ".join(sorted(only)),
    )  # fmt: skip


async def _play(plays: list[Play], own: Path | None, *, audio: bool) -> list[Outcome]:
    from app.rehearse import agents_for, on_text
    from core.settings import Settings

    agents = agents_for(plays[0].file.company, Settings(), own)
    if audio:
        from app.rehearse_audio import on_audio

        return await on_audio(agents, [play for play in plays if play.scenario.channel == "voice"])
    return [await on_text(agents, play) for play in plays]


def _show(out: Console, outcomes: list[Outcome], *, held_out: bool, transcripts: bool) -> None:
    """A line for the flow, then what went wrong with its words."""
    from rich.markup import escape

    from telephony.simulator.report import summary

    for name, own in (("", False), (" (để dành)", True)):
        part = [outcome for outcome in outcomes if outcome.play.held_out is own]
        if part:
            out.print(f"[bold]{part[0].play.flow}[/bold]{name}: {summary(part)}", highlight=False)
    for outcome in outcomes:
        if outcome.ok or (outcome.play.held_out and not held_out):
            continue
        why = "; ".join(outcome.failures)
        out.print(f"[red]✗ {outcome.play.id}[/red] {escape(outcome.play.scenario.wants)}", highlight=False)
        out.print(f"  {why}", style="yellow", markup=False, highlight=False)
        if transcripts:
            out.print(outcome.transcript, style="dim", markup=False, highlight=False)


def _totals(out: Console, outcomes: list[Outcome]) -> None:
    from app.commands.output import table
    from telephony.simulator.report import share

    shown = table("Kịch bản", "Kịch bản", "Đạt", "Để dành đạt", "Lượt khách", "Giây", "Chuyển nhân viên")
    for flow in dict.fromkeys(outcome.play.flow for outcome in outcomes):
        mine = [outcome for outcome in outcomes if outcome.play.flow == flow]
        seen, held = ([o for o in mine if o.play.held_out is own] for own in (False, True))
        shown.add_row(
            flow, share(seen), share(held), _mean(mine, lambda o: o.happened.turns),
            _mean(mine, lambda o: o.happened.duration_ms / 1000), str(sum(o.happened.escalated for o in mine)),
        )  # fmt: skip
    seen, held = ([o for o in outcomes if o.play.held_out is own] for own in (False, True))
    shown.add_row("tất cả", share(seen), share(held))
    out.print(shown)


def _mean(outcomes: list[Outcome], of: Callable[[Outcome], float]) -> str:
    return f"{sum(map(of, outcomes)) / max(len(outcomes), 1):.1f}".replace(".", ",")


def _write(path: Path, outcomes: list[Outcome]) -> None:
    from app.commands.output import write_json
    from telephony.simulator.report import as_data

    write_json(path, [as_data(outcome) for outcome in outcomes])
