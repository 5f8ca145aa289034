"""How the customer feels, from words: lexicon with intensifiers and negation. First cut of a fuller scorer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from speech.text.normalize import common_words, fold

Label = Literal["positive", "neutral", "negative"]

_NEGATIVE: Final[dict[str, float]] = {
    "bực mình": -0.7, "bực": -0.6, "bực bội": -0.7, "khó chịu": -0.6, "tức": -0.5, "tức giận": -0.8, "điên": -0.7,
    "phiền": -0.5, "làm phiền": -0.5, "quấy rối": -0.9, "gọi hoài": -0.6, "gọi mãi": -0.5, "gọi suốt": -0.5,
    "quá đáng": -0.7, "lừa đảo": -0.9, "bịp": -0.7, "kiện": -0.8, "công an": -0.6, "tố cáo": -0.8, "mất dạy": -1.0,
    "vớ vẩn": -0.6, "láo": -0.8, "im đi": -0.8, "câm": -0.8, "cút": -0.9, "chán": -0.4, "tệ": -0.5, "mệt": -0.3,
    "đừng gọi": -0.4, "khó khăn": -0.3, "mất việc": -0.4, "kẹt": -0.2, "nhầm số": -0.1, "không đúng": -0.2,
    "thất vọng": -0.6, "đòi": -0.2, "ép": -0.5, "dọa": -0.6, "hối": -0.3, "làm ăn kiểu": -0.6, "khốn": -0.8,
    "chửi": -0.6,
    "đồ": -0.1, "ngu": -0.9, "rách việc": -0.6, "lãi cao": -0.3, "chậm chạp": -0.4, "nói nhiều": -0.5,
    "biết rồi": -0.15,
}  # fmt: skip
_POSITIVE: Final[dict[str, float]] = {
    "cảm ơn": 0.4, "tốt": 0.4, "hài lòng": 0.7, "vui": 0.5, "tuyệt": 0.7, "được rồi": 0.15, "đồng ý": 0.25, "ok": 0.15,
    "nhiệt tình": 0.6, "dễ thương": 0.6, "chu đáo": 0.6, "nhanh": 0.2, "yên tâm": 0.4, "vâng": 0.1, "dạ": 0.1,
    "nhé": 0.05,     "thông cảm": 0.1, "đúng rồi": 0.15,
}  # fmt: skip
_STRONGER: Final = frozenset(["quá", "lắm", "rất", "cực", "thật", "ghê", "hết", "vô", "siêu", "kinh"])
_NEGATIONS: Final = frozenset(["không", "chưa", "chẳng", "chả", "đâu", "đừng"])
_LEXICON: Final = {tuple(phrase.split()): weight for phrase, weight in {**_NEGATIVE, **_POSITIVE}.items()}
_LONGEST: Final = max(len(phrase) for phrase in _LEXICON)


@dataclass(frozen=True, slots=True)
class Feeling:
    """One score with the words it came from."""

    score: float
    words: tuple[str, ...] = ()


class SentimentScorer:
    """Scores one customer turn from −1 to 1."""

    def score(self, text: str) -> float:
        return self.explain(text).score

    def explain(self, text: str) -> Feeling:
        """The score and the words that made it."""
        words = common_words(fold(text)).split()
        total, found, k = 0.0, [], 0
        while k < len(words):
            n = next((n for n in range(min(_LONGEST, len(words) - k), 0, -1) if tuple(words[k : k + n]) in _LEXICON), 0)
            if n:
                weight = _LEXICON[tuple(words[k : k + n])]
                near = words[max(0, k - 1) : k] + words[k + n : k + n + 2]
                if any(word in _STRONGER for word in near):
                    weight *= 1.4
                if any(word in _NEGATIONS for word in words[max(0, k - 2) : k]):
                    weight *= -0.5
                total += weight
                found.append(" ".join(words[k : k + n]))
            k += n or 1
        return Feeling(max(-1.0, min(1.0, total)), tuple(found))


def label_of(score: float) -> Label:
    """The label of a score; between −0.25 and 0.25 is neutral."""
    return "negative" if score <= -0.25 else "positive" if score >= 0.25 else "neutral"


@dataclass(frozen=True, slots=True)
class Mood:
    """The conversation's score: recent turns count more, and bad ones fade slower than good ones."""

    level: float = 0.0
    lowest: float = 0.0
    turns: int = 0

    def after(self, score: float) -> Mood:
        """The mood after one more turn."""
        share = 0.5 if score < self.level else 0.3
        level = self.level + share * (score - self.level)
        return Mood(level, min(self.lowest, level), self.turns + 1)
