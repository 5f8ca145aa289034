"""A conversation in text: writes its events like any channel; behind the chat page and ``alo chat``."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.turns import BotTurn, CustomerTurn, Disposition, HangUp, Say, SendMessage, Transfer
from app.remembering import Recalled, recall
from app.services import ChatRequest, Services
from core.errors import InputError
from core.ids import new_id
from memory import events as kind
from memory.conversations import ConversationStart
from memory.identities import Identity
from memory.matching import Claim, Evidence
from memory.people import Person
from memory.store import DEFAULT_BUSINESS

CHANNEL = "chat"

MAX_CHATS = 64
"""Open chats in memory; the one unused longest makes room."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the agent answered: its words in order, transfers and messages, and the events since the last reply."""

    said: Sequence[str]
    transfers: Sequence[Transfer]
    messages: Sequence[SendMessage]
    events: Sequence[tuple[str, Mapping[str, Any]]]
    finished: bool
    disposition: Disposition | None


class TextSession:
    """One person typing with one flow. Requests of one session are answered one after the other."""

    def __init__(
        self,
        services: Services,
        flow: str,
        fields: Mapping[str, Any],
        customer_id: str | None,
        *,
        conversation_id: str | None = None,
        recalled: Recalled | None = None,
        known_as: str = "",
    ) -> None:
        self.id = conversation_id or new_id("conv")
        recalled = recalled or Recalled()
        self.finished = False
        self._clock = services.clock
        self._store = services.store
        self._began_s = time.perf_counter()
        began = services.clock.now()
        self._fresh: list[tuple[str, Mapping[str, Any]]] = []
        self._turn = 0
        self._silences = 0
        self._lock = asyncio.Lock()
        self._record = services.store.emitter(self.id, services.clock.now)
        self._conversation = services.new_chat(
            ChatRequest(flow, self.id, fields, self._emit, self._now_ms, recalled.remembered, known_as)
        )
        services.store.begin_conversation(
            ConversationStart(
                id=self.id, channel=CHANNEL, direction="inbound", started_at=began, flow=flow,
                business_id=DEFAULT_BUSINESS, customer_id=customer_id, region=fields.get("region"),
            )
        )  # fmt: skip
        recalled.tell(self._emit)

    @classmethod
    async def open(
        cls, services: Services, flow: str, fields: Mapping[str, Any], identities: Sequence[Identity] = ()
    ) -> TextSession:
        """A session with the customer known by ``identities``, the channel's own first, and what is remembered of them.

        Without any, with a new customer made of ``fields``, as the console's trial chat does.
        """
        now = services.clock.now()
        await asyncio.to_thread(services.store.ensure_business, DEFAULT_BUSINESS, "Alô", now)
        if not identities:
            person = Person(None, name=str(fields.get("name") or "Khách thử"), region=fields.get("region"))
            customer = await asyncio.to_thread(services.store.ensure_customer, DEFAULT_BUSINESS, person, now)
            return cls(services, flow, fields, customer.id)
        claim = Claim(tuple(identities), Evidence(str(fields.get("name") or "") or None))
        customer = await asyncio.to_thread(services.store.identify, DEFAULT_BUSINESS, claim, now)
        own = new_id("conv")
        recalled = await recall(services.store, customer.id, flow, now, besides=own)
        known_as = customer.phone or customer.id
        return cls(services, flow, fields, customer.id, conversation_id=own, recalled=recalled, known_as=known_as)

    async def start(self) -> Reply:
        """The bot opens."""
        async with self._lock:
            return self._answer(await self._conversation.start())

    async def say(self, text: str) -> Reply:
        """The customer typed ``text``."""
        async with self._lock:
            if self.finished:
                return self._reply((), (), ())
            self._turn += 1
            at_ms = self._now_ms()
            said = {"turn": self._turn, "text": text, "start_ms": at_ms, "end_ms": at_ms, "interrupted_bot": False}
            self._emit(kind.CUSTOMER_SAID, at_ms, said)
            return self._answer(await self._conversation.on_customer(CustomerTurn(text, at_ms, number=self._turn)))

    async def stay_silent(self) -> Reply:
        """The customer let the silence prompt come."""
        async with self._lock:
            if self.finished:
                return self._reply((), (), ())
            self._silences += 1
            self._emit(kind.SILENCE, self._now_ms(), {"count": self._silences})
            return self._answer(await self._conversation.on_silence(self._silences))

    async def hang_up(self) -> Reply:
        """The customer left."""
        async with self._lock:
            if not self.finished:
                await self._conversation.on_hangup()
                self._finish()
            return self._reply((), (), ())

    def _answer(self, turn: BotTurn) -> Reply:
        said = [act for act in turn.acts if isinstance(act, Say)]
        for act in said:
            self._emit(kind.BOT_SAID, self._now_ms(), self._said(act))
        if any(isinstance(act, HangUp | Transfer) for act in turn.acts):
            self._finish()
        return self._reply(
            [act.text for act in said],
            [act for act in turn.acts if isinstance(act, Transfer)],
            [act for act in turn.acts if isinstance(act, SendMessage)],
        )

    def _said(self, act: Say) -> dict[str, Any]:
        now = self._now_ms()
        return {
            "turn": self._turn, "text": act.text, "spoken": act.spoken, "template": act.template,
            "sensitive": act.sensitive, "start_ms": now, "end_ms": now, "heard_text": act.text, "interrupted": False,
        }  # fmt: skip

    def _finish(self) -> None:
        self.finished = True
        self._store.end_conversation(self.id, self._clock.now())

    def _reply(self, said: Sequence[str], transfers: Sequence[Transfer], messages: Sequence[SendMessage]) -> Reply:
        events, self._fresh = self._fresh, []
        return Reply(said, transfers, messages, events, self.finished, self._conversation.disposition)

    def _emit(self, type_: str, at_ms: int, data: Mapping[str, Any]) -> None:
        self._fresh.append((type_, data))
        self._record(type_, at_ms, data)

    def _now_ms(self) -> int:
        return round((time.perf_counter() - self._began_s) * 1000)  # people type in real time, whatever the clock


class Chats:
    """The open chats of one server."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, TextSession] = OrderedDict()

    def add(self, session: TextSession) -> None:
        self._open[session.id] = session
        while len(self._open) > MAX_CHATS:
            self._open.popitem(last=False)

    def get(self, chat_id: str) -> TextSession:
        """Raises InputError if it is not open any more."""
        session = self._open.get(chat_id)
        if session is None:
            raise InputError(
                "Cuộc trò chuyện này đã hết hạn. Hãy bắt đầu lại.", "This chat has expired. Start it again."
            )
        self._open.move_to_end(chat_id)
        return session
