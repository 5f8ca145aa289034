"""The tools of each conversation: promises and callbacks, the samples, and what the business's own tools file names."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.errors import AloError
from core.logging import get_logger
from core.settings import Settings
from memory.phones import PhoneError, normalise_phone
from tools.database import ToolDatabase
from tools.payments import Debt, PaymentDesk
from tools.proofs import ProofGuard
from tools.registry import ToolRegistry
from tools.samples.desk import Bound
from tools.samples.services import SERVICES, Samples
from tools.sources import Sources, load_tools_file, open_sources
from tools.sql_ledger import SqlLedger

_log = get_logger("tools")


@dataclass(slots=True)
class Toolbox:
    """Chosen once for the process; ``registry`` is called for every conversation and does no I/O."""

    database: ToolDatabase = field(default_factory=ToolDatabase.temporary)
    sources: Sources | None = None
    """What the tools file declares; then only the samples that it names are there."""
    desk: PaymentDesk = field(init=False)
    samples: Samples = field(init=False)

    def __post_init__(self) -> None:
        self.desk = PaymentDesk(database=self.database)
        self.samples = Samples(self.database)
        if self.sources is not None:
            self.samples = Samples(self.database, self.sources.file.samples)

    @classmethod
    def load(cls, settings: Settings) -> Toolbox:
        """Over the database of ``settings``, opened at the first call. Raises ToolsFileError or ConfigurationError."""
        sources = None
        if settings.tools_file is not None:
            sources = open_sources(load_tools_file(settings.tools_file), settings.tools_secrets, SERVICES)
        return cls(ToolDatabase.at(settings.sqlalchemy_url), sources)

    async def warm_up(self) -> None:
        """Open database and MCP servers before the first call. Never raises: the log says which tools are missing."""
        try:
            await asyncio.to_thread(self.database.open)
            if self.sources is not None:
                await asyncio.to_thread(self.sources.open)
        except AloError as error:
            _log.warning("tools_unusable", where=error.where, reason=error.en)

    def guard(self, account: str, facts: Mapping[str, Any], now: Callable[[], datetime]) -> ProofGuard:
        """Who counts wrong proofs of this customer's identity, on every channel that knows them by the same number."""
        return ProofGuard(self.database, _phone_of(facts) or account, now)

    def keeping_keys(self) -> frozenset[str]:
        """Effects of our own services, which keep the key of each and so know what became of it."""
        given = self.desk.tools("", self.samples.desk()) + self.samples.tools_for(Bound())
        theirs = {one.name for one in self.sources.tools_for(Bound())} if self.sources is not None else set()
        return frozenset(one.name for one in given if one.effect and one.takes_key) - theirs

    def registry(self, account: str, facts: Mapping[str, Any], now: Callable[[], datetime]) -> ToolRegistry:
        """Tools bound to one customer: ``account`` is the contact's or conversation's id, samples go by the phone."""
        if facts.get("amount_due") is not None:
            due = str(facts.get("due_date", ""))
            self.desk.debts[account] = Debt(amount_due=int(facts["amount_due"]), due_date=due)
        bound = Bound(_phone_of(facts) or account, dict(facts), account)
        own = self.sources.tools_for(bound) if self.sources is not None else []
        given = self.desk.tools(account, self.samples.desk(now)) + self.samples.tools_for(bound, now)
        tools = {tool.name: tool for tool in [*given, *own]}  # the business's own tool takes the place of ours
        return ToolRegistry.of(tools.values(), account=bound.account, ledger=SqlLedger(self.database), now=now)


def _phone_of(facts: Mapping[str, Any]) -> str:
    try:
        return normalise_phone(facts.get("phone")).number
    except PhoneError:
        return ""
