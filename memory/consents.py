"""What erasure may do to statements about being contacted, which are otherwise never changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from memory.people import OPTED_IN_AGAIN, OPTED_OUT
from memory.schema import Consent

EVIDENCE_KEPT: Final = timedelta(days=366)
"""Opt-outs stay provable for at least a year (NĐ 91/2020 Đ11 k7)."""

_ABOUT_OPTING_OUT: Final = frozenset({OPTED_OUT, OPTED_IN_AGAIN})


def to_keep(consents: Sequence[Consent], at: datetime) -> list[int]:
    """Ids of the statements that keep their number: opt-outs in force or younger than a year, and what took them back.

    By number and business, since each business is told separately.
    """
    kept: list[int] = []
    groups: dict[tuple[str, str], list[Consent]] = {}
    for one in sorted(consents, key=lambda one: (one.at, one.id)):
        if one.action in _ABOUT_OPTING_OUT:
            groups.setdefault((one.business_id, one.phone), []).append(one)
    for group in groups.values():
        in_force = group[-1].action == OPTED_OUT
        recent = any(one.action == OPTED_OUT and at - one.at < EVIDENCE_KEPT for one in group)
        if in_force or recent:
            kept += [one.id for one in group]
    return kept


def bare(consent: Consent) -> bool:
    """Does the statement hold nothing but number, action, purpose, channel and time?"""
    return not (consent.text or consent.customer_id or consent.conversation_id or consent.evidence)


@contextmanager
def rewritable(session: Session) -> Iterator[None]:
    """Lift the database's refusal to change consents inside this transaction; a rollback puts it back as well."""
    if session.get_bind().dialect.name != "sqlite":
        session.execute(text("ALTER TABLE consents DISABLE TRIGGER USER"))
        yield
        session.execute(text("ALTER TABLE consents ENABLE TRIGGER USER"))
        return
    name = "consents_no_update"
    found = text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = :name")
    definition = session.execute(found, {"name": name}).scalar_one()
    session.execute(text(f"DROP TRIGGER {name}"))
    yield
    session.execute(text(definition))
