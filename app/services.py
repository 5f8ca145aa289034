"""What the console needs from the rest of Alô; the composition root fills it in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.turns import Dialogue
from app.toolbox import Toolbox
from campaigns.service import CampaignService
from core.clock import Clock, SystemClock
from core.settings import Settings
from memory.events import Emit
from memory.remembered import NOTHING, Remembered
from memory.store import Store
from tools.samples.gateway import PaymentGateway


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A text conversation to make: which flow, with whom, and where its events go."""

    flow: str
    conversation_id: str
    fields: Mapping[str, Any]
    """Contact fields as an upload would give them: name, gender, amount, due_date …"""
    emit: Emit
    now_ms: Callable[[], int]
    """Milliseconds since the conversation began."""
    remembered: Remembered = NOTHING
    """What earlier conversations with this customer left."""
    customer: str = ""
    """Number or id of the customer this is about, under which wrong proofs of identity are counted"""


NewChat = Callable[[ChatRequest], Dialogue]


@dataclass(frozen=True, slots=True)
class Services:
    """Everything ``create_app`` serves."""

    store: Store
    settings: Settings
    recordings_dir: Path
    flows: Mapping[str, Any]
    """Flow by name (agent.flows)."""
    new_chat: NewChat
    campaigns: CampaignService | None = None
    """None where the console only shows (``alo serve`` on a finished folder)."""
    start: Callable[[str], None] | None = None
    """Makes a launched campaign run (schedules campaigns.runner.CampaignRunner.run); None where nobody runs any."""
    simulated: bool = False
    """calls of this process go to synthetic customers, and pages must say so from the first moment"""
    clock: Clock = field(default_factory=SystemClock)
    toolbox: Toolbox | None = None
    """whose effects are looked into; None where conversations keep no ledger"""
    payments: PaymentGateway | None = None
    """receives the payment provider's confirmations; None where no secret is set"""
