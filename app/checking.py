"""Before a launch: what is in the file, and what the legal gate would say to each contact now. Nothing is written."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from campaigns.columns import calls_a_list
from campaigns.contacts import ContactRow
from campaigns.facts import gather_facts
from campaigns.gate import Decision, Gate
from campaigns.importing import ImportReport
from campaigns.service import NewCampaign
from core.clock import vietnam_time
from core.errors import InputError
from core.ids import new_id
from memory.store import Store

_SAMPLE_SEED = 7
MAX_PENDING = 16
"""Checked lists held until they are launched; the oldest makes room."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One usable row and the gate's answer to it."""

    row: ContactRow
    decision: Decision


@dataclass(frozen=True, slots=True)
class Check:
    """A file, checked for one campaign."""

    new: NewCampaign
    report: ImportReport
    foreseen: Sequence[Foreseen]
    at: datetime

    @property
    def callable(self) -> list[Foreseen]:
        """May be called now."""
        return [f for f in self.foreseen if f.decision.allowed]

    @property
    def deferred(self) -> list[Foreseen]:
        """May be called later."""
        return [f for f in self.foreseen if f.decision.waits]

    @property
    def skipped(self) -> list[Foreseen]:
        """Will not be called."""
        return [f for f in self.foreseen if not f.decision.allowed and not f.decision.waits]

    @property
    def useful(self) -> bool:
        """Is there anybody to call, now or later?"""
        return bool(self.callable or self.deferred)


def check_list(store: Store, new: NewCampaign, report: ImportReport, now: datetime) -> Check:
    """Ask the gate about every usable row as of ``now``. Blocking."""
    gate = Gate()
    phones = [row.phone for row in report.rows]
    with store.read() as session:
        facts = gather_facts(session, new.business_id, new.purpose, phones, now, gate.rules)
    policy = new.settings.policy()
    foreseen = [Foreseen(row, gate.decide(new.purpose, "voice", now, facts[row.phone], policy)) for row in report.rows]
    return Check(new, report, foreseen, now)


def sample_list(flow: str, now: datetime, people: int = 5) -> str:
    """CSV text of a list with made-up people and the columns that ``flow`` needs. Raises InputError for a flow that
    calls nobody."""
    from telephony.simulator.population import csv_text, population

    if not calls_a_list(flow):
        raise InputError(
            "Kịch bản này dành cho khách gọi đến, không gọi theo danh sách.",
            "This flow is for customers who call; it calls no list of people.",
            where=flow,
        )
    return csv_text(population(people, _SAMPLE_SEED, flow, vietnam_time(now).date()))


class PendingChecks:
    """Checked lists waiting for the launch button, in memory only."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, Check] = OrderedDict()

    def add(self, check: Check) -> str:
        """Keep it; returns the id under which it is found."""
        key = new_id("chk")
        self._waiting[key] = check
        while len(self._waiting) > MAX_PENDING:
            self._waiting.popitem(last=False)
        return key

    def get(self, key: str) -> Check:
        """Raises InputError if it is not there any more."""
        try:
            return self._waiting[key]
        except KeyError:
            raise InputError(
                "Danh sách đã kiểm tra không còn trên máy chủ. Hãy tải tệp lên lại.",
                "The checked list is no longer on the server. Upload the file again.",
            ) from None

    def take(self, key: str) -> Check:
        """``get``, once only: two clicks must not make two campaigns. Raises InputError."""
        found = self.get(key)
        del self._waiting[key]
        return found
