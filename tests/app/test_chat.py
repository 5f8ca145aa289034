from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from app.services import Services
from app.text_channel import MAX_CHATS, Chats, TextSession


async def test_silence_is_prompted_and_hanging_up_ends_it(services: Services) -> None:
    session = await TextSession.open(
        services, "payment_reminder", {"name": "Lan", "amount": 1, "due_date": "2026-11-28"}
    )
    assert (await session.start()).said
    assert (await session.stay_silent()).said
    reply = await session.hang_up()
    assert reply.finished
    assert reply.disposition is not None
    services.store.flush()
    saved = services.store.conversation(session.id)
    assert saved is not None
    assert (saved.channel, saved.disposition) == ("chat", reply.disposition.code)
    assert saved.ended_at is not None
    assert (await session.say("alô")).said == ()


async def test_the_oldest_chat_makes_room(services: Services) -> None:
    chats = Chats()
    fields = {"name": "Lan", "amount": 1, "due_date": "2026-11-28"}
    first = await TextSession.open(services, "payment_reminder", fields)
    chats.add(first)
    for number in range(MAX_CHATS):
        other = TextSession(services, "payment_reminder", fields, None)
        assert other.id != first.id, number
        chats.add(other)
    with pytest.raises(Exception, match="đã hết hạn"):
        chats.get(first.id)


def test_chat_over_http_needs_the_token_and_a_known_flow(client: TestClient, token: str) -> None:
    ours = {"x-csrf-token": token, "accept": "application/json"}
    assert client.post("/chat/start", json={"flow": "payment_reminder"}).status_code == 403
    assert client.post("/chat/start", json={"flow": "none"}, headers=ours).status_code == 404
    started = client.post("/chat/start", json={"flow": "payment_reminder"}, headers=ours).json()
    assert started["said"]
    answer = client.post(f"/chat/{started['chat']}/say", json={"text": "đừng gọi nữa"}, headers=ours).json()
    assert answer["finished"]
    assert answer["outcome"] == "Từ chối nhận cuộc gọi"
    assert client.post("/chat/none/say", json={"text": "alô"}, headers=ours).status_code == 400
    assert client.post(f"/chat/{started['chat']}/say", json={"text": ""}, headers=ours).status_code == 422


def test_uploads_over_the_limit_are_refused_before_reading(client: TestClient, token: str) -> None:
    big = {"file": ("a.csv", b"x" * (11 * 1024 * 1024), "text/csv")}
    answer = client.post("/campaigns/check", data={"token": token, "flow": "payment_reminder"}, files=big)
    assert answer.status_code == 413
    assert "tối đa 10 MB" in answer.text


def test_unusable_upload_says_why_and_keeps_the_form(client: TestClient, token: str) -> None:
    form = {"token": token, "flow": "payment_reminder", "purpose": "collection", "name": "Kỳ này"}
    empty = client.post("/campaigns/check", data=form, files={"file": ("a.csv", b"", "text/csv")})
    assert empty.status_code == 400
    assert "a.csv" in empty.text
    assert 'value="Kỳ này"' in empty.text
    unknown = client.post("/campaigns/check", data={**form, "purpose": ""}, files={"file": ("a.csv", b"x", "text/csv")})
    assert unknown.status_code == 400
