"""What the command line and the console do with campaigns. Every method is short and blocking: use a thread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns.contacts import ContactRow
from campaigns.facts import DoNotCallSource, gather_facts
from campaigns.gate import Decision, Gate
from campaigns.ledger import WAITING_STATES, kill_switch
from campaigns.settings import CampaignSettings
from core.clock import Clock
from core.errors import InputError, RefusedError
from core.ids import new_id
from memory.people import Person, ensure_customers
from memory.schema import Attempt, Business, Campaign, Contact
from memory.store import DEFAULT_BUSINESS, Store

_STATUS = {"draft": "nháp", "running": "đang gọi", "paused": "tạm dừng", "stopped": "đã dừng", "done": "đã xong"}
_NEXT: Mapping[str, frozenset[str]] = {
    "running": frozenset({"draft", "paused"}),
    "paused": frozenset({"running"}),
    "stopped": frozenset({"draft", "running", "paused"}),
}
"""Status → statuses from which it may be reached."""


@dataclass(frozen=True, slots=True)
class NewCampaign:
    """What a business decides when it makes a campaign. ``purpose`` has no default: the law depends on it."""

    name: str
    purpose: str
    flow: str
    business_id: str = DEFAULT_BUSINESS
    settings: CampaignSettings = field(default_factory=CampaignSettings)


@dataclass(frozen=True, slots=True)
class Foresight:
    """What the gate would say of one contact now."""

    contact_id: str
    row_number: int
    name: str | None
    phone: str
    decision: Decision


@dataclass(frozen=True, slots=True)
class DryRun:
    """Who would be called, who would wait and until when, who would be skipped and why."""

    at: datetime
    contacts: tuple[Foresight, ...]

    @property
    def allowed(self) -> tuple[Foresight, ...]:
        return tuple(contact for contact in self.contacts if contact.decision.allowed)

    @property
    def waiting(self) -> tuple[Foresight, ...]:
        return tuple(contact for contact in self.contacts if contact.decision.waits)

    @property
    def skipped(self) -> tuple[Foresight, ...]:
        return tuple(c for c in self.contacts if not c.decision.allowed and not c.decision.waits)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a campaign stands."""

    campaign_id: str
    name: str
    status: str
    total: int
    contacts: Mapping[str, int]
    """contact status → count: pending, active, waiting, done, skipped"""
    dispositions: Mapping[str, int]
    """final dispositions of done and skipped contacts"""
    attempts: int
    next_due_at: datetime | None

    @property
    def finished(self) -> int:
        return self.contacts.get("done", 0) + self.contacts.get("skipped", 0)


class CampaignService:
    """Makes, launches, pauses, resumes and stops campaigns, and tells how they stand."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        gate: Gate | None = None,
        do_not_call: DoNotCallSource | None = None,
        changed: Callable[[str], None] | None = None,
    ) -> None:
        """``changed(campaign_id)`` is called after each change of status: pass ``CampaignRunner.wake``."""
        self._store = store
        self._clock = clock
        self._gate = gate or Gate()
        self._do_not_call = do_not_call
        self._changed = changed or (lambda campaign_id: None)

    def create(self, new: NewCampaign, rows: Sequence[ContactRow]) -> str:
        """A draft campaign with its contacts, in one transaction; returns its id. Raises InputError, RefusedError."""
        self._check(new, rows)
        now = self._clock.now()
        with self._store.write() as session:
            if session.get(Business, new.business_id) is None:
                raise InputError("Không có doanh nghiệp này.", "There is no such business.", where=new.business_id)
            campaign = Campaign(
                id=new_id("cmp"),
                business_id=new.business_id,
                name=new.name,
                purpose=new.purpose,
                flow=new.flow,
                status="draft",
                settings=new.settings.to_json(),
                created_at=now,
            )
            session.add(campaign)
            customers = ensure_customers(session, new.business_id, [_person(row) for row in rows], now)
            session.add_all(
                _contact(campaign.id, customer.id, row, now) for customer, row in zip(customers, rows, strict=True)
            )
            return campaign.id

    def _check(self, new: NewCampaign, rows: Sequence[ContactRow]) -> None:
        if new.purpose not in self._gate.rules.labels:
            known = ", ".join(self._gate.rules.labels)
            raise RefusedError(
                f"Chiến dịch phải khai báo mục đích: {known}.",
                f"A campaign must declare its purpose: {known}.",
                where="purpose",
            )
        if not rows:
            raise InputError("Không có liên hệ nào dùng được.", "There is no usable contact.", where="contacts")
        phones = Counter(row.phone for row in rows)
        if len(phones) < len(rows):
            raise InputError(
                "Có số điện thoại trùng trong danh sách.",
                "A phone number occurs more than once in the list.",
                where=phones.most_common(1)[0][0],
            )
        new.settings.check()

    def launch(self, campaign_id: str) -> None:
        """Start calling. Raises RefusedError unless it is a draft or paused."""
        self._move(campaign_id, "running")

    def pause(self, campaign_id: str) -> None:
        """Dial nobody else; calls in progress end normally."""
        self._move(campaign_id, "paused")

    def resume(self, campaign_id: str) -> None:
        """Go on after a pause."""
        self._move(campaign_id, "running")

    def stop(self, campaign_id: str) -> None:
        """End for good; calls in progress end normally and contacts not yet final stay as they are."""
        self._move(campaign_id, "stopped")

    def set_kill_switch(self, on: bool, business_id: str = DEFAULT_BUSINESS) -> None:
        """Stop (or allow again) every new call of a business at once, whatever campaigns are running."""
        with self._store.write() as session:
            business = session.get_one(Business, business_id)
            business.settings = {**business.settings, "kill_switch": on}
            of_business = (Campaign.business_id == business_id) & (Campaign.status == "running")
            running = session.scalars(select(Campaign.id).where(of_business)).all()
        for campaign_id in running:
            self._changed(campaign_id)

    def _move(self, campaign_id: str, status: str) -> None:
        now = self._clock.now()
        with self._store.write() as session:
            campaign = self._campaign(session, campaign_id)
            if campaign.status not in _NEXT[status]:
                raise RefusedError(
                    f"Chiến dịch đang “{_STATUS[campaign.status]}”, không chuyển sang “{_STATUS[status]}” được.",
                    f"The campaign is {campaign.status} and cannot become {status}.",
                    where=campaign_id,
                )
            campaign.status = status
            if status == "running" and campaign.started_at is None:
                campaign.started_at = now
            if status == "stopped":
                campaign.finished_at = now
        self._changed(campaign_id)

    def _campaign(self, session: Session, campaign_id: str) -> Campaign:
        campaign = session.get(Campaign, campaign_id)
        if campaign is None:
            raise InputError(
                "Không có chiến dịch này. Xem danh sách bằng alo campaign list.",
                "There is no such campaign. List them with alo campaign list.",
                where=campaign_id,
            )
        return campaign

    def campaign(self, campaign_id: str) -> Campaign:
        """Raises InputError if there is none."""
        with self._store.read() as session:
            return self._campaign(session, campaign_id)

    def campaigns(self, limit: int = 100) -> Sequence[Campaign]:
        """Newest first."""
        with self._store.read() as session:
            return session.scalars(select(Campaign).order_by(Campaign.created_at.desc()).limit(limit)).all()

    def contacts(self, campaign_id: str, limit: int = 1000, offset: int = 0) -> Sequence[Contact]:
        """In the file's order."""
        with self._store.read() as session:
            query = select(Contact).where(Contact.campaign_id == campaign_id).order_by(Contact.row_number)
            return session.scalars(query.limit(limit).offset(offset)).all()

    def attempts(self, contact_id: str) -> Sequence[Attempt]:
        """In order."""
        with self._store.read() as session:
            query = select(Attempt).where(Attempt.contact_id == contact_id).order_by(Attempt.number)
            return session.scalars(query).all()

    def progress(self, campaign_id: str) -> Progress:
        """Counts as of now, from one moment of the database."""
        with self._store.read() as session:
            campaign = self._campaign(session, campaign_id)
            of_campaign = Contact.campaign_id == campaign_id
            by_status = _counts(
                session, select(Contact.status, func.count()).where(of_campaign).group_by(Contact.status)
            )
            final = of_campaign & Contact.status.in_(("done", "skipped"))
            by_code = _counts(
                session, select(Contact.disposition, func.count()).where(final).group_by(Contact.disposition)
            )
            attempts = session.scalar(
                select(func.count()).where(Attempt.campaign_id == campaign_id, Attempt.state != "released")
            )
            due = session.scalar(
                select(func.min(Contact.next_due_at)).where(of_campaign, Contact.status.in_(WAITING_STATES))
            )
            return Progress(
                campaign_id,
                campaign.name,
                campaign.status,
                sum(by_status.values()),
                by_status,
                by_code,
                attempts or 0,
                due,
            )

    def dry_run(self, campaign_id: str) -> DryRun:
        """Ask the gate about every unfinished contact as of now, without calling or recording anything."""
        now = self._clock.now()
        with self._store.read() as session:
            campaign = self._campaign(session, campaign_id)
            settings = CampaignSettings.from_json(campaign.settings)
            policy = settings.policy(kill_switch=kill_switch(session, campaign.business_id))
            query = select(Contact).where(Contact.campaign_id == campaign_id, Contact.status.in_(WAITING_STATES))
            contacts = session.scalars(query.order_by(Contact.row_number)).all()
            phones = [contact.phone for contact in contacts]
            facts = gather_facts(
                session, campaign.business_id, campaign.purpose, phones, now, self._gate.rules, self._do_not_call
            )
        foreseen = (
            Foresight(
                contact.id,
                contact.row_number,
                contact.fields.get("name"),
                contact.phone,
                self._gate.decide(campaign.purpose, "voice", now, facts[contact.phone], policy),
            )
            for contact in contacts
        )
        return DryRun(now, tuple(foreseen))


def _counts(session: Session, query: Any) -> dict[str, int]:
    return dict(Counter({key or "": count for key, count in session.execute(query)}))


def _person(row: ContactRow) -> Person:
    return Person(row.phone, row.name, row.gender, row.birth_year, row.address_as, row.region)


def _contact(campaign_id: str, customer_id: str, row: ContactRow, now: datetime) -> Contact:
    return Contact(
        id=new_id("con"),
        campaign_id=campaign_id,
        customer_id=customer_id,
        phone=row.phone,
        row_number=row.row_number,
        fields=row.to_fields(),
        status="pending",
        attempts_made=0,
        next_due_at=now,
        disposition_details={},
        updated_at=now,
    )
