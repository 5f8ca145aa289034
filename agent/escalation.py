"""Decides when a person is called in. Pure: a turn's feeling and the mood go in, what to do and why comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.sentiment import Feeling, Mood
from agent.sentiment.lexicon import find
from agent.sentiment.tokens import tokenize
from core.errors import ConfigurationError

Deed = Literal["alert", "offer", "transfer", "callback"]
_STATES: Final = {"calm": 0, "tense": 1, "angry": 2}
_HEATED: Final = 0.5
"""Probability of the rule's kinds from which a turn counts for ``turns``."""
MOST_EVIDENCE: Final = 6


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Named(_Strict):
    """A lower probability is enough when the lexicon names one of these feelings."""

    feelings: tuple[str, ...]
    sure: float = Field(ge=0, le=1)


class Rule(_Strict):
    """One entry of escalation.yaml; what the fields mean is told there."""

    kinds: tuple[Literal["annoyed", "angry", "ironic", "despair", "danger", "threat", "abuse"], ...] = Field(
        min_length=1
    )
    sure: float = Field(ge=0, le=1)
    named: Named | None = None
    mood: Literal["tense", "angry"] | None = None
    turns: int = Field(default=1, ge=1)
    do: tuple[Deed, ...] = Field(min_length=1)
    steps: tuple[str, ...] = ()
    rest: int | None = Field(default=None, ge=1)


Rules = Mapping[str, Rule]


@lru_cache(maxsize=4)
def rules(path: Path | None = None) -> Rules:
    """The shipped rules, or those of ``path``. Raises ConfigurationError with file and field."""
    path = path or Path(__file__).with_suffix(".yaml")
    try:
        held: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return {str(name): Rule.model_validate(fields) for name, fields in dict(held).items()}
    except ValidationError as error:
        field = ".".join(map(str, error.errors()[0]["loc"]))
        raise ConfigurationError(
            f"Quy tắc chuyển nhân viên sai ở “{field}”: {error.errors()[0]['msg']}.",
            f"Escalation rule is wrong at “{field}”: {error.errors()[0]['msg']}.",
            where=str(path),
        ) from error
    except (OSError, yaml.YAMLError, TypeError, ValueError) as error:
        raise ConfigurationError(
            "Không đọc được tệp quy tắc chuyển nhân viên; cần YAML dạng “tên: {kinds: …, do: …}”.",
            "The escalation rules cannot be read; they are YAML of the form “name: {kinds: …, do: …}”.",
            where=str(path),
        ) from error


@dataclass(frozen=True, slots=True)
class Evidence:
    """A turn that speaks for calling a person: its number, kind, probabilities and words."""

    turn: int
    kind: str
    kinds: Mapping[str, float]
    words: tuple[str, ...]

    def of(self, kinds: Sequence[str]) -> float:
        """Probability of these kinds together."""
        return sum(self.kinds.get(kind, 0.0) for kind in kinds)


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, and why: the rule, the turns and words that it rests on."""

    rule: str
    do: tuple[Deed, ...]
    steps: tuple[str, ...]
    turns: tuple[int, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Escalation:
    """What is remembered of a conversation. ``acted``: rule → turn in which it last acted."""

    evidence: tuple[Evidence, ...] = ()
    acted: Mapping[str, int] | None = None
    calm_since: int = 0
    """First turn of the present stretch without evidence."""

    def heard(self, turn: int, feeling: Feeling) -> Escalation:
        """With one more customer turn."""
        if feeling.kind in ("calm", "pleased"):
            return self if self.calm_since else replace(self, calm_since=turn)
        one = Evidence(turn, feeling.kind, feeling.kinds, feeling.words)
        return replace(self, evidence=(*self.evidence, one)[-MOST_EVIDENCE:], calm_since=0)

    def decided(self, decision: Decision, turn: int) -> Escalation:
        """Remembers that a rule acted."""
        return replace(self, acted={**(self.acted or {}), decision.rule: turn})

    def decide(self, table: Rules, turn: int, text: str, feeling: Feeling, mood: Mood) -> Decision | None:
        """The first rule that holds for the turn just ``heard``; None when nobody needs to be called."""
        for name, rule in table.items():
            if "callback" in rule.do or not self._may(name, rule, turn):
                continue
            sure = feeling.of(*rule.kinds)
            enough = sure >= rule.sure or (
                rule.named is not None and sure >= rule.named.sure and _names(text, rule.named)
            )
            if enough and self._lasting(rule, mood):
                return self._decision(name, rule)
        return None

    def after_hangup(self, table: Rules, mood: Mood) -> Decision | None:
        """Whom a supervisor should call back: the customer hung up in anger and reached nobody."""
        for name, rule in table.items():
            if "callback" in rule.do and self.evidence and self._lasting(rule, mood):
                return self._decision(name, rule)
        return None

    def _may(self, name: str, rule: Rule, turn: int) -> bool:
        last = (self.acted or {}).get(name)
        if last is None:
            return True
        return rule.rest is not None and self._calm_turns_since(last, turn) >= rule.rest

    def _calm_turns_since(self, last: int, turn: int) -> int:
        heated = {one.turn for one in self.evidence}
        return sum(number not in heated for number in range(last + 1, turn))

    def _lasting(self, rule: Rule, mood: Mood) -> bool:
        if rule.mood is not None and _STATES[mood.state] < _STATES[rule.mood]:
            return False
        return sum(one.of(rule.kinds) >= _HEATED for one in self.evidence) >= rule.turns

    def _decision(self, name: str, rule: Rule) -> Decision:
        found = [one for one in self.evidence if one.of(rule.kinds) >= _HEATED] or list(self.evidence[-1:])
        words = tuple(dict.fromkeys(word for one in reversed(found) for word in one.words))
        return Decision(name, rule.do, rule.steps, tuple(one.turn for one in found), words[:6])


def _names(text: str, named: Named) -> bool:
    hits = find([token.text for token in tokenize(text)])
    return any(not hit.negated and set(hit.feelings) & set(named.feelings) for hit in hits)
