"""The disposition codes with their labels and levels, from the one file that defines them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import yaml

from core.artifacts import artifact

FINISHED_BY_BOT = frozenset(
    {
        "PTP", "PAID", "PAID_WAIT", "REFUSE_PAY", "DISPUTE", "HARDSHIP", "CALLBACK", "THIRD_PARTY", "WRONG_NUMBER",
        "DECEASED_OR_INCAPABLE", "OPT_OUT", "NOT_INTERESTED", "CONFIRMED", "RESCHEDULED", "CANCELLED",
        "RESOLVED", "SURVEYED", "QUALIFIED", "CODE_READ", "FRAUD_ALERT",
    }
)  # fmt: skip
"""Ends that settle what the call was for without a person: the numerator of containment (facts §10)."""


@dataclass(frozen=True, slots=True)
class DispositionCode:
    """A code, what it is called, and its level: none < contact < right_party; system is our own trouble."""

    code: str
    vi: str
    en: str
    level: str


@cache
def disposition_codes() -> Mapping[str, DispositionCode]:
    """All codes, in the order in which tables show them."""
    text = artifact("campaigns", "rules", "dispositions.yaml").read_text("utf-8")
    return {code: DispositionCode(code, d["vi"], d["en"], d["level"]) for code, d in yaml.safe_load(text).items()}


def levels() -> dict[str, str]:
    """Code to level."""
    return {code: d.level for code, d in disposition_codes().items()}


def label(code: str, language: str = "vi") -> str:
    """What people call the code; an unknown code is its own label."""
    known = disposition_codes().get(code)
    return code if known is None else getattr(known, language)
