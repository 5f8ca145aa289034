"""The customer's side of the conversation in time: when they listen, think, speak, talk over the bot, give up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from telephony.simulator.customer import SPEECH_MS_PER_LETTER, FarEnd, Reply
from telephony.simulator.line import Line
from telephony.simulator.render import Pcm, Renderer

_THINK_MS = 240
"""After the bot's last word they decide; if the bot goes on within this time, both parts count as one turn."""
_CUT_OFF_MS = 1500
"""When the bot falls silent in mid-sentence they wait whether it goes on."""
_WAIT_MS = 8000
"""Silence on the line before they say "alô?" themselves."""
_LONGEST_CALL_MS = 240_000


@dataclass(slots=True)
class _Planned:
    text: str
    at_ms: int
    sound: asyncio.Task[Pcm] | None
    """None: nothing to say, only to hang up."""
    hang_up: bool = False
    greeting: bool = False
    """Dropped if the bot speaks first."""
    aside: bool = False
    """Meant for while the bot speaks; dropped if it has stopped by then."""
    interrupts: bool = False
    keys: str = ""

    @property
    def ready(self) -> bool:
        return self.sound is None or self.sound.done()


@dataclass(slots=True)
class _Speaking:
    text: str
    start_ms: int
    payloads: list[bytes]
    position: int = 0
    hang_up: bool = False


class Floor:
    """Steps every 20 ms of leg time from the moment the call is answered."""

    def __init__(
        self, customer: FarEnd, line: Line, renderer: Renderer, on_spoke: Callable[[str, int, int], None]
    ) -> None:
        self._customer = customer
        self._line = line
        self._renderer = renderer
        self._on_spoke = on_spoke
        self._planned: list[_Planned] = []
        self._speaking: _Speaking | None = None
        self._bot_text: str | None = None
        """What the bot is saying, None while it is silent."""
        self._bot_since_ms = 0
        self._last_begun = ""
        self._turn_answered = False
        """The customer has talked over the bot's present turn and so does not answer it again."""
        self._heard = ""
        """What the bot has said and has not been answered yet."""
        self._decide_at_ms: int | None = None
        self._quiet_since_ms = 0
        self._silences = 0
        self._started_ms = 0
        self._now_ms = 0
        self._pressed: list[str] = []

    def answer(self, now_ms: int) -> None:
        """They pick up."""
        self._now_ms = self._started_ms = self._quiet_since_ms = now_ms
        at_ms = now_ms
        for reply in self._customer.pickup():
            self._plan(reply, at_ms, greeting=True)
            at_ms += reply.delay_ms

    def note_speech(self, text: str, finished: bool) -> None:
        """The bot began to say ``text``, or has stopped and ``text`` is what sounded."""
        if finished:
            self._bot_stopped(text)
        else:
            self._bot_began(text)

    def _bot_began(self, text: str) -> None:
        self._planned = [plan for plan in self._planned if not plan.greeting]
        resumes = text == self._last_begun
        if resumes and not self._turn_answered:
            self._heard = ""  # what they heard of it will come again as part of the whole
        self._bot_text, self._bot_since_ms, self._last_begun = text, self._now_ms, text
        self._decide_at_ms = None
        self._turn_answered = False
        for aside in self._customer.bot_started(text) if not resumes else ():
            at_ms = self._now_ms + aside.at_ms
            self._planned.append(
                _Planned(aside.text, at_ms, self._sound(aside.text), aside=True, interrupts=aside.interrupts)
            )

    def _bot_stopped(self, sounded: str) -> None:
        self._customer.bot_said(sounded)
        cut = self._bot_text is not None and len(sounded) < 0.9 * len(self._bot_text)
        self._bot_text = None
        self._planned = [plan for plan in self._planned if not plan.aside]
        self._quiet_since_ms, self._silences = self._now_ms, 0
        if not self._turn_answered:
            self._heard = f"{self._heard} {sounded}".strip()
        if self._heard:
            self._decide_at_ms = self._now_ms + (_CUT_OFF_MS if cut else _THINK_MS)

    def step(self, now_ms: int) -> tuple[bytes | None, bool]:
        """(payload of this frame or None for background, whether they hang up now)."""
        self._now_ms = now_ms
        self._decide(now_ms)
        self._begin(now_ms)
        if self._speaking is not None:
            return self._speak(now_ms)
        return None, now_ms - self._started_ms > _LONGEST_CALL_MS or self._lose_patience(now_ms)

    def _decide(self, now_ms: int) -> None:
        if self._decide_at_ms is None or now_ms < self._decide_at_ms or self._speaking is not None:
            return
        self._decide_at_ms = None
        heard, self._heard = self._heard, ""
        self._plan(self._customer.bot_finished(heard), now_ms - _THINK_MS)

    def _plan(self, reply: Reply, from_ms: int, *, greeting: bool = False) -> None:
        at_ms = from_ms + reply.delay_ms
        if reply.keys:
            self._planned.append(_Planned(f"[{reply.keys}]", at_ms, None, keys=reply.keys))
        elif reply.text is not None:
            self._planned.append(_Planned(reply.text, at_ms, self._sound(reply.text), reply.hang_up, greeting))
        elif reply.hang_up:
            self._planned.append(_Planned("", at_ms, None, hang_up=True))

    def _sound(self, text: str) -> asyncio.Task[Pcm]:
        return self._renderer.start(text, self._customer.persona.voice)

    def _begin(self, now_ms: int) -> None:
        if self._speaking is not None or not self._planned:
            return
        plan = self._planned[0]
        if now_ms < plan.at_ms or not plan.ready:
            return
        self._planned.pop(0)
        self._pressed += plan.keys
        payloads = self._line.voice(plan.sound.result()) if plan.sound is not None else []
        self._speaking = _Speaking(plan.text, now_ms, payloads, hang_up=plan.hang_up)
        if plan.interrupts:
            self._customer.interrupted()
            self._turn_answered, self._heard = True, ""

    def _speak(self, now_ms: int) -> tuple[bytes | None, bool]:
        speaking = self._speaking
        assert speaking is not None
        if speaking.position < len(speaking.payloads):
            payload = speaking.payloads[speaking.position]
            speaking.position += 1
            return payload, False
        self._speaking = None
        self._quiet_since_ms = now_ms
        if speaking.text:
            self._on_spoke(speaking.text, speaking.start_ms, now_ms)
        return None, speaking.hang_up

    def _lose_patience(self, now_ms: int) -> bool:
        idle = self._bot_text is None and not self._planned and self._decide_at_ms is None
        if not idle or now_ms - self._quiet_since_ms < _WAIT_MS:
            return False
        self._silences += 1
        self._quiet_since_ms = now_ms
        reply = self._customer.bot_silent(self._silences)
        if reply.text is None:
            return reply.hang_up
        self._plan(reply, now_ms)
        return False

    def end(self, now_ms: int) -> None:
        """The call is over: report what was cut short."""
        speaking, self._speaking = self._speaking, None
        if speaking is not None and speaking.position:
            share = speaking.position / max(len(speaking.payloads), 1)
            words = speaking.text.split()
            self._on_spoke(" ".join(words[: round(len(words) * share)]), speaking.start_ms, now_ms)
        if self._bot_text is not None:
            letters = (now_ms - self._bot_since_ms) // SPEECH_MS_PER_LETTER
            self._customer.bot_said(self._bot_text[:letters])
            self._bot_text = None
        self._planned.clear()

    def pressed(self) -> list[str]:
        """Keys pressed since it was last asked."""
        keys, self._pressed = self._pressed, []
        return keys

    def pending(self) -> list[asyncio.Task[Pcm]]:
        """Speech being rendered."""
        return [plan.sound for plan in self._planned if plan.sound is not None and not plan.sound.done()]
