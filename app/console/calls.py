"""The page of one conversation: transcript, recording, what was understood and how fast."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import FileResponse, Response
from sqlalchemy import select

from app.console.choices import flow_title, slot_label
from app.console.escalations import why_of
from app.console.i18n import Translator
from app.console.masking import masked
from app.console.pages import Console, console_of, page, translator
from app.console.recordings import draw_wave, find_recording
from app.console.transcript import Bubble, read_transcript
from memory.schema import Attempt, Campaign, Contact, Conversation, Customer
from memory.store import Store

router = APIRouter(include_in_schema=False)

Shared = Annotated[Console, Depends(console_of)]


def find(store: Store, conversation_id: str) -> Conversation:
    """The conversation, or a 404."""
    found = store.conversation(conversation_id)
    if found is None:
        raise HTTPException(404)
    return found


@router.get("/calls/{conversation_id}")
def call(request: Request, console: Shared, conversation_id: str, personal: bool = False) -> Response:
    """The page; numbers, addresses … of people are masked unless ``personal`` asks for them."""
    store = console.services.store
    talk = find(store, conversation_id)
    script = read_transcript(store.events(conversation_id))
    script = script if personal else masked(script)
    telephone = store.call(conversation_id)
    relative = script.recording or (telephone.recording if telephone else None)
    recording = find_recording(console.services.recordings_dir, relative)
    return page(
        request,
        "call.html",
        talk=talk,
        call=telephone,
        script=script,
        personal=personal,
        flow=flow_title(console.services, talk.flow, translator(request)),
        slot_label=partial(slot_label, console.services, talk.flow, translator(request)),
        why=why_of(talk, personal=personal),
        note_text=note_text,
        recording=recording,
        wave=draw_wave(recording) if recording else None,
        simulated=talk.truth is not None or bool(telephone and telephone.carrier == "simulator"),
        latency_scale=max(script.latencies_ms.values(), default=1) or 1,
        sentiment_points=sentiment_points([score for _, score in script.sentiments]),
        **_around(store, talk),
    )


@router.get("/calls/{conversation_id}/recording.wav")
def recording(console: Shared, conversation_id: str) -> Response:
    """The call's audio; supports ranges, so that players can seek."""
    found = console.services.store.call(conversation_id)
    path = find_recording(console.services.recordings_dir, found.recording if found else None)
    if path is None:
        raise HTTPException(404)
    return FileResponse(path, media_type="audio/wav", headers={"cache-control": "private, max-age=3600"})


def note_text(note: Bubble, t: Translator) -> str:
    """A note of the transcript in words; reasons and tools by their names where the catalog has them."""
    named = {"reason": "reason", "tool": "tool"}
    values = {key: t.or_raw(named[key], str(v)) if key in named else v for key, v in note.data.items()}
    return t(note.note, **values)


def sentiment_points(scores: Sequence[float]) -> str:
    """SVG polyline in a box of 100 × 60: +1 on top, -1 at the bottom."""
    if len(scores) == 1:
        scores = [scores[0], scores[0]]
    step = 100 / max(len(scores) - 1, 1)
    return " ".join(f"{i * step:.1f},{30 - 27 * max(-1.0, min(1.0, s)):.1f}" for i, s in enumerate(scores))


def _around(store: Store, talk: Conversation) -> dict[str, Any]:
    """Who was called in which campaign, and the other calls to the same contact."""
    with store.read() as session:
        contact = session.get(Contact, talk.contact_id) if talk.contact_id else None
        customer_id = talk.customer_id or (contact.customer_id if contact else None)
        customer = session.get(Customer, customer_id) if customer_id else None
        others: Sequence[Conversation] = []
        if talk.contact_id:
            same = select(Conversation).where(Conversation.contact_id == talk.contact_id, Conversation.id != talk.id)
            others = session.scalars(same.order_by(Conversation.started_at)).all()
        return {
            "campaign": session.get(Campaign, talk.campaign_id) if talk.campaign_id else None,
            "attempt": session.get(Attempt, talk.attempt_id) if talk.attempt_id else None,
            "name": (customer and customer.name) or talk.id,
            "phone": contact.phone if contact else (customer.phone if customer else None),
            "others": others,
        }
