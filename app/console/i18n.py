"""The interface in two languages: one flat catalog per language, the same keys in both."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import yaml

Language = Literal["vi", "en"]
LANGUAGES: tuple[Language, ...] = ("vi", "en")
COOKIE = "alo_lang"


@cache
def catalog(language: Language) -> dict[str, str]:
    """Every message of the interface in ``language``."""
    path = Path(__file__).parent / "locales" / f"{language}.yaml"
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def as_language(value: str | None, default: Language) -> Language:
    """``value`` if it names a language we have, else ``default``."""
    if value == "vi":
        return "vi"
    return "en" if value == "en" else default


class Translator:
    """``t("campaign.done_of", done=3, total=24)`` in one language. An unknown key raises KeyError."""

    __slots__ = ("_messages", "language")

    def __init__(self, language: Language) -> None:
        self.language = language
        self._messages = catalog(language)

    def __call__(self, key: str, **values: object) -> str:
        message = self._messages[key]
        return message.format(**values) if values else message

    def or_raw(self, group: str, code: str | None) -> str:
        """The label of a code, or the code itself where the catalog has none (codes may be newer than the console)."""
        return self._messages.get(f"{group}.{code}", code or "") if code else ""
