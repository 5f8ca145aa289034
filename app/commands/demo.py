"""``alo demo``: a made-up lender's campaign calls synthetic customers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.commands.folder import settings_for
from app.preflight import check_data_dir
from core.errors import InputError


class Speed(StrEnum):
    """How fast conversation time runs."""

    MAX = "max"
    REAL = "real"


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What the demo was asked to do."""

    once: bool = False
    """exit when the campaign is over instead of keeping the console up"""
    contacts: int = 24
    seed: int = 7
    json_path: Path | None = None
    speed: str = "max"
    """max or real"""
    date: str | None = None
    """the campaign's first day, ISO; None is the next working day"""
    port: int | None = None
    """None is the setting's; 0 picks a free one"""
    data_dir: Path | None = None
    """None is the setting's"""
    concurrency: int | None = None
    """calls at once; None is what suits the speed"""
    flow: str = "payment_reminder"


def demo(
    once: Annotated[bool, typer.Option("--once", help="Gọi xong thì thoát, không giữ bảng điều khiển.")] = False,
    contacts: Annotated[int, typer.Option("--contacts", min=1, max=10_000, help="Số khách hàng tổng hợp.")] = 24,
    seed: Annotated[int, typer.Option("--seed", help="Hạt giống: cùng số cho cùng kết quả.")] = 7,
    json_path: Annotated[Path | None, typer.Option("--json", help="Ghi tổng kết ra tệp JSON.")] = None,
    speed: Annotated[
        Speed, typer.Option("--speed", help="max: nhanh nhất máy chạy được; real: đúng thời gian thật.")
    ] = Speed.MAX,
    date: Annotated[str | None, typer.Option("--date", help="Ngày bắt đầu chiến dịch, dạng 2026-11-25.")] = None,
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65535, help="Cổng của bảng điều khiển; 0 là tự chọn.")
    ] = None,
    data_dir: Annotated[Path | None, typer.Option("--data-dir", help="Thư mục dữ liệu.")] = None,
    concurrency: Annotated[int | None, typer.Option("--concurrency", min=1, max=200, help="Số cuộc gọi cùng lúc.")]
    = None,
    flow: Annotated[
        str, typer.Option("--flow", help="Kịch bản nào; các kịch bản: alo flow list.")
    ] = "payment_reminder",
) -> None:
    """Chạy thử: một chiến dịch (mặc định nhắc thanh toán) gọi các khách hàng tổng hợp ngay trên máy này."""
    options = DemoOptions(once, contacts, seed, json_path, speed.value, _day(date), port, data_dir, concurrency, flow)
    check_data_dir(settings_for(data_dir).data_dir)  # before the slow imports
    if json_path is not None:
        from app.commands.output import check_writable

        check_writable(json_path)
    from app.demo import run_demo

    code = run_demo(options)
    if code:
        raise typer.Exit(code)


def _day(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date().isoformat()
    except ValueError as error:
        raise InputError(
            f"Ngày {text} không có thật hoặc sai dạng. Hãy viết năm-tháng-ngày, ví dụ 2026-11-25.",
            f"{text} is no date. Write year-month-day, e.g. 2026-11-25.",
            where="--date",
        ) from error
