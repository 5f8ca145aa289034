"""The data folder that a command works on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from core.settings import Settings
    from memory.store import Store

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Thư mục dữ liệu (mặc định: ALO_DATA_DIR).")]


def settings_for(data_dir: Path | None) -> Settings:
    """Settings with ``--data-dir`` applied. Raises ConfigurationError for unusable environment variables."""
    from pydantic import ValidationError

    from core.errors import ConfigurationError
    from core.settings import Settings

    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = f"ALO_{first['loc'][0]}".upper()
        raise ConfigurationError(
            f"Giá trị của {name} không dùng được. Hãy sửa biến môi trường hoặc tệp .env.",
            f"The value of {name} cannot be used: {first['msg']}. Correct the environment or .env.",
            where=name,
        ) from error
    return settings.model_copy(update={"data_dir": data_dir}) if data_dir else settings


@contextmanager
def existing_store(data_dir: Path | None, *, create: bool = False) -> Iterator[tuple[Settings, Store]]:
    """The database of a folder that must exist; ``create`` makes an empty one in it. Raises ConfigurationError."""
    from app.preflight import check_data_dir
    from core.errors import ConfigurationError
    from memory.store import Store

    settings = settings_for(data_dir)
    check_data_dir(settings.data_dir, create=False)
    if not create and not settings.database_url and not (settings.data_dir / "alo.db").exists():
        raise ConfigurationError(
            "Thư mục này chưa có dữ liệu của Alô (alo.db). Hãy kiểm tra --data-dir, hoặc chạy alo demo để tạo dữ liệu.",
            "This folder holds no data of Alô (alo.db). Check --data-dir, or run alo demo to make sample data.",
            where=str(settings.data_dir),
        )
    with Store.open(settings.sqlalchemy_url) as store:
        yield settings, store
