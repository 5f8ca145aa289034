"""A rehearsal in text: a synthetic customer and an agent's conversation, without audio, hundreds in a second.

What it leaves out: recognition errors, timing and overlap. What remains is whether both sides understand each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.turns import BotTurn, CustomerTurn, Dialogue, Disposition, HangUp, Say, Transfer
from telephony.simulator.customer import SPEECH_MS_PER_LETTER, FarEnd, Reply
from telephony.simulator.meaning import Truth
from telephony.simulator.sounds import is_sound

_SILENCE_MS = 4000
_MAX_TURNS = 40


@dataclass(frozen=True, slots=True)
class Spoken:
    """One line of the transcript; ``role`` is customer or bot."""

    role: str
    text: str
    at_ms: int


@dataclass(slots=True)
class Transcript:
    """How a rehearsal went."""

    lines: list[Spoken] = field(default_factory=list)
    truth: Truth | None = None
    disposition: Disposition | None = None
    ended_by: str = ""
    """customer, bot, transfer or limit"""

    def __str__(self) -> str:
        return "\n".join(f"{line.role:>8}  {line.text}" for line in self.lines)


class _Play:
    def __init__(self, conversation: Dialogue, customer: FarEnd) -> None:
        self.conversation = conversation
        self.customer = customer
        self.transcript = Transcript()
        self.now_ms = 0
        self.silences = 0

    def say(self, role: str, text: str) -> None:
        self.transcript.lines.append(Spoken(role, text, self.now_ms))
        self.now_ms += len(text) * SPEECH_MS_PER_LETTER

    async def run(self) -> Transcript:
        turn = await self._open()
        for _ in range(_MAX_TURNS):
            following = await self._exchange(turn)
            if following is None:
                break
            turn = following
        else:
            self.transcript.ended_by = "limit"
        if self.transcript.ended_by in ("customer", "limit"):
            await self.conversation.on_hangup()
        self.transcript.truth = self.customer.truth()
        self.transcript.disposition = self.conversation.disposition
        return self.transcript

    async def _open(self) -> BotTurn:
        """They say alô, the bot opens."""
        for reply in self.customer.pickup():
            self.say("customer", reply.text or "")
        return await self.conversation.start()

    async def _exchange(self, turn: BotTurn) -> BotTurn | None:
        """The bot's turn and what follows from it; None when the call is over."""
        spoken = " ".join(act.spoken for act in turn.acts if isinstance(act, Say))
        for aside in self.customer.bot_started(spoken):
            if aside.interrupts:
                return await self._interrupted(spoken, aside.text, aside.at_ms)
        if spoken:
            self.say("bot", spoken)
            self.customer.bot_said(spoken)
        for kind, name in ((Transfer, "transfer"), (HangUp, "bot")):
            if any(isinstance(act, kind) for act in turn.acts):
                self.transcript.ended_by = name
                if spoken:
                    self._last_word(self.customer.bot_finished(spoken))
                return None
        return await self._answer(self.customer.bot_finished(spoken) if spoken else Reply())

    async def _interrupted(self, spoken: str, text: str, at_ms: int) -> BotTurn:
        heard = spoken[: at_ms // SPEECH_MS_PER_LETTER].rsplit(" ", 1)[0]
        self.say("bot", heard + " …")
        self.customer.bot_said(heard)
        self.customer.interrupted()
        self.say("customer", text)
        return await self.conversation.on_customer(
            CustomerTurn(text, self.now_ms, interrupted_bot=True, bot_heard=heard)
        )

    async def _answer(self, reply: Reply) -> BotTurn | None:
        if reply.keys:
            self.say("customer", f"[{reply.keys}]")
            return await self.conversation.on_customer(CustomerTurn("", self.now_ms, digits=reply.keys))
        if is_sound(reply.text) or (reply.text is None and not reply.hang_up):
            if reply.text:
                self.say("customer", reply.text)
            self.silences += 1
            self.now_ms += _SILENCE_MS
            return await self.conversation.on_silence(self.silences)
        self.silences = 0
        if reply.text is not None:
            self.say("customer", reply.text)
        if reply.hang_up:
            self.transcript.ended_by = "customer"
            return None
        return await self.conversation.on_customer(CustomerTurn(reply.text or "", self.now_ms))

    def _last_word(self, reply: Reply) -> None:
        if reply.text is not None:
            self.say("customer", reply.text)


async def play(conversation: Dialogue, customer: FarEnd) -> Transcript:
    """Let them talk until one side ends it."""
    return await _Play(conversation, customer).run()
