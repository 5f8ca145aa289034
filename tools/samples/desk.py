"""What every sample stands on: whose data may be touched, the time, and effects that happen once with their key."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.clock import SystemClock, vietnam_time
from tools.database import ToolBase, ToolDatabase
from tools.results import decode, encode, plain_value
from tools.tool import ToolRefusal, ToolUnavailable

T = TypeVar("T")
_TRIES = 3
"""When two writers collide, the loser looks again and then sees what the winner did."""
_MAX_MISSES = 3
"""Wrong answers about who one is, per conversation (guessing a six-digit code takes about 450,000)."""


class SampleKey(ToolBase):
    """An effect's key, written in the same transaction as the effect: both are there or neither."""

    __tablename__ = "sample_keys"

    tool: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(index=True)
    value: Mapped[str]


@dataclass(slots=True)
class Bound:
    """The customer of one conversation. Every read and write of a sample is limited to ``account``.

    ``account`` is the phone number (E.164) where it is known, else the id of contact or conversation; "" is nobody.
    """

    account: str = ""
    known: Mapping[str, Any] = field(default_factory=dict)
    """What the contact brought along (appointment_at, order_code …); samples take it over when first asked."""
    source: str = ""
    """id of the contact or conversation that the tools are for, where it is known"""
    misses: int = 0

    def owner(self) -> str:
        """Raises ToolRefusal while nobody is bound."""
        if not self.account:
            raise ToolRefusal(
                "not_identified",
                "Chưa biết khách hàng là ai. Hãy xác định khách hàng trước.",
                "It is not known who the customer is. Identify them first.",
            )
        return self.account

    @property
    def known_by_phone(self) -> bool:
        """False for a caller of whom only the conversation is known: they may still prove who they are."""
        return self.account.startswith("+")

    def missed(self) -> ToolRefusal:
        """Counts a wrong proof of identity; what to raise."""
        self.misses += 1
        return ToolRefusal("not_matching", "Thông tin không khớp với hệ thống.", "This does not match our records.")

    def may_try(self) -> None:
        """Raises ToolRefusal after too many wrong proofs."""
        if self.misses >= _MAX_MISSES:
            raise too_many_tries()


def too_many_tries() -> ToolRefusal:
    return ToolRefusal(
        "too_many_tries",
        "Sai quá nhiều lần. Hãy chuyển cho nhân viên.",
        "Too many wrong answers. Hand over to a person.",
    )


def system_now() -> datetime:
    return SystemClock().now()


Seed = Callable[[Session, datetime], None]


@dataclass(slots=True)
class Seeder:
    """Puts made-up data in before the first use of each day, so that it lies in the days to come."""

    seeds: tuple[Seed, ...] = ()
    _day: date | None = None
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def ensure(self, database: ToolDatabase, now: datetime) -> None:
        day = vietnam_time(now).date()
        with self._turn:
            if self._day == day or not self.seeds:
                return
            for again in (True, False):
                try:
                    with database.write() as session:
                        for seed in self.seeds:
                            seed(session, now)
                    break
                except IntegrityError:  # another process is doing the same
                    if not again:
                        raise
            self._day = day


@dataclass(frozen=True, slots=True)
class Desk:
    """One sample's view of the database."""

    database: ToolDatabase
    now: Callable[[], datetime] = system_now
    seeder: Seeder = field(default_factory=Seeder)

    def look(self, act: Callable[[Session], T], *, writes: bool = False) -> T:
        """Read. ``writes``: the look may also put things in order (drop what has expired, make a day's timetable).

        Raises ToolUnavailable when the database is away.
        """
        if writes:
            return self._transact(act, durable=False)
        try:
            self.seeder.ensure(self.database, self.now())
            with self.database.read() as session:
                return act(session)
        except DBAPIError as error:
            raise _away(False) from error

    def once(self, tool: str, key: str, account: str, act: Callable[[Session], Any]) -> Any:
        """Do ``act`` in one transaction together with its key; the key's second call gets the first one's result."""

        def with_key(session: Session) -> Any:
            known = session.get(SampleKey, (tool, key)) if key else None
            if known is not None and known.account != account:
                raise ToolRefusal("key_reused", "Khóa đã dùng cho người khác.", "The key is somebody else's.")
            if known is not None:
                return decode(known.value)
            value = plain_value(act(session))
            if key:
                session.add(SampleKey(tool=tool, key=key, account=account, value=encode(value)))
            return value

        return self._transact(with_key, durable=True)

    def _transact(self, act: Callable[[Session], T], *, durable: bool) -> T:
        for attempt in range(1, _TRIES + 1):
            try:
                self.seeder.ensure(self.database, self.now())
                with self.database.write(durable=durable) as session:
                    return act(session)
            except IntegrityError as error:  # somebody took it at the same moment: look again
                if attempt == _TRIES:
                    raise _away(False) from error
            except DBAPIError as error:
                raise _away(None) from error
        raise AssertionError("unreachable")


def _away(done: bool | None) -> ToolUnavailable:
    return ToolUnavailable(
        "database_unavailable",
        "Cơ sở dữ liệu tạm thời không dùng được.",
        "The database cannot be used at the moment.",
        done=done,
    )


def not_found(what_vi: str, what_en: str) -> ToolRefusal:
    """The same words whether it is not there or belongs to somebody else."""
    return ToolRefusal("not_found", f"Không tìm thấy {what_vi}.", f"There is no such {what_en}.")
