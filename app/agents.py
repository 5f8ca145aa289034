"""The agent's side of conversations: flows, brain and tools, chosen once for the process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from agent.brain.base import Brain
from agent.brain.embedded import EmbeddedBrain
from agent.brain.language_model import LanguageModelBrain
from agent.brain.summaries import ModelSummaries
from agent.conversation import Channel, Conversation
from agent.flows.load import shipped_flows
from agent.flows.model import Flow
from agent.paraphrase import Paraphraser
from agent.sentiment import SentimentScorer
from agent.sentiment.plugged import classifier_in
from app.answering import Answering
from app.language_model import brain_of, service_of
from app.services import ChatRequest, NewChat
from app.toolbox import Toolbox
from campaigns.caller import CallJob
from core.clock import Clock
from core.errors import InputError
from core.settings import Settings
from memory.events import Emit
from memory.remembered import NOTHING, Remembered


@dataclass(slots=True)
class Agents:
    """Makes conversations. One brain, one scorer, one set of flows for all of them."""

    company: str
    flows: Mapping[str, Flow]
    brain: Brain
    scorer: SentimentScorer = field(default_factory=SentimentScorer)
    toolbox: Toolbox = field(default_factory=Toolbox)
    answering: Answering | None = None
    """Answers questions outside the flows; None where nothing does."""
    paraphraser: Paraphraser | None = None
    summaries: ModelSummaries | None = None

    @classmethod
    def load(cls, company: str, settings: Settings | None = None) -> Agents:
        """With the shipped flows, and the brain that ``settings`` ask for. Raises FlowError or ConfigurationError."""
        if settings is None:
            return cls(company, shipped_flows(), EmbeddedBrain())
        service = service_of(settings)
        toolbox, answering = Toolbox.load(settings), Answering.load(settings, service)
        plugged = classifier_in(settings.sentiment_model) if settings.sentiment_model else None
        return cls(
            company, shipped_flows(), brain_of(settings, service), SentimentScorer(plugged), toolbox, answering,
            paraphraser=Paraphraser(service) if service and settings.chat_model_paraphrase else None,
            summaries=ModelSummaries(service) if service and settings.chat_model_summaries else None,
        )  # fmt: skip

    async def warm_up(self) -> None:
        """Before the first call, so that no caller waits for a connection. Never raises."""
        await self.toolbox.warm_up()
        if isinstance(self.brain, LanguageModelBrain):
            await self.brain.warm_up()

    def for_call(
        self, job: CallJob, emit: Emit, now: datetime, remembered: Remembered = NOTHING, *, streams: bool = False
    ) -> Conversation:
        """The bot of one attempt; ``streams`` where the channel plays sentences that are still being made.

        Raises InputError if the flow is unknown or a field it needs is missing.
        """
        fields = {**job.fields, "name": job.name, "region": job.region, "phone": job.phone}
        seed = f"{job.phone}/{job.attempt_number}"  # the same wording whenever a rehearsal is repeated
        return self._make(
            job.flow, job.contact_id, fields, emit, now, "voice", key=job.attempt_id, seed=seed, remembered=remembered,
            streams=streams,
        )  # fmt: skip

    def for_chat(self, clock: Clock) -> NewChat:
        """Makes the bot of a text conversation."""

        def new_chat(request: ChatRequest) -> Conversation:
            who = request.conversation_id
            return self._make(
                request.flow, who, request.fields, request.emit, clock.now(), "chat", key=who, clock=clock.now,
                remembered=request.remembered, known_as=request.customer,
            )  # fmt: skip

        return new_chat

    def _make(
        self,
        flow_name: str,
        account: str,
        fields: Mapping[str, Any],
        emit: Emit,
        now: datetime,
        channel: Channel,
        *,
        key: str,
        seed: str = "",
        clock: Callable[[], datetime] | None = None,
        remembered: Remembered = NOTHING,
        streams: bool = False,
        known_as: str = "",
    ) -> Conversation:
        flow = self.flows.get(flow_name)
        if flow is None:
            known = ", ".join(sorted(self.flows))
            raise InputError(
                f"Không có kịch bản “{flow_name}”. Hiện có: {known}.",
                f"There is no flow “{flow_name}”. Known: {known}.",
                where="flow",
            )
        facts = facts_of(fields, self.company)
        moment = clock or (lambda: now)
        return Conversation(
            flow,
            facts,
            self.brain,
            self.toolbox.registry(account, facts, moment),
            emit,
            now,
            channel,
            key=key,
            seed=seed,
            scorer=self.scorer,
            flows=self.flows,
            remembered=remembered,
            answers=self.answering.for_flow(flow_name) if self.answering else None,
            streams=streams,
            paraphraser=self.paraphraser,
            summaries=self.summaries,
            guard=self.toolbox.guard(known_as or account, facts, moment),
        )


def facts_of(fields: Mapping[str, Any], company: str) -> dict[str, Any]:
    """Contact fields as an upload names them (campaigns.importing), as the facts that flows declare."""
    facts = {"company": company, **{name: value for name, value in fields.items() if value not in (None, "")}}
    if "amount" in facts:
        facts.setdefault("amount_due", facts["amount"])
    contract = "".join(c for c in str(facts.get("contract", "")) if c.isdigit())
    if len(contract) >= _CONTRACT_DIGITS:
        facts.setdefault("contract_last4", contract[-_CONTRACT_DIGITS:])
    return facts


_CONTRACT_DIGITS = 4
"""What a customer is asked for to prove who they are (vietnam_rules §4)."""
