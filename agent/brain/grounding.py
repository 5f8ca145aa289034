"""May a sentence that a language model wrote be said? Only what the sources state, in Vietnamese, and nothing else.

Drops what it is not sure of: then the documents' own sentences are said, which are always right.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agent.brain.figures import figures, names, negations, stated_figures
from agent.knowledge.hygiene import gives_orders
from agent.knowledge.sentences import sentences
from agent.knowledge.words import content, plain, syllables
from speech.recognition.units import is_vietnamese_syllable
from speech.text.normalize import fold, strip_marks
from speech.text.privacy import find_personal
from speech.text.scan import words_of

_MOST_SYLLABLES: Final = 70
_LEAST_VIETNAMESE: Final = 0.7
_LEAST_SHARED: Final = 0.6
"""Of a sentence's own topic words, the share that must stand in the sources."""
_NEAR: Final = 0.6
"""From this likeness on a source sentence says the same, so it must not say the opposite."""
_RELATED: Final = 0.34
"""Least share of a sentence's topic words that a source sentence must hold for its figures to count."""
_PARTS: Final = re.compile(r"[.!?;:,]\s|\n")
_NUMBER_WORDS: Final = frozenset(
    words_of("mot hai ba bon nam sau bay tam chin muoi tram nghin ngan trieu ty linh le ruoi tu lam")
)
_DONE: Final = re.compile(
    r"\b(?:em|toi|minh|chau|con|ben em|he thong)\s+(?:da|vua|se|dang|xin)\s+(?:\w+\s+){0,3}(?:chuyen|ghi nhan|xoa|giam|"
    r"huy|dat|gui|tao|doi|xac nhan|xac minh|hoan|cap nhat|thanh toan|dang ky|mien|tang|khoa|mo)\b"
    r"|\b(?:cam ket|dam bao|hua)\b"
)
"""A model does nothing and promises nothing; only flows do."""
_DEBT_WORDS: Final = re.compile(
    r"\b(?:khoan no|du no|no xau|khoan vay|tre han|qua han|ky thanh toan|hop dong vay|thu hoi no|con no|dang no|"
    r"so du|tai khoan cua|nam sinh|can cuoc cua)\b"
)
"""Private matters, which documents may explain but an answer may not bring up by itself."""
_LINK: Final = re.compile(r"https?://|www\.|\b[\w-]+\.(?:com|vn|net|org|info|io)\b|\S+@\S+", re.IGNORECASE)
_MARKUP: Final = re.compile(r"[{}<>\[\]|`\\#*_]{1,}")
_TOOLISH: Final = re.compile(r"tool_call|function|\bjson\b|\bargs?\b|\bunderstand\b|assistant|system", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Grounds:
    """What may be stated: the sources, and the words of the question."""

    sources: Sequence[str]
    question: str = ""

    @property
    def text(self) -> str:
        return "\n".join((*self.sources, self.question))


def objection(sentence: str, grounds: Grounds) -> str | None:
    """Why ``sentence`` may not be said, None if it may."""
    return form_objection(sentence) or _content(sentence, grounds)


def form_objection(sentence: str) -> str | None:
    """What is wrong with the form of a sentence: empty, too_long, markup, orders, asks, claims_action."""
    words = sentence.split()
    if not any(c.isalpha() for c in sentence):
        return "empty"
    if len(words) > _MOST_SYLLABLES:
        return "too_long"
    if _MARKUP.search(sentence) or _TOOLISH.search(sentence):
        return "markup"
    if gives_orders(sentence):
        return "orders"
    if "?" in sentence:  # the flow asks the next question, and only one
        return "asks"
    if _DONE.search(strip_marks(fold(sentence))):
        return "claims_action"
    return None


def _content(sentence: str, grounds: Grounds) -> str | None:
    stated = "\n".join(grounds.sources)
    if not is_vietnamese(sentence, grounds.text):
        return "language"
    own = _topic(sentence)
    if not stated_figures(sentence) <= figures("\n".join((*_near(own, grounds), grounds.question))):
        return "figures"
    if not names(sentence) <= set(strip_marks(fold(grounds.text)).split()):
        return "names"
    plain_text = strip_marks(fold(sentence))
    debts = set(_DEBT_WORDS.findall(plain_text))
    if not debts <= set(_DEBT_WORDS.findall(strip_marks(fold(stated)))):
        return "private"
    if {f.text for f in find_personal(sentence)} - {f.text for f in find_personal(stated)}:
        return "private"
    if any(link.group() not in stated for link in _LINK.finditer(sentence)):
        return "link"
    if own and len(own & set(plain(syllables(grounds.text)))) < _LEAST_SHARED * len(own):
        return "ungrounded"
    return "negation" if _contradicts(sentence, own, grounds) else None


def _topic(sentence: str) -> set[str]:
    """Plain topic words; numbers are compared as figures, not as words."""
    words = [word for word in plain(content(syllables(sentence))) if not any(c.isdigit() for c in word)]
    return set(words) - _NUMBER_WORDS


def _near(own: set[str], grounds: Grounds) -> list[str]:
    """Source sentences about the same: a figure of another matter proves nothing."""
    every = [sentence for source in grounds.sources for sentence in sentences(source)]
    return [s for s in every if not own or len(own & _topic(s)) >= _RELATED * len(own)]


def _contradicts(sentence: str, own: set[str], grounds: Grounds) -> bool:
    """Does the part of a source sentence that is most alike say the opposite?"""
    if not own:
        return False
    best, nearest = 0.0, ""
    for source in grounds.sources:
        for part in _PARTS.split(source):
            share = len(own & _topic(part)) / len(own)
            if share > best:
                best, nearest = share, part
    return best >= _NEAR and bool(negations(sentence)) != bool(negations(nearest))


def is_vietnamese(sentence: str, known: str = "") -> bool:
    """Mostly Vietnamese syllables with marks among them; words of ``known`` count, whatever language they are."""
    words = [word for word in fold(sentence).split() if word.isalpha()]
    there = set(fold(known).split())
    if not words:
        return True
    good = sum(word in there or is_vietnamese_syllable(word) for word in words)
    marked = any(not word.isascii() for word in words)
    return good >= _LEAST_VIETNAMESE * len(words) and (marked or len(words) < 3)
