"""Vocabulary and columns are documented, completely and as they are."""

from __future__ import annotations

import re
from pathlib import Path

from analytics import metrics
from analytics.dispositions import FINISHED_BY_BOT, disposition_codes
from analytics.frames import FRAMES
from analytics.stream import SHAPES
from memory import events

DOCS = Path(__file__).parents[2] / "docs"


def rows(text: str, heading: str) -> dict[str, list[str]]:
    """First cell to the other cells of the table under a heading."""
    section = re.split(r"^#+ ", text, flags=re.MULTILINE)
    body = next(part for part in section if part.startswith(heading))
    cells = [[c.strip() for c in line.strip("|").split("|")] for line in body.splitlines() if line.startswith("|")]
    return {row[0].strip("`"): row[1:] for row in cells[2:]}


def test_every_event_type_is_in_the_glossary() -> None:
    types = {v for k, v in vars(events).items() if k.isupper() and isinstance(v, str) and "." in v}
    documented = rows((DOCS / "glossary.md").read_text("utf-8"), "Event types")
    assert set(documented) == types
    assert all(all(row) for row in documented.values())
    assert set(SHAPES) <= types


def test_every_disposition_is_in_the_glossary_with_its_label() -> None:
    documented = rows((DOCS / "glossary.md").read_text("utf-8"), "Disposition codes")
    assert {code: row[:2] for code, row in documented.items()} == {
        code: [d.vi, d.level] for code, d in disposition_codes().items()
    }
    assert set(disposition_codes()) >= FINISHED_BY_BOT


def test_no_word_is_explained_twice() -> None:
    text = (DOCS / "glossary.md").read_text("utf-8")
    words = re.findall(r"^\| ([^|]+) \|", text.split("## Disposition codes")[0], flags=re.MULTILINE)
    assert len(words) == len(set(words))


def test_every_column_is_documented_as_it_is() -> None:
    text = (DOCS / "analytics.md").read_text("utf-8")
    for name, columns in FRAMES.items():
        assert rows(text, f"`{name}`") == {c.name: [c.dtype, c.meaning] for c in columns}, name
    assert {k: v[1] for k, v in rows(text, "Metrics").items() if k in metrics.RATES} == {
        name: rate.doc for name, rate in metrics.RATES.items()
    }
