"""How the customer feels in one turn: the shipped classifier of callers' words, the lexicon, and the voice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from agent.sentiment.lexicon import Hit, entries, find
from agent.sentiment.model import Classifier, Model, load
from agent.sentiment.tokens import tokenize
from core.artifacts import artifact

VALENCE: Final[Mapping[str, float]] = {
    "calm": 0.0, "pleased": 0.65, "annoyed": -0.55, "angry": -0.85, "ironic": -0.6, "despair": -0.65, "danger": -1.0,
    "threat": -0.85, "abuse": -1.0,
}  # fmt: skip
"""What a turn of each kind weighs; the kinds are those of models/sentiment."""
_WORDS_SHARE: Final = 0.3
"""Weight of the lexicon beside the classifier."""
_VOICE_STEP: Final = 0.15
"""What each spread of arousal takes off, once words are not friendly."""
_VOICE_ALONE: Final = -0.2
"""A raised voice over neutral words goes no lower: people also speak up on a bad line."""
_MOST_WORDS: Final = 4
_PASSING: Final = frozenset({"annoyed", "angry", "ironic", "despair"})
"""Kinds that an answer in the same turn makes doubtful."""


@dataclass(frozen=True, slots=True)
class Feeling:
    """One score with the words it came from.

    ``kinds``: probability of each kind of turn (calm, annoyed, danger …). ``arousal``: 0 … 3, how much louder, higher
    and faster than this caller's habit.
    """

    score: float
    words: tuple[str, ...] = ()
    kinds: Mapping[str, float] = field(default_factory=dict)
    arousal: float = 0.0

    @property
    def kind(self) -> str:
        """The most probable kind."""
        return max(self.kinds, key=lambda name: self.kinds[name]) if self.kinds else "calm"

    def cooled(self) -> Feeling:
        """Half as heated: who answers the question in the same breath is cross with something else, or not very much.

        Danger, threats and abuse stay as they are.
        """
        taken = {kind: share / 2 for kind, share in self.kinds.items() if kind in _PASSING}
        kinds = {**self.kinds, **taken, "calm": self.kinds.get("calm", 0.0) + sum(taken.values())}
        grave = self.of("danger", "threat", "abuse")
        score = self.score * (0.5 + 0.5 * grave) if self.score < 0 else self.score
        return replace(self, score=score, kinds=kinds)

    def of(self, *kinds: str) -> float:
        """Probability that the turn is one of ``kinds``."""
        return sum(self.kinds.get(kind, 0.0) for kind in kinds)


class SentimentScorer:
    """Scores one customer turn from −1 to 1. ``plugged`` is a business's own classifier of opinions, asked as well."""

    def __init__(self, plugged: Classifier | None = None) -> None:
        self._plugged = plugged
        self._valence = {label: valence_of(label, plugged.labels) for label in plugged.labels} if plugged else {}

    def score(self, text: str) -> float:
        """−1 … 1."""
        return self.explain(text).score

    def explain(self, text: str, *, arousal: float = 0.0) -> Feeling:
        """The score and the words that made it; ``arousal`` as ``speech.prosody.Habit`` tells it."""
        tokens = [token.text for token in tokenize(text)]
        if not tokens:
            return Feeling(0.0, (), {"calm": 1.0}, arousal)
        model = shipped()
        guess = model.predict(text)
        hits = [hit for hit in find(tokens) if abs(hit.strength) >= 0.1]
        said = sum(share * VALENCE[kind] for kind, share in guess.shares.items())
        if self._plugged is not None:
            other = self._plugged.predict(text).shares
            said = 0.5 * said + 0.5 * sum(share * self._valence[label] for label, share in other.items())
        told = max(-1.0, min(1.0, sum(hit.strength for hit in hits)))
        calm = guess.shares.get("calm", 0.0)
        told *= 1 - 0.8 * calm if told < 0 else 1.0  # "nóng muốn chết" is no anger when the turn is business
        score = (
            (1 - _WORDS_SHARE) * said + _WORDS_SHARE * told if told * said >= 0 else said + 0.5 * _WORDS_SHARE * told
        )
        score = _heated(score, arousal)
        return Feeling(
            max(-1.0, min(1.0, score)), _words(text, tokens, hits, guess.label, score, model), guess.shares, arousal
        )


def _heated(score: float, arousal: float) -> float:
    if arousal < 1 or score >= 0.25:
        return score
    cooled = score - _VOICE_STEP * arousal
    return cooled if score <= -0.25 else max(cooled, min(score, _VOICE_ALONE))


def _words(text: str, tokens: list[str], hits: list[Hit], kind: str, score: float, model: Model) -> tuple[str, ...]:
    """Phrases of the lexicon that point the way of the score, then words that speak for the kind of turn."""
    found = [hit.phrase for hit in sorted(hits, key=lambda hit: -abs(hit.strength)) if hit.strength * score > 0]
    if kind != "calm":
        found += model.reasons(text, kind, "calm")
    whole = " ".join(tokens)
    kept: list[str] = []
    for phrase in found:
        if phrase in whole and not any(phrase in other for other in kept):
            kept = [other for other in kept if other not in phrase] + [phrase]
    return tuple(kept[:_MOST_WORDS])


@lru_cache(maxsize=1)
def shipped() -> Model:
    """The classifier that comes with Alô (models/sentiment)."""
    return load(artifact("models", "sentiment", "model.json").parent)


def valence_of(label: str, labels: tuple[str, ...]) -> float:
    """What a label of somebody else's classifier weighs: by its name, by the lexicon, or by its rank if numbered."""
    name = label.strip().lower()
    for start, value in (
        ("pos", 0.7),
        ("neg", -0.7),
        ("neu", 0.0),
        ("tích cực", 0.7),
        ("tiêu cực", -0.7),
        ("trung", 0.0),
    ):
        if name.startswith(start):
            return value
    digits = [int("".join(filter(str.isdigit, one))) for one in labels if any(map(str.isdigit, one))]
    if len(digits) == len(labels) > 1:
        low, high = min(digits), max(digits)
        return 1.4 * (int("".join(filter(str.isdigit, name))) - low) / max(high - low, 1) - 0.7
    by_feeling = {
        "joy": 0.7, "enjoyment": 0.7, "love": 0.7, "happy": 0.7, "sad": -0.6, "sadness": -0.6, "anger": -0.8,
        "angry": -0.8, "disgust": -0.7, "fear": -0.5, "surprise": 0.0, "other": 0.0,
    }  # fmt: skip
    entry = entries().get(tuple(name.split()))
    return by_feeling.get(name, entry.strength if entry else 0.0)
