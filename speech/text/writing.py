"""Writing down: spoken words → numerals and symbols, with the span of every decision."""

from __future__ import annotations

from speech.text.decisions import Written
from speech.types import Dialect


def write_spans(text: str, dialect: Dialect = "north") -> Written:
    """``text`` as it is written down; ordinary words stay as they are. Never raises."""
    return Written(text)
