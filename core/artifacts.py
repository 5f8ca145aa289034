"""Where shipped files live: trained models and flows, in a checkout as in an installed wheel."""

from __future__ import annotations

from pathlib import Path

from core.errors import ConfigurationError

_ROOT = Path(__file__).resolve().parent.parent


def artifact(*parts: str) -> Path:
    """Path of a shipped file, e.g. ``artifact("models", "recogniser", "acoustic.onnx")``.

    Raises ConfigurationError when it is not there.
    """
    path = _ROOT.joinpath(*parts)
    if not path.exists():
        name = "/".join(parts)
        raise ConfigurationError(
            f"Thiếu tệp đi kèm {name}. Hãy cài lại Alô hoặc tạo lại tệp theo README trong thư mục models/.",
            f"Shipped file {name} is missing. Reinstall Alô or make it again with the recipe in models/.",
        )
    return path
