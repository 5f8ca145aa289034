"""Rehearsal: which synthetic customer stands behind each contact, and what they really said and meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from campaigns.caller import CallJob
from core.clock import Clock, vietnam_time
from memory import events
from memory.events import Emit
from telephony.carrier import CallLeg
from telephony.simulator.leg import SimulatedLeg
from telephony.simulator.meaning import Truth
from telephony.simulator.population import SyntheticContact


class Rehearsal:
    """Describes contacts to the simulator carrier and keeps what it tells of them.

    Contacts of ``population`` behave as dealt; any other contact (a business rehearsing its own file) gets a behaviour
    drawn from the seed.
    """

    def __init__(self, clock: Clock, company: str, population: Iterable[SyntheticContact] = ()) -> None:
        self._clock = clock
        self._company = company
        self._dealt = {(contact.phone, contact.name): contact for contact in population}

    def metadata(self, job: CallJob) -> Mapping[str, Any]:
        """``DialRequest.metadata`` of an attempt."""
        known = self._dealt.get((job.phone, job.name or ""))
        person = known.metadata() if known else _person(job)
        return {
            **person,
            "company": self._company,
            "attempt": job.attempt_number,
            "today": vietnam_time(self._clock.now()).date().isoformat(),
        }

    def on_leg(self, job: CallJob, conversation_id: str, leg: CallLeg, emit: Emit) -> None:
        """Note as events what the customer really says, and in the end what they meant."""
        if not isinstance(leg, SimulatedLeg):
            return

        def spoke(text: str, start_ms: int, end_ms: int) -> None:
            emit(events.SIM_SPOKE, end_ms, {"text": text, "start_ms": start_ms, "end_ms": end_ms})

        def ended(truth: Truth) -> None:
            data = {
                "disposition": truth.code,
                "details": dict(truth.details),
                "persona": {
                    **leg.customer.persona.describe(),
                    "behaviour": truth.behaviour,
                    "heard_debt": truth.heard_debt,
                },
            }
            emit(events.SIM_TRUTH, 0, data)

        leg.on_spoke = spoke
        leg.on_truth = ended


def _person(job: CallJob) -> dict[str, Any]:
    fields = job.fields
    return {
        "contact_id": job.contact_id,
        "name": job.name,
        "gender": fields.get("gender"),
        "region": job.region,
        "birth_year": fields.get("birth_year"),
        "contract_last4": str(fields.get("contract") or "")[-4:],
        "amount_due": fields.get("amount"),
        "due_date": fields.get("due_date"),
        "flow": job.flow,
    }
