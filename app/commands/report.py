"""``alo report``: báo cáo phân tích."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.commands.folder import DataDir, existing_store


def report(
    out: Annotated[Path, typer.Option("--out", "-o", help="Tệp HTML sẽ ghi.")] = Path("report.html"),
    campaign: Annotated[str | None, typer.Option("--campaign", help="ID chiến dịch; bỏ trống là tất cả.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Viết báo cáo phân tích các cuộc gọi thành một trang HTML."""
    import analytics
    from analytics.report import write_report

    with existing_store(data_dir) as (_, store):
        typer.echo(f"Đã ghi {write_report(analytics.load(store.engine, campaign=campaign), out)}")
