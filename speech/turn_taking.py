"""Who has the floor. Pure: what is heard and what the bot does, with times in, go in; what to do comes out.

The bot speaks, the customer speaks, the agent thinks, or the bot waits for an answer. A customer who speaks while the
bot does either interrupts it, or only shows that they listen ("dạ", "vâng"): the recogniser's partial text tells, after
the first quarter of a second. The same word after the bot's question is an answer. Until it is clear which of the two
it is, the bot lowers its voice (``lowered``): an interruption is given way to at once, and a backchannel costs no word.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal

from speech.echo import EchoGuard
from speech.end_of_turn import DEFAULT_OPTIONS, EndOfTurnOptions, backchannel, disagree, silence_needed_ms
from speech.engine import Activity
from speech.types import OPEN, Expectation

EndReason = Literal["silence", "too_long", "unclear"]


@dataclass(frozen=True, slots=True)
class StopBot:
    """The customer wants the floor: silence the bot now."""


@dataclass(frozen=True, slots=True)
class ResumeBot:
    """It was nothing after all: go on where the bot was stopped."""


@dataclass(frozen=True, slots=True)
class FinishTurn:
    """The customer has stopped: take the final reading and give it to ``TurnTaking.finished``."""

    reason: EndReason


@dataclass(frozen=True, slots=True)
class TakeTurn:
    """The reading just given (or the one kept before, if ``kept``) is the customer's turn: the agent answers."""

    interrupted: bool = False
    kept: bool = False


@dataclass(frozen=True, slots=True)
class KeepTurn:
    """The customer said something of weight into words that must be said: keep it until they are."""


@dataclass(frozen=True, slots=True)
class BackchannelHeard:
    """The reading just given is a sign of listening; the bot goes on."""


@dataclass(frozen=True, slots=True)
class PromptSilence:
    """Nobody answers, for the ``count``-th time in a row."""

    count: int


@dataclass(frozen=True, slots=True)
class Digits:
    """Keys were pressed and are complete."""

    keys: str
    interrupted: bool = False


Action = StopBot | ResumeBot | FinishTurn | TakeTurn | KeepTurn | BackchannelHeard | PromptSilence | Digits


@dataclass(frozen=True, slots=True)
class TurnOptions:
    """All in ms."""

    barge_in_ms: int = 280
    """Speech this long may stop the bot, if its text is more than a backchannel."""
    barge_in_unclear_ms: int = 1500
    """Speech this long stops the bot although no word was recognised."""
    aside_end_ms: int = 350
    """Silence that closes what was said while the bot speaks."""
    early_answer_ms: int = 300
    """Speech that begins this shortly before the bot's end is an answer, even a "dạ"."""
    early_yes_no_ms: int = 600
    """The same when a yes or no was asked: people answer before the question's last word."""
    wait_ms: int = 3500
    """Silence after the bot's turn before it asks whether anybody is there (facts/vietnam_rules.md §9: 3 s)."""
    pardon_ms: int = 1200
    """After a noise or a backchannel, at least this much of the wait is left."""
    max_turn_ms: int = 20_000
    max_unclear_ms: int = 6000
    """Speech this long without any recognised word is a television, not a turn."""
    between_keys_ms: int = 2000
    resume_ms: int = 240
    """Silence after which a bot that was stopped for nothing goes on."""
    least_confidence: float = 0.35
    """While the bot speaks, a single syllable recognised with less is taken for a backchannel."""


class Floor(Enum):
    """Whose turn it is."""

    BOT = auto()
    CUSTOMER = auto()
    """Open to the customer, or theirs."""
    AGENT = auto()
    """The agent works on its answer."""


_NONE: list[Action] = []


class TurnTaking:
    """One call's turn-taking. Call ``step`` every tick; the other methods when what they say happens."""

    def __init__(self, options: TurnOptions = TurnOptions(), end_of_turn: EndOfTurnOptions = DEFAULT_OPTIONS) -> None:
        self.options = options
        self.floor = Floor.AGENT
        self._end_of_turn = end_of_turn
        self._expectation = OPEN
        self._interruptible = True
        self._opening = False
        self._bot_end_ms = 0
        self._prompt_at_ms = 0
        self._prompts = 0
        self._stopped_bot = False
        self._kept = False
        self._own_voice = [0, 0]
        """Ticks of the sound under way at which it was not, and was, the bot's own voice."""
        self._keys = ""
        self._last_key_ms = 0
        self._keys_interrupted = False
        self.lowered = False
        """The bot should speak softly now: somebody else does, and it is not yet clear what they want."""

        self.perhaps_over = ""
        """The customer's words while it is waited whether they go on; empty if that is all but sure."""

    # What happens.

    def listen(self, now_ms: int, wait_ms: int | None = None, expectation: Expectation = OPEN) -> None:
        """The floor is the customer's without the bot having spoken."""
        self._expectation = expectation
        self._open_floor(now_ms, wait_ms)

    def bot_started(self, expectation: Expectation, *, interruptible: bool = True, opening: bool = False) -> None:
        """The bot's first sample sounds; ``expectation`` is what it will wait for. ``opening``: its first turn."""
        self.floor = Floor.BOT
        if opening:
            self._prompts = 0  # That nobody said "alô" first is no silence yet.
        self._expectation = expectation
        self._interruptible = interruptible
        self._opening = opening
        self._stopped_bot = False

    def bot_goes_on(self, *, interruptible: bool) -> None:
        """The bot comes to another part of its turn."""
        self._interruptible = interruptible

    def bot_finished(self, now_ms: int, wait_ms: int | None = None) -> list[Action]:
        """The bot's last sample has sounded and it waits for an answer."""
        self._open_floor(now_ms, wait_ms)
        if self._kept:
            return self._take(TakeTurn(kept=True))
        return _NONE

    def key(self, now_ms: int, key: str) -> list[Action]:
        """The customer pressed ``key``."""
        self._keys += key
        self._last_key_ms = now_ms
        if self.floor is Floor.BOT and self._interruptible:
            self._open_floor(now_ms, None)
            self._keys_interrupted = True
            return [StopBot(), *self._digits(now_ms)]
        return self._digits(now_ms)

    def step(
        self,
        now_ms: int,
        activity: Activity,
        partial: Callable[[], str],
        echo: EchoGuard | None = None,
        sounds_over: Callable[[], float | None] | None = None,
    ) -> list[Action]:
        """One tick. ``partial`` gives the open turn's text so far, it is only called when it matters.
        ``echo`` tells whether what is heard is only the bot's own voice. ``sounds_over`` tells how likely the turn is
        over by its sound, None while that is not known; it is only called where the words leave a doubt."""
        self.lowered, self.perhaps_over = False, ""
        if activity.turn_open:
            if self.floor is Floor.BOT:
                return self._while_bot_speaks(now_ms, activity, partial, echo)
            if self.floor is Floor.CUSTOMER:
                return self._while_customer_speaks(activity, partial, sounds_over)
            return _NONE  # Thinking: what is said now is judged once the bot speaks.
        if self._keys:
            return self._digits(now_ms)
        if self.floor is Floor.CUSTOMER and now_ms >= self._prompt_at_ms:
            self._prompts += 1
            self.floor = Floor.AGENT
            return [PromptSilence(self._prompts)]
        return _NONE

    def finished(
        self, now_ms: int, text: str, *, confidence: float = 1.0, start_ms: int = 0, end_ms: int = 0
    ) -> list[Action]:
        """The final reading of the turn that lasted from ``start_ms`` to ``end_ms``."""
        if self.floor is Floor.BOT:
            return self._aside(text, confidence)
        if self._stopped_bot and (not text or backchannel(text, opening=self._opening)):
            self.floor = Floor.BOT
            self._stopped_bot = False
            return [BackchannelHeard(), ResumeBot()] if text else [ResumeBot()]
        if not text:
            self._prompt_at_ms = max(self._prompt_at_ms, now_ms + self.options.pardon_ms)
            return _NONE
        if self._before_answer(start_ms, end_ms) and backchannel(text, opening=self._opening):
            self._prompt_at_ms = max(self._prompt_at_ms, now_ms + self.options.pardon_ms)
            return [BackchannelHeard()]
        return self._take(TakeTurn(interrupted=self._stopped_bot))

    # How it is decided.

    def _open_floor(self, now_ms: int, wait_ms: int | None) -> None:
        self.floor = Floor.CUSTOMER
        self._bot_end_ms = now_ms
        self._prompt_at_ms = now_ms + (self.options.wait_ms if wait_ms is None else wait_ms)

    def _take(self, action: TakeTurn | Digits) -> list[Action]:
        self.floor = Floor.AGENT
        self._prompts = 0
        self._stopped_bot = self._kept = self._keys_interrupted = False
        return [action]

    def _while_bot_speaks(
        self, now_ms: int, activity: Activity, partial: Callable[[], str], echo: EchoGuard | None
    ) -> list[Action]:
        options = self.options
        if not activity.speaking:
            return [FinishTurn("silence")] if activity.silence_ms >= options.aside_end_ms else _NONE
        if not self._interruptible:
            return _NONE
        own_voice = echo.echo() if echo is not None else False
        if own_voice is not None:
            self._own_voice[own_voice] += 1
        if own_voice:
            return _NONE
        self.lowered = True
        length_ms = activity.end_ms - activity.turn_start_ms
        if own_voice is None or length_ms < options.barge_in_ms:
            return _NONE
        text = partial()
        if echo is not None and echo.own_words(text):
            self.lowered = False
            return _NONE
        if backchannel(text, opening=self._opening) or (not text and length_ms < options.barge_in_unclear_ms):
            return _NONE
        self._open_floor(now_ms, None)
        self._stopped_bot = True
        return [StopBot()]

    def _while_customer_speaks(
        self, activity: Activity, partial: Callable[[], str], sounds_over: Callable[[], float | None] | None
    ) -> list[Action]:
        options = self.options
        if activity.speaking:
            length_ms = activity.end_ms - activity.turn_start_ms
            if length_ms >= options.max_turn_ms:
                return [FinishTurn("too_long")]
            # Looked at once per second: reading the text costs more than the clock.
            if length_ms >= options.max_unclear_ms and length_ms % 1000 < 20 and not partial():
                return [FinishTurn("unclear")]
            return _NONE
        silence_ms = activity.silence_ms
        if silence_ms < min(options.resume_ms, self._end_of_turn.complete_ms):
            return _NONE
        text = partial()
        if self._stopped_bot and (not text or backchannel(text, opening=self._opening)):
            needed_ms = options.resume_ms
        else:
            voice = sounds_over() if sounds_over is not None and disagree(text, self._expectation) else None
            needed_ms = silence_needed_ms(text, self._expectation, self._end_of_turn, voice)
        if silence_ms >= needed_ms:
            return [FinishTurn("silence")]
        self.perhaps_over = text if needed_ms < self._end_of_turn.silences_ms[-1] else ""
        return _NONE

    def _aside(self, text: str, confidence: float) -> list[Action]:
        other, own = self._own_voice
        self._own_voice = [0, 0]
        if not text or own > other:
            return _NONE
        unsure = " " not in text and confidence < self.options.least_confidence
        if unsure or backchannel(text, opening=self._opening):
            return [BackchannelHeard()]
        if not self._interruptible:
            self._kept = True
            return [KeepTurn()]
        return [StopBot(), *self._take(TakeTurn(interrupted=True))]

    def _before_answer(self, start_ms: int, end_ms: int) -> bool:
        """Was it all said while the bot still spoke, too early for an answer?"""
        yes_no = "yes_no" in self._expectation.kinds
        early_ms = self.options.early_yes_no_ms if yes_no else self.options.early_answer_ms
        return start_ms < self._bot_end_ms - early_ms and end_ms <= self._bot_end_ms

    def _digits(self, now_ms: int) -> list[Action]:
        if self.floor is not Floor.CUSTOMER:
            return _NONE
        wanted = self._expectation.digits if "digits" in self._expectation.kinds else None
        ended = self._keys.endswith("#")
        full = wanted is not None and len(self._keys) >= wanted
        if not (ended or full or now_ms - self._last_key_ms >= self.options.between_keys_ms):
            return _NONE
        keys, self._keys = self._keys.rstrip("#"), ""
        return self._take(Digits(keys, self._keys_interrupted))
