"""How long a silence must be before the customer has finished, from what was said and what the dialogue awaits.

Pure functions over recognised text (lower-case syllables). Recognition confuses tones more than anything else, so words
are compared without marks where a short word's tone carries no meaning of its own.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from speech.types import Expectation


@dataclass(frozen=True, slots=True)
class EndOfTurnOptions:
    """Silences in ms after the last sound. Below about 300 ms a stop consonant or a breath would end turns."""

    complete_ms: int = 380
    """After a particle that closes a sentence, or a whole answer to what was asked."""
    normal_ms: int = 560
    open_ms: int = 700
    """After an open question people pause to think."""
    unfinished_ms: int = 1100
    """After a filler, a connective or a number that lacks its end."""


DEFAULT_OPTIONS: Final = EndOfTurnOptions()


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Without tone and vowel marks: "đúng rồi" → "dung roi"."""
    decomposed = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


BACKCHANNELS: Final = _words("da gia ja ya vang u uh um uhm ua o oh ok oke a ah ha nhe roi the")
"""Said while the other one speaks on: dạ, vâng, ừ, ừm, ờ, à, ạ, ok, rồi (unmarked; gia/ya is the Southern dạ)."""

_BACKCHANNEL_PHRASES: Final = frozenset(
    {"dung roi", "phai roi", "the a", "vay a", "vay ha", "the ha", "da em", "vang em"}
)
_GREETINGS: Final = _words("a alo lo e nghe day em")
_FAREWELLS: Final = _words("cam on em chao anh chi co chu bac nhe nha nhen tam biet bye biet hieu duoc tot")

_UNFINISHED: Final = _words(
    "à ờ ừm thì là mà và với của để nếu tại vì do bởi khoảng chắc tầm cỡ ngày tháng mùng mồng hôm lúc vào nhưng "
    "hay hoặc tức kiểu cái còn rằng"
)
"""Last words after which more is to come. Marks are kept: là, mà, và carry their meaning in them."""
_UNFINISHED_PAIRS: Final = frozenset({"không phải", "à không", "để xem", "để coi", "chờ chút", "đợi chút", "khoan đã"})
_CLOSING: Final = _words("ạ nhé nha nhen nghen rồi nhá đi em")
_YES_NO: Final = _words("da vang u dung phai khong ko duoc roi chua ok oke co dong y sai chinh xac toi anh em nhe a")
_DIGIT_WORDS: Final = _words("không một hai ba bốn năm sáu bảy tám chín mươi mười linh lẻ tư lăm mốt bẩy")


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
) -> int:
    """Silence after which the turn ``text`` (so far) has ended."""
    words = text.lower().split()
    if not words:
        return options.normal_ms
    if _unfinished(words) or _digits_missing(words, expectation):
        return options.unfinished_ms
    if _complete(words, expectation):
        return options.complete_ms
    return options.open_ms if expectation.kinds == ("open",) and len(words) > 3 else options.normal_ms


def _unfinished(words: list[str]) -> bool:
    if " ".join(words[-2:]) in _UNFINISHED_PAIRS:
        return True
    # A lone "à" or "ừm" is hesitation as well; a lone "ngày" cannot be an answer.
    return words[-1] in _UNFINISHED


def _digits_missing(words: list[str], expectation: Expectation) -> bool:
    if "digits" not in expectation.kinds or expectation.digits is None:
        return False
    heard = sum(word in _DIGIT_WORDS for word in words)
    return 0 < heard < expectation.digits


def _complete(words: list[str], expectation: Expectation) -> bool:
    if "digits" in expectation.kinds and expectation.digits is not None:
        return sum(word in _DIGIT_WORDS for word in words) >= expectation.digits
    marked = [plain(word) for word in words]
    if "yes_no" in expectation.kinds and len(words) <= 4 and all(word in _YES_NO for word in marked):
        return marked[-1] != "khong"  # "Không, mai anh mới trả": a bare no is often followed by its reason.
    if all(word in _GREETINGS or word in BACKCHANNELS for word in marked):
        return True
    if expectation.phrases and " ".join(words) in expectation.phrases:
        return True
    return len(words) >= 2 and words[-1] in _CLOSING
