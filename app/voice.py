"""How a campaign's attempt becomes a call: one leg, one conversation, one session in the media loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agent.turns import Disposition
from app.remembering import recall
from campaigns.caller import CallJob, CallOutcome
from core.clock import Clock
from core.ids import derived_id
from memory.conversations import ConversationStart
from memory.events import Emit
from memory.remembered import Remembered
from memory.store import Store
from speech.engine import SpeechEngine
from speech.synthesis.base import Synthesizer
from speech.types import DIALECTS, Dialect, Voice
from telephony.announcements import classify
from telephony.carrier import CallLeg, CallRecord, CallState, Carrier, DialRequest
from telephony.media_loop import MediaLoop
from telephony.recording import RecordingWriter
from telephony.results import CallResult, unanswered_code
from telephony.session import CallParts, CallSession, Talk

DEFAULT_DIALECT: Dialect = "north"

MakeConversation = Callable[[CallJob, Emit, str, Remembered], Talk]
"""``make(job, emit, conversation_id, remembered)``: the agent's side of a call."""

OnLeg = Callable[[CallJob, str, CallLeg, Emit], None]
"""Told of every leg before its first packet; simulations listen in on what the customer really says."""


@dataclass(frozen=True, slots=True)
class VoiceParts:
    """What all calls of a process share."""

    store: Store
    clock: Clock
    carrier: Carrier
    loop: MediaLoop
    engine: SpeechEngine
    synthesizer: Synthesizer
    recordings: RecordingWriter
    make_conversation: MakeConversation
    metadata: Callable[[CallJob], Mapping[str, Any]] = field(default=lambda job: {})
    """Extra fields for the simulator; real carriers get none."""
    on_leg: OnLeg | None = None


def conversation_of(attempt_id: str) -> str:
    """The conversation of an attempt, the same after a crash."""
    return derived_id("conv", attempt_id)


def dialect_of(region: str | None) -> Dialect:
    """The dialect to speak to somebody from ``region``; Northern where nothing is known."""
    return next((dialect for dialect in DIALECTS if dialect == region), DEFAULT_DIALECT)


class VoiceCaller:
    """Implements ``campaigns.caller.Caller`` over one carrier. Lives in the media loop's event loop."""

    def __init__(self, parts: VoiceParts) -> None:
        self._parts = parts

    async def call(self, job: CallJob) -> CallOutcome:
        """Dial, talk, return when it is over. Raises CarrierError if the carrier refuses."""
        parts = self._parts
        conversation_id = conversation_of(job.attempt_id)
        request = DialRequest(
            idempotency_key=job.attempt_id,
            to=job.phone,
            caller_id=job.caller_id,
            ring_timeout_ms=job.ring_timeout_ms,
            metadata=parts.metadata(job),
        )
        now = parts.clock.now()
        recalled = await recall(parts.store, job.customer_id, job.flow, now, besides=conversation_id)
        leg = await parts.carrier.dial(request)
        parts.store.begin_conversation(self._start(job, conversation_id))
        emit = parts.store.emitter(conversation_id, parts.clock.now)
        recalled.tell(emit)
        if parts.on_leg:
            parts.on_leg(job, conversation_id, leg, emit)
        session = CallSession(
            leg,
            conversation_id,
            CallParts(
                engine=parts.engine,
                synthesizer=parts.synthesizer,
                conversation=parts.make_conversation(job, emit, conversation_id, recalled.remembered),
                emit=emit,
                voice=Voice(dialect_of(job.region)),
                announcement=classify,
                recordings=parts.recordings,
            ),
            details={"to": job.phone, "carrier": parts.carrier.capabilities.name, "attempt_id": job.attempt_id},
        )
        parts.loop.add(session)
        result = await session.result()
        await asyncio.wrap_future(parts.store.flushed())
        return outcome_of_result(result)

    async def lookup(self, attempt_id: str) -> CallOutcome | None:
        """What the carrier knows of an attempt; None if it never reached the carrier."""
        record = await self._parts.carrier.lookup(attempt_id)
        return None if record is None else outcome_of_record(record, conversation_of(attempt_id))

    def _start(self, job: CallJob, conversation_id: str) -> ConversationStart:
        return ConversationStart(
            id=conversation_id,
            channel="voice",
            direction="outbound",
            started_at=self._parts.clock.now(),
            flow=job.flow,
            business_id=job.business_id,
            customer_id=job.customer_id,
            campaign_id=job.campaign_id,
            contact_id=job.contact_id,
            attempt_id=job.attempt_id,
            region=job.region,
        )


def outcome_of_result(result: CallResult) -> CallOutcome:
    """What a finished call means for the campaign."""
    disposition: Disposition = result.disposition
    return CallOutcome(
        code=disposition.code,
        details=dict(disposition.details),
        rang=result.ring_ms > 0,
        answered=result.answered,
        opted_out=disposition.code == "OPT_OUT",
        conversation_id=result.conversation_id,
    )


def outcome_of_record(record: CallRecord, conversation_id: str) -> CallOutcome:
    """What can be said of an attempt whose process died: it is never dialled again if it rang."""
    if record.state in (CallState.BUSY, CallState.NO_ANSWER, CallState.REJECTED, CallState.FAILED):
        code = unanswered_code(record.state, record.cause, None)
        return CallOutcome(code, rang=record.rang, conversation_id=conversation_id)
    return CallOutcome("TECH_ERROR", rang=record.rang, conversation_id=conversation_id, unknown=True)
