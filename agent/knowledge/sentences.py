"""Text to sentences, where Vietnamese documents end them."""

from __future__ import annotations

import re
from typing import Final

_END: Final = re.compile(r"(?<=[.!?…])[\"”’)]*\s+|\s*[\n;]\s*|\s+[•▪–]\s+")
_SHORT: Final = re.compile(
    r"(?:^|[\s(])(?:TP|Tp|Q|P|KP|TX|TT|Th[Ss]|TS|PGS|GS|BS|CN|KS|ĐT|Đt|ĐC|SĐT|Mr|Mrs|Dr|St|vd|VD|v\.v|No|Ô|B)\.$"
)
"""Abbreviations whose dot ends no sentence."""
_NUMBERED: Final = re.compile(r"^\(?\d{1,2}[.)]$")


def sentences(text: str) -> list[str]:
    """Sentences in order, without empty ones."""
    found: list[str] = []
    start = 0
    for end in _END.finditer(text):
        piece = text[start : end.start()].strip()
        if _SHORT.search(piece) or _NUMBERED.search(piece):
            continue
        if piece:
            found.append(piece)
        start = end.end()
    rest = text[start:].strip()
    return [*found, rest] if rest else found
