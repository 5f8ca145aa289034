"""``alo serve``: bảng điều khiển trên một thư mục dữ liệu có sẵn."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands.folder import DataDir, existing_store, settings_for


def serve(
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65535, help="Cổng của bảng điều khiển; 0 là tự chọn.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Mở bảng điều khiển để xem dữ liệu có sẵn và trò chuyện thử. Không gọi ai."""
    from app.preflight import check_port

    settings = settings_for(data_dir)
    wanted = settings.port if port is None else port
    check_port(settings.host, wanted)
    with existing_store(data_dir) as (settings, store):
        _serve_until_interrupted(settings, store, wanted)


def _serve_until_interrupted(settings, store, port) -> None:  # type: ignore[no-untyped-def]
    import threading

    from app.commands.output import console
    from app.rehearsal import show_services
    from app.server import create_app
    from app.serving import ConsoleServer

    with ConsoleServer(create_app(show_services(settings, store)), settings.host, port) as server:
        console().print(f"Bảng điều khiển: [link={server.address}]{server.address}[/link]  (Ctrl-C để dừng)")
        threading.Event().wait()
