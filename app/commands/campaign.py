"""``alo campaign``: kiểm tra danh sách, xem và xuất kết quả."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.folder import DataDir, existing_store, settings_for

if TYPE_CHECKING:
    from app.checking import Check
    from campaigns.service import NewCampaign

app = typer.Typer(help="Chiến dịch gọi điện.", no_args_is_help=True)

_SHOWN = 30
"""Lines per table; --report writes them all."""

NOTHING_USABLE = 3
"""Exit code of a check that found nobody to call."""


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="Danh sách liên hệ: CSV hoặc XLSX.")],
    flow: Annotated[str, typer.Option("--flow", "-f", help="Tên kịch bản, ví dụ payment_reminder.")],
    purpose: Annotated[str | None, typer.Option("--purpose", help="Mục đích gọi; mặc định theo kịch bản.")] = None,
    report: Annotated[Path | None, typer.Option("--report", help="Ghi mọi dòng lỗi ra tệp CSV này.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Xem trước: dòng nào dùng được, dòng nào sai, ai sẽ không được gọi và vì sao. Không ghi, không gọi."""
    from campaigns.importing import import_contacts
    from core.clock import SystemClock

    new = _new_campaign(file, flow, purpose)
    _check_is_file(file)
    found = import_contacts(file, flow=flow)
    if report:
        from app.commands.output import write_file

        write_file(report, found.problems_csv())
    with _store_to_ask(data_dir) as store:
        from app.checking import check_list

        _show(check_list(store, new, found, SystemClock().now()))
    if not found.rows:
        raise typer.Exit(NOTHING_USABLE)


@app.command("sample")
def sample(
    flow: Annotated[str, typer.Argument(help="Tên kịch bản, ví dụ delivery_confirmation.")],
    contacts: Annotated[int, typer.Option("--contacts", "-n", min=1, max=500, help="Bao nhiêu người.")] = 5,
) -> None:
    """In tệp danh sách mẫu (CSV, người bịa ra) với đúng các cột mà kịch bản cần: alo campaign sample FLOW > mau.csv"""
    from app.checking import sample_list
    from core.clock import SystemClock

    _new_campaign(Path("mau"), flow, None)
    typer.echo(sample_list(flow, SystemClock().now(), contacts), nl=False)


def _new_campaign(file: Path, flow: str, purpose: str | None) -> NewCampaign:
    from agent.flows.load import shipped_flows
    from campaigns.service import NewCampaign
    from core.errors import InputError

    flows = shipped_flows()
    if flow not in flows:
        known = ", ".join(sorted(flows))
        raise InputError(f"Không có kịch bản này. Các kịch bản: {known}.", f"No such flow; known: {known}.", where=flow)
    return NewCampaign(file.stem, purpose or flows[flow].purpose, flow)


def _check_is_file(file: Path) -> None:
    from core.errors import InputError

    if file.is_dir():
        raise InputError("Đây là thư mục, không phải tệp.", "This is a folder, not a file.", where=str(file))
    if not file.exists():
        raise InputError(
            "Không tìm thấy tệp. Hãy kiểm tra đường dẫn.", "File not found. Check the path.", where=str(file)
        )


def _store_to_ask(data_dir: Path | None):  # type: ignore[no-untyped-def]
    """The folder's database if there is one (it knows opt-outs and earlier calls), else an empty one."""
    from contextlib import contextmanager
    from tempfile import TemporaryDirectory

    from memory.store import Store

    @contextmanager
    def opened():  # type: ignore[no-untyped-def]
        settings = settings_for(data_dir)
        if settings.database_url or (settings.data_dir / "alo.db").exists():
            with Store.open(settings.sqlalchemy_url) as store:
                yield store
        else:
            with TemporaryDirectory() as folder, Store.open(f"sqlite:///{folder}/alo.db") as store:
                yield store

    return opened()


def _show(check: Check) -> None:
    from app.commands.output import console, table
    from app.console.i18n import Translator
    from app.console.text import clock_time, gate_reason, mask_phone

    out, t = console(), Translator("vi")
    out.print(check.report.summary(), style="bold")
    for remark in check.report.remarks:
        out.print(f"! {remark.vi}", style="yellow", markup=False)
    if check.report.problems:
        bad = table(t("check.bad.title"), t("col.row"), t("col.column"), t("col.value"), t("col.reason"))
        for problem in check.report.problems[:_SHOWN]:
            bad.add_row(str(problem.row), problem.column, problem.value or "—", problem.vi)
        out.print(bad)
    stopped = [*check.skipped, *check.deferred]
    if stopped:
        gate = table(t("check.gate.title"), t("col.row"), t("col.name"), t("col.phone"), t("col.reason"), t("col.next"))
        for one in stopped[:_SHOWN]:
            later = one.decision.next_allowed_at
            when = clock_time(later) if later else t("check.gate.forever")
            reason = gate_reason(one.decision.code, t)
            gate.add_row(str(one.row.row_number), one.row.name or "—", mask_phone(one.row.phone), reason, when)
        out.print(gate)
    counts = (("callable", check.callable), ("deferred", check.deferred), ("skipped", check.skipped))
    out.print("  ".join(f"{t('check.' + name)}: {len(found)}" for name, found in counts))


@app.command("list")
def list_campaigns(data_dir: DataDir = None) -> None:
    """Liệt kê chiến dịch."""
    from app.commands.output import console, table
    from app.console.i18n import Translator
    from app.console.queries import campaign_lines
    from app.console.text import clock_time

    t = Translator("vi")
    with existing_store(data_dir) as (_, store):
        lines = campaign_lines(store)
    shown = table(t("campaigns.title"), "ID", t("campaigns.name"), t("campaigns.status"), t("campaigns.progress"),
                  t("campaigns.created"))  # fmt: skip
    for line in lines:
        made = line.campaign
        status = t.or_raw("status", made.status)
        shown.add_row(made.id, made.name, status, f"{line.done}/{line.total}", clock_time(made.created_at))
    console().print(shown)


CampaignId = Annotated[str, typer.Argument(help="ID của chiến dịch (xem alo campaign list).")]


@app.command("pause")
def pause(campaign: CampaignId, data_dir: DataDir = None) -> None:
    """Tạm dừng: không gọi thêm ai; cuộc đang nói thì nói cho xong."""
    _order("pause", campaign, data_dir)


@app.command("resume")
def resume(campaign: CampaignId, data_dir: DataDir = None) -> None:
    """Gọi tiếp sau khi tạm dừng, nếu có alo serve --rehearse đang chạy trên thư mục này."""
    _order("resume", campaign, data_dir)


@app.command("stop")
def stop(campaign: CampaignId, data_dir: DataDir = None) -> None:
    """Dừng hẳn: không thể gọi tiếp; cuộc đang nói thì nói cho xong."""
    _order("stop", campaign, data_dir)


@app.command("halt")
def halt(
    off: Annotated[bool, typer.Option("--off", help="Cho gọi lại.")] = False, data_dir: DataDir = None
) -> None:
    """Ngừng mọi cuộc gọi mới của mọi chiến dịch ngay lập tức; --off để cho gọi lại."""
    from campaigns.service import DEFAULT_BUSINESS, CampaignService
    from core.clock import SystemClock

    clock = SystemClock()
    with existing_store(data_dir) as (_, store):
        if store.business(DEFAULT_BUSINESS) is None:
            store.ensure_business(DEFAULT_BUSINESS, "Alô", clock.now())
        CampaignService(store, clock).set_kill_switch(not off)
    typer.echo("Đã cho gọi lại." if off else "Đã ngừng mọi cuộc gọi mới. Cho gọi lại bằng: alo campaign halt --off")


def _order(action: str, campaign: str, data_dir: Path | None) -> None:
    """A caller running in another process sees the change within moments: it asks the database before each call."""
    from app.console.i18n import Translator
    from campaigns.service import CampaignService
    from core.clock import SystemClock

    with existing_store(data_dir) as (_, store):
        service = CampaignService(store, SystemClock())
        {"pause": service.pause, "resume": service.resume, "stop": service.stop}[action](campaign)
        typer.echo(f"{campaign}: {Translator('vi').or_raw('status', service.campaign(campaign).status)}")


@app.command("export")
def export(
    campaign: CampaignId,
    out: Annotated[Path, typer.Option("--out", "-o", help="Tệp .csv hoặc .xlsx.")],
    masked: Annotated[bool, typer.Option("--masked", help="Che tên, số điện thoại và dữ liệu cá nhân.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Xuất kết quả từng liên hệ ra CSV hoặc Excel."""
    from app.commands.output import write_file
    from app.console.export import as_csv, as_xlsx, outcomes_of
    from app.console.export import masked as without_personal
    from app.console.i18n import Translator
    from campaigns.service import CampaignService
    from core.clock import SystemClock
    from core.errors import InputError

    makers = {".csv": as_csv, ".xlsx": as_xlsx}
    if out.suffix.lower() not in makers:
        vi, en = "Tệp xuất phải có đuôi .csv hoặc .xlsx.", "The file must end in .csv or .xlsx."
        raise InputError(vi, en, where=str(out))
    with existing_store(data_dir) as (_, store):
        CampaignService(store, SystemClock()).campaign(campaign)  # raises if there is none
        outcomes = outcomes_of(store, campaign, Translator("vi"))
    write_file(out, makers[out.suffix.lower()](without_personal(outcomes) if masked else outcomes))
    typer.echo(f"Đã ghi {len(outcomes.rows)} liên hệ vào {out}")
