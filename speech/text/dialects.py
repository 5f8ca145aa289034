"""Regional words: their common forms in context, and which region a text sounds like.

The table is data (``data/dialects.txt``). A word that means something else beside certain neighbours (mô hình, chi
nhánh, hàm răng, bên trái, chị Chi …) stays as it is; a word too ambiguous to touch (ốm, chỉ, cổ) is understood only
when the speaker's region is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from speech.text.decisions import Decision, Piece, assemble
from speech.text.scan import Word, like, scan
from speech.types import DIALECTS, Dialect

_TABLE: Final = Path(__file__).with_name("data") / "dialects.txt"
_NAMES: Final = frozenset({"chi", "mi", "tê", "ba", "bông", "heo", "trái", "ly", "hen", "hỉ", "nha", "bắp", "mô"})
"""Words that are (nick)names when they are written with a capital inside a clause."""


@dataclass(frozen=True, slots=True)
class Standard:
    """A text with its regional words in their common form, and every decision with its spans."""

    text: str
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    region: Dialect
    words: tuple[str, ...]
    common: str
    after: frozenset[str]
    before: frozenset[str]
    not_after: frozenset[str]
    not_before: frozenset[str]
    bound: bool


def standardise(text: str, region: Dialect | None = None) -> Standard:
    """``text`` with regional words in their common form; everything else is kept to the letter.

    ``region``: the speaker's, when known: words that only mean something special there are then understood too.
    """
    words = scan(text)
    table = _table()
    pieces: list[Piece] = []
    k = 0
    while k < len(words):
        row = _fitting(words, k, table.get(words[k].plain, ()), region)
        if row is None:
            k += 1
            continue
        start, end = words[k].start, words[k + len(row.words) - 1].end
        pieces.append(Piece(start, end, f"dialect.{row.region}", like(text[start:end], row.common)))
        k += len(row.words)
    return Standard(*assemble(text, pieces))


def dialect_evidence(text: str) -> dict[Dialect, float]:
    """Weight of the words of ``text`` that speak for each region; all zero when nothing does.

    A word that two regions share speaks half for each; a word said everywhere but preferred somewhere counts less
    than one that is said only there.
    """
    found: dict[Dialect, float] = dict.fromkeys(DIALECTS, 0.0)
    for decision in standardise(text).decisions:
        word = decision.source.lower()
        shared = _SHARED.get(word)
        if shared is not None:
            continue  # counted below, once
        region: Dialect = decision.kind.removeprefix("dialect.")  # type: ignore[assignment]
        found[region] += 1.0
    for scanned in scan(text):
        for region, weight in _SHARED.get(scanned.plain, {}).items():
            found[region] += weight
    return found


_SHARED: Final[Mapping[str, Mapping[Dialect, float]]] = {
    "tui": {"central": 0.5, "south": 0.5}, "vâng": {"north": 0.8}, "thế": {"north": 0.4}, "đấy": {"north": 0.5},
    "nhé": {"north": 0.5}, "nhỉ": {"north": 0.4}, "nghìn": {"north": 0.6}, "linh": {"north": 0.2},
    "ngàn": {"central": 0.3, "south": 0.4}, "lẻ": {"central": 0.2, "south": 0.2}, "nha": {"south": 0.5},
    "bố": {"north": 0.6}, "mẹ": {"north": 0.2}, "má": {"south": 0.6}, "ba": {}, "hả": {"south": 0.1},
    "nhăm": {"north": 1.0}, "bẩy": {"north": 1.0}, "cơ": {"north": 0.2}, "nè": {"south": 0.5},
    "luôn": {"south": 0.1}, "nghe": {"central": 0.1}, "mạ": {"central": 0.8}, "dì": {"south": 0.3},
    "trễ": {"south": 0.5}, "lĩnh": {"north": 0.4}, "lãnh": {"south": 0.4}, "cám": {"south": 0.3},
    "ngõ": {"north": 0.5}, "thôn": {"north": 0.2}, "ấp": {"south": 0.6}, "u": {}, "coi": {"south": 0.6},
    "kêu": {"south": 0.5}, "xài": {"south": 0.6}, "heo": {"south": 0.5, "central": 0.4},
    "ngần": {"north": 0.2}, "hẻm": {"south": 0.6}, "dạ": {"central": 0.1, "south": 0.1},
}  # fmt: skip
"""Words said in several regions or everywhere, with what they say about the speaker (own estimates)."""


def _fitting(words: list[Word], k: int, rows: tuple[_Row, ...], region: Dialect | None) -> _Row | None:
    for row in rows:  # longest phrases come first
        size = len(row.words)
        if k + size > len(words) or (row.bound and region != row.region):
            continue
        if any(words[k + n].plain != row.words[n] or (n and words[k + n].first) for n in range(1, size)):
            continue
        if size == 1 and words[k].capital and not words[k].first and row.words[0] in _NAMES:
            continue
        left = "^" if words[k].first else words[k - 1].plain
        ended = k + size == len(words) or words[k + size].first
        right = "$" if ended else words[k + size].plain
        if left in row.not_after or right in row.not_before:
            continue
        if (row.after or row.before) and left not in row.after and right not in row.before:
            continue
        return row
    return None


@lru_cache(maxsize=1)
def _table() -> dict[str, tuple[_Row, ...]]:
    """Rows by first word, longest phrase first."""
    lines = _TABLE.read_text(encoding="utf-8").splitlines()
    classes = {}
    for line in lines:
        if line.startswith("@"):
            name, _, members = line.partition("|")
            classes[name] = members.split()
    found: dict[str, list[_Row]] = {}
    for line in lines:
        if line and line[0] not in "#@":
            row = _row(line.split("|"), classes)
            found.setdefault(row.words[0], []).append(row)

    return {first: tuple(sorted(rows, key=lambda r: -len(r.words))) for first, rows in found.items()}


def _row(cells: list[str], classes: Mapping[str, list[str]]) -> _Row:
    cells = cells + [""] * (8 - len(cells))
    after, before, not_after, not_before = (
        frozenset(word for name in cell.split() for word in classes.get(name, [name])) for cell in cells[3:7]
    )
    region: Dialect = cells[0]  # type: ignore[assignment]
    assert region in DIALECTS, f"unknown region in {_TABLE.name}: {cells}"
    words = tuple(cells[1].split())
    return _Row(region, words, cells[2], after, before, not_after, not_before, cells[7] == "=")
