"""A synthetic customer who plays a scenario: recognises what the bot asks and answers as the scenario says."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import Any

from core.ids import derived_seed
from telephony.simulator import hearing, reading, spoken
from telephony.simulator.customer import SPEECH_MS_PER_LETTER, Aside, Reply
from telephony.simulator.hearing import Act, Heard
from telephony.simulator.line import LineProfile
from telephony.simulator.meaning import Truth
from telephony.simulator.persona import Persona, make_persona
from telephony.simulator.scenarios import Means, Play
from telephony.simulator.wording import Wording, lexicon, phrases

ABOUT_THE_CALL = frozenset({
    "identity", "is_it_the_number", "birth_year", "last_digits", "full_name", "hear_check", "rephrase", "goodbye",
    "transferring", "statement", "offer_person", "ask_callback", "confirm_callback", "confirm_opt_out", "ask_message",
    "anything_else", "recap", "fix",
})  # fmt: skip
"""Questions about the call itself. All others are the flow's own, answered by ``says.main`` where nothing is said."""
_SAME_QUESTION = 5
"""After the same question so many times in a row people hang up."""
_KEYS = re.compile(r"<([0-9*#]+)>")
_PAYS = re.compile(r"<(pays|pay fails)> ?")
_SILENCE = "<silence>"
_HANG_UP = "<hang up>"


class ScriptedCustomer:
    """Implements ``FarEnd``. Pure: the same scenario and the same turns of the bot give the same replies."""

    def __init__(self, play: Play, variant: int = 0) -> None:
        self._play = play
        self._scenario = play.scenario
        self._today = play.file.now.date()
        rng = Random(derived_seed("scripted", play.flow, play.id, variant))
        self.persona = _persona(play, rng)
        self._rng = rng
        self._words = Wording(self.persona, _values(play, self.persona, rng), rng)
        self.on_pay: Callable[[bool], None] = lambda works: None
        """Told when they pay what they were sent a link for, or try to."""
        self._done: set[str] = set()
        self._said = 0
        self._topic = ""
        self._same = 0
        self._answer: str | None = None
        self._patterns = {
            name: re.compile("|".join(patterns)) for name, patterns in play.file.questions.items() if patterns
        }

    # -- FarEnd ------------------------------------------------------------------------------------------------

    def pickup(self) -> list[Reply]:
        """What they say on answering; who calls us waits for our words."""
        if self._scenario.silent or (self._play.file.inbound and self._scenario.pickup is None):
            return []
        if self._scenario.pickup is not None:
            return [Reply(self._words.fill(self._scenario.pickup), 500)]
        if self._scenario.always:
            return []
        return [Reply(self._words.say("pickup"), self._rng.randint(300, 900))]

    def bot_started(self, text: str) -> list[Aside]:
        topic = self.topic(text)[0]
        if topic not in self._scenario.interrupts or f"over {topic}" in self._done:
            return []
        self._done.add(f"over {topic}")
        words = self._words.fill(self._scenario.interrupts[topic])
        return [Aside(words, int(len(text) * SPEECH_MS_PER_LETTER * 0.5), interrupts=True)]

    def interrupted(self) -> None:
        """The interruption is being said; nothing to remember."""

    def bot_said(self, text: str) -> None:
        """Secrets are looked for by the judge."""

    def bot_finished(self, text: str) -> Reply:
        if self._scenario.silent:
            return Reply()
        topic, heard = self.topic(text)
        self._same = self._same + 1 if topic == self._topic else 1
        self._topic = topic
        if self._scenario.always:
            line = self._scenario.always[self._said % len(self._scenario.always)]
            self._said += 1
            return self._reply(self._words.fill({"any": (line,)}))
        if topic == "goodbye":
            return Reply(self._words.say("bye"), self._pause(), hang_up=True)
        if topic == self._scenario.hangs_up_at:
            return Reply(None, self._pause(), hang_up=True)
        if self._same >= _SAME_QUESTION:
            return Reply(self._words.say("give_up"), self._pause(), hang_up=True)
        return self._reply(self._line(topic, heard))

    def bot_silent(self, count: int) -> Reply:
        if self._scenario.silent:
            return Reply(hang_up=count >= 5)
        return Reply(hang_up=True) if count >= 3 else Reply(self._words.say("alo_again"), 0)

    def truth(self) -> Truth:
        expect = self._scenario.expect
        return Truth(expect.code[0], expect.details, True, self._scenario.id)

    # -- what the bot wants ------------------------------------------------------------------------------------

    def topic(self, text: str) -> tuple[str, Heard]:
        """Name of what the bot asks or says: a question of the scenarios, else an act of ``hearing``."""
        heard = hearing.hear(text, self._today)
        if heard.question:
            found = self._match(heard.question)
            if found is not None:
                return found, heard
            if heard.act in (Act.QUESTION, Act.PLAN, Act.ASK_DATE, Act.ASK_AMOUNT, Act.APPOINTMENT, Act.RECAP):
                found = self._match(heard.text.lower())
            return found or heard.act.value, heard
        if heard.act is Act.STATEMENT:
            return self._match(heard.text.lower()) or "statement", heard
        return heard.act.value, heard

    def _match(self, words: str) -> str | None:
        return next((name for name, pattern in self._patterns.items() if pattern.search(words)), None)

    # -- what they answer --------------------------------------------------------------------------------------

    def _line(self, topic: str, heard: Heard) -> str | None:
        scenario, file = self._scenario, self._play.file
        if topic in scenario.first and topic not in self._done:
            self._done.add(topic)
            return self._words.fill(scenario.first[topic])
        if topic in ("rephrase", "hear_check") and topic not in scenario.says:
            return self._again(topic)
        if topic not in ("birth_year", "last_digits", "identity") and self._misheard(scenario.means, heard):
            return self._words.fill(self._resolved(scenario.says.get("fix") or file.says["fix"]))
        own = scenario.says.get(topic)
        if own is None and topic not in ABOUT_THE_CALL:
            own = scenario.says.get("main")
        lines = own or file.says.get(topic) or (None if topic in ABOUT_THE_CALL else file.says.get("main"))
        if lines is None:
            return None
        line = self._words.fill(self._resolved(lines))
        if topic != "statement":
            self._answer = line
        return line

    def _resolved(self, lines: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
        """ "@intent" stands for the lines of the simulator's phrase files."""
        whole = [line for by in lines.values() for line in by]
        if len(whole) == 1 and whole[0].startswith("@"):
            return phrases()[whole[0][1:]]
        return lines

    def _again(self, topic: str) -> str:
        lead = self._words.say("hear_yes") if topic == "hear_check" else ""
        if self._answer is None or _KEYS.fullmatch(self._answer):
            return lead or self._answer or self._words.say("lost")
        return f"{lead}, {self._answer}" if lead else self._answer

    def _misheard(self, means: Means, heard: Heard) -> bool:
        """Does a question that wants a yes name another day, amount or time than they mean?"""
        if not hearing.CONFIRM.search(heard.question):
            return False
        day = means.day or (means.at.date() if means.at else None)
        dates, amounts = reading.dates(heard.question, self._today), reading.amounts(heard.question)
        if (day is not None and dates and day not in dates) or (
            means.amount is not None and amounts and means.amount not in amounts
        ):
            return True
        times = reading.clock_times(heard.question)
        if means.at is None or not times:
            return False
        said = {time for hour, minute in times for time in ((hour, minute), (hour + 12, minute))}
        return (means.at.hour, means.at.minute) not in said

    def _reply(self, line: str | None) -> Reply:
        if line is None or line == _SILENCE:
            return Reply()
        if line == _HANG_UP:
            return Reply(None, self._pause(), hang_up=True)
        keys = _KEYS.fullmatch(line)
        if keys:
            return Reply(None, self._pause(), keys=keys[1])
        paying = _PAYS.match(line)
        if paying:
            self.on_pay(paying[1] == "pays")
            line = line[paying.end() :]
        return Reply(line, self._pause())

    def _pause(self) -> int:
        return self._rng.randint(*self.persona.reaction_ms)


def _persona(play: Play, rng: Random) -> Persona:
    scenario = play.scenario
    line = LineProfile(noise=scenario.noise, snr_db=scenario.snr_db)
    persona = make_persona(play.contact, rng, play.file.now.date(), line)
    if scenario.kind in ("wrong_person", "third_party"):
        persona = replace(persona, self_term="tôi" if persona.region == "north" else "tui", you_term="em")
    quick = scenario.mood in ("hurried", "irritable")
    return replace(
        persona, mood=scenario.mood or "calm", filler=0.0, reaction_ms=(250, 600) if quick else (350, 900)
    )


def _values(play: Play, persona: Persona, rng: Random) -> dict[str, str]:
    """What wordings may name in braces, in the customer's own words."""
    contact, means, today = play.contact, play.scenario.means, play.file.now.date()
    region, words = persona.region, lexicon()
    values = {
        "past": str(rng.choice(words["past"][region])),
        "relation": str(rng.choice(words["relation"][persona.gender][region])),
    }
    if contact.get("birth_year"):
        values["year"] = spoken.birth_year(int(contact["birth_year"]), region, rng)
    contract = "".join(c for c in str(contact.get("contract") or contact.get("contract_last4") or "") if c.isdigit())
    if contract:
        values["last4"] = spoken.digits(contract[-4:])
    day = means.day or (means.at.date() if means.at else None)
    if day is not None:
        values["date"] = spoken.near_date(day, today, region, rng)
        values["fulldate"] = "hôm nay" if day == today else spoken.full_date(day, rng)
    if means.amount is not None:
        values["amount"] = spoken.money(means.amount, region, rng)
    if means.at is not None:
        values["at"] = f"{spoken.clock_time(means.at, rng)} {values['date']}"
        values["newtime"] = values["when"] = values["at"]
    return {name: value for name, value in values.items() if value} | _plain(contact)


def _plain(contact: Mapping[str, Any]) -> dict[str, str]:
    """Text facts as they are: {order}, {place} …"""
    return {f"my_{name}": str(value) for name, value in contact.items() if isinstance(value, str)}
