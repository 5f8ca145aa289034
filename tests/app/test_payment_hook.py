"""Confirmations of the payment provider over a real HTTP server, while a conversation waits for them."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.agents import Agents
from app.hooks import gateway_of
from app.server import create_app
from app.services import Services
from app.serving import ConsoleServer
from app.text_channel import TextSession
from app.toolbox import Toolbox
from core.clock import VirtualClock
from core.settings import Settings
from memory import events
from memory.store import Store
from tests.agent.planning.airline import FACTS, NOW
from tools.samples.gateway import signed_notice
from tools.samples.invoices import Payment

_PATIENTLY: dict[str, Any] = {"trust_env": False, "timeout": 120}
SECRET = "a secret of thirty-two characters"
_UNTIL_THE_LINK = (
    "đổi chuyến bay và chọn ghế giúp anh sang thứ bảy", "đúng rồi", "1985", "chuyến thứ hai", "đồng ý",
    "ghế đầu tiên", "đồng ý", "gửi đi em",
)  # fmt: skip


class Provider:
    """A payment provider: looks a link up and tells Alô what came of it, over HTTP."""

    def __init__(self, services: Services, address: str) -> None:
        self.services = services
        self.url = f"{address}hooks/payments"

    def payment(self) -> Payment:
        assert self.services.payments is not None
        with self.services.payments.desk.database.read() as session:
            return max(session.query(Payment).all(), key=lambda one: one.state != "replaced")

    def post(self, body: bytes, signature: str, timestamp: str) -> httpx.Response:
        headers = {"x-alo-signature": f"sha256={signature}", "x-alo-timestamp": timestamp}
        return httpx.post(self.url, content=body, headers=headers, **_PATIENTLY)

    def tells(self, notice: str = "n1", outcome: str = "paid", **other: Any) -> httpx.Response:
        found = self.payment()
        return self.post(
            *signed_notice(
                other.get("secret", SECRET).encode(), notice, other.get("payment", found.id),
                other.get("amount", found.amount), outcome, other.get("now", datetime.now(UTC)),  # type: ignore[arg-type]
            )
        )  # fmt: skip


@pytest.fixture
def services(tmp_path: Path, agents: Agents) -> Iterator[Services]:
    settings = Settings(data_dir=tmp_path, payment_secret=SECRET, _env_file=None)  # type: ignore[call-arg]
    clock = VirtualClock(NOW)
    agents = dataclasses.replace(agents, toolbox=Toolbox.load(settings))
    with Store.open(settings.sqlalchemy_url) as store:
        yield Services(
            store, settings, settings.recordings_dir, agents.flows, agents.for_chat(clock), clock=clock,
            payments=gateway_of(settings, agents.toolbox, clock),
        )  # fmt: skip
        agents.toolbox.database.close()


@pytest.fixture
def provider(services: Services) -> Iterator[Provider]:
    with ConsoleServer(create_app(services), "127.0.0.1", 0) as server:
        yield Provider(services, server.address)


async def until_the_link(services: Services) -> TextSession:
    session = await TextSession.open(services, "flight_change", FACTS)
    await session.start()
    for line in _UNTIL_THE_LINK:
        reply = await session.say(line)
    assert "thanh toán xong" in " ".join(reply.said), reply.said
    return session


def payment_events(services: Services, conversation: str) -> list[dict[str, Any]]:
    services.store.flush()
    return [dict(one.data) for one in services.store.events(conversation) if one.type == events.PAYMENT]


async def test_the_provider_confirms_and_the_waiting_conversation_goes_on(
    services: Services, provider: Provider
) -> None:
    session = await until_the_link(services)
    reply = await session.say("anh trả rồi")
    assert "chưa thấy tiền về" in " ".join(reply.said)
    told = await asyncio.to_thread(provider.tells)
    assert (told.status_code, told.json()) == (200, {"outcome": "paid", "repeated": False})
    reply = await session.say("anh trả rồi đó em")
    assert "đã cập nhật vé" in " ".join(reply.said)
    await session.hang_up()
    assert [one["outcome"] for one in payment_events(services, session.id)] == ["paid"]


async def test_a_failed_payment_can_be_tried_again(services: Services, provider: Provider) -> None:
    session = await until_the_link(services)
    assert (await asyncio.to_thread(provider.tells, "n1", "failed")).json()["outcome"] == "failed"
    reply = await session.say("anh trả rồi")
    assert "chưa thành công" in " ".join(reply.said)
    assert "thanh toán xong" in " ".join((await session.say("ừ gửi lại cho anh đi")).said)
    assert (await asyncio.to_thread(provider.tells, "n2")).json()["outcome"] == "paid"
    assert [one["outcome"] for one in payment_events(services, session.id)] == ["failed", "paid"]
    page = await asyncio.to_thread(
        httpx.get, provider.url.replace("hooks/payments", f"calls/{session.id}"), **_PATIENTLY
    )
    assert "Nhà cung cấp xác nhận đã thanh toán" in page.text


async def test_a_notice_counts_once_and_its_event_is_never_lost(services: Services, provider: Provider) -> None:
    session = await until_the_link(services)
    paid = provider.payment()
    first = signed_notice(SECRET.encode(), "n1", paid.id, paid.amount, "paid", datetime.now(UTC))
    assert services.payments is not None
    services.payments.receive(*first)  # booked, then the process died: the event is not written
    again = await asyncio.to_thread(provider.post, *first)
    assert (again.status_code, again.json()) == (200, {"outcome": "paid", "repeated": True})
    await asyncio.to_thread(provider.post, *first)
    other = await asyncio.to_thread(provider.tells, "n2")
    assert (other.status_code, other.json()["outcome"]) == (200, "duplicate")
    changed = await asyncio.to_thread(provider.tells, "n1", "failed")
    assert (changed.status_code, changed.json()["outcome"]) == (409, "reused")
    assert [one["outcome"] for one in payment_events(services, session.id)] == ["paid", "duplicate"]


async def test_what_cannot_be_believed_changes_nothing(services: Services, provider: Provider) -> None:
    session = await until_the_link(services)
    paid = provider.payment()
    old = datetime.now(UTC) - timedelta(minutes=6)
    body, signature, timestamp = signed_notice(SECRET.encode(), "n1", paid.id, paid.amount, "paid", datetime.now(UTC))

    def answers() -> list[int]:
        return [
            provider.tells(secret="another secret of enough length").status_code,
            provider.tells(now=old).status_code,
            provider.post(body.replace(b"n1", b"n2"), signature, timestamp).status_code,
            provider.post(body, signature, "soon").status_code,
            provider.post(body, "", timestamp).status_code,
            provider.tells(amount=paid.amount - 1).status_code,
            provider.tells("n3", payment="pay_none").status_code,
            provider.tells("n" * 101).status_code,
            provider.post(b"x" * 20_000, signature, timestamp).status_code,
        ]

    assert await asyncio.to_thread(answers) == [401, 401, 401, 401, 401, 409, 422, 422, 413]
    assert provider.payment().paid_at is None
    assert [one["outcome"] for one in payment_events(services, session.id)] == ["wrong_amount"]


async def test_a_link_that_becomes_known_later_is_believed_then(services: Services, provider: Provider) -> None:
    await until_the_link(services)
    paid = provider.payment()
    with services.payments.desk.database.write() as session:  # type: ignore[union-attr]
        session.query(Payment).filter_by(id=paid.id).update({"id": "pay_hidden"})
    sent = signed_notice(SECRET.encode(), "n1", paid.id, paid.amount, "paid", datetime.now(UTC))
    assert (await asyncio.to_thread(provider.post, *sent)).status_code == 422
    with services.payments.desk.database.write() as session:  # type: ignore[union-attr]
        session.query(Payment).filter_by(id="pay_hidden").update({"id": paid.id})
    assert (await asyncio.to_thread(provider.post, *sent)).json() == {"outcome": "paid", "repeated": False}


def test_without_a_secret_there_is_no_such_page(services: Services) -> None:
    bare = dataclasses.replace(services, payments=None)
    with ConsoleServer(create_app(bare), "127.0.0.1", 0) as server:
        assert httpx.post(f"{server.address}hooks/payments", content=b"{}", **_PATIENTLY).status_code == 404
