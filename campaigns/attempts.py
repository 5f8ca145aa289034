"""Opening and closing attempts: the changes to rows, within a transaction of the ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns.caller import CallJob, CallOutcome
from campaigns.dispositions import plan_next
from campaigns.gate import Decision
from campaigns.settings import CampaignSettings
from core.ids import new_id
from memory import events as kinds
from memory.events import Event
from memory.people import OPTED_OUT, Statement, record_statement
from memory.schema import Attempt, Campaign, Contact, Conversation, Customer
from memory.store import Store


def postpone_or_skip(contact: Contact, decision: Decision, now: datetime) -> None:
    """What the gate's refusal means for a contact: later, or never in this campaign."""
    contact.reason, contact.updated_at = decision.code, now
    if decision.next_allowed_at is not None:
        contact.status, contact.next_due_at = "waiting", decision.next_allowed_at
    elif contact.attempts_made:  # it was called before: its last result stands
        contact.status, contact.next_due_at = "done", None
    else:
        contact.status, contact.next_due_at = "skipped", None
        contact.disposition, contact.disposition_details = "SKIPPED", {"reason": decision.code}


def open_attempt(
    session: Session, campaign: Campaign, contact: Contact, settings: CampaignSettings, now: datetime
) -> CallJob:
    """The intent to call: an attempt row, and the contact marked active. Committed before anybody's phone can ring."""
    number = (session.scalar(select(func.max(Attempt.number)).where(Attempt.contact_id == contact.id)) or 0) + 1
    attempt = Attempt(
        id=new_id("att"),
        campaign_id=campaign.id,
        contact_id=contact.id,
        number=number,
        phone=contact.phone,
        state="intended",
        rang=True,  # until the outcome says otherwise: caps must not be overrun meanwhile
        details={},
        intent_at=now,
        started_at=now,
    )
    session.add(attempt)
    contact.status, contact.next_due_at, contact.reason = "active", None, None
    contact.attempts_made += 1
    contact.updated_at = now
    return job_of(session, campaign, contact, attempt, settings)


def job_of(
    session: Session, campaign: Campaign, contact: Contact, attempt: Attempt, settings: CampaignSettings
) -> CallJob:
    """What the caller must know of an attempt."""
    customer = session.get_one(Customer, contact.customer_id)
    return CallJob(
        attempt_id=attempt.id,
        attempt_number=attempt.number,
        campaign_id=campaign.id,
        contact_id=contact.id,
        customer_id=customer.id,
        business_id=campaign.business_id,
        purpose=campaign.purpose,
        flow=campaign.flow,
        phone=contact.phone,
        name=customer.name,
        region=customer.region,
        caller_id=settings.caller_id,
        ring_timeout_ms=settings.ring_timeout_ms,
        fields=contact.fields,
    )


def earlier_outcomes(session: Session, contact_id: str) -> list[str]:
    """Outcome codes of a contact's closed attempts, in order."""
    query = select(Attempt.outcome).where(Attempt.contact_id == contact_id, Attempt.state.in_(("done", "unknown")))
    return [outcome for outcome in session.scalars(query.order_by(Attempt.number)) if outcome]


def with_record(session: Session, outcome: CallOutcome) -> CallOutcome:
    """What the conversation's own record adds: an opt-out always, its end if a crash swallowed the result."""
    if outcome.conversation_id is None:
        return outcome
    conversation = session.get(Conversation, outcome.conversation_id)
    if conversation is None:
        return outcome
    if conversation.opted_out:
        outcome = replace(outcome, opted_out=True)
    if outcome.unknown and conversation.disposition:
        details = conversation.disposition_details
        outcome = replace(outcome, code=conversation.disposition, details=details, unknown=False)
    return outcome


def remember_opt_out(
    session: Session, campaign: Campaign, contact: Contact, outcome: CallOutcome, now: datetime
) -> None:
    """Keep an opt-out heard on a call."""
    statement = Statement(
        phone=contact.phone,
        action=OPTED_OUT,
        at=now,
        channel="voice",
        text=outcome.opt_out_text,
        customer_id=contact.customer_id,
        conversation_id=outcome.conversation_id,
        evidence={"campaign_id": campaign.id, "contact_id": contact.id},
    )
    record_statement(session, campaign.business_id, statement)


def plan(campaign: Campaign, contact: Contact, outcome: CallOutcome, earlier: list[str], now: datetime) -> None:
    """Another attempt, or the final disposition."""
    limit = CampaignSettings.from_json(campaign.settings).max_attempts
    step = plan_next(outcome.code, outcome.details, earlier, now, limit)
    final = step.final or outcome.opted_out
    contact.disposition, contact.disposition_details = outcome.code, dict(outcome.details)
    contact.status = "done" if final else "waiting"
    contact.next_due_at = None if final else step.due_at
    contact.reason, contact.updated_at = (None if final else "retry"), now


def close_conversation(store: Store, outcome: CallOutcome, now: datetime) -> None:
    """End the record of a conversation whose process died: without this it would look as if it still went on."""
    name = outcome.conversation_id
    conversation = store.conversation(name) if name else None
    if name is None or conversation is None or conversation.ended_at is not None:
        return
    events = store.events(name)
    seq, at_ms = (events[-1].seq, events[-1].at_ms) if events else (-1, 0)
    failed = {"component": "process", "error": "interrupted"}
    store.append(Event(name, seq + 1, kinds.FAILED, now, at_ms, failed))
    if conversation.disposition is None:
        ending = {"code": outcome.code, "details": dict(outcome.details)}
        store.append(Event(name, seq + 2, kinds.DISPOSITION, now, at_ms, ending))
    store.end_conversation(name, now)
