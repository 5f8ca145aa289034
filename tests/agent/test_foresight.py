"""A turn read before it is over: the reading is used if the words were all, and leaves no trace if they were not."""

from __future__ import annotations

import asyncio

from agent.brain.base import Context, Understanding
from agent.brain.embedded import EmbeddedBrain
from agent.turns import CustomerTurn
from tests.agent.talk import Talk, brain, verified


class SlowBrain:
    """The embedded brain, which answers only when it is let."""

    slow = True

    def __init__(self) -> None:
        self.let = asyncio.Event()
        self.asked: list[str] = []
        self.dropped: list[str] = []

    async def understand(self, turn: CustomerTurn, context: Context) -> Understanding:
        self.asked.append(turn.text)
        try:
            await self.let.wait()
        except asyncio.CancelledError:
            self.dropped.append(turn.text)
            raise
        return brain().read(turn, context)


async def test_a_reading_made_ahead_is_used_and_nothing_is_known_of_it_before() -> None:
    slow = SlowBrain()
    talk = await Talk(brain=slow).start()
    before = (len(talk.events), talk.conversation.state)
    for _ in range(3):
        talk.conversation.prepare(CustomerTurn("đúng rồi"))
        await asyncio.sleep(0)
    slow.let.set()
    await asyncio.sleep(0)
    assert (len(talk.events), talk.conversation.state) == before
    answer = await talk.conversation.on_customer(CustomerTurn("đúng rồi", 1000))
    assert "năm sinh" in answer.text
    assert slow.asked == ["đúng rồi"]


async def test_who_goes_on_is_read_anew_as_if_nothing_had_been_prepared() -> None:
    slow, told = SlowBrain(), "không phải nhầm số rồi"
    talk, plain = await Talk(brain=slow).start(), await Talk().start()
    talk.conversation.prepare(CustomerTurn("không"))
    await asyncio.sleep(0)
    answering = asyncio.create_task(talk.conversation.on_customer(CustomerTurn(told, 1000)))
    for _ in range(50):  # Until the second question is put.
        await asyncio.sleep(0)
    slow.let.set()
    await answering
    await plain.conversation.on_customer(CustomerTurn(told, 1000))
    assert (slow.asked, slow.dropped) == (["không", told], ["không"])
    assert talk.events == plain.events
    assert talk.conversation.state == plain.conversation.state


async def test_a_quick_brain_is_not_asked_ahead_and_a_hang_up_drops_what_is_under_way() -> None:
    assert not getattr(EmbeddedBrain(), "slow", False)
    talk = await verified()
    talk.conversation.prepare(CustomerTurn("mai anh trả"))
    assert talk.conversation.state.verified
    slow = SlowBrain()
    hung = await Talk(brain=slow).start()
    hung.conversation.prepare(CustomerTurn("đúng rồi"))
    await asyncio.sleep(0)
    await hung.conversation.on_hangup()
    await asyncio.sleep(0)
    assert slow.dropped == ["đúng rồi"]
