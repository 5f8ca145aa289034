"""The single record of a conversation: one append-only stream of events.

Transcripts, dashboards and frames derive from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

# Voice call progress. data: to, carrier, codec, attempt_id | sip_code, cause | by, cause, duration_ms
CALL_DIALLED: Final = "call.dialled"
CALL_RINGING: Final = "call.ringing"
CALL_EARLY_MEDIA: Final = "call.early_media"
CALL_ANSWERED: Final = "call.answered"
CALL_ENDED: Final = "call.ended"
CALL_RECORDED: Final = "call.recorded"
"""data: path (relative to the recordings folder), channels (left customer, right bot), duration_ms"""
ANNOUNCEMENT: Final = "call.announcement"
"""A network announcement was recognised. data: text, outcome"""
RECOGNITION_SWITCHED: Final = "recognition.switched"
"""Another recogniser took over. data: from, to, reason (error, slow, resting, recovered), detail (safe text)"""
SYNTHESIS_SWITCHED: Final = "synthesis.switched"
"""Another voice speaks. data: from, to, reason (error, slow, resting), detail (safe text)"""

# Who said what. Times in ms of conversation time.
CUSTOMER_SAID: Final = "customer.said"
"""data: turn, text, confidence, start_ms, end_ms, words, alternatives, dialect, interrupted_bot, digits"""
BOT_SAID: Final = "bot.said"
"""Written when it has sounded.

data: turn, text, spoken, template, sensitive, start_ms, end_ms, heard_text, interrupted, rate (voice: 1.0 is usual)
"""
BOT_LATENCY: Final = "bot.latency"
"""From the customer's last sample to the bot's first.

data: turn, end_of_turn_ms (audio), recognition_ms, agent_ms,
synthesis_ms, overhead_ms (the rest of our own work: media, queues, the next packet's time), total_ms (heard gap)
"""
BACKCHANNEL: Final = "customer.backchannel"
"""data: text, start_ms, end_ms"""
SILENCE: Final = "customer.silent"
"""data: count"""

# What was understood and done.
UNDERSTOOD: Final = "agent.understood"
"""data: turn, intent, confidence, commands [{command, …}], brain

With a language model also fallback (why the embedded brain decided) and dropped (refused proposals by reason).
"""
ANSWERED: Final = "agent.answered"
"""A question outside the flow.

data: turn, found, by (documents, language_model), confidence, sources [{document, heading}]
"""
FLOW_STEP: Final = "agent.step"
"""data: flow, step"""
SLOT_SET: Final = "agent.slot"
"""data: name, value, display, corrected"""
PLAN: Final = "agent.plan"
"""A plan ended, or mended a step that failed. data: plan, end (done, stopped, failed, stuck), why | tool, trouble,
repaired"""
FLOW_SWITCHED: Final = "agent.flow"
"""Another flow began, or one that was interrupted goes on. data: flow, from, back"""
TOOL_CALLED: Final = "tool.called"
"""data: tool, ok, duration_ms, error (a code), attempts, unsure (whether the effect happened is not known)"""
PAYMENT: Final = "payment.confirmed"
"""The payment provider told of a link made in this conversation; may come after its end.

data: outcome (paid, failed, paid_late, wrong_amount, duplicate), amount (VND, as told), payment, notice
"""
IDENTITY: Final = "agent.identity"
"""data: verified (bool), method"""
IDENTITY_MISSED: Final = "agent.identity_missed"
"""A proof of identity was wrong; what was said is not told here. data: method, misses (in this conversation)"""
SENTIMENT: Final = "customer.sentiment"
"""data: turn, score (-1 … 1), label, kind, mood (-1 … 1), state (calm, tense, angry), words, arousal (0 … 3, voice)"""
ESCALATED: Final = "agent.escalated"
"""data: queue, reason, summary, turns and words that it rests on, rule (if not the flow's own)"""
ALERTED: Final = "agent.alerted"
"""Supervisors are told. data: do (alert, offer, callback), rule, turns, words"""
OPT_OUT: Final = "customer.opted_out"
"""data: scope"""
DISPOSITION: Final = "conversation.disposition"
"""data: code, details"""
SUMMARIZED: Final = "conversation.summarized"
"""The conversation in a few lines, once, at its end. data: text"""
PREFERENCE: Final = "customer.preference"
"""How the customer wants to be talked to. data: name (pronoun, dialect, channel, hours), value, how (said, inferred)"""
RECALLED: Final = "memory.recalled"
"""What a conversation was given of earlier ones. data: facts (names), conversation (the last), open_elsewhere"""
FAILED: Final = "conversation.failed"
"""Something broke. data: component, error (safe text)"""

# The simulator knows what was really said and meant.
SIM_SPOKE: Final = "simulator.customer_spoke"
"""data: text, start_ms, end_ms"""
SIM_TRUTH: Final = "simulator.truth"
"""data: disposition, details, persona"""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. ``at`` is the campaign's clock, ``at_ms`` conversation time, ``seq`` the order."""

    conversation_id: str
    seq: int
    type: str
    at: datetime
    at_ms: int
    data: Mapping[str, Any] = field(default_factory=dict)


Emit = Callable[[str, int, Mapping[str, Any]], None]
"""``emit(type, at_ms, data)``: how parts of a conversation report; bound to one conversation when it is made."""
