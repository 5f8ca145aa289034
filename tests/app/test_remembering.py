"""One customer, one history: a conversation goes on where an earlier one on another channel stopped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.agents import Agents
from app.remembering import recall
from app.services import Services
from app.text_channel import Reply, TextSession
from core.clock import VirtualClock
from core.settings import Settings
from memory import events as kind
from memory.identities import Identity, identity
from memory.people import Person
from memory.store import DEFAULT_BUSINESS, Store

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
PHONE = "+84900000081"
FIELDS = {
    "name": "Nguyễn Văn Hùng", "gender": "male", "birth_year": 1985, "contract_last4": "4321",
    "amount_due": 2_500_000, "due_date": "2026-11-20",
}  # fmt: skip
VERIFY = ("dạ đúng rồi", "1985")


def known(what: str, value: str, verified: bool = True) -> Identity:
    return identity(what, value, verified=verified, source="test")


ZALO, NUMBER = known("zalo", "zalo_hung"), known("phone", PHONE)


@pytest.fixture
def services(tmp_path: Path, agents: Agents) -> Any:
    settings = Settings(data_dir=tmp_path / "data", _env_file=None)  # type: ignore[call-arg]
    with Store.open(settings.sqlalchemy_url) as store:
        clock = VirtualClock(NOW)
        yield Services(store, settings, settings.recordings_dir, agents.flows, agents.for_chat(clock), clock=clock)


async def chat(
    services: Services, *said: str, by: Sequence[Identity] = (ZALO, NUMBER), flow: str = "payment_reminder", **more: Any
) -> tuple[TextSession, list[str]]:
    session = await TextSession.open(services, flow, {**FIELDS, **more}, by)
    heard = list((await session.start()).said)
    for words in said:
        reply: Reply = await session.say(words)
        heard += reply.said
    services.store.flush()
    return session, heard


async def leave(session: TextSession, services: Services) -> None:
    await session.hang_up()
    services.store.flush()


async def test_a_promise_made_before_is_taken_up_once_the_person_is_verified(services: Services) -> None:
    first, heard = await chat(services, *VERIFY, "thứ bảy anh trả đủ", "đúng rồi em")
    assert first.finished, heard
    services.clock.advance(86_400)  # type: ignore[attr-defined]
    _, opening = await chat(services, VERIFY[0])
    assert not any("hẹn" in line or "2.500.000" in line for line in opening)
    again, heard = await chat(services, *VERIFY)
    assert any("Hôm qua anh có hẹn thanh toán kỳ 2.500.000 đồng vào thứ bảy ngày 28/11" in line for line in heard), (
        heard
    )
    reply = await again.say("ừ anh vẫn trả đúng ngày")
    assert any("28/11" in line and "đúng không" in line for line in reply.said), reply.said
    told = [event.data for event in services.store.events(again.id) if event.type == kind.RECALLED]
    assert told[0]["facts"] == ["last_summary", "open_promise_amount", "open_promise_date", "promised_on"]


async def test_a_promise_whose_day_is_over_is_asked_after(services: Services) -> None:
    await chat(services, *VERIFY, "ngày mai anh trả đủ", "đúng rồi em")
    services.clock.advance(3 * 86_400)  # type: ignore[attr-defined]
    session, heard = await chat(services, *VERIFY)
    assert "đã thanh toán chưa" in heard[-1]
    reply = await session.say("chưa em ơi")
    assert any("ngày nào" in line or "ngày" in line for line in reply.said)
    other, _ = await chat(services, *VERIFY)
    reply = await other.say("anh trả rồi")
    assert any("hôm nào" in line or "kênh nào" in line for line in reply.said), reply.said


async def test_a_chat_that_broke_off_goes_on_by_the_same_person_on_another_channel(services: Services) -> None:
    session, heard = await chat(services, *VERIFY, "thứ bảy anh trả đủ")
    assert "đúng không" in heard[-1]
    await leave(session, services)
    services.clock.advance(3600)  # type: ignore[attr-defined]
    again, heard = await chat(services, *VERIFY, by=(NUMBER,))
    assert "28/11" in heard[-1]
    assert "đúng không" in heard[-1]
    resumed = [e.data for e in services.store.events(again.id) if e.type == kind.SLOT_SET and e.data.get("resumed")]
    assert {one["name"]: one["value"] for one in resumed}["promise_date"] == "2026-11-28"
    assert (await again.say("đúng rồi")).disposition is not None
    services.store.flush()
    talk = services.store.conversation(again.id)
    assert talk is not None
    assert talk.disposition == "PTP"


async def test_somebody_else_at_the_number_hears_and_inherits_nothing(services: Services) -> None:
    await chat(services, *VERIFY, "thứ bảy anh trả đủ", "đúng rồi em")
    hers = {"name": "Trần Thị Mai", "gender": "female", "birth_year": 1990, "contract_last4": "9999"}
    session, heard = await chat(services, "đúng rồi", "1990", by=(NUMBER,), **hers)
    assert not any("có hẹn" in line or "28/11" in line for line in heard), heard
    assert not [event for event in services.store.events(session.id) if event.type == kind.RECALLED]
    _, heard = await chat(services, "dạ đúng rồi", "1971", "1972", by=(NUMBER,))
    assert not any("có hẹn" in line or "28/11" in line for line in heard), heard


async def test_how_a_customer_calls_themselves_is_used_from_the_first_word(services: Services) -> None:
    session, _ = await chat(services, "bác nghe đây", "1985", "bác đang bận")
    await leave(session, services)
    with services.store.read() as reading:
        from memory.learning import facts_of

        talk = services.store.conversation(session.id)
        assert talk is not None
        learnt = {one.key: one.value["value"] for one in facts_of(reading, [talk.customer_id or ""])
                  if one.kind == "preference"}  # fmt: skip
    assert learnt["pronoun"] == "bác"
    _, heard = await chat(services)
    assert "bác" in heard[0]


async def test_every_conversation_leaves_a_summary(services: Services) -> None:
    session, _ = await chat(services, *VERIFY, "thứ bảy anh trả đủ", "đúng rồi em")
    talk = services.store.conversation(session.id)
    assert talk is not None
    assert talk.summary
    assert "Nguyễn Văn Hùng" in talk.summary


async def test_a_second_conversation_at_once_knows_of_the_first(services: Services) -> None:
    first, _ = await chat(services, VERIFY[0])
    second, heard = await chat(services, *VERIFY, by=(NUMBER,))
    told = [event.data for event in services.store.events(second.id) if event.type == kind.RECALLED]
    assert told[0]["open_elsewhere"] == first.id
    assert heard
    assert not (await first.say("1985")).finished


async def test_a_database_that_is_away_leaves_an_event_and_an_agent_that_knows_nothing(services: Services) -> None:
    class Away:
        def remembered(self, *_: object, **__: object) -> None:
            from sqlalchemy.exc import OperationalError

            raise OperationalError("SELECT", {}, OSError("gone"))

    told: list[tuple[str, Any]] = []
    found = await recall(Away(), "cus_1", "f", NOW, besides="conv")  # type: ignore[arg-type]
    found.tell(lambda type_, at_ms, data: told.append((type_, data)))
    assert found.remembered.facts() == {}
    assert told == [(kind.FAILED, {"component": "memory", "error": "database_away"})]
    assert (await recall(services.store, None, "f", NOW, besides="conv")).remembered.facts() == {}


async def test_memory_of_a_call_is_there_for_the_chat(services: Services) -> None:
    store = services.store
    store.ensure_business(DEFAULT_BUSINESS, "Alô", NOW)
    who = store.ensure_customer(DEFAULT_BUSINESS, Person(PHONE, FIELDS["name"], "male", 1985), NOW)
    from tests.memory.test_facts import PROMISED, VERIFIED, talk

    talk(store, who.id, "conv_call", VERIFIED, PROMISED, at=NOW - timedelta(days=1))
    _, heard = await chat(services, *VERIFY)
    assert any("Hôm qua anh có hẹn" in line for line in heard), heard
    assert store.remembered(who.id, None, NOW).promise_date == date(2026, 11, 28)


async def test_guesses_are_counted_over_chats_and_calls_of_one_customer(services: Services) -> None:
    """Two wrong years by Zalo, two on the telephone: the fifth wrong proof is the last, whichever channel."""
    for by in ((ZALO, NUMBER), (NUMBER,)):
        session, _ = await chat(services, VERIFY[0], "1971", "1972", by=by)
        await leave(session, services)
    _, heard = await chat(services, VERIFY[0], "1973", by=(ZALO,))
    assert "nhân viên xác minh" in heard[-1] or "chưa xác minh" in heard[-1], heard
    last, heard = await chat(services, *VERIFY, by=(NUMBER,))
    assert "nhân viên xác minh" in heard[-1], heard
    assert last.finished
