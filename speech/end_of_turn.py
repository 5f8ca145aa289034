"""How long a silence must be before the customer has finished, from what was said and what the dialogue awaits.

A small network (``end_model``) says how likely the turn is over. It is told the answers to two questions. Would a
sentence end here? The syllable trigram that the recogniser decodes with knows how often one does after the last two
syllables. Is it an answer? A question for a date is not answered without a day, a telephone number not with six
digits. Measured in ``benchmarks/end_of_turn.py``.

Recognition confuses tones more than anything else, so words are compared without marks where a short word's tone
carries no meaning of its own.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from speech.end_model import load_end_model
from speech.recognition.embedded import load_language_model
from speech.types import Expectation, ExpectedKind


@dataclass(frozen=True, slots=True)
class EndOfTurnOptions:
    """Silences in ms after the last sound. Below about 200 ms a stop consonant or a breath would end turns;
    below 300 people who only draw breath at a comma are cut off."""

    doubts: tuple[float, ...] = (-1.3, -0.7, 1.0)
    """Log-odds that more is to come; the silence needed runs straight from each to the next."""
    silences_ms: tuple[float, ...] = (300, 560, 1800)
    complete_ms: int = 250
    """After as many digits as were asked for; nothing ends sooner."""
    normal_ms: int = 560
    """After sounds in which no word was found."""
    missing_ms: int = 2200
    """After a number of known length that lacks two digits or more: people look it up."""
    voice_weight: float = 1.0
    """How much the odds of a network that hears the voice count, where one is asked (``disagree``)."""
    most_voice: float = 1.5
    """Most that it moves the doubt: it is right four times in five."""


DEFAULT_OPTIONS: Final = EndOfTurnOptions()


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Without tone and vowel marks: "đúng rồi" → "dung roi"."""
    decomposed = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


BACKCHANNELS: Final = _words("da gia ja ya vang u uh um uhm ua o oh ok oke ke a ah ha nhe roi the")
"""Said while the other one speaks on: dạ, vâng, ừ, ừm, ờ, à, ạ, ok, rồi (unmarked; gia/ya is the Southern dạ)."""

_BACKCHANNEL_PHRASES: Final = frozenset(
    {"dung roi", "phai roi", "the a", "vay a", "vay ha", "the ha", "da em", "vang em"}
)
_GREETINGS: Final = _words("a alo lo e nghe day em")
_FAREWELLS: Final = _words("cam on em chao anh chi co chu bac nhe nha nhen tam biet bye biet hieu duoc tot")

_UNFINISHED: Final = _words(
    "à ờ ừm thì là mà và với của để nếu tại vì do bởi khoảng chắc tầm cỡ ngày tháng mùng mồng hôm lúc vào nhưng "
    "hay hoặc tức kiểu cái còn rằng ơi"
)
"""Last words after which more is to come. Marks are kept: là, mà, và carry their meaning in them."""
_DENIAL: Final = frozenset({"không phải", "à không"})
"""Often followed by what is right instead."""
_LOOKING: Final = re.compile(r"(^| )(để|chờ|đợi|khoan)( \w+)?( (xem|coi|chút|tí|nhớ|đã))( (đã|nào|lại|thử))?$")
"""để anh xem, chờ chị chút, khoan đã: an answer is being looked for."""
_CONDITION: Final = re.compile(r"^(nếu|tại|bởi|vì|tại vì|bởi vì|nếu mà)\b(?!.*\b(thì|nên)\b)")
"""Half of a sentence until thì or nên comes."""
_CLOSING: Final = _words("ạ nhé nha nhen nghen rồi nhá đi em")
_YES_NO: Final = _words("da vang u dung phai khong ko duoc roi chua ok oke co dong y sai chinh xac toi anh em nhe a")
_DIGIT_WORDS: Final = _words("không một hai ba bốn năm sáu bảy tám chín mươi mười linh lẻ tư lăm mốt bẩy")
_MONEY_ENDS: Final = _words("một hai ba bốn tư năm lăm sáu bảy tám chín rưỡi triệu nghìn ngàn trăm chục đồng củ tỷ")
_NAME_CUES: Final = _words("là tên tôi em anh chị cô chú dạ vâng")
_VALUES: Final[dict[ExpectedKind, re.Pattern[str]]] = {
    "date": re.compile(
        r"\b(ngày|hôm|mai|mốt|thứ|chủ nhật|tuần|tháng|mùng|mồng|đầu|cuối|giữa|rằm|bữa|kia|nay|chiều|sáng|tối|trưa)\b"
    ),
    "money": re.compile(r"\b(triệu|nghìn|ngàn|trăm|chục|mươi|củ|đồng|tỷ|hết|nửa|đủ)\b"),
}
"""What an answer of this kind has in it."""
_LOOKED_UP: Final = 2
_WHOLE, _WHOLE_YES_NO = -0.9, -1.7
"""Most doubt about what is a whole answer by rule."""
_NO_VALUE: Final = 2.0
_HALF_SAID: Final = 6.0
_UNCLEAR: Final = 0.7
"""Log-odds nearer to zero say nothing."""
_SURPRISED: Final = 2.6
_SURE_END: Final = 1.2
"""Below this surprise a sentence may end even in a word like mà or với ("chuyển rồi mà", "nói lại giúp chị với")."""


def backchannel(text: str, *, opening: bool = False) -> bool:
    """Is this only a sign of listening? ``opening``: a greeting ("alô", "alô em nghe") counts too."""
    words = plain(text).split()
    if not words or len(words) > 5:
        return False
    if " ".join(words) in _BACKCHANNEL_PHRASES or all(word in BACKCHANNELS for word in words):
        return True
    return opening and all(word in BACKCHANNELS or word in _GREETINGS for word in words)


def farewell(text: str) -> bool:
    """Is this only a goodbye or thanks, to be let pass while the bot says its own?"""
    words = plain(text).split()
    return bool(words) and all(word in BACKCHANNELS or word in _FAREWELLS for word in words)


def silence_needed_ms(
    text: str,
    expectation: Expectation,
    options: EndOfTurnOptions = DEFAULT_OPTIONS,
    voice: float | None = None,
) -> int:
    """Silence after which the turn ``text`` (so far) has ended; ``voice``: how likely it sounds over, 0 … 1."""
    words = text.lower().split()
    if not words:
        return options.normal_ms
    awaited = expectation.digits if "digits" in expectation.kinds else None
    if awaited is not None and (heard := sum(word in _DIGIT_WORDS for word in words)):
        if heard >= awaited and words[-1] not in _UNFINISHED:
            return options.complete_ms
        if heard <= awaited - _LOOKED_UP:
            return options.missing_ms
    found = doubt(" ".join(words), expectation)
    if voice is not None:
        odds = math.log(max(voice, 1e-6) / max(1 - voice, 1e-6))
        found -= max(-options.most_voice, min(options.most_voice, options.voice_weight * odds))
    return round(float(np.interp(found, options.doubts, options.silences_ms)))


def disagree(text: str, expectation: Expectation) -> bool:
    """Do the network and the rules with the trigram say different things of ``text``, or the network nothing clear?"""
    text = " ".join(text.lower().split())
    if not text or ("digits" in expectation.kinds and any(word in _DIGIT_WORDS for word in text.split())):
        return False
    found = doubt(text, expectation)
    return abs(found) < _UNCLEAR or (found > 0) != (surprise(text, expectation) > _SURPRISED)


@lru_cache(maxsize=8192)
def doubt(text: str, expectation: Expectation) -> float:
    """Log-odds that a turn that answers ``expectation`` goes on after ``text`` (not empty), −8 … 8."""
    words = text.split()
    found = -load_end_model().logit(words, expectation, hints(words, expectation))
    if not _complete(words, expectation):
        return found
    # "Đúng rồi" is answered soon, whatever is added now and then; other recognisers spell as the network never saw.
    return min(found, _WHOLE_YES_NO if "yes_no" in expectation.kinds and len(words) > 1 else _WHOLE)


@lru_cache(maxsize=8192)
def surprise(text: str, expectation: Expectation) -> float:
    """How unlikely it is, in nats, that a turn that answers ``expectation`` is over with ``text`` (not empty)."""
    words = text.split()
    nats = -_ending_logp(words)
    if _LOOKING.search(text) or (words[-1] in _UNFINISHED and nats > _SURE_END):
        return max(nats, _HALF_SAID)
    if " ".join(words[-2:]) in _DENIAL:
        return max(nats, 2.6 if "yes_no" in expectation.kinds else _HALF_SAID)
    if _complete(words, expectation):
        return min(nats, 0.7 if "yes_no" in expectation.kinds else 1.5)
    if _CONDITION.search(text):
        return max(nats, _HALF_SAID)
    return _with_value(words, text, expectation, nats)


def hints(words: list[str], expectation: Expectation) -> tuple[float, ...]:
    """What the rules and the trigram say of ``words`` (not empty), for the network: about −2 … 3 each."""
    text = " ".join(words)
    digits = [word in _DIGIT_WORDS for word in words]
    heard, tail = sum(digits), 0
    while tail < len(words) and digits[-1 - tail]:
        tail += 1
    wanted = expectation.digits if "digits" in expectation.kinds else None
    lacking = (wanted or 0) - heard
    kind = expectation.kinds[0] if expectation.kinds else "open"
    return (
        max(_ending_logp(words), -9.0) / 3,
        min(surprise(text, expectation), 9.0) / 3,
        min(len(words), 20) / 10 - 1,
        float(len(words) == 1),
        min(tail, 12) / 6,
        float(wanted is not None and heard == 0),
        float(wanted is not None and heard > 0 and lacking >= 3),
        float(wanted is not None and heard > 0 and lacking in (1, 2)),
        float(wanted is not None and lacking == 0),
        float(wanted is not None and lacking < 0),
        float(bool(_VALUES["date"].search(text))),
        float(bool(_VALUES["money"].search(text))),
        float(kind in _VALUES and not _VALUES[kind].search(text)),
        float(words[-1] in _MONEY_ENDS),
        float(words[-1] in _UNFINISHED),
        float(words[-1] in _CLOSING),
        float(bool(_LOOKING.search(text))),
        float(bool(_CONDITION.search(text))),
        float(_complete(words, expectation)),
        float(text in expectation.phrases),
    )


def _with_value(words: list[str], text: str, expectation: Expectation, nats: float) -> float:
    """Less surprised by a whole value, more by words without one."""
    kind = expectation.kinds[0] if expectation.kinds else "open"
    if kind == "name" and len(words) >= 3 and words[-1] not in _NAME_CUES:
        return min(nats, 2.0)  # The language model knows few names.
    pattern = _VALUES.get(kind)
    if pattern is None:
        return nats
    if not pattern.search(text):
        return nats + _NO_VALUE
    return min(nats, 2.2) if kind == "money" and words[-1] in _MONEY_ENDS else nats


def _ending_logp(words: list[str]) -> float:
    """Log-probability that a sentence ends after ``words``."""
    model = load_language_model()
    before, last, context = model.START, model.START, model.start
    for word in words[-3:]:
        number = model.word_id(word)
        if number is not None:
            before, last = last, number
            context = model.after(before, last)
    return context.word(model.END)


def _complete(words: list[str], expectation: Expectation) -> bool:
    if words[-1] in _UNFINISHED:
        return False
    marked = [plain(word) for word in words]
    if "yes_no" in expectation.kinds and len(words) <= 4 and all(word in _YES_NO for word in marked):
        return marked[-1] != "khong"  # "Không, mai anh mới trả": a bare no is often followed by its reason.
    if all(word in _GREETINGS or word in BACKCHANNELS for word in marked):
        return True
    if expectation.phrases and " ".join(words) in expectation.phrases:
        return True
    return len(words) >= 2 and words[-1] in _CLOSING
