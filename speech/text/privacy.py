"""Personal data in transcripts and messages, spoken digits included: found with its place, and masked.

Phones, identity papers, cards, accounts, one-time codes, e-mail addresses, dates of birth, names and addresses.
Amounts, dates of promises and order codes stay. Every pass is linear in the length of the text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from speech.text.decisions import Decision, Piece, assemble
from speech.text.personal.addresses import find_addresses
from speech.text.personal.births import find_births
from speech.text.personal.emails import find_emails
from speech.text.personal.finding import LABELS, Finding, Kind
from speech.text.personal.names import find_names
from speech.text.personal.numbers import find_numbers
from speech.text.personal.papers import find_papers
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
    every = _behind_marks(text) if text.isascii() else None
    if every is None:
        every = _every(text)
    held: list[Finding] = []
    taken = bytearray(len(text))
    for finding in sorted(every, key=lambda f: (_ORDER[f.kind], f.start)):
        if not any(taken[finding.start : finding.end]):
            taken[finding.start : finding.end] = b"\x01" * (finding.end - finding.start)
            held.append(finding)
    return sorted(held, key=lambda f: f.start)


def _every(text: str) -> list[Finding]:
    """What each class finds; overlaps are not resolved."""
    words = scan(text)
    if not words:
        return []
    finders = (find_emails, find_numbers, find_papers, find_births, find_names, find_addresses)
    return [finding for find in finders for finding in find(text, words)]


def _behind_marks(text: str) -> list[Finding] | None:
    """What is found once marks and teencode are put back ("ten toi la nguyen van an"), at its place in ``text``.

    None when there is nothing to put back.
    """
    from speech.text.teencode import restore  # loads the trigram: only for text without any mark

    readable = restore(text)
    if not readable.decisions:
        return None
    found = find_emails(text, scan(text))
    for finding in _every(readable.text):
        start, end = _back(finding.start, readable.decisions, False), _back(finding.end, readable.decisions, True)
        found.append(Finding(finding.kind, start, end, text[start:end]))
    return found


def _back(at: int, decisions: Sequence[Decision], is_end: bool) -> int:
    """Place in the input of a place in the output; inside a decision its start or end."""
    k = bisect_right(decisions, at, key=lambda d: d.out_start) - 1
    if k < 0:
        return at
    decision = decisions[k]
    if is_end and at == decision.out_start:
        return decision.start
    if at < decision.out_end or (is_end and at == decision.out_end):
        return decision.end if is_end else decision.start
    return decision.end + at - decision.out_end


def mask(text: str, kinds: Collection[Kind] | None = None) -> Masked:
    """``text`` with personal data (of ``kinds``, all by default) replaced by labels such as "[số điện thoại]"."""
    findings = tuple(f for f in find_personal(text) if kinds is None or f.kind in kinds)
    pieces = [Piece(f.start, f.end, f.kind, LABELS[f.kind]) for f in findings]
    assembled = assemble(text, pieces)
    return Masked(assembled[0], findings, assembled[1])
