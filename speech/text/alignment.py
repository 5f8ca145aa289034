"""Composed text beside the text as it came, so that offsets stay those of the input."""

from __future__ import annotations

import re
import unicodedata

_CLUSTER = re.compile(r"[\s\S][\u0300-\u036f]*")


def composed(text: str) -> tuple[str, list[int] | None]:
    """NFC of ``text`` and, when that differs, the position in ``text`` of each of its characters and of its end.

    Marks are composed cluster by cluster, so that a decomposed text costs linear time and keeps its positions.
    """
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return text, None
    out: list[str] = []
    origin: list[int] = []
    for match in _CLUSTER.finditer(text):
        cluster = unicodedata.normalize("NFC", match.group()) if len(match.group()) > 1 else match.group()
        out.append(cluster)
        origin += [match.start()] * len(cluster)
    origin.append(len(text))
    return "".join(out), origin
