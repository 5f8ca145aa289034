"""The demo's summary as plain data: printed as tables, written by ``--json``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

import analytics
from campaigns.service import CampaignService
from memory.events import SIM_TRUTH
from memory.schema import Contact
from memory.store import Store
from speech.types import FRAME_MS
from telephony.media_loop import LoopStats

_OWN_WORK = ("recognition_ms", "agent_ms", "overhead_ms")
_STAGES = {
    "end_of_turn": ("end_of_turn_ms",),
    "recognition": ("recognition_ms",),
    "agent": ("agent_ms",),
    "media": ("overhead_ms",),
    "overhead": _OWN_WORK,
    "synthesis": ("synthesis_ms",),
    "total": ("total_ms",),
}
"""What the summary shows, as sums of the stages of BOT_LATENCY. ``overhead`` is everything but waiting for the end of
the turn and synthesis."""

_PERCENTILES = (50, 95, 99)


def summarize(
    store: Store, service: CampaignService, campaign_id: str, stats: LoopStats, wall_s: float
) -> dict[str, Any]:
    """What came of a rehearsed campaign.

    ``contacts`` compares for each contact what the customer meant (``truth``) with what was recorded
    (``disposition``); latencies are in ms, ``realtime_factor`` is seconds of call audio per second of wall clock,
    ``packet_lateness_ms`` how late 20 ms ticks began at real speed (zeros at maximum speed, where nothing is due).
    """
    data = analytics.load(store.engine, campaign=campaign_id)
    truths = {
        conversation: json.loads(text)
        for conversation, text in data.events.loc[data.events["type"] == SIM_TRUTH, ["conversation_id", "data"]].values
    }
    contacts = [
        _contact(contact, service, data, truths) for contact in service.contacts(campaign_id, limit=100_000)
    ]
    audio_s = stats.call_ticks * FRAME_MS / 1000
    return {
        "campaign_id": campaign_id,
        "contacts": contacts,
        "totals": _totals(contacts),
        "latency_ms": _latency(data.turns),
        "recognition": _recognition(data.turns, data.calls),
        "packet_lateness_ms": {
            f"p{p}": round(late, 1) for p, late in zip(_PERCENTILES, stats.lateness(*_PERCENTILES), strict=True)
        },
        "audio_s": round(audio_s, 1),
        "wall_s": round(wall_s, 2),
        "realtime_factor": round(audio_s / wall_s, 2) if wall_s else 0.0,
    }


def _contact(
    contact: Contact, service: CampaignService, data: analytics.Data, truths: Mapping[str, Any]
) -> dict[str, Any]:
    attempts = service.attempts(contact.id)
    last = attempts[-1] if attempts else None
    conversation_id = last.conversation_id if last else None
    truth = truths.get(conversation_id or "", {})
    found = data.calls[data.calls["conversation_id"] == conversation_id]
    call = found.iloc[0] if len(found) else None
    return {
        "name": contact.fields.get("name"),
        "region": contact.fields.get("region"),
        "truth": truth.get("disposition"),
        "truth_details": truth.get("details", {}),
        "behaviour": truth.get("persona", {}).get("behaviour"),
        "disposition": contact.disposition,
        "details": dict(contact.disposition_details),
        "status": contact.status,
        "attempts": contact.attempts_made,
        "conversation_id": conversation_id,
        "answered": bool(call["answered"]) if call is not None else False,
        "verified": bool(call["verified"]) if call is not None else False,
        "right_party": bool(call["right_party"]) if call is not None else False,
        "escalated": bool(call["escalated"]) if call is not None else False,
        "turns": _number(call, "turns"),
        "duration_ms": _number(call, "duration_ms"),
        "syllable_error": _number(call, "syllable_error"),
        "latency_ms": _latency(data.turns[data.turns["conversation_id"] == conversation_id]),
        "heard_debt_unverified": any(
            truths.get(attempt.conversation_id or "", {}).get("persona", {}).get("heard_debt") for attempt in attempts
        ),
    }


def _number(call: pd.Series | None, column: str) -> float | int | None:
    if call is None or pd.isna(call[column]):
        return None
    value = float(call[column])
    return int(value) if value.is_integer() and column != "syllable_error" else round(value, 4)


def _totals(contacts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    promises = [c for c in contacts if c["disposition"] == "PTP"]
    return {
        "contacts": len(contacts),
        "finished": sum(c["disposition"] is not None for c in contacts),
        "answered": sum(c["answered"] for c in contacts),
        "right_party": sum(c["right_party"] for c in contacts),
        "escalated": sum(c["escalated"] for c in contacts),
        "as_meant": sum(c["disposition"] == c["truth"] for c in contacts),
        "promises": [
            {"name": c["name"], "date": c["details"].get("date"), "amount": c["details"].get("amount")}
            for c in promises
        ],
        "promised_amount": sum(c["details"].get("amount") or 0 for c in promises),
        "outcomes": dict(Counter(c["disposition"] or "-" for c in contacts).most_common()),
    }


def _latency(turns: pd.DataFrame) -> dict[str, dict[str, float]]:
    bot = turns[turns["role"] == "bot"]
    stages = {}
    for stage, columns in _STAGES.items():
        values = bot[list(columns)].dropna().sum(axis="columns")
        if len(values):
            stages[stage] = {f"p{p}": round(float(values.quantile(p / 100)), 1) for p in _PERCENTILES}
    return stages


def _recognition(turns: pd.DataFrame, calls: pd.DataFrame) -> dict[str, dict[str, Any]]:
    spoken = turns[turns["reference"].notna()].merge(calls[["conversation_id", "speaker_dialect"]], "left")
    result = {}
    for dialect, part in [*spoken.groupby("speaker_dialect"), ("all", spoken)]:
        syllables = int(part["reference_syllables"].sum())
        if syllables:
            errors, toneless = int(part["syllable_errors"].sum()), int(part["toneless_errors"].sum())
            result[str(dialect)] = {
                "syllables": syllables,
                "syllable_error": round(errors / syllables, 4),
                "toneless_error": round(toneless / syllables, 4),
            }
    return result
