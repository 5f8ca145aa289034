"""Wrong proofs of identity, counted per customer over all their conversations and channels, so that nobody guesses on.

Whoever rings again, or turns from the phone to chat, goes on with the tries that are left. A locked customer is served
by a person.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from core.errors import AloError
from core.logging import get_logger
from memory.types import RowId
from tools.database import ToolBase, ToolDatabase

MOST_A_DAY: Final = 5
"""Wrong proofs about one customer before a person takes over. A year of birth has about sixty likely values."""
WINDOW: Final = timedelta(hours=24)
_log = get_logger("tools.proofs")


class IdentityMiss(ToolBase):
    """One wrong proof. What was said is not kept."""

    __tablename__ = "tool_identity_misses"

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    account: Mapped[str] = mapped_column(index=True)
    """whose identity was claimed"""
    at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class ProofGuard:
    """The tries at one customer's identity. While the database is away each conversation counts its own alone."""

    database: ToolDatabase
    account: str
    now: Callable[[], datetime]

    async def locked(self) -> bool:
        """Have there been too many wrong proofs?"""
        try:
            return await asyncio.to_thread(self.is_locked)
        except (SQLAlchemyError, AloError) as error:
            _log.warning("identity_tries_unknown", error=type(error).__name__)
            return False

    async def missed(self) -> None:
        """Count a wrong proof."""
        try:
            await asyncio.to_thread(self.note)
        except (SQLAlchemyError, AloError) as error:
            _log.warning("identity_miss_lost", error=type(error).__name__)

    def is_locked(self) -> bool:
        """As ``locked``; blocks."""
        mine = (IdentityMiss.account == self.account, IdentityMiss.at > self.now() - WINDOW)
        with self.database.read() as session:
            return (session.scalar(select(func.count()).select_from(IdentityMiss).where(*mine)) or 0) >= MOST_A_DAY

    def note(self) -> None:
        """As ``missed``; blocks."""
        with self.database.write(durable=False) as session:
            session.add(IdentityMiss(account=self.account, at=self.now()))
