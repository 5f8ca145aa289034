"""Watches over one conversation: how the customer feels, turn by turn, and whether a person must be called in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from agent.brain.base import Command, Meant
from agent.escalation import Decision, Escalation, Rules, rules
from agent.flows.engine import Engine
from agent.flows.state import Result, State
from agent.sentiment import Feeling, Mood, SentimentScorer, label_of
from agent.turns import CustomerTurn
from memory import events
from memory.events import Emit
from speech.prosody import Habit

_HEATED: Final = frozenset({"anger", "abuse", "legal_threat"})
"""Intents of the brain that the scorer of feelings may veto."""
_PLAINLY: Final = 0.95


class Watch:
    """Keeps mood, voice habit and evidence; ``emit`` gets sentiment and alerts."""

    def __init__(self, scorer: SentimentScorer, emit: Emit, table: Rules | None = None) -> None:
        self._scorer = scorer
        self._emit = emit
        self._rules = rules() if table is None else table
        self._habit = Habit()
        self._past = Escalation()
        self._why: Decision | None = None
        self.mood = Mood()

    def hear(self, number: int, turn: CustomerTurn, text: str, at_ms: int, *, answers: bool = False) -> Feeling:
        """Takes one customer turn in; ``text`` is its words as understood, ``answers`` tells that they answer."""
        prosody = turn.heard.prosody if turn.heard is not None else None
        arousal = self._habit.arousal(prosody) if prosody is not None else 0.0
        if prosody is not None:
            self._habit = self._habit.after(prosody)
        feeling = self._scorer.explain(text, arousal=arousal)
        if answers:
            feeling = feeling.cooled()
        self.mood = self.mood.after(feeling.score)
        self._past = self._past.heard(number, feeling)
        score = round(feeling.score, 3)
        data: dict[str, Any] = {"turn": number, "score": score, "label": label_of(score), "kind": feeling.kind}
        data |= {"mood": round(self.mood.level, 3), "state": self.mood.state, "words": list(feeling.words)}
        if prosody is not None:
            data["arousal"] = round(arousal, 2)
        self._emit(events.SENTIMENT, at_ms, data)
        return feeling

    def tempered(self, commands: tuple[Command, ...], feeling: Feeling) -> tuple[Command, ...]:
        """Without anger, abuse and threats that the brain heard in a turn that is plainly calm ("gần tòa án")."""
        calm = feeling.of("calm", "pleased")
        return tuple(
            c
            for c in commands
            if not (isinstance(c, Meant) and c.intent in _HEATED and calm >= (_PLAINLY if c.confidence > 0.8 else 0.8))
        )

    def react(
        self, engine: Engine, before: State, result: Result, number: int, text: str, feeling: Feeling, at_ms: int
    ) -> Result:
        """What the engine decided, or a way to a person instead. A transfer that the flow chose itself stays."""
        decision = self._past.decide(self._rules, number, text, feeling, self.mood)
        if decision is None:
            return result
        if result.transfer is not None:
            self._why = decision
            if "alert" in decision.do:
                self._alert(decision, at_ms)
            return result
        if "transfer" not in decision.do and (
            result.tool is not None or result.hangup is not None or _moved_on(result)
        ):
            return result
        step = next((name for name in decision.steps if name in engine.flow.steps), None)
        if "transfer" in decision.do and result.hangup is not None and "alert" not in decision.do:
            step = None  # the flow ends the call for a good reason of its own (opt-out): a supervisor is told
        self._past, self._why = self._past.decided(decision, number), decision
        if "alert" in decision.do or step is None:
            self._alert(decision, at_ms)
        if step is None:
            return result
        unsettled = result.tool is not None or result.hangup is not None
        return engine.escalate(Result(before) if unsettled else result, step)

    def hung_up(self, transferred: bool, at_ms: int) -> None:
        """The customer has hung up; whoever left in anger is to be called back by a supervisor."""
        decision = None if transferred else self._past.after_hangup(self._rules, self.mood)
        if decision is not None:
            self._why = decision
            self._alert(decision, at_ms)

    def why(self) -> Mapping[str, Any]:
        """Rule, turns and words of the last decision, for the record; empty where a flow decided by itself."""
        found = self._why
        if found is None:
            words = tuple(dict.fromkeys(w for one in self._past.evidence[-2:] for w in one.words))
            return {"turns": [one.turn for one in self._past.evidence], "words": list(words)} if words else {}
        return {"rule": found.rule, "turns": list(found.turns), "words": list(found.words)}

    def _alert(self, decision: Decision, at_ms: int) -> None:
        do = "callback" if "callback" in decision.do else "alert"
        data = {"do": do, "rule": decision.rule, "turns": list(decision.turns), "words": list(decision.words)}
        self._emit(events.ALERTED, at_ms, data)


def _moved_on(result: Result) -> bool:
    """Does the engine itself ask whether a person is wanted?"""
    return result.state.asked in ("calm_down", "offer_person", "offer_person_now")
