"""The durable state of campaigns: which contact is due, which attempt is open, how each ended.

Every method is one transaction. What a crash leaves behind is decided here: an attempt row is committed before
anybody's phone can ring, and its outcome closes it exactly once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns.attempts import (
    close_conversation,
    earlier_outcomes,
    job_of,
    open_attempt,
    plan,
    postpone_or_skip,
    remember_opt_out,
    with_record,
)
from campaigns.caller import CallJob, CallOutcome
from campaigns.facts import DoNotCallSource, gather_facts
from campaigns.gate import Decision, Gate
from campaigns.settings import CampaignSettings
from memory.schema import Attempt, Business, Campaign, Contact, GateDecision
from memory.store import Store

WAITING_STATES = ("pending", "waiting")
_LOOK_FIRST, _LOOK_MOST = 2, 256
"""Due contacts examined at once: few while the gate lets them through, more and more while it refuses."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The answer to "who is next?"."""

    status: str
    """the campaign's, or halted: the business's kill switch is on"""
    job: CallJob | None = None
    next_due_at: datetime | None = None
    """when somebody becomes due, if nobody is now"""
    unfinished: int = 0
    """contacts not yet final, open attempts included"""


class Ledger:
    """Reads and writes campaign state through the store. Thread-safe."""

    def __init__(self, store: Store, gate: Gate, do_not_call: DoNotCallSource | None = None) -> None:
        self.store = store
        self.gate = gate
        self._do_not_call = do_not_call

    def status(self, campaign_id: str) -> str:
        """draft, running, paused, stopped or done."""
        with self.store.read() as session:
            return _campaign(session, campaign_id).status

    def settings(self, campaign_id: str) -> CampaignSettings:
        with self.store.read() as session:
            return CampaignSettings.from_json(_campaign(session, campaign_id).settings)

    def running(self) -> list[str]:
        """Campaigns that should be going on, oldest first."""
        with self.store.read() as session:
            query = select(Campaign.id).where(Campaign.status.in_(("running", "paused"))).order_by(Campaign.created_at)
            return list(session.scalars(query))

    def claim(self, campaign_id: str, now: datetime) -> Claim:
        """Take the next due contact that the gate lets through, and commit the intent to call it."""
        with self.store.write() as session:
            campaign = _campaign(session, campaign_id)
            if campaign.status != "running":
                return Claim(campaign.status)
            if kill_switch(session, campaign.business_id):
                return Claim("halted")
            look = _LOOK_FIRST
            while due := _due(session, campaign_id, now, look):
                job = self._first_allowed(session, campaign, due, now)
                session.flush()
                if job:
                    return Claim(campaign.status, job)
                look = min(look * 4, _LOOK_MOST)
            return Claim(campaign.status, None, _next_due(session, campaign_id), _unfinished(session, campaign_id))

    def _first_allowed(
        self, session: Session, campaign: Campaign, due: Sequence[Contact], now: datetime
    ) -> CallJob | None:
        facts = gather_facts(
            session,
            campaign.business_id,
            campaign.purpose,
            [contact.phone for contact in due],
            now,
            self.gate.rules,
            self._do_not_call,
        )
        settings = CampaignSettings.from_json(campaign.settings)
        policy = settings.policy()
        for contact in due:
            decision = self.gate.decide(campaign.purpose, "voice", now, facts[contact.phone], policy)
            session.add(self._audit(campaign, contact, decision, now))
            if decision.allowed:
                return open_attempt(session, campaign, contact, settings, now)
            postpone_or_skip(contact, decision, now)
        return None

    def _audit(self, campaign: Campaign, contact: Contact, decision: Decision, now: datetime) -> GateDecision:
        return GateDecision(
            campaign_id=campaign.id,
            contact_id=contact.id,
            phone=contact.phone,
            purpose=campaign.purpose,
            channel="voice",
            allowed=decision.allowed,
            code=decision.code,
            reason=decision.vi,
            rules=self.gate.version,
            next_allowed_at=decision.next_allowed_at,
            at=now,
        )

    def open_attempts(self) -> list[str]:
        """Attempts without outcome, which a crash may have left."""
        with self.store.read() as session:
            return list(session.scalars(select(Attempt.id).where(Attempt.state == "intended").order_by(Attempt.id)))

    def job(self, attempt_id: str) -> CallJob | None:
        """The job of an open attempt; None if it is closed already."""
        with self.store.read() as session:
            attempt = session.get(Attempt, attempt_id)
            if attempt is None or attempt.state != "intended":
                return None
            campaign = _campaign(session, attempt.campaign_id)
            contact = session.get_one(Contact, attempt.contact_id)
            return job_of(session, campaign, contact, attempt, CampaignSettings.from_json(campaign.settings))

    def may_still_dial(self, attempt_id: str, now: datetime) -> bool:
        """After a crash: does the campaign still run, and does the gate still allow this attempt?"""
        with self.store.write() as session:
            attempt = session.get_one(Attempt, attempt_id)
            campaign = _campaign(session, attempt.campaign_id)
            if campaign.status != "running":
                return False
            contact = session.get_one(Contact, attempt.contact_id)
            # This very attempt did not ring: it must not count against itself.
            attempt.rang = False
            session.flush()
            facts = gather_facts(
                session,
                campaign.business_id,
                campaign.purpose,
                [contact.phone],
                now,
                self.gate.rules,
                self._do_not_call,
            )[contact.phone]
            policy = CampaignSettings.from_json(campaign.settings).policy(
                kill_switch=kill_switch(session, campaign.business_id)
            )
            decision = self.gate.decide(campaign.purpose, "voice", now, facts, policy)
            session.add(self._audit(campaign, contact, decision, now))
            attempt.rang = decision.allowed
            return decision.allowed

    def finish(self, attempt_id: str, outcome: CallOutcome, now: datetime) -> None:
        """Close an attempt and plan what follows. A second time it changes nothing."""
        with self.store.write() as session:
            attempt = session.get_one(Attempt, attempt_id, with_for_update=True)
            if attempt.state != "intended":
                return
            campaign = _campaign(session, attempt.campaign_id)
            contact = session.get_one(Contact, attempt.contact_id)
            outcome = with_record(session, outcome)
            earlier = earlier_outcomes(session, contact.id)
            attempt.state = "unknown" if outcome.unknown else "done"
            attempt.outcome, attempt.details = outcome.code, dict(outcome.details)
            attempt.rang, attempt.ended_at = outcome.rang, now
            attempt.conversation_id = outcome.conversation_id
            if outcome.opted_out or outcome.code == "OPT_OUT":
                remember_opt_out(session, campaign, contact, outcome, now)
            plan(campaign, contact, outcome, earlier, now)
        close_conversation(self.store, outcome, now)

    def last_moment(self) -> datetime | None:
        """The latest time anything happened to an attempt or contact: where a virtual clock should go on."""
        with self.store.read() as session:
            columns = (Attempt.intent_at, Attempt.ended_at, Contact.updated_at)
            moments = [session.scalar(select(func.max(column))) for column in columns]
        return max((moment for moment in moments if moment is not None), default=None)

    def release(self, attempt_id: str, now: datetime) -> None:
        """Close an attempt that certainly never reached the carrier; its contact is due again."""
        with self.store.write() as session:
            attempt = session.get_one(Attempt, attempt_id, with_for_update=True)
            if attempt.state != "intended":
                return
            attempt.state, attempt.rang, attempt.ended_at = "released", False, now
            contact = session.get_one(Contact, attempt.contact_id)
            contact.status, contact.next_due_at, contact.updated_at = "waiting", now, now
            contact.attempts_made -= 1

    def complete(self, campaign_id: str, now: datetime) -> None:
        """Mark a running campaign done."""
        with self.store.write() as session:
            campaign = _campaign(session, campaign_id)
            if campaign.status == "running":
                campaign.status, campaign.finished_at = "done", now


def kill_switch(session: Session, business_id: str) -> bool:
    """Did the business stop all contact at once?"""
    return bool(session.get_one(Business, business_id).settings.get("kill_switch"))


def _campaign(session: Session, campaign_id: str) -> Campaign:
    return session.get_one(Campaign, campaign_id)


def _due(session: Session, campaign_id: str, now: datetime, most: int) -> Sequence[Contact]:
    query = (
        select(Contact)
        .where(Contact.campaign_id == campaign_id, Contact.status.in_(WAITING_STATES), Contact.next_due_at <= now)
        .order_by(Contact.next_due_at, Contact.row_number)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(query).all()


def _next_due(session: Session, campaign_id: str) -> datetime | None:
    query = select(func.min(Contact.next_due_at)).where(
        Contact.campaign_id == campaign_id, Contact.status.in_(WAITING_STATES)
    )
    return session.scalar(query)


def _unfinished(session: Session, campaign_id: str) -> int:
    query = select(func.count()).where(
        Contact.campaign_id == campaign_id, Contact.status.in_((*WAITING_STATES, "active"))
    )
    return session.scalar(query) or 0
