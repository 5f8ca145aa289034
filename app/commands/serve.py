"""``alo serve``: bảng điều khiển trên một thư mục dữ liệu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.folder import DataDir, existing_store, settings_for

if TYPE_CHECKING:
    from app.services import Services
    from core.settings import Settings
    from memory.store import Store


def serve(
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65535, help="Cổng của bảng điều khiển; 0 là tự chọn.")
    ] = None,
    rehearse: Annotated[
        bool, typer.Option("--rehearse", help="Cho chạy chiến dịch: gọi khách hàng tổng hợp trên đường dây mô phỏng.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Mở bảng điều khiển để xem dữ liệu có sẵn và trò chuyện thử; không gọi ai nếu không có --rehearse."""
    import asyncio
    from contextlib import suppress

    from app.preflight import check_data_dir, check_port

    settings = settings_for(data_dir)
    if port is not None:
        settings = settings.model_copy(update={"port": port})
    check_port(settings.host, settings.port)
    if rehearse:
        check_data_dir(settings.data_dir)
    with existing_store(data_dir, create=rehearse) as (_, store), suppress(KeyboardInterrupt):
        asyncio.run(_rehearse(settings, store) if rehearse else _show(settings, store))


async def _show(settings: Settings, store: Store) -> None:
    from app.rehearsal import show_services

    await _serve(show_services(settings, store), settings)


async def _rehearse(settings: Settings, store: Store) -> None:
    from app.rehearsal import rehearsal_services

    async with rehearsal_services(settings, store) as services:
        await _serve(services, settings)


async def _serve(services: Services, settings: Settings) -> None:
    """Serve until Ctrl-C."""
    import asyncio

    from app.commands.output import console
    from app.server import create_app
    from app.serving import ConsoleServer

    with ConsoleServer(create_app(services), settings.host, settings.port) as server:
        console().print(f"Bảng điều khiển: [link={server.address}]{server.address}[/link]  (Ctrl-C để dừng)")
        await asyncio.Event().wait()
