"""One synthetic customer: hears what the bot says, answers in words. Pure: text and random numbers in, replies out.

The leg turns replies into sound and time; ``textplay`` plays them as text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Protocol

from telephony.simulator import hearing, spoken
from telephony.simulator.goals import Goal
from telephony.simulator.hearing import Act, Heard
from telephony.simulator.meaning import Meaning, Truth, spoken_values
from telephony.simulator.persona import Persona
from telephony.simulator.wording import Wording, lexicon

SPEECH_MS_PER_LETTER = 68
"""Rough length of read-out Vietnamese, to place interruptions and backchannels inside a turn of the bot."""
_MAX_SAME_QUESTION = 3
_LONG_TURN_MS = 2600
"""Only a turn at least this long draws a backchannel or an interruption."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the customer does after a turn of the bot: says ``text`` (None: nothing), then perhaps hangs up."""

    text: str | None = None
    delay_ms: int = 500
    hang_up: bool = False
    keys: str = ""
    """Pressed on the telephone instead of saying something."""


@dataclass(frozen=True, slots=True)
class Aside:
    """Something said while the bot speaks, ``at_ms`` after it began."""

    text: str
    at_ms: int
    interrupts: bool
    """True: wants the floor and is the answer to this turn; False: a backchannel."""


class FarEnd(Protocol):
    """Whoever is at the other end of the line: what the leg and ``textplay`` need of a customer."""

    persona: Persona

    def pickup(self) -> list[Reply]: ...

    def bot_started(self, text: str) -> list[Aside]: ...

    def interrupted(self) -> None: ...

    def bot_said(self, text: str) -> None: ...

    def bot_finished(self, text: str) -> Reply: ...

    def bot_silent(self, count: int) -> Reply: ...

    def truth(self) -> Truth: ...


class Customer:
    """Runs a goal script. The same arguments and the same turns of the bot give the same replies."""

    def __init__(self, persona: Persona, goal: Goal, meaning: Meaning, rng: Random) -> None:
        self.persona = persona
        self.goal = goal
        self.meaning = meaning
        self._rng = rng
        region = persona.region
        words = lexicon()
        past = rng.choice(words["past"][region])
        relation = rng.choice(words["relation"][persona.gender][region])
        values = spoken_values(meaning, region, rng, past, relation)
        self._words = Wording(persona, values, rng)
        self._once_done: set[str] = set()
        self._turns = 0
        self._last_act: Act | None = None
        self._same_act = 0
        self._last_intent: str | None = None
        self._stated = False
        self._told_who = False
        self._interrupted = False
        self._leaked = False
        self._special: dict[str, Callable[[Heard], str]] = {
            "promise": self._promise, "date": self._date, "amount": self._amount, "check_promise": self._check_promise,
            "busy_now": self._busy_now, "callback_time": self._callback_time, "check_callback": self._check_callback,
            "check_time": self._check_time, "birth_year": self._birth_year, "last_digits": self._last_digits,
            "dispute_or_yes": lambda heard: self._claim_or("dispute", heard),
            "hardship_or_yes": lambda heard: self._claim_or("hardship_no_date", heard),
            "refuse_or_yes": lambda heard: self._claim_or("refuse", heard),
            "paid_or_yes": lambda heard: self._words.say("affirm" if "đã" in heard.question else "paid_not_owed"),
            "main_or_yes": lambda heard: self._words.say("affirm" if self._stated else self.goal.main),
            "not_paid": self._not_paid,
        }  # fmt: skip

    # -- what happens ------------------------------------------------------------------------------------------

    def pickup(self) -> list[Reply]:
        """What they say on answering, one after the other while the bot is silent."""
        if "mailbox" in self.goal.traits:
            return [Reply(self._words.say("mailbox"), self._rng.randint(300, 900))]
        if "silent" in self.goal.traits:
            return []
        replies = [Reply(self._words.say("pickup"), self._rng.randint(300, 900))]
        if "double_alo" in self.goal.traits:
            replies.append(Reply(self._words.say("alo_again"), self._rng.randint(1100, 1800)))
        return replies

    def bot_started(self, text: str) -> list[Aside]:
        """Backchannels and interruptions for a turn of the bot that has just begun and will say ``text``."""
        length_ms = len(text) * SPEECH_MS_PER_LETTER
        if length_ms < _LONG_TURN_MS or "silent" in self.goal.traits:
            return []
        if self._wants_to_interrupt(text):
            at_ms = int(length_ms * self._rng.uniform(0.35, 0.55))
            return [Aside(self._words.say("interrupt_full"), at_ms, interrupts=True)]
        often = 0.85 if "backchannels" in self.goal.traits else self.persona.backchannel
        if self._rng.random() < often:
            at_ms = int(length_ms * self._rng.uniform(0.35, 0.7))
            return [Aside(self._words.say("backchannel"), at_ms, interrupts=False)]
        return []

    def interrupted(self) -> None:
        """The interruption that ``bot_started`` planned is being said."""
        self._interrupted = self._stated = True
        self._last_intent = "promise"

    def bot_said(self, text: str) -> None:
        """``text`` has sounded at the far end, whether or not it calls for an answer."""
        if hearing.sensitive(text) and not (self.goal.who == "right" and self._told_who):
            self._leaked = True

    def bot_finished(self, text: str) -> Reply:
        """The bot has said ``text`` and waits."""
        if "silent" in self.goal.traits:
            return Reply()
        heard = hearing.hear(text, self.meaning.today)
        self._turns += 1
        self._same_act = self._same_act + 1 if heard.act is self._last_act else 1
        self._last_act = heard.act
        if heard.act is Act.GOODBYE:
            return self._farewell()
        if self._turns > self.persona.patience_turns or self._same_act > _MAX_SAME_QUESTION:
            return Reply(self._words.say("give_up"), self._pause(), hang_up=True)
        intent = self._intent(heard)
        if intent is None:
            return Reply()
        if intent == "hang_up":
            self._stated = True
            return Reply(None, self._pause(), hang_up=True)
        text = self._voice(intent, heard)
        if heard.act not in (Act.LAST_DIGITS, Act.BIRTH_YEAR, Act.HEAR_CHECK):
            text = self._words.with_filler(text)
        return Reply(text, self._pause())

    def bot_silent(self, count: int) -> Reply:
        """The bot has left an answer without reply for the ``count``-th time (from 1)."""
        if "silent" in self.goal.traits:
            return Reply(hang_up=count >= 5)
        if count >= 3:
            return Reply(hang_up=True)
        return Reply(self._words.say("alo_again"), 0)

    def truth(self) -> Truth:
        """What they meant, whether it was stated so far, and whether the debt reached the wrong ears."""
        return Truth(self.goal.code, self.meaning.details(self.goal.code), self._stated, self.goal.name, self._leaked)

    # -- how they decide ---------------------------------------------------------------------------------------

    def _wants_to_interrupt(self, text: str) -> bool:
        return "interrupts" in self.goal.traits and not self._interrupted and self._told_who and hearing.sensitive(text)

    def _intent(self, heard: Heard) -> str | None:
        act = heard.act
        first = self.goal.once.get(act)
        if first is not None and first not in self._once_done:
            self._once_done.add(first)
            return first
        if act in (Act.HEAR_CHECK, Act.REPHRASE) and act not in self.goal.answers:
            return "again"
        if act is Act.STATEMENT:
            return None if self._rng.random() < 0.5 or self._last_intent is None else "backchannel"
        if act is Act.TRANSFERRING:
            return "thanks_wait" if self._rng.random() < 0.5 else None
        return self.goal.answers.get(act, self.goal.main)

    def _voice(self, intent: str, heard: Heard) -> str:
        """Words for ``intent``; remembers what matters."""
        if intent == "again":
            return self._again(heard)
        if intent in ("yes_self", "last_digits", "birth_year", "full_name"):
            self._told_who = True
        if intent not in ("backchannel", "who", "repeat", "alo_again", "thanks_wait"):
            self._last_intent = intent
        special = self._special.get(intent)
        text = special(heard) if special else self._words.say(intent)
        self._stated = self._stated or intent == self.goal.main
        return text

    def _again(self, heard: Heard) -> str:
        """Say the last thing once more; to "can you hear me" say first that they can."""
        lead = self._words.say("hear_yes") if heard.act is Act.HEAR_CHECK else ""
        if self._last_intent in (None, "bye", "yes_self"):
            return lead or self._words.say("yes_self" if self._last_intent else "lost")
        said = self._voice(str(self._last_intent), heard)
        return f"{lead}, {said}" if lead else said

    def _farewell(self) -> Reply:
        if self._rng.random() < 0.25:
            return Reply(None, self._pause(), hang_up=True)
        return Reply(self._words.say("bye"), self._pause(), hang_up=True)

    def _pause(self) -> int:
        return self._rng.randint(*self.persona.reaction_ms)

    # -- intents that need thought -----------------------------------------------------------------------------

    def _promise(self, heard: Heard) -> str:
        first, self._stated = not self._stated, True
        if self.goal.name == "pays_today":
            return self._words.say("pay_today")
        if first and "corrects" in self.goal.traits:
            return self._words.say("correct_self")
        if self.meaning.partial:
            return self._words.say("promise_partial")
        if first and self._rng.random() < 0.35:
            return self._words.say("promise_date")
        return self._words.say("promise_full")

    def _date(self, heard: Heard) -> str:
        if not self._stated:
            return self._promise(heard)
        if "bao nhiêu" in heard.question:
            return self._words.say("both")
        return self._words.say("date_again" if self._same_act > 1 else "promise_date")

    def _not_paid(self, heard: Heard) -> str:
        self._stated = True
        return self._words.say("not_paid_partial" if self.meaning.partial else "not_paid_full")

    def _amount(self, heard: Heard) -> str:
        self._stated = True
        return self._words.say("amount_partial" if self.meaning.partial else "amount_full")

    def _check_promise(self, heard: Heard) -> str:
        if not self._stated:
            return self._promise(heard)
        meant = self.meaning
        wrong_day = bool(heard.dates) and meant.day not in heard.dates
        whole = bool(heard.amounts) and meant.amount not in heard.amounts
        wrong_amount = whole or (meant.partial and not heard.amounts and "toàn bộ" in heard.question)
        if wrong_day and wrong_amount:
            return self._words.say("fix_both")
        if wrong_day:
            return self._words.say("fix_date")
        return self._words.say("fix_amount" if wrong_amount else "affirm")

    def _claim_or(self, claim: str, heard: Heard) -> str:
        """A recap of what they said is right; a recap that puts a promise into their mouth is not."""
        promised = bool(heard.dates or heard.amounts)
        self._stated = True
        return self._words.say(claim if promised else "affirm")

    def _busy_now(self, heard: Heard) -> str:
        self._stated = True
        return self._words.say("busy_at" if self.meaning.when else "busy")

    def _callback_time(self, heard: Heard) -> str:
        self._stated = True
        return self._words.say("callback_at" if self.meaning.when else "callback_any")

    def _check_callback(self, heard: Heard) -> str:
        when = self.meaning.when
        if heard.amounts or "thanh toán" in heard.question:  # a promise that was never made
            return f"{self._words.say('deny')}, {self._busy_now(heard)}"
        if when is None or not heard.times:
            return self._words.say("affirm")
        good = (when.hour, when.minute) in _either_half(heard.times) and (not heard.dates or when.date() in heard.dates)
        return self._words.say("affirm" if good else "callback_fix")

    def _check_time(self, heard: Heard) -> str:
        meant = self.meaning.new_time
        if meant is None:
            return self._words.say("deny")
        if not self._stated:
            self._stated = True
            return self._words.say("reschedule")
        good_time = not heard.times or (meant.hour, meant.minute) in _either_half(heard.times)
        good_day = not heard.dates or meant.date() in heard.dates
        return self._words.say("affirm" if good_time and good_day else "fix_time")

    def _birth_year(self, heard: Heard) -> str:
        return self._words.say("birth_year") if self.meaning.birth_year else self._words.say("lost")

    def _last_digits(self, heard: Heard) -> str:
        if not self.meaning.last4:
            return self._words.say("lost")
        wanted = 3 if "ba số" in heard.question or "3 số" in heard.question else 4
        said = spoken.digits(self.meaning.last4[-wanted:])
        return self._words.say("last_digits" if wanted == 4 else "last4_plain", last4=said)


def _either_half(times: tuple[tuple[int, int], ...]) -> set[tuple[int, int]]:
    """Times said without sáng or chiều may mean either half of the day."""
    return set(times) | {(hour + 12, minute) for hour, minute in times if hour <= 7}
