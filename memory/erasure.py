"""Erases one person for good: one transaction over all tables, then files, then the database's own leftovers.

What stays says nothing about who it was: outcomes, durations and times, for statistics; and, where the person asked not
to be contacted, the number with that statement, without words (NĐ 91/2020 Đ11 k7; docs/privacy.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import delete, func, inspect, null, select, text, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.errors import ConfigurationError, RefusedError
from core.ids import new_id
from memory import events as kind
from memory.consents import bare, rewritable, to_keep
from memory.indexing import forget_deleted_words
from memory.personal import PersonalTables
from memory.privacy import Rows, exists, find_person, inside, recordings_of
from memory.schema import (
    Attempt,
    AuditEntry,
    Call,
    Consent,
    Contact,
    Conversation,
    Customer,
    Event,
    GateDecision,
)
from memory.store import Store
from memory.tables import FactRow, IdentityRow, Passage, PassageVector, PossibleMatch

ERASED: Final = "erased"
"""Reason of contacts that may not be called because the person was erased; stands before what replaces a number."""

_GOING_ON: Final = timedelta(hours=1)
"""A conversation without end and without a sign of life for so long is a leftover of a crash."""

_NUMBERS_ONLY: Final[Mapping[str, frozenset[str]]] = {
    kind.CALL_RINGING: frozenset(),
    kind.CALL_EARLY_MEDIA: frozenset(),
    kind.CALL_ANSWERED: frozenset(),
    kind.CALL_ENDED: frozenset({"by", "cause", "sip_code", "duration_ms"}),
    kind.BOT_LATENCY: frozenset(
        {"turn", "end_of_turn_ms", "recognition_ms", "agent_ms", "synthesis_ms", "overhead_ms", "total_ms"}
    ),
    kind.SENTIMENT: frozenset({"turn", "score", "label"}),
    kind.SILENCE: frozenset({"count"}),
}
"""Events that stay if they hold nothing but these keys; all others go, those of kinds made later too."""

_REWRITTEN: Final = (
    Customer, Consent, Contact, Attempt, GateDecision, Conversation, Call, Event,
    IdentityRow, PossibleMatch, FactRow, Passage, PassageVector,
)  # fmt: skip

Forget = Callable[[Sequence[str]], None]
"""Removes what others keep of these attempts (the workflow engine's inputs and results)."""


@dataclass(frozen=True, slots=True)
class ErasureReport:
    """What an erasure did. ``counts``: rows by table and files; ``opt_out_kept``: the number stays suppressed."""

    counts: dict[str, int]
    opt_out_kept: bool
    resumed: int = 0
    """earlier erasures that had been interrupted and are finished now"""

    @property
    def nothing_left(self) -> bool:
        """Had the person been erased before?"""
        return not any(self.counts.values())


def erase_person(
    store: Store,
    phone: str | None = None,
    *,
    at: datetime,
    reason: str,
    by: str,
    customer_id: str | None = None,
    recordings_dir: Path | None = None,
    forget: Forget | None = None,
    others: PersonalTables = (),
) -> ErasureReport:
    """Erase the person with this number (E.164) or customer id. Cannot be undone. ``reason`` must not name anybody.

    ``others`` are tables of other packages. An interrupted erasure is finished by the next one, whomever it is for.
    Raises UnknownPersonError; AmbiguousPersonError; RefusedError while the person is on the line or an attempt is
    open; ConfigurationError if files could not be removed.
    """
    store.flush()
    resumed = finish_erasures(store, at, recordings_dir, forget)
    with store.write() as session:
        if store.engine.dialect.name == "sqlite":
            session.execute(text("PRAGMA secure_delete=ON"))
        rows = find_person(session, phone, customer_id)
        _refuse_while_active(session, rows, at)
        kept = to_keep(rows.consents, at)
        counts = {one.table.name: one.erase(session, rows.person) for one in others}
        counts = {**_erase_rows(session, rows, kept, at), **counts}
        report = ErasureReport(counts, bool(kept), resumed)
        if report.nothing_left:
            return report
        files = [name for name in recordings_of(rows) if exists(recordings_dir, name)]
        counts["recordings"] = len(files)
        pending = {
            "recordings": recordings_of(rows),
            "attempts": [one.id for one in rows.attempts],
            "tables": [one.table.name for one in others],
        }
        session.add(AuditEntry(at=at, action="erase", by=by, reason=reason, counts=counts, pending=pending))
    finish_erasures(store, at, recordings_dir, forget)
    return report


def finish_erasures(store: Store, at: datetime, recordings_dir: Path | None, forget: Forget | None = None) -> int:
    """Remove what interrupted erasures left outside the tables; returns how many there were.

    Raises ConfigurationError if something cannot be removed now; nothing is lost, run it again.
    """
    with store.read() as session:
        unfinished = session.scalars(select(AuditEntry).where(AuditEntry.finished_at.is_(None))).all()
    if not unfinished:
        return 0
    for entry in unfinished:
        for name in entry.pending.get("recordings", ()):
            _remove(recordings_dir, name)
        if forget is not None:
            forget(entry.pending.get("attempts", ()))
    others = {name for entry in unfinished for name in entry.pending.get("tables", ())}
    wipe_leftovers(store, sorted(others))
    with store.write() as session:
        for entry in unfinished:
            session.execute(update(AuditEntry).where(AuditEntry.id == entry.id).values(pending={}, finished_at=at))
    return len(unfinished)


def wipe_leftovers(store: Store, others: Sequence[str] = ()) -> None:
    """Rewrite the database's files, so that no deleted or overwritten bytes stay in them. Takes no personal data.

    SQLite: all pages anew, and an empty write-ahead log. PostgreSQL: the tables anew, those named in ``others`` too;
    its own write-ahead log and backups are the administrator's. Raises ConfigurationError while another program reads.
    """
    if store.engine.dialect.name == "sqlite":
        with store.write() as session:
            forget_deleted_words(session.connection())
        raw = store.engine.raw_connection()  # outside of any transaction, where VACUUM must run
        try:
            cursor = raw.cursor()
            cursor.execute("PRAGMA secure_delete=ON")
            cursor.execute("VACUUM")
            busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        finally:
            raw.close()
        if busy:
            raise ConfigurationError(
                "Đã xóa, nhưng một chương trình khác đang đọc cơ sở dữ liệu nên tệp nhật ký chưa dọn được. "
                "Hãy đóng chương trình đó rồi chạy lại lệnh này.",
                "Erased, but another program reads the database, so its log could not be emptied. "
                "Close that program and run this command again.",
            )
        return
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        existing = set(inspect(connection).get_table_names())
        for name in (*(table.__tablename__ for table in _REWRITTEN), *(one for one in others if one in existing)):
            connection.execute(text(f'VACUUM FULL "{name}"'))


def _refuse_while_active(session: Session, rows: Rows, at: datetime) -> None:
    if any(one.state == "intended" for one in rows.attempts):
        raise RefusedError(
            "Đang có cuộc gọi tới người này chưa kết thúc. Hãy chờ cuộc gọi xong, hoặc chạy tiếp chiến dịch để đóng "
            "cuộc gọi dở dang, rồi xóa lại.",
            "A call to this person is open. Wait until it ends, or let the campaign close what a crash left, and "
            "erase again.",
        )
    open_ones = [one for one in rows.conversations if one.ended_at is None]
    query = select(func.max(Event.id)).where(Event.conversation_id.in_([one.id for one in open_ones]))
    last = session.scalars(select(Event.at).where(Event.id.in_(query.group_by(Event.conversation_id)))).all()
    if any(abs(at - moment) < _GOING_ON for moment in (*last, *(one.started_at for one in open_ones))):
        raise RefusedError(
            "Đang có cuộc trò chuyện với người này. Hãy chờ cuộc trò chuyện kết thúc rồi xóa lại.",
            "A conversation with this person is going on. Wait until it ends and erase again.",
        )


def _erase_rows(session: Session, rows: Rows, kept: Sequence[int], at: datetime) -> dict[str, int]:
    stand_in = new_id(ERASED)
    _part(session, rows)
    for customer in rows.customers:
        customer.phone = customer.name = customer.gender = customer.address_as = customer.region = None
        customer.birth_year, customer.fields = None, {}
    for contact in rows.contacts:
        contact.phone, contact.fields, contact.disposition_details = stand_in, {}, {}
        if contact.status in ("pending", "waiting"):
            contact.status, contact.next_due_at, contact.reason = "skipped", None, ERASED
            contact.disposition, contact.updated_at = contact.disposition or "SKIPPED", at
    for attempt in rows.attempts:
        attempt.phone, attempt.details = stand_in, {}
    for decision in rows.decisions:
        decision.phone, decision.reason = stand_in, ""
    for call in rows.calls:
        call.to = call.recording = None
    for conversation in rows.conversations:
        conversation.disposition_details, conversation.escalation, conversation.summary = {}, {}, None
    session.flush()
    ids = rows.conversation_ids
    session.execute(update(Conversation).where(Conversation.id.in_(ids)).values(truth=null()))
    return {
        "customers": len(rows.customers),
        "identities": _delete(session, IdentityRow.id, [one.id for one in rows.identities]),
        "possible_matches": _delete(session, PossibleMatch.id, [one.id for one in rows.matches]),
        "facts": _delete(session, FactRow.id, [one.id for one in rows.facts]),
        "consents": _erase_consents(session, rows.consents, kept, stand_in),
        "contacts": len(rows.contacts),
        "attempts": len(rows.attempts),
        "gate_decisions": len(rows.decisions),
        "conversations": len(ids),
        "calls": len(rows.calls),
        "passages": _erase_passages(session, ids),
        "events": _erase_events(session, ids),
    }


def _part(session: Session, rows: Rows) -> None:
    """Nobody stays joined with an erased person."""
    ids = [one.id for one in rows.customers]
    session.execute(update(Customer).where(Customer.joined_into.in_(ids)).values(joined_into=None))
    session.execute(update(Customer).where(Customer.id.in_(ids)).values(joined_into=None))


def _erase_passages(session: Session, conversation_ids: Sequence[str]) -> int:
    """The words in the search index, and their vectors."""
    found = list(session.scalars(select(Passage.id).where(Passage.conversation_id.in_(conversation_ids))))
    _delete(session, PassageVector.passage_id, found)
    return _delete(session, Passage.id, found)


def _delete(session: Session, key: InstrumentedAttribute[int], ids: Sequence[int]) -> int:
    for start in range(0, len(ids), 500):
        session.execute(delete(key.class_).where(key.in_(ids[start : start + 500])))
    return len(ids)


def _erase_events(session: Session, conversation_ids: Sequence[str]) -> int:
    """Events cannot be changed, only deleted: whatever may hold words, names or values goes."""
    query = select(Event.id, Event.type, Event.data).where(Event.conversation_id.in_(conversation_ids))
    gone = [row_id for row_id, type_, data in session.execute(query) if not _numbers_only(type_, data)]
    return _delete(session, Event.id, gone)


def _numbers_only(type_: str, data: Mapping[str, Any]) -> bool:
    allowed = _NUMBERS_ONLY.get(type_)
    return allowed is not None and allowed.issuperset(data)


def _erase_consents(session: Session, consents: Sequence[Consent], kept: Sequence[int], stand_in: str) -> int:
    """Opt-outs keep the number and lose the words, all other statements lose both."""
    changed = [one.id for one in consents if not (one.id in kept and bare(one))]
    if not changed:
        return 0
    empty: dict[str, Any] = {"text": None, "customer_id": None, "conversation_id": None, "evidence": {}}
    with rewritable(session):
        session.execute(update(Consent).where(Consent.id.in_(changed)).values(**empty))
        others = [row_id for row_id in changed if row_id not in kept]
        session.execute(update(Consent).where(Consent.id.in_(others)).values(phone=stand_in))
    session.expire_all()
    return len(changed)


def _remove(folder: Path | None, name: str) -> None:
    if folder is None or not inside(name):
        return
    try:
        (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"Đã xóa dữ liệu nhưng chưa xóa được tệp ghi âm ({error.strerror}). Hãy cấp quyền ghi rồi chạy lại.",
            f"The data is erased but a recording could not be removed ({error.strerror}). Allow writing, run it again.",
            where=name,
        ) from error
