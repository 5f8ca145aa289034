"""``alo chat``: trò chuyện với một kịch bản ngay trong cửa sổ lệnh."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.folder import DataDir, settings_for

if TYPE_CHECKING:
    from rich.console import Console

    from app.console.i18n import Translator
    from app.services import Services
    from app.text_channel import Reply


def chat(
    flow: Annotated[str, typer.Argument(help="Tên kịch bản, ví dụ payment_reminder, hoặc tệp .yaml của bạn.")],
    customer: Annotated[int, typer.Option("--customer", min=1, max=3, help="Khách hàng giả định số mấy.")] = 1,
    events: Annotated[bool, typer.Option("--events", help="In cả sự kiện của bộ hội thoại.")] = False,
    facts: Annotated[
        list[str] | None, typer.Option("--fact", help="Thông tin khách hàng, ví dụ amount=500000 (lặp lại được).")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Trò chuyện với kịch bản như một khách hàng; dòng trống là im lặng, Ctrl-D là gác máy."""
    import asyncio

    from app.flow_files import load_own
    from app.preflight import check_data_dir
    from app.rehearsal import show_services
    from memory.store import Store

    settings = settings_for(data_dir)
    check_data_dir(settings.data_dir)
    with Store.open(settings.sqlalchemy_url) as store:
        own = Path(flow) if flow.endswith((".yaml", ".yml")) else None
        services = show_services(settings, store, own)
        name = load_own(own, settings).name if own else flow
        asyncio.run(_talk(services, name, customer, _pairs(facts or []), events))


def _pairs(facts: list[str]) -> dict[str, str]:
    """ "amount=500000" → {"amount": "500000"}. Raises InputError."""
    from core.errors import InputError

    pairs = {}
    for fact in facts:
        name, sign, value = fact.partition("=")
        if not sign or not name.strip():
            raise InputError("Hãy viết dạng tên=giá trị.", "Write it as name=value.", where=f"--fact {fact}")
        pairs[name.strip()] = value.strip()
    return pairs


async def _talk(services: Services, flow: str, customer: int, facts: Mapping[str, str], events: bool) -> None:
    import asyncio

    from app.commands.output import console
    from app.console.choices import made_up_customers
    from app.console.i18n import Translator
    from app.text_channel import TextSession
    from core.errors import InputError

    if flow not in services.flows:
        known = ", ".join(sorted(services.flows))
        raise InputError(f"Không có kịch bản này. Các kịch bản: {known}.", f"No such flow; known: {known}.", where=flow)
    t, out = Translator("vi"), console()
    person = made_up_customers(t)[customer - 1]
    now = services.clock.now()
    out.print(person.about(now, t), style="dim")
    session = await TextSession.open(services, flow, {**person.fields(now), **facts})
    reply = await session.start()
    while True:
        _show(reply, out, t, events)
        if reply.finished:
            return
        try:
            text = (await asyncio.to_thread(out.input, f"[bold]{t('role.customer')}:[/bold] ")).strip()
        except EOFError:
            out.print()
            reply = await session.hang_up()
        else:
            reply = await (session.say(text) if text else session.stay_silent())


def _show(reply: Reply, out: Console, t: Translator, events: bool) -> None:
    from rich.markup import escape

    from app.console.text import outcome_detail, outcome_label

    for said in reply.said:
        out.print(f"[bold cyan]{t('role.bot')}:[/bold cyan] {escape(said)}")
    for transfer in reply.transfers:
        out.print(t("note.escalated", reason=t.or_raw("reason", transfer.reason)), style="yellow")
    for message in reply.messages:
        out.print(f"{message.channel}: {message.text}", style="yellow", markup=False)
    if events:
        for kind, data in reply.events:
            out.print(f"  {kind} {dict(data)}", style="dim", markup=False)
    if reply.finished and reply.disposition:
        detail = outcome_detail(reply.disposition.details, t)
        label = outcome_label(reply.disposition.code, t)
        out.print(f"{t('call.outcome')}: {label}{f', {detail}' if detail else ''}", style="bold green")
