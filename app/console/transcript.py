"""A conversation's events as a transcript. Pure: events in, bubbles and side facts out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from app.console.text import money
from memory import events as kind
from memory.events import Event

LATENCY_STAGES = ("end_of_turn_ms", "recognition_ms", "agent_ms", "synthesis_ms", "overhead_ms", "total_ms")


@dataclass(slots=True)
class Bubble:
    """One line of the transcript. ``role`` is customer, bot, operator or note; times in ms of conversation time."""

    role: str
    text: str
    start_ms: int
    end_ms: int
    turn: int | None = None
    note: str = ""
    """catalog key of a note; its values are in ``data``"""
    data: Mapping[str, Any] = field(default_factory=dict)
    unheard: str = ""
    """tail of the bot's words that never sounded"""
    really_said: str | None = None
    """what the synthetic customer truly said"""
    heard_right: bool = False
    """``really_said`` equals ``text`` but for punctuation and case"""
    sentiment: float | None = None
    understood: Mapping[str, Any] | None = None
    latency_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A slot: name, value as people read it, whether it was corrected on the way."""

    name: str
    display: str
    corrected: bool


@dataclass(frozen=True, slots=True)
class Transcript:
    """Everything the call page shows of a conversation's events."""

    bubbles: Sequence[Bubble]
    facts: Sequence[Fact]
    latencies_ms: Mapping[str, int]
    """median per stage over the turns"""
    sentiments: Sequence[tuple[int, float]]
    """(turn, score)"""
    recording: str | None
    recording_start_ms: int
    """conversation time of the recording's first sample"""
    recording_ms: int | None


def read_transcript(events: Iterable[Event]) -> Transcript:
    """The transcript of one conversation; unknown event types are skipped."""
    ordered = sorted(events, key=lambda e: e.seq)
    bubbles = _bubbles(ordered)
    _add_truth(ordered, bubbles)
    bubbles.sort(key=lambda b: b.start_ms)
    recorded = _last(ordered, kind.CALL_RECORDED)
    return Transcript(
        bubbles=bubbles,
        facts=_facts(ordered),
        latencies_ms=_latencies(ordered),
        sentiments=[
            (int(e.data.get("turn") or i), float(e.data["score"]))
            for i, e in enumerate((e for e in ordered if e.type == kind.SENTIMENT and "score" in e.data), start=1)
        ],
        recording=recorded.data.get("path") if recorded else None,
        recording_start_ms=_recording_start(ordered, recorded),
        recording_ms=recorded.data.get("duration_ms") if recorded else None,
    )


def _bubbles(ordered: Sequence[Event]) -> list[Bubble]:
    """Bubbles in the order of events. What was understood and felt belongs to the customer's words before it, a
    latency to the bot's words after it: parts count turns in their own ways, but all write in order."""
    bubbles: list[Bubble] = []
    customer: Bubble | None = None
    waited_ms: int | None = None
    for event in ordered:
        bubble = _bubble(event)
        if bubble is not None:
            bubbles.append(bubble)
        if bubble is not None and event.type == kind.CUSTOMER_SAID:
            customer = bubble
        elif bubble is not None and bubble.role == "bot":
            bubble.latency_ms, waited_ms = waited_ms, None
        elif event.type == kind.BOT_LATENCY and event.data.get("total_ms") is not None:
            waited_ms = round(event.data["total_ms"])
        elif event.type == kind.SENTIMENT and customer:
            customer.sentiment = event.data.get("score")
        elif event.type == kind.UNDERSTOOD and customer:
            customer.understood = event.data
    return bubbles


def _last(events: Sequence[Event], type_: str) -> Event | None:
    return next((e for e in reversed(events) if e.type == type_), None)


def _recording_start(events: Sequence[Event], recorded: Event | None) -> int:
    """Recordings begin when the call is answered, unless the event says otherwise."""
    if recorded and recorded.data.get("start_ms") is not None:
        return int(recorded.data["start_ms"])
    answered = _last(events, kind.CALL_ANSWERED)
    return answered.at_ms if answered else 0


def _bubble(event: Event) -> Bubble | None:
    data = event.data
    start, end = int(data.get("start_ms") or event.at_ms), int(data.get("end_ms") or event.at_ms)
    if event.type == kind.CUSTOMER_SAID:
        return Bubble("customer", str(data.get("text", "")), start, end, data.get("turn"), data=data)
    if event.type == kind.BACKCHANNEL:
        return Bubble("customer", str(data.get("text", "")), start, end, data=data)
    if event.type == kind.BOT_SAID:
        return _bot_bubble(data, start, end)
    note = _note(event)
    return Bubble("note", "", event.at_ms, event.at_ms, note=note[0], data=note[1]) if note else None


def _bot_bubble(data: Mapping[str, Any], start: int, end: int) -> Bubble:
    text, unheard = str(data.get("text", "")), ""
    if data.get("interrupted"):
        heard = str(data.get("heard_text") or "")
        whole = text if text.startswith(heard) else str(data.get("spoken") or text)
        text, unheard = (heard, whole[len(heard) :]) if whole.startswith(heard) else (heard, "…")
    return Bubble("bot", text, start, end, data.get("turn"), data=data, unheard=unheard)


def _note(event: Event) -> tuple[str, Mapping[str, Any]] | None:
    data = event.data
    if event.type == kind.CALL_ENDED:
        by = data.get("by")
        return f"note.ended.{by if by in ('customer', 'bot') else 'other'}", {}
    if event.type == kind.IDENTITY:
        return ("note.verified" if data.get("verified") else "note.not_verified"), {}
    if event.type == kind.TOOL_CALLED:
        values = {"tool": data.get("tool", ""), "error": data.get("error", "")}
        return ("note.tool" if data.get("ok", True) else "note.tool_failed"), values
    if event.type == kind.PAYMENT:
        return f"note.payment.{data.get('outcome', '')}", {"amount": money(data.get("amount") or 0)}
    if event.type == kind.ALERTED:
        do = "callback" if data.get("do") == "callback" else "alert"
        words = ", ".join(f"“{word}”" for word in data.get("words") or ())
        return f"note.alerted.{do}", {"reason": data.get("rule", ""), "words": words or "—"}
    simple = {
        kind.CALL_ANSWERED: ("note.answered", ()),
        kind.SILENCE: ("note.silence", ("count",)),
        kind.ANNOUNCEMENT: ("note.announcement", ("text",)),
        kind.ESCALATED: ("note.escalated", ("reason",)),
        kind.OPT_OUT: ("note.opt_out", ()),
        kind.FAILED: ("note.failed", ("component", "error")),
    }
    if event.type not in simple:
        return None
    key, names = simple[event.type]
    return key, {name: data.get(name, "") for name in names}


def _add_truth(events: Sequence[Event], bubbles: list[Bubble]) -> None:
    """Put what a synthetic customer really said beside the bubble that overlaps it most, else as a note."""
    heard = [b for b in bubbles if b.role == "customer"]
    for event in events:
        if event.type != kind.SIM_SPOKE or not event.data.get("text"):
            continue
        start, end = int(event.data.get("start_ms") or event.at_ms), int(event.data.get("end_ms") or event.at_ms)
        best = max(heard, key=lambda b: _overlap_ms(b, start, end), default=None)
        text = str(event.data["text"])
        if best is None or _overlap_ms(best, start, end) <= 0:
            bubbles.append(Bubble("note", "", start, end, note="note.unheard", data={"text": text}))
        else:
            best.really_said = f"{best.really_said} {text}" if best.really_said else text
            best.heard_right = plain(best.really_said) == plain(best.text)


def plain(text: str) -> str:
    """Words only: lower case, no punctuation."""
    return " ".join(re.findall(r"\w+", text.lower()))


def _overlap_ms(bubble: Bubble, start_ms: int, end_ms: int) -> int:
    return min(bubble.end_ms, end_ms) - max(bubble.start_ms, start_ms)


def _facts(events: Sequence[Event]) -> list[Fact]:
    facts: dict[str, Fact] = {}
    for event in events:
        if event.type == kind.SLOT_SET:
            data = event.data
            name, before = str(data.get("name", "")), facts.get(str(data.get("name", "")))
            corrected = bool(data.get("corrected")) or bool(before and before.corrected)
            facts[name] = Fact(name, str(data.get("display") or data.get("value")), corrected)
    return list(facts.values())


def _latencies(events: Sequence[Event]) -> dict[str, int]:
    measured = [e.data for e in events if e.type == kind.BOT_LATENCY]
    found = {stage: [float(d[stage]) for d in measured if d.get(stage) is not None] for stage in LATENCY_STAGES}
    return {stage: round(median(values)) for stage, values in found.items() if values}
