"""What counts of what was heard: other readings that keep a no, and of several values the one that is meant.

Fillers are out, "không phải X" is set aside, after a repair the later value counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, TypeVar

from agent.turns import CustomerTurn
from speech.text.normalize import common_words, fold
from speech.text.scan import words_of
from speech.text.spans import Span

T = TypeVar("T")

REPAIR: Final = re.compile(
    r"\b(?:à không|ờ không|à nhầm|ý nhầm|ý lộn|à lộn|nhầm|lộn|không phải|nói lại|sửa lại|đổi lại|à quên|ý quên|"
    r"quên mất|nói nhầm|đúng ra là|chính xác là|phải là|ấy chết|xin lỗi|"
    r"ý (?:tôi|anh|chị|em|cô|chú|bác|mình|tui) (?:là|nói)|à mà|hay là|hay thôi|mà thôi|thôi (?:để|cho|thì|lấy|chọn))\b"
)
"""After these words people give the value that counts."""
_FILLERS: Final = frozenset(words_of("ờ ờm ừm ơ uhm um hừm ừ ạ dạ"))
_LONG_FILLERS: Final = re.compile(r"\b(?:(?:cái )?gì nhỉ|xem nào|để xem(?: nào)?|nói sao ta|là cái gì)\b")
_NOT: Final = re.compile(
    r"(?:(?P<sure>\b(?:chứ không(?: phải)?|đừng|ngoại trừ|trừ|không (?:lấy|chọn|muốn|đi|thích)))|"
    r"\bkhông phải)(?: (?:là|vào|cái|loại|lúc|cho|hôm|đặt|ghế|gói|đi|ở|đâu|đâu mà|lấy))*$"
)


_NO: Final = frozenset(words_of("không chưa đừng khỏi"))
_DIGITS: Final = frozenset(words_of("một mốt hai ba bốn tư năm lăm sáu bảy tám chín mười mươi trăm"))


def other_readings(turn: CustomerTurn, most: int) -> tuple[str, ...]:
    """The recogniser's alternatives, the likeliest first, without those that leave out a no that was heard.

    "chú không trả" is not answered by a day out of "chú hôm nay trả": who refuses is asked again rather than
    taken at the word of a less likely reading.
    """
    others = [text for text in (turn.heard.alternatives if turn.heard else ()) if text != turn.text]
    if refuses(turn.text):
        others = [text for text in others if refuses(text)]
    return tuple(dict.fromkeys(others))[:most]


def refuses(text: str) -> bool:
    """Is there a no in ``text``, in any region's words? "Không" beside a digit is a nought."""
    words = ["", *common_words(fold(text)).split(), ""]
    return any(
        word in _NO and not (word == "không" and {before, after} & _DIGITS)
        for before, word, after in zip(words, words[1:], words[2:], strict=False)
    )


def without_fillers(text: str) -> str:
    """``text`` (folded) without "ờ", "ừm", "gì nhỉ", and without words said twice in a row that are no numbers."""
    words = [word for word in _LONG_FILLERS.sub(" ", text).split() if word not in _FILLERS]
    return " ".join(
        word for k, word in enumerate(words) if not (k and word == words[k - 1] and word in ("ngày", "là", "số", "hôm"))
    )


def chosen(text: str, spans: Sequence[Span[T]], *, closed: bool = False) -> Span[T] | None:
    """What counts of several values: none that is denied, after a repair what follows, else the last.

    In an answer to a yes-or-no question (``closed``) a single value after "không phải" is the correction itself.
    """
    if not spans:
        return None
    words = text.split()
    left = [span for span in spans if not _denied(words, span, spans, closed)]
    repairs = list(REPAIR.finditer(text))
    for repair in reversed(repairs):
        position = len(text[: repair.end()].split())
        after = [span for span in left if span.start >= position]
        if after:
            return after[-1]
    exact = [span for span in left if span.exact]
    return (exact or left)[-1] if left else None


def _denied(words: list[str], span: Span[T], spans: Sequence[Span[T]], closed: bool) -> bool:
    found = _NOT.search(" ".join(words[max(0, span.start - 6) : span.start]))
    if found is None:
        return False
    if found["sure"]:
        return True
    others = [other for other in spans if other is not span]
    if any(other.start >= span.end for other in others):
        return not any(other.end <= span.start for other in others)
    return not others and not closed
