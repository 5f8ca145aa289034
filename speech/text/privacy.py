"""Personal data in transcripts and messages, spoken digits included: found with its place, and masked.

Phones, identity papers, cards, accounts, one-time codes, e-mail addresses, dates of birth, names and addresses.
Amounts, dates of promises and order codes stay. Every pass is linear in the length of the text.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from speech.text.decisions import Decision, Piece, assemble
from speech.text.personal.addresses import find_addresses
from speech.text.personal.births import find_births
from speech.text.personal.emails import find_emails
from speech.text.personal.finding import LABELS, Finding, Kind
from speech.text.personal.names import find_names
from speech.text.personal.numbers import find_numbers
from speech.text.scan import scan

__all__ = ["LABELS", "Finding", "Kind", "Masked", "find_personal", "mask"]

_ORDER = {kind: rank for rank, kind in enumerate(LABELS)}


@dataclass(frozen=True, slots=True)
class Masked:
    """A text in which personal data is replaced by its label; ``findings`` lie in the text as it was given."""

    text: str
    findings: tuple[Finding, ...]
    decisions: tuple[Decision, ...]
    """The same with the places of the labels in ``text``."""


def find_personal(text: str) -> list[Finding]:
    """Personal data of ``text`` in order, never overlapping; where two overlap the more certain kind holds."""
    words = scan(text)
    if not words:
        return []
    every = [
        *find_emails(text, words), *find_numbers(text, words), *find_births(text, words), *find_names(text, words),
        *find_addresses(text, words),
    ]  # fmt: skip
    held: list[Finding] = []
    taken = bytearray(len(text))
    for finding in sorted(every, key=lambda f: (_ORDER[f.kind], f.start)):
        if not any(taken[finding.start : finding.end]):
            taken[finding.start : finding.end] = b"\x01" * (finding.end - finding.start)
            held.append(finding)
    return sorted(held, key=lambda f: f.start)


def mask(text: str, kinds: Collection[Kind] | None = None) -> Masked:
    """``text`` with personal data (of ``kinds``, all by default) replaced by labels such as "[số điện thoại]"."""
    findings = tuple(f for f in find_personal(text) if kinds is None or f.kind in kinds)
    pieces = [Piece(f.start, f.end, f.kind, LABELS[f.kind]) for f in findings]
    assembled = assemble(text, pieces)
    return Masked(assembled[0], findings, assembled[1])
