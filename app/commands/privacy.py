"""``alo privacy``: một người được xem và được xóa dữ liệu về mình."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.folder import DataDir, existing_store

if TYPE_CHECKING:
    from memory.erasure import ErasureReport
    from memory.privacy import PersonalData

app = typer.Typer(help="Dữ liệu cá nhân: trích xuất và xóa theo yêu cầu của một người.", no_args_is_help=True)

Number = Annotated[str, typer.Argument(help="Số điện thoại, ví dụ 0900 000 012.")]
CustomerId = Annotated[str | None, typer.Option("--customer", help="Mã khách hàng, khi nhiều người dùng chung số này.")]

_PARTS = {
    "customers": "khách hàng (customers)",
    "consents": "đồng ý, từ chối (consents)",
    "contacts": "liên hệ trong chiến dịch (contacts)",
    "attempts": "lần gọi (attempts)",
    "gate_decisions": "quyết định của cổng pháp lý (gate decisions)",
    "conversations": "hội thoại (conversations)",
    "calls": "cuộc gọi (calls)",
    "events": "sự kiện, lời nói (events)",
    "identities": "định danh trên các kênh (identities)",
    "possible_matches": "nghi trùng khách hàng (possible matches)",
    "facts": "điều đã biết (facts)",
    "passages": "chỉ mục tìm kiếm (search index)",
    "recordings": "tệp ghi âm (recordings)",
}


@app.command("export")
def export(
    phone: Number,
    customer: CustomerId = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Tệp JSON; mặc định: in ra màn hình.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Xuất mọi dữ liệu về một người ra JSON."""
    from app.commands.output import check_writable, write_file
    from app.personal_tables import tool_tables
    from memory.phones import normalise_phone
    from memory.privacy import export_person

    number = normalise_phone(phone).number
    if out is not None:
        check_writable(out)
    with existing_store(data_dir) as (settings, store):
        data = export_person(
            store,
            None if customer else number,
            customer_id=customer,
            recordings_dir=settings.recordings_dir,
            others=tool_tables(),
        )
        _check_number(data, number, customer)
    body = json.dumps(data.as_json(), ensure_ascii=False, indent=2)
    if out is None:
        typer.echo(body)
        return
    write_file(out, (body + "\n").encode())
    typer.echo(f"Đã ghi dữ liệu vào {out} · Written", err=True)


@app.command("erase")
def erase(
    phone: Number,
    customer: CustomerId = None,
    yes: Annotated[bool, typer.Option("--yes", help="Xóa ngay, không hỏi.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="Vì sao xóa; đừng ghi tên ai.")] = "data subject request",
    by: Annotated[str, typer.Option("--by", help="Ai thực hiện, ghi vào nhật ký.", envvar="USER")] = "operator",
    data_dir: DataDir = None,
) -> None:
    """Xóa vĩnh viễn mọi dữ liệu về một người. Không khôi phục được."""
    from app.personal_tables import tool_tables
    from app.runtime import workflows_url
    from campaigns.forgetting import forget_workflows
    from campaigns.ownership import Ownership
    from core.clock import SystemClock
    from memory.erasure import erase_person, finish_erasures
    from memory.phones import normalise_phone
    from memory.privacy import UnknownPersonError, export_person
    from speech.text.privacy import mask

    number = normalise_phone(phone).number
    with existing_store(data_dir) as (settings, store):
        who, others = None if customer else number, tool_tables()
        if not yes:
            found = export_person(
                store, who, customer_id=customer, recordings_dir=settings.recordings_dir, others=others
            )
            _check_number(found, number, customer)
            _show(found)
            _ask()
        elif customer:
            _check_number(export_person(store, customer_id=customer), number, customer)
        owner = Ownership(store.engine)
        owner.acquire()  # a running campaign must not call or write about somebody who is being erased
        try:
            workflows, now = workflows_url(settings), SystemClock().now()

            def forget(attempts: object) -> None:
                forget_workflows(workflows, attempts)  # type: ignore[arg-type]

            resumed = finish_erasures(store, now, settings.recordings_dir, forget)
            if resumed:
                typer.echo(f"Đã làm xong {resumed} lần xóa bị gián đoạn trước đó · finished {resumed} interrupted")
            try:
                report = erase_person(
                    store,
                    who,
                    customer_id=customer,
                    others=others,
                    at=now,
                    reason=mask(reason).text,
                    by=by,
                    recordings_dir=settings.recordings_dir,
                    forget=forget,
                )
            except UnknownPersonError:
                if resumed:  # very likely it was this person whose erasure was interrupted
                    return
                raise
        finally:
            owner.release()
    _tell(report)


def _check_number(data: PersonalData, number: str, customer: str | None) -> None:
    """``--customer`` picks among those who use the number; a slip of the pen must not reach somebody else's data."""
    from core.errors import InputError

    if customer and not any(row["kind"] == "phone" and row["value"] == number for row in data.tables["identities"]):
        raise InputError(
            "Khách hàng này không dùng số điện thoại đã nêu.",
            "This customer is not known by that number.",
            where=customer[:40],
        )


def _show(data: PersonalData) -> None:
    typer.echo("Sẽ xóa vĩnh viễn · Will be erased for good:")
    for name, rows in data.as_json().items():
        if rows or name in _PARTS:
            typer.echo(f"  {_PARTS.get(name, name)}: {len(rows)}")


def _ask() -> None:
    from core.errors import RefusedError

    if not sys.stdin.isatty():
        raise RefusedError(
            "Chưa xóa gì. Việc xóa không khôi phục được; hãy thêm --yes để xác nhận.",
            "Nothing was erased. Erasing cannot be undone; confirm it with --yes.",
        )
    typer.confirm("Xóa vĩnh viễn? · Erase for good?", abort=True)


def _tell(report: ErasureReport) -> None:
    if report.nothing_left:
        typer.echo("Người này đã được xóa từ trước · This person was erased before.")
    else:
        typer.echo("Đã xóa vĩnh viễn · Erased for good:")
        for name, count in report.counts.items():
            if count or name in _PARTS:
                typer.echo(f"  {_PARTS.get(name, name)}: {count}")
    if report.opt_out_kept:
        typer.echo(
            "Còn giữ số điện thoại cùng yêu cầu không liên hệ, không kèm lời nói, để không ai gọi lại "
            "(NĐ 91/2020 Điều 11 khoản 7).\n"
            "The number is kept with its opt-out, without words, so that nobody calls again (Decree 91/2020 Art. 11.7)."
        )
