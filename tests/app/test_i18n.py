from __future__ import annotations

import re
import string
import unicodedata
from pathlib import Path

import app.console
from agent.brain.intents import INTENTS
from app.console.i18n import LANGUAGES, catalog

HERE = Path(app.console.__file__).parent


def _fields(message: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(message) if name}


def test_both_languages_have_the_same_keys_and_fields() -> None:
    vi, en = (catalog(language) for language in LANGUAGES)
    assert vi.keys() == en.keys()
    assert [key for key in vi if _fields(vi[key]) != _fields(en[key])] == []


def test_every_key_used_exists_and_every_key_is_used() -> None:
    sources = [
        *HERE.rglob("*.html"),
        *HERE.rglob("*.py"),
        *HERE.parent.glob("*.py"),
        *HERE.parent.glob("commands/*.py"),
    ]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    used = set(re.findall(r"""["']([a-z_]+(?:\.[a-z_0-9]+)+)["']""", text))
    families = {"note.ended.", "note.payment.", "reason.", "tool."}
    families |= {f"{name}." for name in re.findall(r"""or_raw\(["']([a-z_.]+)["']""", text)}
    families |= set(re.findall(r"""["']([a-z_.]+\.)["'] ?[~+]""", text))
    families |= set(re.findall(r"""t\(f["']([a-z_.]+\.)\{""", text))
    keys = catalog("vi").keys()
    unknown = {key for key in re.findall(r"""\bt\(["']([^"'{]+[^"'.{])["']""", text) if key not in keys}
    assert unknown == set()
    assert {k for k in keys if k not in used and not any(k.startswith(f) for f in families)} == set()


def test_vietnamese_is_nfc() -> None:
    for message in catalog("vi").values():
        assert unicodedata.is_normalized("NFC", message)


def test_every_intent_has_a_name() -> None:
    assert [intent for intent in INTENTS if f"intent.{intent}" not in catalog("vi")] == []
