"""Text to search terms: syllables and pairs of syllables without marks, and syllables with their marks besides.

Recognised speech has wrong tones and chat has none, so what counts is the plain form; marks that are there break ties.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import Final

from speech.text.normalize import common_words, fold, strip_marks
from speech.text.scan import words_of

_NUMBER_SIGNS: Final = re.compile(r"[^\w%+]")
_STOP: Final = frozenset(
    words_of(
        """dạ vâng ạ à ơi em anh chị cô chú bác ông bà mình tôi bạn cháu con tớ ừ ờ ừm thì mà là và với cho của ở tại về
        ra vào có không được bị hỏi xin giúp này kia đó đấy ấy vậy thế nhé nha nhỉ hả hở ạ rồi nữa cũng vẫn đang đã sẽ
        sắp các những một cái chiếc gì nào sao mấy bao nhiêu khi đâu ai như nếu nên phải cần muốn biết nói bên nhà
        trường hay hoặc từ đến trong ngoài trên dưới theo để do vì bởi tư vấn thông tin rõ chi tiết cụ thể hơn lại còn
        ad shop mới chỉ quá lắm giờ xong chứ đi luôn thôi nhưng tất cả mọi làm"""
    )
)
"""Folded words that carry no topic in a question; they count little, not nothing."""
_PLAIN_STOP: Final = frozenset(strip_marks(word) for word in _STOP) - {
    "truong", "hoc", "phi", "gio", "nha", "thi", "ngoai", "thong", "tin", "xin", "sap", "den", "chu", "ba", "con",
    "co", "de", "do", "tu", "the", "hon", "moi", "chi", "mot", "mo", "lai", "tai",
} | {"co", "the", "chi", "mot", "tai", "lai", "de", "do", "tu", "thi", "moi", "con"}  # fmt: skip
"""The same for text without marks, where more words fall together."""


_GROUPS: Final = (
    "trực tuyến: online, qua mạng, on line, trên mạng",
    "gửi xe: giữ xe, đậu xe, đỗ xe, để xe, bãi xe, nhà xe, bãi đỗ xe, bãi gửi xe, chỗ để xe, bãi đậu xe",
    "tốt nghiệp: ra trường",
    "bao lâu: mấy năm, bao nhiêu năm, mấy tháng, bao nhiêu tháng",
    "giấy tờ: hồ sơ",
    "điện thoại: hotline, đường dây nóng, tổng đài",
    "mở cửa: làm việc, hoạt động",
    "mua: đặt mua",
    "trả góp: góp hàng tháng",
    "giá: giá cả, giá tiền, chi phí, phí tổn",
    "ký túc xá: ktx, kí túc xá",
    "khuyến mãi: ưu đãi, khuyến mại, giảm giá",
    "hủy: huỷ",
    "xe hơi: ô tô, oto",
)
_SAME: Final = {
    strip_marks(word.strip()): group.partition(":")[0].split()
    for group in _GROUPS
    for word in group.partition(":")[2].split(",")
}
_LONGEST: Final[dict[str, int]] = {}
for _phrase in _SAME:
    _first, _n = _phrase.split()[0], len(_phrase.split())
    _LONGEST[_first] = max(_LONGEST.get(_first, 0), _n)


@lru_cache(maxsize=65_536)
def _plain(word: str) -> str:
    return strip_marks(word)


def syllables(text: str) -> list[str]:
    """Folded words in common form: "Rứa học phí mần răng" → ["vậy", "học", "phí", "làm", "sao"].

    Words that ask for the same thing come out as one: online, qua mạng → trực tuyến.
    """
    words = [w for w in (_NUMBER_SIGNS.sub("", word) for word in common_words(fold(text)).split()) if w]
    if _LONGEST.keys().isdisjoint(map(_plain, words)):
        return words
    out: list[str] = []
    k = 0
    while k < len(words):
        for n in range(_LONGEST.get(_plain(words[k]), 0), 0, -1):
            same = _SAME.get(" ".join(_plain(w) for w in words[k : k + n]))
            if same is not None:
                out += same
                k += n
                break
        else:
            out.append(words[k])
            k += 1
    return out


def has_marks(words: list[str]) -> bool:
    """Was it written with tone marks?"""
    return any(not word.isascii() for word in words)


def content(words: list[str]) -> list[str]:
    """Words that carry the topic, in order."""
    stop = _STOP if has_marks(words) else _PLAIN_STOP
    return [word for word in words if word not in stop]


def terms(words: list[str]) -> list[str]:
    """Plain syllables, plain pairs ("hoc phi") and, with a leading "=", syllables that have marks."""
    plain = [_plain(word) for word in words]
    pairs = [f"{a} {b}" for a, b in pairwise(plain)]
    return [*plain, *pairs, *(f"={word}" for word in words if not word.isascii())]


def plain(words: list[str]) -> list[str]:
    """Without marks."""
    return [_plain(word) for word in words]
