"""One conversation on any channel: what the customer said goes in, what the bot says and does comes out.

Reads no clock and does no I/O but the tools': ``now`` is given, time inside the conversation comes with the turns.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal, Protocol

from agent.acting import MOST_CALLS, Actor
from agent.answering import Answers, undoubled
from agent.asides import Asides
from agent.brain.base import PRIVATE_TYPES, Brain, Context, Line, StartFlow, Understanding
from agent.brain.summaries import ModelSummaries
from agent.facts import typed_facts
from agent.flows.engine import CHAT_PAGE, VOICE_PAGE, Engine
from agent.flows.model import Flow
from agent.flows.slots import written
from agent.flows.state import Result, State
from agent.foresight import Foresight
from agent.marks import readable
from agent.paraphrase import Paraphraser
from agent.pronouns import pronouns_for
from agent.reading import choosing, context_of, heeding, pressed, recorded, sure_of_yes, unheard
from agent.resuming import taken_up
from agent.sentiment import SentimentScorer
from agent.several import Several, without_goodbye
from agent.speaker import Speaker
from agent.summary import summarize, tells_the_matter
from agent.turns import Act, BotTurn, CustomerTurn, Disposition, HangUp, Say, SayStream, Transfer
from agent.watch import Watch
from agent.wording import place_of
from core.clock import vietnam_time
from memory import events
from memory.events import Emit
from memory.remembered import NOTHING, Remembered
from tools import ToolRegistry

Channel = Literal["voice", "chat"]


class IdentityGuard(Protocol):
    """Wrong proofs of one customer's identity, over all conversations (``tools.proofs.ProofGuard``). Never raises."""

    async def locked(self) -> bool: ...

    async def missed(self) -> None: ...


_HISTORY, _TOLD = 6, 40
"""Lines that a brain may look back on, and those that a summary is made of."""


class Conversation:
    """Runs ``flow`` with one customer.

    ``facts`` as an upload gives them (name, gender, region, birth_year, contract_last4, amount_due, due_date, company
    …); raises core.errors.InputError if one that the flow requires is missing or unreadable. ``now`` is aware.
    ``key`` names the effects of tools, so it must belong to this conversation alone: its id, or the attempt's. ``seed``
    picks variants of wording; without one of the two the other is used. ``remembered`` is what earlier conversations
    left: how to address the customer at once, everything else only once they are verified. ``guard`` counts wrong
    proofs of identity over all conversations with this customer.
    """

    def __init__(
        self,
        flow: Flow,
        facts: Mapping[str, Any],
        brain: Brain,
        tools: ToolRegistry,
        emit: Emit,
        now: datetime,
        channel: Channel = "voice",
        *,
        key: str = "",
        seed: str = "",
        scorer: SentimentScorer | None = None,
        seniors: bool = False,
        answers: Answers | None = None,
        streams: bool = False,
        paraphraser: Paraphraser | None = None,
        summaries: ModelSummaries | None = None,
        remembered: Remembered = NOTHING,
        flows: Mapping[str, Flow] = MappingProxyType({}),
        guard: IdentityGuard | None = None,
    ) -> None:
        self.flow = flow
        self._channel = channel
        self._now = vietnam_time(now)
        self._facts = typed_facts(flow, {**remembered.facts(), **facts}, self._now.date())
        self._brain = brain
        self._paraphraser = paraphraser
        self._summaries = summaries
        self._told: tuple[Line, ...] = ()
        self._telling: asyncio.Task[None] | None = None
        self._emit = emit
        self._engine = Engine(flow, self._facts, self._now.date(), VOICE_PAGE if channel == "voice" else CHAT_PAGE)
        self._engine.taken_up = taken_up(flow, remembered.stopped, self._facts, self._now.date())
        self._state = State()
        others = {**remembered.facts(), **facts}
        self._several = Several(flows, others, self._now.date(), self._engine.plans.page)
        pronouns = pronouns_for(self._facts, this_year=self._now.year, seniors=seniors)
        self._speaker = Speaker(place_of(self._facts, voice=channel == "voice"), pronouns, seed or key)
        self._foresight = Foresight(brain)
        self._watch = Watch(scorer or SentimentScorer(), emit)
        self._asides = Asides(answers, self._speaker, streams, self._streamed)
        self._actor = Actor(tools, key or seed, emit)
        self._guard = guard
        self._misses = 0
        self._turn = 0
        self._at_ms = 0
        self._last_turn = BotTurn(())
        self._history: tuple[Line, ...] = ()
        self._matter = ""
        """The customer's last words that say what it is about, for whoever takes over."""
        self._reported = False

    @property
    def disposition(self) -> Disposition | None:
        """How it ended; None while it is going on."""
        return self._state.disposition if self._state.ended else None

    @property
    def verified(self) -> bool:
        """Is the customer verified to be the person called?"""
        return self._state.verified

    @property
    def state(self) -> State:
        """The engine's state, for tests and replays."""
        return self._state

    @property
    def known(self) -> Mapping[str, Any]:
        """What is known at the moment: facts, what the customer told, what tools gave. For tests and operators."""
        return self._engine.values(self._state)

    @property
    def tools(self) -> ToolRegistry:
        """The tools of this customer; rehearsals put troubles in their way."""
        return self._actor.tools

    # -- what happens ----------------------------------------------------------------------------------------------

    async def start(self) -> BotTurn:
        """The opening words."""
        await self._heed_lock()
        return await self._play(self._engine.start())

    async def on_customer(self, turn: CustomerTurn) -> BotTurn:
        """The customer said, typed or pressed something."""
        self._at_ms = max(self._at_ms, turn.at_ms)
        await self._heed_lock()
        self._turn = self._turn + 1 if turn.number is None else turn.number
        if self._channel == "chat":  # people type without tone marks and in teencode
            turn = replace(turn, text=readable(turn.text, self.flow))
        understood = await self._understand(turn)
        self._remember("customer", turn.text)
        text = understood.reading or turn.text
        feeling = self._watch.hear(
            self._turn, turn, text, self._at_ms, answers=understood.answers(self._context().asked)
        )
        understood = replace(understood, commands=self._watch.tempered(understood.commands, feeling))
        self._address(turn.text)
        if tells_the_matter(self.flow, understood):
            self._matter = text
        result = await self._react(turn, understood)
        result = self._watch.react(self._engine, self._state, result, self._turn, text, feeling, self._at_ms)
        return await self._play(result, await self._aside(understood))

    def prepare(self, turn: CustomerTurn) -> None:
        """The customer may just have finished with these words: read them ahead, if reading takes long. No effects."""
        if self._foresight.worthwhile and not self._state.ended:
            self._foresight.begin(turn, self._context())

    async def on_silence(self, count: int) -> BotTurn:
        """The customer has been silent for the ``count``-th time in a row (from 1)."""
        return await self._play(self._engine.silence(self._state, count))

    async def on_hangup(self) -> None:
        """The customer has hung up: what was agreed stays, what was not confirmed is not a promise."""
        self._foresight.drop()
        self._watch.hung_up(self._state.ended, self._at_ms)
        while self._several.waiting:
            inner = await self._actor.unwind(self._engine, self._state, self._turn, self._at_ms)
            self._switch(*self._several.back(inner), back=True)
        await self._play(self._engine.hang_up(self._state))

    # -- parts -----------------------------------------------------------------------------------------------------

    async def _heed_lock(self) -> None:
        """Another conversation may be guessing at the same customer right now."""
        if self._guard is not None and not self._state.verified and not self._state.ended:
            self._engine.locked = self._engine.locked or await self._guard.locked()

    async def _count_misses(self) -> None:
        """Before the caller hears of it, so that ringing again does not help."""
        while self._guard is not None and self._misses < self._state.misses:
            self._misses += 1
            await self._guard.missed()

    async def _understand(self, turn: CustomerTurn) -> Understanding:
        if turn.digits:
            understood = pressed(self._engine, self._state, turn.digits)
            if self._engine.asked(self._state).slot is None:
                understood = self._several.pressed(self.flow, turn.digits, understood)
        else:
            understood = await self._foresight.read(turn, self._context())
            understood = heeding(self._engine, self._state, turn, self._last_turn, understood)
            understood = sure_of_yes(self._engine, self._state, turn, understood)
            understood = choosing(self._engine, self._state, turn, understood)
            understood = self._several.turned(self.flow, understood)
            understood = await self._asides.look_up(self._engine, self._state, understood, turn, self._context())
        self._emit(events.UNDERSTOOD, self._at_ms, {"turn": self._turn, **recorded(understood)})
        return understood

    async def _react(self, turn: CustomerTurn, understood: Understanding) -> Result:
        """The engine's answer; or another flow begins, told what the same words say about it."""
        wish = next((c for c in understood.commands if isinstance(c, StartFlow)), None)
        begun = self._several.begin(wish.flow, self._engine, self._state) if wish is not None else None
        if begun is None:
            if unheard(self._engine, self._state, turn, self._last_turn, understood):
                return self._engine.again(self._state)
            return self._engine.react(self._state, understood.commands)
        self._switch(*begun, back=False)
        told = () if turn.digits else (await self._brain.understand(turn, self._context())).commands
        return self._engine.begin(self._state, told)

    def _switch(self, engine: Engine, state: State, *, back: bool) -> None:
        data = {"flow": engine.flow.name, "from": self.flow.name, "back": back}
        self._engine, self._state, self.flow = engine, state, engine.flow
        self._facts = dict(engine.facts)
        self._emit(events.FLOW_SWITCHED, self._at_ms, data)

    async def _aside(self, understood: Understanding) -> list[Say | SayStream]:
        """What answers a question in passing, before the flow goes on."""
        words, event = await self._asides.words(self._engine, self._state, understood, self._turn)
        if event is not None:
            self._emit(events.ANSWERED, self._at_ms, event)
        return words

    def _streamed(self, say: Say) -> None:
        self._last_turn = replace(self._last_turn, acts=(say, *self._last_turn.acts))

    def _context(self) -> Context:
        region = self._speaker.place.dialect if self._facts.get("region") else None
        return context_of(self._engine, self._state, self._now, region, self._history)

    def _remember(self, role: Literal["bot", "customer"], text: str) -> None:
        """For the brain's next turn; an answer that proves an identity is not kept."""
        asked = self._engine.asked(self._state).slot
        if role == "customer" and asked is not None and self.flow.slots[asked].type in PRIVATE_TYPES:
            return
        if text:
            self._history = (*self._history, Line(role, text))[-_HISTORY:]
            self._told = (*self._told, Line(role, text))[-_TOLD:]

    def _address(self, text: str) -> None:
        """Take over how the customer calls themselves, and have it remembered."""
        if self._speaker.address(text, self._facts):
            data = {"name": "pronoun", "value": self._speaker.pronouns.you, "how": "inferred"}
            self._emit(events.PREFERENCE, self._at_ms, data)

    async def _tell(self, summaries: ModelSummaries, context: Context) -> None:
        """What happened in a model's words, checked, behind the summary from the record."""
        words = await summaries.summarize(self._told, context)
        if words:
            text = f"{self._summary()}\nDiễn biến: {words}"
            self._emit(events.SUMMARIZED, self._at_ms, {"text": text, "by": "language_model"})

    def _summary(self) -> str:
        return summarize(self.flow, self._facts, self._state, self._watch.mood, self._watch.why(), self._matter)

    async def _play(self, result: Result, aside: Sequence[Say | SayStream] = ()) -> BotTurn:
        """Do what the engine decided, tools included, and put it into words, after what was asked ``aside``."""
        result, acts = await self._carried_out(result)
        while self._several.comes_back(result):
            said = [act if not isinstance(act, Say) else without_goodbye(act) for act in acts]
            self._switch(*self._several.back(self._state), back=True)
            result, acts = await self._carried_out(self._engine.go_on(self._state))
            acts = [*(act for act in said if not isinstance(act, Say) or act.text), *acts]
        if result.hangup is not None:
            for engine, state in self._several.leave():
                await self._actor.unwind(engine, state, self._turn, self._at_ms)
        turn = self._bot_turn(acts, result, aside)
        if self._paraphraser is not None and self._state.disposition is None:
            never = {name for names in self.flow.notice.values() for name in names}
            name = str(self._facts.get("name") or "")
            turn = self._last_turn = await self._paraphraser.turn(turn, self._speaker.place, name=name, never=never)
        return turn

    async def _carried_out(self, result: Result) -> tuple[Result, list[Act]]:
        """After the tools were called: what the engine decided in the end, and everything said and sent on the way."""
        lines, messages = list(result.lines), list(result.messages)
        self._take(result)
        await self._count_misses()
        for _ in range(MOST_CALLS):
            if result.tool is None:
                break
            result = await self._actor.answer(self._engine, self._state, result.tool, self._turn, self._at_ms)
            lines += result.lines
            messages += result.messages
            self._take(result)
        said = [self._speaker.say(self._engine, self._state, line) for line in (*messages, *lines)]
        written, spoken = said[: len(messages)], said[len(messages) :]
        return result, [*map(self._speaker.send, written), *spoken]

    def _take(self, result: Result) -> None:
        self._state = result.state
        for note in result.notes:
            data = dict(note.data)
            if note.type == events.SLOT_SET:
                slot = self._engine.flow.slots.get(data["name"])
                data["display"] = written(slot, self._state.slots.get(data["name"], data["value"]))
            self._emit(note.type, self._at_ms, data)
        if result.transfer is not None:
            data = {"queue": result.transfer.queue, "reason": result.transfer.reason, "summary": self._summary()}
            data |= self._watch.why()
            self._emit(events.ESCALATED, self._at_ms, data)
        if self._state.ended and not self._reported and not self._several.comes_back(result):
            self._reported = True
            found = self._state.disposition or Disposition("BOT_FAILED")
            self._state = replace(self._state, disposition=found)
            self._emit(events.DISPOSITION, self._at_ms, {"code": found.code, "details": dict(found.details)})
            self._emit(events.SUMMARIZED, self._at_ms, {"text": self._summary()})
            if self._summaries is not None:  # nobody waits for it, the goodbye least of all
                self._telling = asyncio.create_task(self._tell(self._summaries, self._context()))

    def _bot_turn(self, acts: list[Act], result: Result, aside: Sequence[Say | SayStream]) -> BotTurn:
        if result.transfer is None and result.hangup is None:
            if aside and isinstance(aside[0], Say) and acts and isinstance(acts[0], Say):
                acts[0] = undoubled(aside[0], acts[0])
            acts = [*aside, *acts]
        if result.transfer is not None:
            acts.append(Transfer(result.transfer.queue, result.transfer.reason, self._summary()))
        if result.hangup is not None:
            acts.append(HangUp(result.hangup))
        name = str(self._facts.get("name") or "")
        expected = self._speaker.expectation(self._engine, result.ask, name)
        turn = BotTurn(tuple(acts), expected, result.ask.wait_ms if result.ask else None)
        self._last_turn = turn
        self._remember("bot", " ".join(act.text for act in acts if isinstance(act, Say) and not act.sensitive))
        return turn
