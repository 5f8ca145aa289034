"""The seam to voice: a campaign asks a ``Caller`` to call somebody and hears what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class CallJob:
    """One attempt to reach one contact."""

    attempt_id: str
    """also the carrier's idempotency key: the same key never rings twice"""
    attempt_number: int
    campaign_id: str
    contact_id: str
    customer_id: str
    business_id: str
    purpose: str
    flow: str
    phone: str
    """E.164"""
    name: str | None = None
    region: str | None = None
    """north, central, south, if known"""
    caller_id: str = ""
    ring_timeout_ms: int = 30_000
    fields: Mapping[str, Any] = field(default_factory=dict)
    """what the file said: name, gender, birth_year, address_as, amount (int, VND), due_date (ISO), contract, …"""


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """What came of an attempt. ``code`` is one of rules/dispositions.yaml."""

    code: str
    details: Mapping[str, Any] = field(default_factory=dict)
    rang: bool = True
    """False only if the other side was surely not disturbed; counts toward the daily cap if True"""
    answered: bool = False
    opted_out: bool = False
    """the customer asked never to be contacted again, whatever the code"""
    opt_out_text: str | None = None
    conversation_id: str | None = None
    unknown: bool = False
    """it rang, but a crash swallowed the result"""


class Caller(Protocol):
    """Places calls and holds the conversation. Implemented where voice is wired together (app)."""

    async def call(self, job: CallJob) -> CallOutcome:
        """Dial, talk, return when it is over. Runs in the event loop in which the campaign runs."""
        ...

    async def lookup(self, attempt_id: str) -> CallOutcome | None:
        """After a crash: what the carrier knows of this attempt. None only if it certainly never reached the carrier,
        so that dialling is safe. Raises CarrierError if the carrier cannot tell now."""
        ...
