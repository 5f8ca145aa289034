"""The ledger in the database: effects are known after a restart and to every process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from tools.database import ToolCall, ToolDatabase, ToolEffect
from tools.ledger import CallRecord, Claim, Entry
from tools.results import decode, encode


@dataclass(frozen=True, slots=True)
class SqlLedger:
    """``tools.ledger.Ledger`` over a database. The claim of an effect is on the disk before the effect begins."""

    database: ToolDatabase

    def begin(self, claim: Claim) -> Entry:
        try:
            return self._claim(claim)
        except IntegrityError:  # another process claimed it between our look and our insert (PostgreSQL)
            return self._claim(claim)

    def _claim(self, claim: Claim) -> Entry:
        wanted = select(ToolEffect).where(ToolEffect.tool == claim.tool, ToolEffect.key == claim.key)
        with self.database.write() as session:
            row = session.scalars(wanted.with_for_update()).one_or_none()
            if row is None:
                session.add(ToolEffect(state="started", **{name: getattr(claim, name) for name in Claim.__slots__}))
                return Entry("new")
            if row.fingerprint != claim.fingerprint:
                return Entry("reused")
            if row.state == "refused":
                row.state, row.at, row.arguments = "started", claim.at, claim.arguments
                return Entry("new")
            if row.state in ("done", "stuck"):
                return Entry("done", decode(row.value or "null"))
            return Entry("started")

    def done(self, tool: str, key: str, value: Any) -> None:
        self._settle(tool, key, "done", encode(value))

    def refused(self, tool: str, key: str) -> None:
        self._settle(tool, key, "refused", None)

    def _settle(self, tool: str, key: str, state: str, value: str | None) -> None:
        # Not durable: what a power cut loses stays "started", which is looked into and never repeated blindly.
        with self.database.write(durable=False) as session:
            row = session.get_one(ToolEffect, (tool, key), with_for_update=True)
            if row.state == "started":
                row.state, row.value, row.arguments = state, value, None

    def stuck(self, tool: str, key: str, *, yes: bool) -> None:
        before, after = ("done", "stuck") if yes else ("stuck", "done")
        mine = (ToolEffect.tool == tool, ToolEffect.key == key, ToolEffect.state == before)
        with self.database.write(durable=False) as session:
            session.execute(update(ToolEffect).where(*mine).values(state=after))

    def record(self, call: CallRecord) -> None:
        with self.database.write(durable=False) as session:
            session.add(
                ToolCall(
                    at=call.at,
                    tool=call.tool,
                    key=call.key,
                    verified=call.verified,
                    ok=call.ok,
                    error=call.error,
                    attempts=call.attempts,
                    duration_ms=call.duration_ms,
                )
            )

    def forget(self, account: str) -> int:
        """Delete what effects of this account gave; returns how many. The audit trail names nobody and stays."""
        with self.database.write() as session:
            return session.execute(delete(ToolEffect).where(ToolEffect.account == account)).rowcount  # type: ignore[attr-defined]
