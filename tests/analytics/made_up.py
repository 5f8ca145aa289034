"""Made-up calls with all events of a real one, for tests, benchmarks and a first look without calling anybody.

Deterministic by seed. Recognition errors are drawn per dialect and noise, so tables and plots have something to show.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import insert

from core.ids import derived_id
from memory import events as kind
from memory.conversations import ConversationStart
from memory.events import Event
from memory.people import Person
from memory.schema import Attempt, Call, Campaign, Contact, Conversation
from memory.store import DEFAULT_BUSINESS, Store
from speech.text.normalize import strip_tones

START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CAMPAIGN, CAMPAIGN_NAME, FLOW = "camp_demo", "Nhắc thanh toán tháng 11", "payment_reminder"
REGIONS = ("north", "central", "south")
ERROR_RATE = {"north": 0.06, "central": 0.12, "south": 0.08}
NOISE = {"none": 1.0, "babble": 1.8, "street": 1.5, "white": 1.4}

ENDS = {
    "PTP": 30, "PAID": 10, "CALLBACK": 8, "THIRD_PARTY": 5, "WRONG_NUMBER": 4, "DISPUTE": 4, "HARDSHIP": 4,
    "TRANSFERRED": 5, "OPT_OUT": 3, "HANGUP_EARLY": 5, "NO_ANSWER": 12, "BUSY": 4, "REJECTED": 3, "UNREACHABLE": 3,
}  # fmt: skip
UNANSWERED = {"NO_ANSWER", "BUSY", "REJECTED", "UNREACHABLE"}
VERIFIED = {"PTP", "PAID", "DISPUTE", "HARDSHIP", "CALLBACK", "TRANSFERRED"}

SAYS = {
    "PTP": ("Dạ, anh sẽ thanh toán hai triệu rưỡi vào ngày hai mươi lăm nhé.", "promise"),
    "PAID": ("Tôi trả hôm qua rồi mà em.", "already_paid"),
    "CALLBACK": ("Anh đang họp, ba giờ chiều em gọi lại nha.", "busy"),
    "THIRD_PARTY": ("Anh ấy không có nhà, tôi là em gái.", "third_party"),
    "WRONG_NUMBER": ("Em gọi nhầm số rồi.", "wrong_person"),
    "DISPUTE": ("Tôi có vay khoản nào bên em đâu.", "dispute"),
    "HARDSHIP": ("Tháng này tui mất việc, chưa có tiền.", "hardship"),
    "TRANSFERRED": ("Cho tôi gặp nhân viên ngay, phiền quá.", "talk_to_human"),
    "OPT_OUT": ("Đừng gọi cho tôi nữa.", "opt_out"),
}
MOOD = {"TRANSFERRED": -0.8, "OPT_OUT": -0.6, "DISPUTE": -0.5, "PTP": 0.3, "PAID": 0.2}
_WRONG = ["à", "ba", "chín", "vay", "mười", "ngài", "không", "dạ", "tui", "rồi", "này", "trả", "gặp", "nhà"]


@dataclass
class MadeUpCall:
    """A conversation's rows and its events."""

    number: int
    conversation_id: str
    region: str
    code: str
    started_at: datetime
    events: list[Event] = field(default_factory=list)

    def add(self, event_type: str, at_ms: int, **data: Any) -> None:
        at = self.started_at + timedelta(milliseconds=at_ms)
        self.events.append(Event(self.conversation_id, len(self.events), event_type, at, at_ms, data))


def calls(count: int, seed: int = 7, small_talk: int = 1) -> Iterator[MadeUpCall]:
    """``count`` calls; ``small_talk`` more exchanges make them longer."""
    rng = Random(seed)
    for number in range(count):
        code = rng.choices(list(ENDS), list(ENDS.values()))[0]
        started = START + timedelta(seconds=40 * number)
        call = MadeUpCall(number, derived_id("conv", seed, number), REGIONS[number % 3], code, started)
        _ring(call, rng)
        if code not in UNANSWERED:
            _talk(call, rng, small_talk)
        call.add(kind.DISPOSITION, call.events[-1].at_ms, code=code, details=_details(call))
        yield call


def _details(call: MadeUpCall) -> dict[str, Any]:
    if call.code == "PTP":
        return {"date": date(2026, 11, 25).isoformat(), "amount": 2_500_000}
    return {"at": "2026-11-23T15:00:00+07:00"} if call.code == "CALLBACK" else {}


def _ring(call: MadeUpCall, rng: Random) -> None:
    noise, snr = rng.choice(list(NOISE)), rng.choice((10.0, 15.0, 20.0))
    persona = {"region": call.region, "noise": noise, "snr_db": snr, "mood": "calm"}
    call.add(kind.SIM_TRUTH, 0, disposition=call.code, details=_details(call), persona=persona)
    phone = f"+84900{call.number % 1_000_000:06d}"
    call.add(kind.CALL_DIALLED, 0, to=phone, carrier="simulator", codec="pcma", attempt_id=f"att_{call.number}")
    call.add(kind.CALL_RINGING, 300)
    ring_ms = rng.randrange(2_000, 12_000, 20)
    if call.code in UNANSWERED:
        call.add(kind.CALL_ENDED, ring_ms, by="network", cause=call.code.lower(), duration_ms=0)
    else:
        call.add(kind.CALL_ANSWERED, ring_ms)


def _talk(call: MadeUpCall, rng: Random, small_talk: int) -> None:
    talk = _Talk(call, rng)
    talk.customer("Alô?", "greet")
    talk.bot("Dạ em chào anh chị. Em là trợ lý ảo của Công ty Tài chính Sao Mai. Cuộc gọi được ghi âm ạ.", "opening")
    if call.code != "HANGUP_EARLY":
        for _ in range(small_talk):
            talk.customer("Dạ đúng rồi, tôi nghe.", "affirm")
            talk.bot("Dạ em cảm ơn anh. Em xin phép trao đổi một phút ạ.", "thanks")
        if call.code in VERIFIED:
            call.add(kind.IDENTITY, talk.now, verified=True, method="name")
            talk.bot("Dạ kỳ thanh toán 2.500.000 đồng của anh đến hạn ngày 25/11 ạ.", "due", sensitive=True)
        talk.customer(*SAYS[call.code], mood=MOOD.get(call.code, 0.0))
        talk.bot("Dạ em đã ghi nhận ạ. Em cảm ơn và xin chào anh.", "close")
    if call.code == "TRANSFERRED":
        call.add(kind.ESCALATED, talk.now, queue="care", reason="angry", summary="Khách muốn gặp nhân viên.")
    if call.code == "OPT_OUT":
        call.add(kind.OPT_OUT, talk.now, scope="all")
    answered = next(e.at_ms for e in call.events if e.type == kind.CALL_ANSWERED)
    by = "customer" if call.code in ("HANGUP_EARLY", "OPT_OUT") else "bot"
    call.add(kind.CALL_ENDED, talk.now, by=by, cause="normal", duration_ms=talk.now - answered)
    call.add(kind.CALL_RECORDED, talk.now, path=f"{call.conversation_id}.wav", channels=["customer", "bot"])


class _Talk:
    def __init__(self, call: MadeUpCall, rng: Random) -> None:
        self.call, self.rng, self.turn = call, rng, 0
        self.now = call.events[-1].at_ms + 400
        persona = call.events[0].data["persona"]
        self.error_rate = ERROR_RATE[call.region] * NOISE[persona["noise"]]

    def customer(self, text: str, intent: str, mood: float = 0.0) -> None:
        self.turn += 1
        start, end = self.now, self.now + 220 * len(text.split())
        self.call.add(kind.SIM_SPOKE, end, text=text, start_ms=start, end_ms=end)
        heard = self._misheard(text)
        self.call.add(
            kind.CUSTOMER_SAID, end + 300, turn=self.turn, text=heard, confidence=round(self.rng.uniform(0.7, 0.99), 3),
            start_ms=start + 40, end_ms=end - 20, words=[], alternatives=[], interrupted_bot=False, digits=None,
            dialect={**dict.fromkeys(REGIONS, 0.1), self.call.region: 0.8},
        )  # fmt: skip
        score = round(max(-1.0, min(1.0, mood + self.rng.gauss(0, 0.1))), 3)
        self.call.add(kind.SENTIMENT, end + 310, turn=self.turn, score=score, label="neutral")
        self.call.add(
            kind.UNDERSTOOD, end + 310, turn=self.turn, intent=intent, confidence=0.9, commands=[], brain="embedded"
        )
        self.now = end + 700

    def bot(self, text: str, template: str, sensitive: bool = False) -> None:
        rng, wait, heard = self.rng, self.rng.choice((300, 500, 700)), self.turn
        self.turn += 1
        recognition, agent, synthesis = rng.uniform(1, 9), rng.uniform(2, 25), rng.uniform(10, 80)
        overhead = rng.uniform(20, 35)
        self.call.add(
            kind.BOT_LATENCY, self.now, turn=heard, end_of_turn_ms=wait, recognition_ms=recognition, agent_ms=agent,
            synthesis_ms=synthesis, overhead_ms=overhead, total_ms=wait + recognition + agent + overhead + synthesis,
        )  # fmt: skip
        end, cut = self.now + 190 * len(text.split()), rng.random() < 0.05
        self.call.add(
            kind.BOT_SAID, end, turn=self.turn, text=text, spoken=text.lower(), template=template, sensitive=sensitive,
            start_ms=self.now, end_ms=end, heard_text=text[: len(text) // 2] if cut else text, interrupted=cut,
        )  # fmt: skip
        self.now = end + rng.randrange(300, 900, 20)

    def _misheard(self, text: str) -> str:
        words = "".join(c for c in text.lower() if c.isalpha() or c == " ").split()
        return " ".join(self._another(w) if self.rng.random() < self.error_rate else w for w in words)

    def _another(self, word: str) -> str:
        """Half of the errors lose only the tone, as recognisers do."""
        return strip_tones(word) if self.rng.random() < 0.5 and strip_tones(word) != word else self.rng.choice(_WRONG)


def write(folder: Path, count: int = 24, seed: int = 7) -> Path:
    """A data folder with ``count`` calls of one campaign, written by the real store. Returns the folder."""
    write_to(f"sqlite:///{(folder / 'alo.db').resolve()}", count, seed)
    return folder


def write_to(url: str, count: int, seed: int = 7) -> None:
    """The same into any database."""
    with Store.open(url) as store:
        store.ensure_business(DEFAULT_BUSINESS, "Công ty Tài chính Sao Mai", START)
        _write_campaign(store)
        for call in calls(count, seed):
            customer = store.ensure_customer(
                DEFAULT_BUSINESS, Person(f"+84900{call.number:06d}", name="Nguyễn Văn A", region=call.region), START
            )
            _write_attempt(store, call, str(getattr(customer, "id", customer)))
            for event in call.events:
                store.append(event)


def _write_campaign(store: Store) -> None:
    with store.write() as session:
        session.add(
            Campaign(
                id=CAMPAIGN, business_id=DEFAULT_BUSINESS, name=CAMPAIGN_NAME, purpose="collection", flow=FLOW,
                status="done", created_at=START, started_at=START, finished_at=None,
            )
        )


def _write_attempt(store: Store, call: MadeUpCall, customer: str) -> None:
    contact, attempt, phone = f"cont_{call.number}", f"att_{call.number}", f"+84900{call.number:06d}"
    with store.write() as session:
        session.add(
            Contact(
                id=contact, campaign_id=CAMPAIGN, customer_id=customer, phone=phone, row_number=call.number + 2,
                status="done", attempts_made=1, updated_at=START, disposition=call.code, next_due_at=None, reason=None,
            )
        )
        session.flush()
        session.add(
            Attempt(
                id=attempt, campaign_id=CAMPAIGN, contact_id=contact, number=1, phone=phone, state="done",
                rang=True, outcome=call.code, intent_at=call.started_at, conversation_id=call.conversation_id,
                started_at=call.started_at, ended_at=None,
            )
        )
    store.begin_conversation(
        ConversationStart(
            call.conversation_id, "voice", "outbound", call.started_at, business_id=DEFAULT_BUSINESS, flow=FLOW,
            customer_id=customer, campaign_id=CAMPAIGN, contact_id=contact, attempt_id=attempt, region=call.region,
        )
    )


_INSERT_EVENT = "INSERT INTO events (conversation_id, seq, type, at, at_ms, data) VALUES (?, ?, ?, ?, ?, ?)"


def write_many(folder: Path, count: int, seed: int = 7, small_talk: int = 4) -> int:
    """Thousands of calls written in bulk for benchmarks. Returns the number of turns."""
    turns, everything = 0, calls(count, seed, small_talk)
    with Store.open(f"sqlite:///{(folder / 'alo.db').resolve()}") as store, store.write() as session:
        while batch := list(islice(everything, 2_000)):
            session.execute(insert(Conversation), [_conversation_row(call) for call in batch])
            session.execute(insert(Call), [_call_row(call) for call in batch])
            rows = [row for call in batch for row in _event_rows(call)]
            session.connection().exec_driver_sql(_INSERT_EVENT, rows)
            turns += sum(row[2] in (kind.CUSTOMER_SAID, kind.BOT_SAID) for row in rows)
    return turns


def _conversation_row(call: MadeUpCall) -> dict[str, Any]:
    return {
        "id": call.conversation_id, "channel": "voice", "direction": "outbound", "flow": FLOW, "region": call.region,
        "started_at": call.started_at, "dialect": call.region, "verified": call.code in VERIFIED,
        "turns": sum(e.type == kind.CUSTOMER_SAID for e in call.events), "disposition": call.code,
        "answered_at": None if call.code in UNANSWERED else call.started_at, "disposition_details": _details(call),
        "escalated": False, "escalation": {}, "opted_out": False, "truth": dict(call.events[0].data),
    }  # fmt: skip


def _call_row(call: MadeUpCall) -> dict[str, Any]:
    talk_ms = 0 if call.code in UNANSWERED else 60_000
    return {"conversation_id": call.conversation_id, "state": "ended", "duration_ms": talk_ms}


def _event_rows(call: MadeUpCall) -> list[tuple[Any, ...]]:
    return [
        (e.conversation_id, e.seq, e.type, e.at.strftime("%Y-%m-%d %H:%M:%S.%f"), e.at_ms, json.dumps(e.data))
        for e in call.events
    ]
