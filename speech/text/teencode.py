"""Chat text made readable: teencode ("ko dc", "mai e ck nha") and text without marks ("toi muon doi lich").

Abbreviations are a table (``data/teencode.txt``). Marks are put back by the recogniser's syllable trigram: the most
probable path through all syllables that lose their marks to what was typed. Text that has its marks is left as it is,
but for abbreviations that are no Vietnamese syllable.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from pathlib import Path
from typing import Final, NamedTuple

from core.artifacts import artifact
from speech.recognition.lm import Context, LanguageModel
from speech.recognition.units import FOREIGN, is_vietnamese_syllable
from speech.text.decisions import Decision, Piece, assemble
from speech.text.normalize import strip_marks
from speech.text.personal.syllables import NAMES, PLACES
from speech.text.scan import Word, like, scan, words_of

_TABLE: Final = Path(__file__).with_name("data") / "teencode.txt"
_BEAM: Final = 8
_WIDTH: Final = 9.0
"""Paths that are this much less probable than the best are given up, in nats."""
_WORDS: Final = _TABLE.with_name("chat_words.txt")
_WORD_BONUS: Final = 5.0
"""For two syllables that make a word of the list, in nats."""
_WORD_LEAST: Final = -5.5
"""The least that the second syllable of such a word scores: the model does not know all of them."""
_UNJUDGED: Final = -1
_END_WEIGHT: Final = 0.5
"""Chat ends anywhere; what the model says about ends of sentences counts half."""
_KEPT_LOGP: Final = -9.0
"""A word that the model cannot judge (a number, a foreign word): every path pays the same."""
_AS_TYPED: Final = 0.5
"""Bonus of a syllable that was typed just so: marks are added for a reason."""
_MOSTLY: Final = 0.12
"""Share of words with marks from which on a text has its marks."""
_ENGLISH: Final = frozenset(words_of("the is are you your please hello this and of for with my what how can will not"))
_SPOUSE_BEFORE: Final = frozenset(words_of("vk vợ vo của cua chồng chong gặp gap nhà với voi gọi goi hỏi hoi"))
_COUNTED: Final = frozenset(words_of("nghìn ngàn trăm triệu nghin ngan tram trieu"))
_LETTERED: Final = frozenset(
    words_of("án lô tổ khối câu nhóm loại hạng phần mục điểm gan vitamin block tòa toà thi an lo to")
)
"""Words after which a single letter is a label."""


@dataclass(frozen=True, slots=True)
class Readable:
    """Chat text as one would write it with care, and every change with its spans."""

    text: str
    decisions: tuple[Decision, ...]


class _Option(NamedTuple):
    """One reading of a word: its syllables as the model counts them (None: it cannot), and its outer syllables."""

    choice: str
    ids: tuple[int, ...] | None
    first: str
    last: str


class _Path(NamedTuple):
    score: float
    before: int
    last: int
    syllable: str
    choice: str
    back: _Path | None


def restore(text: str) -> Readable:
    """``text`` with teencode spelt out and missing marks put back; numbers, names of sites, other languages stay.

    Linear in the length; the model is loaded when the first text without marks comes.
    """
    words = scan(text)
    if not words or _foreign(words):
        return Readable(text, ())
    bare = not _has_marks(words)
    options = [_options(words, k, bare) for k in range(len(words))]
    chosen = _best(words, options) if bare else [found[0] for found in options]
    pieces = []
    for word, choice, found in zip(words, chosen, options, strict=True):
        source = text[word.start : word.end]
        if choice != word.plain:
            kind = "teencode" if len(found) == 1 else "marks"
            pieces.append(
                Piece(word.start, word.end, kind, like(source if len(source) > 1 else source.lower(), choice))
            )
    return Readable(*assemble(text, pieces))


def _has_marks(words: Sequence[Word]) -> bool:
    letters = [w.plain for w in words if w.plain.isalpha()]
    marked = sum(not plain.isascii() and plain != strip_marks(plain) for plain in letters)
    return bool(letters) and marked > _MOSTLY * len(letters)


def _foreign(words: Sequence[Word]) -> bool:
    """No Vietnamese: English words, other scripts, nothing that could be a syllable."""
    plain = [w.plain for w in words]
    english = sum(p in _ENGLISH for p in plain)
    known = sum(p in _teencode() or is_vietnamese_syllable(p) for p in plain)
    return known == 0 or english * 3 > len(plain)


def _options(words: Sequence[Word], k: int, bare: bool) -> Sequence[str]:
    """What word ``k`` may stand for; one entry when there is nothing to choose."""
    word = words[k].plain
    before = words[k - 1].plain if k else ""
    short = _teencode().get(word)
    if short is not None and not (short[1] and not bare) and not _is_label(words, k, before):
        if word == "ck":
            return ("chồng",) if before in _SPOUSE_BEFORE else ("chuyển khoản",)
        if word == "a" and bare:
            return ("anh", "ạ", "à")
        return (short[0],)
    if not bare or not word.isascii() or not word.isalpha() or word in FOREIGN or len(word) > 7:
        return (word,)
    return _marked().get(word, (word,))


def _is_label(words: Sequence[Word], k: int, before: str) -> bool:
    """Is the short form a letter, a unit or a code here: "50 k", "lô b", "TK 12"?"""
    word = words[k].plain
    if word in ("k", "tr", "g", "m", "h") and (before[-1:].isdecimal() or before in _COUNTED):
        return True
    counted = k + 1 < len(words) and words[k + 1].plain[:1].isdecimal()
    if len(word) == 1 and (before in _LETTERED or (counted and word not in "aec")):
        return True
    if word == "a" and k + 1 < len(words) and words[k + 1].plain in ("lo", "lô", "còng", "cong", "móc"):
        return True
    return words[k].capital and not words[k].first and len(word) > 1


def _best(words: Sequence[Word], options: Sequence[Sequence[str]]) -> list[str]:
    """The most probable choices (beam search over the trigram); clauses are judged each on its own."""
    model = _model()
    start = model.START
    beam = [_Path(0.0, start, start, "", "", None)]
    for word, found in zip(words, options, strict=True):
        if word.first and beam[0].back is not None:
            beam = [_Path(0.0, start, start, "", "", _ended(beam, model))]
        plain = word.plain
        readings = [_reading(choice) for choice in found]
        reached: dict[tuple[int, int], _Path] = {}
        for path in beam:
            for new in _extended(path, readings, plain, model):
                key = (new.before, new.last)
                best = reached.get(key)
                if best is None or best.score < new.score:
                    reached[key] = new
        beam = sorted(reached.values(), key=_score, reverse=True)[:_BEAM]
        beam = [path for path in beam if path.score > beam[0].score - _WIDTH]
    at: _Path | None = _ended(beam, model)
    chosen: list[str] = []
    while at is not None:
        if at.choice:
            chosen.append(at.choice)
        at = at.back
    return chosen[::-1]


_score = attrgetter("score")


def _ended(beam: Sequence[_Path], model: LanguageModel) -> _Path:
    return max(beam, key=lambda p: p.score + _END_WEIGHT * _after(model, p.before, p.last).word(model.END))


def _after(model: LanguageModel, before: int, last: int) -> Context:
    """After a word that the model cannot judge (both are START once more) anything may follow."""
    return model.root if before == _UNJUDGED else model.after(before, last)


def _extended(path: _Path, readings: Sequence[_Option], plain: str, model: LanguageModel) -> Iterator[_Path]:
    context = _after(model, path.before, path.last)
    follows = _pairs().get(path.syllable, frozenset())
    for choice, ids, first, last in readings:
        if ids is None:
            yield _Path(path.score + _KEPT_LOGP, _UNJUDGED, model.START, last, choice, path)
            continue
        step = context.word(ids[0])
        if first in follows:
            step = max(step + _WORD_BONUS, _WORD_LEAST)
        before, end = path.last, ids[0]
        for word in ids[1:]:
            step += model.after(before, end).word(word)
            before, end = end, word
        yield _Path(path.score + step + (_AS_TYPED if choice == plain else 0.0), before, end, last, choice, path)


@lru_cache(maxsize=8192)
def _reading(choice: str) -> _Option:
    parts = choice.split()
    ids = [_model().word_id(part) for part in parts]
    known = None if None in ids else tuple(word for word in ids if word is not None)
    return _Option(choice, known, parts[0], parts[-1])


@lru_cache(maxsize=1)
def _model() -> LanguageModel:
    return LanguageModel(artifact("models", "language", "syllables.npz"))


@lru_cache(maxsize=1)
def _teencode() -> Mapping[str, tuple[str, bool]]:
    """Short form → (what it stands for, only in text without marks)."""
    found = {}
    for line in _TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            form, _, meaning = line.partition("|")
            found[unicodedata.normalize("NFC", form.rstrip("?"))] = (meaning, form.endswith("?"))
    return found


@lru_cache(maxsize=1)
def short_forms() -> Mapping[str, str]:
    """Chat abbreviation → words, for those that mean nothing else in text with its marks ("ko" → "không")."""
    return {form: meaning for form, (meaning, bare_only) in _teencode().items() if not bare_only and form != "ck"}


@lru_cache(maxsize=1)
def _pairs() -> Mapping[str, frozenset[str]]:
    """First syllable of an everyday word → the second ones."""
    found = {}
    for line in _WORDS.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            first, _, seconds = line.partition(":")
            found[first] = frozenset(seconds.split())
    return found


@lru_cache(maxsize=1)
def _marked() -> Mapping[str, tuple[str, ...]]:
    """Letters without marks → the known syllables written so."""
    found: dict[str, dict[str, None]] = {}
    everyday = dict.fromkeys(s for first, seconds in _pairs().items() for s in (first, *sorted(seconds)))
    for syllable in (*_model().vocabulary[2:], *everyday, *sorted(NAMES | PLACES)):
        found.setdefault(strip_marks(syllable), {})[syllable] = None
    for plain, options in found.items():
        if is_vietnamese_syllable(plain):
            options[plain] = None
    return {plain: tuple(options) for plain, options in found.items()}
