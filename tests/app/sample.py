"""A small made-up campaign, written into a real store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from sqlalchemy import insert

from memory import events as kind
from memory.conversations import ConversationStart
from memory.events import Event
from memory.people import Person
from memory.schema import Attempt, Campaign, Contact, GateDecision
from memory.store import Store

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
CAMPAIGN = "camp_test"

PEOPLE = (
    ("Nguyễn Văn Hùng", "north", "done", "PTP", {"date": "2026-11-28", "amount": 2_450_000}),
    ("Trần Thị Mai", "south", "active", None, {}),
    ("Lê Thị Hương", "central", "waiting", "NO_ANSWER", {}),
    ("<script>alert(1)</script>", "south", "pending", None, {}),
    ("Phạm Minh Đức", "north", "skipped", "OPT_OUT", {}),
)


def contact_id(number: int) -> str:
    return f"con_{number}"


def write_recording(folder: Path, name: str) -> str:
    """Six seconds of stereo tones: the bot on the right, then the customer on the left."""
    folder.mkdir(parents=True, exist_ok=True)
    rate = 8000
    audio = np.zeros((rate * 6, 2), np.float32)
    times = np.arange(rate * 2) / rate
    audio[: rate * 2, 1] = 0.3 * np.sin(2 * np.pi * 220 * times) * np.sin(2 * np.pi * 3 * times) ** 2
    audio[rate * 3 : rate * 5, 0] = 0.4 * np.sin(2 * np.pi * 330 * times) * np.sin(2 * np.pi * 4 * times) ** 2
    soundfile.write(folder / f"{name}.wav", audio, rate, subtype="PCM_16")
    return f"{name}.wav"


def talk_events(recording: str) -> list[tuple[str, int, dict[str, Any]]]:
    """One answered simulated call with everything a transcript can show."""
    return [
        (kind.CALL_DIALLED, 0, {"to": "+84900000001", "carrier": "simulator", "codec": "pcma", "attempt_id": "att_1"}),
        (kind.CALL_RINGING, 200, {}),
        (kind.CALL_ANSWERED, 4000, {}),
        (kind.BOT_SAID, 6000, {
            "turn": 0, "text": "Dạ em chào anh Hùng. Em là trợ lý ảo của Công ty Sao Mai.", "spoken": "dạ em chào",
            "template": "greet", "sensitive": False, "start_ms": 4000, "end_ms": 6000,
            "heard_text": "Dạ em chào anh Hùng.", "interrupted": True,
        }),
        (kind.SIM_SPOKE, 9000, {"text": "ờ anh đây em", "start_ms": 7000, "end_ms": 9000}),
        (kind.CUSTOMER_SAID, 9000, {
            "turn": 1, "text": "ừ anh đây em", "confidence": 0.91, "start_ms": 7100, "end_ms": 9000, "words": [],
            "alternatives": ["ờ anh đây em"], "dialect": "north", "interrupted_bot": True,
        }),
        (kind.UNDERSTOOD, 9010, {
            "turn": 1, "intent": "affirm", "confidence": 0.97, "brain": "embedded", "commands": [{"command": "affirm"}],
        }),
        (kind.IDENTITY, 9010, {"verified": True, "method": "name"}),
        (kind.SENTIMENT, 9010, {"turn": 1, "score": 0.4, "label": "positive"}),
        (kind.BOT_LATENCY, 9600, {
            "turn": 1, "end_of_turn_ms": 400, "recognition_ms": 12, "agent_ms": 3, "synthesis_ms": 30,
            "overhead_ms": 20, "total_ms": 480,
        }),
        (kind.SLOT_SET, 9700, {"name": "promise_date", "value": "2026-11-28", "display": "thứ Bảy 28/11/2026"}),
        (kind.SLOT_SET, 9710, {"name": "promise_amount", "value": 2450000, "display": "2.450.000 đồng",
                               "corrected": True}),
        (kind.DISPOSITION, 10000, {"code": "PTP", "details": {"date": "2026-11-28", "amount": 2_450_000}}),
        (kind.SIM_TRUTH, 10000, {"disposition": "PTP", "details": {}, "persona": "promises"}),
        (kind.CALL_ENDED, 10000, {"by": "bot", "cause": "normal", "duration_ms": 6000}),
        (kind.CALL_RECORDED, 10000, {"path": recording, "channels": 2, "duration_ms": 6000}),
    ]  # fmt: skip


def fill(store: Store, recordings: Path) -> None:
    """The campaign of PEOPLE: the first has a finished call, the second is on the phone."""
    store.ensure_business("biz_default", "Công ty Sao Mai", NOW)
    with store.write() as session:
        session.execute(insert(Campaign).values(
            id=CAMPAIGN, business_id="biz_default", name="Nhắc thanh toán tháng 11", purpose="collection",
            flow="payment_reminder", status="running", settings={}, created_at=NOW, started_at=NOW,
        ))  # fmt: skip
    for number, (name, region, status, code, details) in enumerate(PEOPLE, start=1):
        person = Person(f"+8490000000{number}", name=name, region=region)
        customer = store.ensure_customer("biz_default", person, NOW)
        with store.write() as session:
            session.add(Contact(
                id=contact_id(number), campaign_id=CAMPAIGN, customer_id=customer.id, phone=person.phone,
                row_number=number + 1, fields={}, status=status, attempts_made=1, disposition=code,
                disposition_details=details, updated_at=NOW,
                next_due_at=NOW + timedelta(hours=4) if status == "waiting" else None,
            ))  # fmt: skip
            session.flush()
            session.add(Attempt(
                id=f"att_{number}", campaign_id=CAMPAIGN, contact_id=contact_id(number), number=1, phone=person.phone,
                state="done", rang=True, details={}, intent_at=NOW,
            ))  # fmt: skip
    with store.write() as session:
        session.add(GateDecision(
            campaign_id=CAMPAIGN, contact_id=contact_id(5), phone="+84900000005", purpose="collection",
            channel="voice", allowed=False, code="opted_out", reason="Khách đã từ chối nhận cuộc gọi.", rules="vn 1",
            at=NOW,
        ))  # fmt: skip
    begin(store, 1, "conv_1")
    emit = store.emitter("conv_1", lambda: NOW)
    for type_, at_ms, data in talk_events(write_recording(recordings, "conv_1")):
        emit(type_, at_ms, data)
    begin(store, 2, "conv_2")
    emit = store.emitter("conv_2", lambda: NOW)
    emit(kind.CALL_DIALLED, 0, {"to": "+84900000002", "carrier": "simulator", "attempt_id": "att_2"})
    store.flush()


def go_on(store: Store, *parts: tuple[str, int, dict[str, Any]]) -> None:
    """What happens next in the call that is up (conv_2), committed."""
    for number, (type_, at_ms, data) in enumerate(parts, start=len(store.events("conv_2"))):
        store.append(Event("conv_2", number, type_, NOW, at_ms, data))
    store.flush()


def begin(store: Store, number: int, conversation_id: str) -> None:
    """The row of a conversation with contact ``number``."""
    store.begin_conversation(
        ConversationStart(
            id=conversation_id, channel="voice", direction="outbound", started_at=NOW, flow="payment_reminder",
            business_id="biz_default", campaign_id=CAMPAIGN, contact_id=contact_id(number),
            attempt_id=f"att_{number}", region=PEOPLE[number - 1][1],
        )
    )  # fmt: skip
