"""What a sentence denies: "chị không tập tiếp" is no wish to go on; the "không" of "còn bàn không em" denies nothing.

Words come folded and in common form (``speech.text.normalize.common_words``: hổng, hông, chẳng, nỏ are "không"), with
marks or without.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


REACH: Final = 4
"""How many words a denial reaches: "không muốn đóng tiền nữa"."""
_DENIES: Final = _words("không chưa đừng khỏi chớ ứ khong ko hong hok khg chua khoi chang")
_TWO: Final = frozenset([
    ("đâu", "có"), ("dau", "co"), ("đâu", "phải"), ("dau", "phai"), ("nào", "có"), ("gì", "có"), ("đời", "nào"),
    ("dung", "co"), ("dung", "goi"), ("dung", "don"), ("dung", "hong"), ("dung", "lam"), ("dung", "giao"),
])  # fmt: skip
"""Denials of two words; without marks "dung" alone is as often đúng or dùng."""
_TAGS: Final = _words(
    "ạ a em anh chị chi cô co chú chu bác bac con cháu chau nhỉ nhi vậy vay hả ha ta thế the ơi oi nhé nhe nha đấy day "
    "đó do nữa nua luôn luon hở ho rứa rua bạn ban mày may à trời"
)
"""Behind a denial at the end of a clause they make it a question: "còn bàn không em"."""
_BREAKS: Final = _words("nhưng nhung mà thì thi để nên vì hay hoặc hoac còn")
_IDLE: Final = _words("biết biet chỉ những hiểu hieu sao")
"""Behind a denial they take its force off: "không biết đơn tới đâu rồi", "không những", "không sao"."""
_EMPHASIS: Final = _words("đâu nữa hết dau nua het")
"""Last words that go with a denial: "chị không đóng đâu"."""
_SELF: Final = _words("tôi anh chị em mình cô chú bác ông bà cháu con bé tao nó toi minh")
_GIVEN: Final = _words("cho giúp gửi với của giùm hộ tra gui voi cua giup")
"""Before a pronoun they make it an object: the sentence is no statement of that person."""
_ASKS: Final = _words("gì nào đâu sao bao mấy ai thế nhiêu khi nhỉ hả gi dau may")


def is_denial(words: Sequence[str], k: int) -> bool:
    """Does word ``k`` deny what follows? No for tags of questions."""
    if k and (words[k - 1], words[k]) in _TWO:
        return True
    return words[k] in _DENIES and _goes_on(words[k + 1 :])


def denied(words: Sequence[str]) -> list[bool]:
    """For each word, whether a denial before it reaches it. The denial itself is not denied."""
    made, left = [], 0
    for k, word in enumerate(words):
        if word in _BREAKS:
            left = 0
        here = is_denial(words, k)
        made.append(left > 0 and not here)
        left = REACH if here else max(0, left - 1)
    return made


def denies(words: Sequence[str]) -> bool:
    """Is anything denied?"""
    return any(is_denial(words, k) for k in range(len(words)))


def opposite(words: Sequence[str]) -> list[str] | None:
    """The same said the other way round: without its denials ("chú không trả đâu" → "chú trả"), or with one where there
    was none. None for questions, which deny nothing either way."""
    if denies(words):
        kept = [word for k, word in enumerate(words) if not is_denial(words, k) and not _opens(words, k)]
        while kept and kept[-1] in _EMPHASIS:
            kept.pop()
        return kept
    if _ASKS & set(words) or _DENIES & set(words):
        return None
    place = next((k + 1 for k in range(len(words) - 1) if _is_subject(words, k)), 0)
    return [*words[:place], "không", *words[place:]]


def _goes_on(rest: Sequence[str]) -> bool:
    """Does a word of meaning follow in the clause?"""
    clause = rest[: next((k for k, word in enumerate(rest) if word in _BREAKS), len(rest))]
    return any(word not in _TAGS for word in clause) and clause[0] not in _IDLE


def _opens(words: Sequence[str], k: int) -> bool:
    """Is word ``k`` the first of a denial of two?"""
    return k + 1 < len(words) and (words[k], words[k + 1]) in _TWO


def _is_subject(words: Sequence[str], k: int) -> bool:
    before = words[k - 1] if k else ""
    return words[k] in _SELF and before not in _GIVEN and words[k + 1] not in ("ơi", "sĩ", "oi", "si")
