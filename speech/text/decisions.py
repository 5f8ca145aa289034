"""What was decided about a text, span by span: the record an auditor reads and a transcript is drawn from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decision:
    """One span of the input and what became of it. Offsets count characters (code points), ends are exclusive."""

    start: int
    end: int
    out_start: int
    out_end: int
    kind: str
    """The class that decided: "money", "date", "phone", "plate", "abbreviation", …"""
    source: str
    """``text[start:end]`` of the input, as it came in."""
    result: str
    """``text[out_start:out_end]`` of the output."""
    value: int | None = None
    """The number meant, where ``result`` shortens it: 2500000 for "2.5 triệu"."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text as it is read aloud, and why; spans are in order and never overlap."""

    text: str
    spans: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """A text as it is written down, and why; spans are in order and never overlap."""

    text: str
    spans: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A recogniser's offer: input ``start`` … ``end`` of ``kind`` becomes ``result``."""

    start: int
    end: int
    kind: str
    result: str
    value: int | None = None


def assemble(text: str, pieces: list[Piece]) -> tuple[str, tuple[Decision, ...]]:
    """``text`` with ordered, disjoint ``pieces`` put in place, and the decision that each of them is."""
    out: list[str] = []
    spans: list[Decision] = []
    at = length = 0
    for piece in pieces:
        kept = text[at : piece.start]
        out += (kept, piece.result)
        start = length + len(kept)
        length = start + len(piece.result)
        source = text[piece.start : piece.end]
        spans.append(Decision(piece.start, piece.end, start, length, piece.kind, source, piece.result, piece.value))
        at = piece.end
    out.append(text[at:])
    return "".join(out), tuple(spans)
