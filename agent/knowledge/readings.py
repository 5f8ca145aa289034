"""Other ways to put a question: numbers in figures as documents write them, abbreviations in full, no preface.

People say "hai mươi bảy điểm", type "cntt", and tell of their family before they ask.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from speech.text.normalize import fold, strip_marks
from speech.text.write import parse_cardinal

_LEAST_FIGURE: Final = 10
_LETTERS: Final = (3, 5)
"""An abbreviation of three to five first letters: cntt, qtkd."""
_PHRASE: Final = re.compile(r"[^.,;:!?()|\n]+")
_ASKS: Final = re.compile(
    r"^.*\b(?:cho (?:\w+ )?hỏi|muốn (?:hỏi|biết)|(?:không|chưa) (?:biết|rõ)|hỏi (?:là|xem|chút|tí)|vậy thì|mà)\b"
)
"""What comes before the question itself."""
_LEAST_WORDS: Final = 3


def acronyms(texts: Iterable[str]) -> dict[str, str]:
    """First letters → name, for names of three to five words in ``texts`` ("Công nghệ thông tin" → "cntt").

    Letters that two names share stand for neither.
    """
    found: dict[str, set[str]] = {}
    for words in (match.group().split() for text in texts for match in _PHRASE.finditer(text)):
        for k in (k for k, word in enumerate(words) if word[0].isupper()):
            for n in range(_LETTERS[0], min(_LETTERS[1], len(words) - k) + 1):
                name = words[k : k + n]
                letters = "".join(strip_marks(word[0].lower()) for word in name)
                found.setdefault(letters, set()).add(" ".join(name).lower())
    return {letters: names.pop() for letters, names in found.items() if len(names) == 1}


def readings(question: str, names: Mapping[str, str]) -> tuple[str, ...]:
    """``question`` and the other ways to put it, each once."""
    plain = fold(question)
    full = " ".join(names.get(strip_marks(word), word) if _consonants(word) else word for word in plain.split())
    figures = _in_figures(full)
    core = _ASKS.sub("", figures).strip()
    kept = core if len(core.split()) >= _LEAST_WORDS else ""
    return tuple(dict.fromkeys(text for text in (question, full, figures, kept) if text))


def _consonants(word: str) -> bool:
    return len(word) >= _LETTERS[0] and not set(strip_marks(word)) & set("aeiouy0123456789")


def _in_figures(text: str) -> str:
    words = text.split()
    for span in reversed(parse_cardinal(text)):
        if span.value >= _LEAST_FIGURE:
            words[span.start : span.end] = [str(span.value)]
    return " ".join(words)
