"""The legal gate: may this person be contacted now, for this purpose, on this channel? Pure; fails closed.

Checks in the order of vietnam_rules §0.2. Times are the callee's, UTC+7.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from campaigns.calendar import days_from_tet, is_public_holiday
from campaigns.gate_reasons import reason_text
from campaigns.rules import Cap, Hours, Rule, RuleBook, Window, load_rules
from core.clock import VIETNAM, vietnam_time

_SEARCH_DAYS = 40
"""How far ahead to look for an open hour: longer than any Tết."""


@dataclass(frozen=True, slots=True)
class PastContact:
    """An earlier contact that reached the person's device (every attempt that rang counts). ``at`` is aware."""

    at: datetime
    purpose: str
    channel: str


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """What is known of the person at this moment."""

    opted_out: bool = False
    suppressed_by: str | None = None
    """disposition that keeps the number from being called: INVALID, WRONG_NUMBER, …"""
    number_problem: str | None = None
    """why the number cannot be dialled, a code of memory.phones"""
    national_dnc: frozenset[str] | None = None
    """channels the person blocked in the national list; None: nobody has asked, which fails closed for advertising"""
    consented: bool = False
    """to this purpose, with evidence"""
    agreed_hours: tuple[Window, ...] = ()
    """hours outside the legal ones that the person agreed to, on record"""
    past: Sequence[PastContact] = ()
    """at least the last 24 hours and the whole calendar day, by the same legal entity"""
    promised_for: date | None = None
    """a promise to pay on this day is still open"""


@dataclass(frozen=True, slots=True)
class GatePolicy:
    """What a business or campaign decides for itself; it can only narrow the law."""

    kill_switch: bool = False
    brandname_active: bool = False
    windows: tuple[Window, ...] | None = None
    weekdays: frozenset[int] | None = None
    holidays: bool | None = None
    daily_cap: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer. ``code`` is ``ok`` or the check that refused; ``next_allowed_at`` None: not by waiting."""

    allowed: bool
    code: str
    vi: str
    en: str
    next_allowed_at: datetime | None = None

    @property
    def waits(self) -> bool:
        """Refused now, allowed later."""
        return not self.allowed and self.next_allowed_at is not None


class Gate:
    """Decides by a rule book. ``decide`` is a pure function of its arguments."""

    def __init__(self, rules: RuleBook | None = None) -> None:
        self.rules = rules or load_rules()

    @property
    def version(self) -> str:
        """Name and version of the rules, for the audit."""
        return f"{self.rules.name} {self.rules.version}"

    def decide(
        self, purpose: str | None, channel: str, at: datetime, facts: ContactFacts, policy: GatePolicy | None = None
    ) -> Decision:
        """May the person with ``facts`` be contacted at ``at`` (aware)?"""
        policy = policy or GatePolicy()
        refusal = self._never(purpose, channel, at, facts, policy)
        if refusal:
            return refused(refusal)
        rule = self.rules.rule(purpose or "", channel, vietnam_time(at).date())
        assert rule is not None
        return _now_or_later(_Waiting(rule, channel, facts, policy, self.rules), at)

    def _never(
        self, purpose: str | None, channel: str, at: datetime, facts: ContactFacts, policy: GatePolicy
    ) -> str | None:
        """The first refusal that waiting does not cure."""
        if policy.kill_switch:
            return "kill_switch"
        if not purpose:
            return "no_purpose"
        rule = self.rules.rule(purpose, channel, vietnam_time(at).date())
        if rule is None:
            return "unknown_purpose"
        checks = (
            (facts.number_problem is not None, "number"),
            (facts.suppressed_by is not None, "suppressed"),
            (facts.opted_out, "opted_out"),
            (rule.national_dnc_blocks and facts.national_dnc is None, "dnc_unknown"),
            (rule.national_dnc_blocks and channel in (facts.national_dnc or ()), "national_dnc"),
            (rule.consent is not None and not facts.consented, "no_consent"),
            (rule.brandname_required and not policy.brandname_active, "no_brandname"),
        )
        return next((code for failed, code in checks if failed), None)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Everything the checks need that waiting may cure."""

    rule: Rule
    channel: str
    facts: ContactFacts
    policy: GatePolicy
    book: RuleBook

    def closed(self, at: datetime) -> tuple[str, datetime] | None:
        """Why contact is not allowed at ``at``, and the earliest time at which this one reason may be over."""
        if self.rule.always:
            return None
        return self._day(at) or self._promise(at) or self._hour(at) or self._cap(at)

    def _day(self, at: datetime) -> tuple[str, datetime] | None:
        local = vietnam_time(at)
        day, hours = local.date(), self.hours()
        from_tet = days_from_tet(day)
        blackout = self.book.blackout_from_day - 1 <= from_tet < self.book.blackout_to_day
        if blackout or -hours.tet_eve_days <= from_tet < hours.tet_days:
            return "tet", _midnight_after(day)
        if day.isoweekday() not in hours.weekdays:
            return "weekday", _midnight_after(day)
        if not hours.holidays and is_public_holiday(day):
            return "holiday", _midnight_after(day)
        return None

    def _promise(self, at: datetime) -> tuple[str, datetime] | None:
        promised = self.facts.promised_for
        if promised and self.rule.purpose == "collection" and vietnam_time(at).date() <= promised:
            return "promised", _midnight_after(promised)
        return None

    def _hour(self, at: datetime) -> tuple[str, datetime] | None:
        windows = self.hours().windows
        local = vietnam_time(at)
        clock = local.time()
        if not windows or any(start <= clock < end for start, end in windows):
            return None
        later = [start for start, _ in windows if start > clock]
        if later:
            return "hours", datetime.combine(local.date(), min(later), VIETNAM).astimezone(UTC)
        return "hours", _midnight_after(local.date())

    def _cap(self, at: datetime) -> tuple[str, datetime] | None:
        for cap in self.caps():
            counted = sorted(past.at for past in self.facts.past if self._counts(past, cap, at))
            if len(counted) >= cap.n:
                if cap.span is None:
                    return "cap", _midnight_after(vietnam_time(at).date())
                return "cap", counted[len(counted) - cap.n] + cap.span
        return None

    def _counts(self, past: PastContact, cap: Cap, at: datetime) -> bool:
        if past.purpose != self.rule.purpose or (past.channel != self.channel and not cap.across_channels):
            return False
        if cap.span is None:
            return vietnam_time(past.at).date() == vietnam_time(at).date()
        return at - cap.span < past.at

    def caps(self) -> list[Cap]:
        """The legal cap and the narrower one of the business."""
        caps = [cap for cap in (self.rule.legal_cap, self.rule.usual_cap) if cap is not None]
        if self.policy.daily_cap is not None:
            caps = [cap for cap in caps if cap is self.rule.legal_cap]
            caps.append(Cap(self.policy.daily_cap, None, across_channels=True))
        return caps

    def hours(self) -> Hours:
        """Usual hours or the campaign's own, within the law, plus hours the person agreed to."""
        usual, policy = self.rule.usual, self.policy
        windows = usual.windows if policy.windows is None else policy.windows
        windows = intersect(windows, self.rule.legal.windows)
        if self.rule.hours_by_agreement:
            windows = (*windows, *self.facts.agreed_hours)
        return replace(
            usual,
            windows=windows,
            weekdays=(usual.weekdays if policy.weekdays is None else policy.weekdays) & self.rule.legal.weekdays,
            holidays=usual.holidays if policy.holidays is None else policy.holidays,
        )


def _now_or_later(waiting: _Waiting, at: datetime) -> Decision:
    closed = waiting.closed(at)
    if closed is None:
        return Decision(True, "ok", *reason_text("ok"))
    code, moment = closed
    limit = at + timedelta(days=_SEARCH_DAYS)
    while moment <= limit:
        again = waiting.closed(moment)
        if again is None:
            return replace(refused(code), next_allowed_at=moment)
        moment = max(again[1], moment + timedelta(seconds=1))
    return refused(code)


def refused(code: str) -> Decision:
    """A refusal with its texts."""
    return Decision(False, code, *reason_text(code))


def intersect(wanted: Sequence[Window], legal: Sequence[Window]) -> tuple[Window, ...]:
    """Parts of ``wanted`` within ``legal``; no ``legal`` window means no limit, no ``wanted`` one means all day."""
    if not legal:
        return tuple(wanted)
    if not wanted:
        return tuple(legal)
    common = ((max(a, c), min(b, d)) for a, b in wanted for c, d in legal)
    # A closed window (midnight to itself) keeps "never" apart from "all day".
    return tuple((start, end) for start, end in common if start < end) or ((time.min, time.min),)


def widened(policy: GatePolicy, rule: Rule) -> list[str]:
    """What a campaign asks for that the law forbids: codes ``hours``, ``cap``. For a warning before launch."""
    problems = []
    if policy.windows is not None and rule.legal.windows:
        inside = all(any(c <= a and b <= d for c, d in rule.legal.windows) for a, b in policy.windows)
        problems += [] if inside else ["hours"]
    if policy.daily_cap is not None and rule.legal_cap and policy.daily_cap > rule.legal_cap.n:
        problems.append("cap")
    return problems


def sounds_like_advertising(text: str, rules: RuleBook | None = None) -> list[str]:
    """Words in a script that make it advertising, whatever purpose was declared."""
    lowered = text.lower()
    return [word for word in (rules or load_rules()).advertising_words if word in lowered]


def _midnight_after(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time.min, VIETNAM).astimezone(UTC)
