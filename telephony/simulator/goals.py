"""What a synthetic customer wants from the call: goal scripts as tables from the bot's act to the customer's intent.

A script is data: who picks up, what they answer to each act, what they do once before answering, and the disposition
that a perfect agent would record. ``Customer`` runs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from telephony.simulator.hearing import Act

Flow = Literal["payment_reminder", "appointment_reminder"]
Who = Literal["right", "wrong", "relative", "nobody"]

_ANYONE = {
    Act.IDENTITY: "yes_self",
    Act.BIRTH_YEAR: "birth_year",
    Act.LAST_DIGITS: "last_digits",
    Act.FULL_NAME: "full_name",
    Act.ANYTHING_ELSE: "no_more",
    Act.OFFER_PERSON: "no_person",
    Act.ASK_MESSAGE: "affirm",
    Act.ASK_CALLBACK: "callback_any",
    Act.CONFIRM_CALLBACK: "deny",
    Act.CONFIRM_OPT_OUT: "deny",
    Act.CONFIRM_CANCEL: "deny",
    Act.GOODBYE: "bye",
    Act.TRANSFERRING: "thanks_wait",
}
_PAYER = {
    **_ANYONE,
    Act.PLAN: "promise",
    Act.ASK_DATE: "date",
    Act.ASK_AMOUNT: "amount",
    Act.ASK_REASON: "forgot",
    Act.ASK_PAID: "not_paid",
    Act.RECAP: "check_promise",
    Act.QUESTION: "promise",
}


def _always(intent: str, **other: str) -> dict[Act, str]:
    """The same answer to everything but identity and farewell."""
    table = {act: intent for act in Act if act not in (Act.STATEMENT, Act.HEAR_CHECK, Act.REPHRASE)}
    table |= {Act.IDENTITY: "yes_self", Act.BIRTH_YEAR: "birth_year", Act.LAST_DIGITS: "last_digits"}
    table |= {Act.FULL_NAME: "full_name", Act.GOODBYE: "bye", Act.TRANSFERRING: "thanks_wait"}
    return table | {Act(name): value for name, value in other.items()}


@dataclass(frozen=True, slots=True)
class Goal:
    """One script."""

    name: str
    code: str
    """Disposition that the customer really means."""
    answers: Mapping[Act, str]
    who: Who = "right"
    flow: Flow = "payment_reminder"
    once: Mapping[Act, str] = field(default_factory=lambda: MappingProxyType({}))
    """Said the first time the act comes, instead of the answer."""
    main: str = "promise"
    """The point they want to make; said when a question makes no sense to them."""
    traits: frozenset[str] = frozenset()
    """interrupts, backchannels, silent, corrects, double_alo, mailbox"""
    dealt: bool = True
    """False: only on request, not part of a population."""


_MAILBOX = frozenset({"silent", "mailbox"})
_NOBODY_HERE: dict[Act, str] = dict.fromkeys(Act, "wrong_again") | {
    Act.IDENTITY: "wrong_number", Act.GOODBYE: "bye", Act.ASK_MESSAGE: "wrong_again", Act.HEAR_CHECK: "wrong_number",
}  # fmt: skip
_FAMILY: dict[Act, str] = dict.fromkeys(Act, "relative_again") | {
    Act.IDENTITY: "relative", Act.GOODBYE: "bye", Act.ASK_MESSAGE: "take_message", Act.ASK_CALLBACK: "relative_when",
    Act.CONFIRM_CALLBACK: "affirm", Act.ANYTHING_ELSE: "no_more", Act.OFFER_PERSON: "no_person",
    Act.HEAR_CHECK: "relative",
}  # fmt: skip
_BUSY = {
    **_always("busy_now"),
    Act.ASK_CALLBACK: "callback_time",
    Act.ASK_DATE: "callback_time",
    Act.ASK_NEW_TIME: "callback_time",
    Act.CONFIRM_CALLBACK: "check_callback",
    Act.RECAP: "check_callback",
    Act.ANYTHING_ELSE: "no_more",
}
_WANTS_PERSON = _always("want_person", offer_person="yes_person", recap="yes_person", anything_else="want_person")
_ANGRY = _always("angry_person", offer_person="yes_person", recap="yes_person", ask_reason="angry_person")
_STOP = _always("opt_out", confirm_opt_out="opt_out_yes", recap="opt_out_yes", anything_else="no_more")

PAYMENT_GOALS: tuple[Goal, ...] = (
    Goal("pays_today", "PTP", _PAYER),
    Goal("promises", "PTP", _PAYER),
    Goal("already_paid", "PAID_WAIT", {
        **_PAYER, Act.PLAN: "paid", Act.ASK_DATE: "paid_when", Act.ASK_AMOUNT: "paid", Act.ASK_REASON: "paid",
        Act.ASK_PAID: "paid_when", Act.RECAP: "paid_or_yes", Act.QUESTION: "paid",
    }, main="paid"),
    Goal("disputes", "DISPUTE", {
        **_PAYER, Act.PLAN: "dispute", Act.ASK_DATE: "dispute", Act.ASK_AMOUNT: "dispute_reason",
        Act.ASK_REASON: "dispute_reason", Act.ASK_PAID: "dispute", Act.RECAP: "dispute_or_yes", Act.QUESTION: "dispute",
        Act.OFFER_PERSON: "main_or_yes", Act.CONFIRM_CALLBACK: "affirm",
    }, main="dispute"),
    Goal("wrong_person", "WRONG_NUMBER", _NOBODY_HERE, who="wrong", main="wrong_number"),
    Goal("relative_answers", "THIRD_PARTY", _FAMILY, who="relative", main="relative"),
    Goal("busy_call_later", "CALLBACK", _BUSY, main="busy_now"),
    Goal("angry_wants_person", "TRANSFERRED", _ANGRY, main="angry_person"),
    Goal("asks_for_person", "TRANSFERRED", _WANTS_PERSON, main="want_person"),
    Goal("opt_out", "OPT_OUT", _STOP, main="opt_out"),
    Goal("silent", "NO_RESPONSE", {}, who="nobody", traits=frozenset({"silent"})),
    Goal("double_alo", "PTP", _PAYER, traits=frozenset({"double_alo"})),
    Goal("interrupts", "PTP", _PAYER, traits=frozenset({"interrupts"})),
    Goal("corrects_self", "PTP", _PAYER, traits=frozenset({"corrects"})),
    Goal("backchannels", "PTP", _PAYER, traits=frozenset({"backchannels"})),
    Goal("hardship", "HARDSHIP", {
        **_PAYER, Act.PLAN: "hardship", Act.ASK_DATE: "hardship_no_date", Act.ASK_AMOUNT: "hardship_no_date",
        Act.ASK_REASON: "hardship_more", Act.ASK_PAID: "hardship", Act.RECAP: "hardship_or_yes",
        Act.QUESTION: "hardship_more", Act.OFFER_PERSON: "main_or_yes", Act.CONFIRM_CALLBACK: "affirm",
    }, main="hardship"),
    Goal("refuses", "REFUSE_PAY", {
        **_PAYER, Act.PLAN: "refuse", Act.ASK_DATE: "refuse", Act.ASK_AMOUNT: "refuse", Act.ASK_REASON: "refuse_reason",
        Act.ASK_PAID: "refuse", Act.RECAP: "refuse_or_yes", Act.QUESTION: "refuse",
    }, main="refuse"),
    Goal("asks_who", "PTP", _PAYER, once={Act.IDENTITY: "who"}),
    Goal("asks_repeat", "PTP", _PAYER, once={Act.PLAN: "repeat", Act.ASK_DATE: "repeat"}),
    Goal("hangs_up", "HANGUP_EARLY", dict.fromkeys(Act, "hang_up"), main="hang_up", dealt=False),
    Goal("voicemail", "VOICEMAIL", {}, who="nobody", traits=_MAILBOX, dealt=False),
)  # fmt: skip

_PATIENT = {**_ANYONE, Act.RECAP: "check_time", Act.ASK_REASON: "cancel_reason"}
APPOINTMENT_GOALS: tuple[Goal, ...] = (
    Goal("confirms", "CONFIRMED", {
        **_PATIENT, Act.APPOINTMENT: "confirm", Act.RECAP: "affirm", Act.QUESTION: "confirm", Act.PLAN: "confirm",
        Act.ASK_NEW_TIME: "confirm",
    }, flow="appointment_reminder", main="confirm"),
    Goal("reschedules", "RESCHEDULED", {
        **_PATIENT, Act.APPOINTMENT: "reschedule", Act.ASK_NEW_TIME: "new_time", Act.ASK_DATE: "new_time",
        Act.PLAN: "new_time", Act.QUESTION: "reschedule", Act.CONFIRM_CALLBACK: "check_time",
    }, flow="appointment_reminder", main="reschedule"),
    Goal("cancels", "CANCELLED", {
        **_PATIENT, Act.APPOINTMENT: "cancel", Act.CONFIRM_CANCEL: "cancel_yes", Act.ASK_NEW_TIME: "no_new_time",
        Act.ASK_DATE: "no_new_time", Act.PLAN: "cancel", Act.QUESTION: "cancel", Act.RECAP: "cancel_yes",
    }, flow="appointment_reminder", main="cancel"),
    Goal("wrong_person", "WRONG_NUMBER", _NOBODY_HERE, who="wrong", flow="appointment_reminder", main="wrong_number"),
    Goal("asks_person", "TRANSFERRED", _WANTS_PERSON, flow="appointment_reminder", main="want_person"),
    Goal("voicemail", "VOICEMAIL", {}, who="nobody", traits=_MAILBOX, flow="appointment_reminder", dealt=False),
)  # fmt: skip

GOALS: Mapping[tuple[str, str], Goal] = MappingProxyType(
    {(goal.flow, goal.name): goal for goal in (*PAYMENT_GOALS, *APPOINTMENT_GOALS)}
)


def goal_names(flow: str) -> tuple[str, ...]:
    """Scripts of a flow whose customer picks up, those that a population is dealt."""
    return tuple(goal.name for goal in GOALS.values() if goal.flow == flow and goal.dealt)
