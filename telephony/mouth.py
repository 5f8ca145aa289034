"""The bot's side of a call: plays turns packet by packet, tells leg and events what has sounded, stops and resumes."""

from __future__ import annotations

from agent.turns import BotTurn, HangUp, Say, Transfer
from core.logging import get_logger
from memory.events import BOT_SAID, Emit
from speech import codecs
from telephony.carrier import CallLeg
from telephony.playback import Playback, Utterance

_log = get_logger("telephony.mouth")
_SOFTER_DB = (0.0, -10.0, -24.0)
"""Steps of 20 ms down to a voice that leaves the floor to the customer."""


class Mouth:
    """One call's voice. ``tick`` once per 20 ms."""

    def __init__(self, leg: CallLeg, emit: Emit) -> None:
        self._leg = leg
        self._emit = emit
        self._number = 0
        self._playback: Playback | None = None
        self._said: list[Utterance] = []
        self._stopped_ms = 0
        self._last_words = False
        self.interruptible = True
        """May the customer stop it now? A turn that ends the call or hands it over is said to its end."""
        self.turn = BotTurn(())
        """The turn under way, or the last one."""
        self.speaking = False
        """A turn is under way (it may wait for its audio)."""
        self.stopped = False
        """It was interrupted, and it is not settled yet whether for good."""
        self.started = False
        """Its first packet was sent."""
        self.lowered = False
        """Speak softly: somebody else is speaking."""
        self.packet: bytes | None = None
        """What was sent last; None for silence."""
        self._softer = 0

    def begin(self, number: int, turn: BotTurn) -> Playback:
        """A new turn; its audio is to be put into the playback returned."""
        self._number, self.turn = number, turn
        self._playback = Playback(self._leg.codec)
        self._said = []
        self.speaking, self.stopped, self.started = True, False, False
        self._last_words = any(isinstance(act, HangUp | Transfer) for act in turn.acts)
        return self._playback

    def wants(self, playback: Playback) -> bool:
        """Is audio for ``playback`` still of use?"""
        return self._playback is playback

    def tick(self, now_ms: int) -> tuple[bytes | None, bool]:
        """The packet to send now, if any, and whether the turn has now come to its end."""
        self.packet, finished = self._next(now_ms)
        return self.packet, finished

    def _next(self, now_ms: int) -> tuple[bytes | None, bool]:
        playback = self._playback
        if playback is None or self.stopped:
            return None, False
        current = playback.current
        following = playback.advance()
        if following is not None:
            if current is not None:
                self._report(current, now_ms, interrupted=False)
            following.start_ms = now_ms
            self._said.append(following)
            self.interruptible = following.say.interruptible and not self._last_words
        packet = playback.packet()
        if packet is not None:
            if not self.started:
                self.started = True
                self._leg.note_speech(self.turn.text, finished=False)
            return self._at_level(packet), False
        if not playback.drained:
            return None, False
        if playback.current is not None:
            self._report(playback.current, now_ms, interrupted=False)
        if self.started:
            self._leg.note_speech(self.turn.text, finished=True)
        self._playback, self.speaking = None, False
        return None, True

    def _at_level(self, packet: bytes) -> bytes:
        """The packet, softer while ``lowered``; the voice goes down and up in steps, since a jump clicks."""
        self._softer = max(0, min(len(_SOFTER_DB) - 1, self._softer + (1 if self.lowered else -1)))
        gain_db = _SOFTER_DB[self._softer]
        return packet.translate(codecs.softening(gain_db, self._leg.codec)) if gain_db else packet

    def stop(self, now_ms: int) -> None:
        """Silence at once. ``drop`` or ``resume`` must follow."""
        if self.speaking and not self.stopped:
            self.stopped, self._stopped_ms = True, now_ms
            if self.started:
                self._leg.note_speech(self.heard_text(), finished=True)

    def resume(self) -> None:
        """Go on at the word that was cut."""
        self.stopped = False
        playback = self._playback
        if playback is not None and playback.current is not None:
            playback.current.rewind_to_word()
            self._leg.note_speech(self.turn.text, finished=False)

    def drop(self, now_ms: int) -> str | None:
        """Give the turn up; what of it was heard, None if none was under way."""
        if not self.speaking or self._playback is None:
            return None
        if self.started and not self.stopped:
            self._leg.note_speech(self.heard_text(), finished=True)
        current = self._playback.current
        if current is not None:
            self._report(current, self._stopped_ms if self.stopped else now_ms, interrupted=True)
        self._playback, self.speaking, self.stopped = None, False, False
        return self.heard_text()

    def heard_text(self) -> str:
        """What of the turn has sounded."""
        return " ".join(filter(None, (utterance.heard_text() for utterance in self._said)))

    def _report(self, utterance: Utterance, now_ms: int, *, interrupted: bool) -> None:
        say: Say = utterance.say
        self._emit(
            BOT_SAID,
            utterance.start_ms,
            {
                "turn": self._number,
                "text": say.text,
                "spoken": say.spoken,
                "template": say.template,
                "sensitive": say.sensitive,
                "start_ms": utterance.start_ms,
                "end_ms": now_ms,
                "heard_text": utterance.heard_text(),
                "interrupted": interrupted,
                "rate": round(utterance.rate, 3),
            },
        )
