"""How the bot addresses a customer and itself (facts/vietnam_rules.md §9.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from speech.text.normalize import fold
from speech.types import DIALECTS, Dialect

_CHILD: Mapping[str, str] = {"north": "cháu", "central": "con", "south": "con"}
_MIRROR: Mapping[str, str | None] = {
    "anh": "male", "chị": "female", "chú": "male", "cô": "female", "bác": None, "ông": "male", "bà": "female",
}  # fmt: skip
"""Self-terms that are taken over, and the gender they imply."""
_SELF_TERM = re.compile(
    r"(?:^|^(?:alô|a lô|dạ|vâng|ừ|ờ|à|rồi|đúng rồi|phải rồi|thôi|không) )(anh|chị|chú|cô|bác|ông|bà) "
    r"(?:nghe|đang|đây|trả|đóng|chuyển|thanh toán|sẽ|không|chưa|biết|bận|có|quên|hẹn|muốn|sinh|mới|vừa|bị)\b"
)
"""Only at the head of an answer and before a verb: "cô đang bận"; "chị của Lan" is somebody else."""


@dataclass(frozen=True, slots=True)
class Pronouns:
    """``you`` for the customer, ``me`` for the bot."""

    you: str = "anh chị"
    me: str = "em"
    mirrored: bool = False
    """Taken over from how the customer calls themselves; changed at most once in a call."""


def pronouns_for(facts: Mapping[str, Any], *, this_year: int, seniors: bool = False) -> Pronouns:
    """As the customer was heard to want it; else from gender and, where the business enables ``seniors``, age.

    57 years or more is chú/cô, 72 or more ông/bà.
    """
    preferred = str(facts.get("preferred_pronoun") or "")
    gender = facts.get("gender")
    if preferred in _MIRROR and (_MIRROR[preferred] in (None, gender) or gender not in ("male", "female")):
        me = "em" if preferred in ("anh", "chị") else _CHILD[dialect_of(facts)]
        return Pronouns(preferred, me)
    if gender not in ("male", "female"):
        return Pronouns()
    age = this_year - int(facts["birth_year"]) if facts.get("birth_year") else 0
    child = _CHILD[dialect_of(facts)]
    if seniors and age >= 72:
        return Pronouns("ông" if gender == "male" else "bà", child)
    if seniors and age >= 57:
        return Pronouns("chú" if gender == "male" else "cô", child)
    return Pronouns("anh" if gender == "male" else "chị", "em")


def mirrored(current: Pronouns, text: str, facts: Mapping[str, Any]) -> Pronouns:
    """``current``, or the customer's own word for themselves if it fits what is known of them."""
    if current.mirrored:
        return current
    found = _SELF_TERM.match(fold(text))
    if found is None or found.group(1) == current.you:
        return current
    term = found.group(1)
    implied, known = _MIRROR[term], facts.get("gender")
    if implied is not None and known in ("male", "female") and implied != known:
        return current
    me = "em" if term in ("anh", "chị") else _CHILD[dialect_of(facts)]
    return Pronouns(term, me, mirrored=True)


def dialect_of(facts: Mapping[str, Any]) -> Dialect:
    """The region whose words and numbers are used; north unless known."""
    for key in ("dialect", "region"):
        for dialect in DIALECTS:
            if facts.get(key) == dialect:
                return dialect
    return "north"


def given_name(full_name: str) -> str:
    """The last word: Vietnamese are addressed by their given name."""
    words = full_name.split()
    return words[-1] if words else ""
