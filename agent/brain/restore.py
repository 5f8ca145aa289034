"""Number and date words put right where a recogniser lost or changed tones and sounds: "ngaỳ hai mươỉ mốc".

Only next to other such words, and only where the dialogue awaits a value: elsewhere "bà" is a lady, not a three.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from speech.text.normalize import strip_marks

_NUMBERS: Final = (
    "không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín", "mười", "mươi", "mốt", "lăm", "tư", "linh",
    "lẻ", "trăm", "nghìn", "ngàn", "triệu", "tỷ", "rưỡi", "chục",
)  # fmt: skip
_CALENDAR: Final = ("ngày", "hôm", "tháng", "mùng", "mồng", "giờ", "tuần", "thứ", "mai")
WORDS: Final = frozenset((*_NUMBERS, *_CALENDAR, "nhật", "chủ", "kia", "nay", "này", "sau", "tới"))
_LEADS: Final = frozenset({"sinh", "sanh", "năm", "là", "số", "cuối"})
"""Words that announce a number."""
_BY_LETTERS: Final[Mapping[str, str]] = {strip_marks(word): word for word in reversed((*_NUMBERS, *_CALENDAR))} | {
    "nam": "năm", "tu": "tư", "lam": "lăm", "muoi": "mươi", "mot": "một",
}  # fmt: skip
_CONFUSED: Final[Mapping[str, str]] = {
    "moc": "mốt", "mon": "một", "muo": "mươi", "mui": "mươi", "mua": "mươi", "uoi": "mươi", "tham": "tám", "tan": "tám",
    "thamg": "tháng", "than": "tháng", "tang": "tháng", "nan": "năm", "lan": "lăm", "lang": "lăm", "ha": "hai",
    "chinh": "chín", "trin": "chín", "chi": "chín", "xau": "sáu", "sao": "sáu", "bong": "bốn", "von": "bốn",
    "bon": "bốn",
    "ngai": "ngày", "lgay": "ngày", "nghai": "ngày", "ngin": "nghìn", "nghinh": "nghìn", "ngang": "ngàn",
    "cham": "trăm",
    "tran": "trăm", "khon": "không", "hong": "không", "bai": "bảy", "bau": "sáu", "va": "ba", "ma": "ba",
    "chieu": "triệu",
    "trie": "triệu",
}  # fmt: skip
"""Sounds that lines and regions confuse, without marks."""
_HOURS: Final = frozenset(("dờ", "zờ", "giời", "rờ", "dợ"))
_PARTS: Final[Mapping[str, str]] = {"sang": "sáng", "trua": "trưa", "chieu": "chiều", "ghieu": "chiều", "toi": "tối"}
"""Parts of the day, right after the hour."""
_COUNTED: Final = frozenset(("hôm", "ngày", "bữa", "tuần", "tháng", "tiếng", "phút"))
_NEVER: Final = frozenset((
    "anh", "chị", "em", "cô", "chú", "bác", "ông", "bà", "tôi", "tui", "mình", "con", "cháu", "mà", "và", "là", "nha",
    "nhé", "ạ", "đó", "đây", "nè", "lan", "nam", "tâm", "hòa", "chiều",
))  # fmt: skip
"""Whole words that are most likely themselves."""
_DIGITS: Final = frozenset("một hai ba bốn năm sáu bảy tám chín".split())  # noqa: SIM905


@lru_cache(maxsize=1024)
def restored(text: str) -> str:
    """``text`` (folded, common words) with damaged number and date words put right."""
    words = text.split()
    guesses = [_guess(word) for word in words]
    right = list(words)
    for _ in range(2):  # a word put right may vouch for the next one
        for k, guess in enumerate(guesses):
            if guess is not None and right[k] == words[k] and _vouched(right, k):
                right[k] = guess
    return " ".join(_tens(right))


def _guess(word: str) -> str | None:
    """What ``word`` may have been, None if it is a value word or certainly something else."""
    if word in WORDS or word in _NEVER:
        return None
    letters = strip_marks(word)
    if word in _HOURS:
        return "giờ"
    return _BY_LETTERS.get(letters) or _CONFUSED.get(letters)


def _vouched(words: list[str], k: int) -> bool:
    before = words[k - 1] if k else ""
    after = words[k + 1] if k + 1 < len(words) else ""
    written = before[:1].isdigit() or after[:1].isdigit()
    return written or before in WORDS or after in WORDS or before in _LEADS


def _tens(words: list[str]) -> list[str]:
    """mươi after a digit, mười elsewhere; after them mốt, tư, lăm are what was meant."""
    out: list[str] = []
    for k, word in enumerate(words):
        before = out[-1] if out else ""
        if word in ("mười", "mươi"):
            plural = before in _DIGITS - {"một"} and not (
                k + 1 < len(words) and words[k + 1] in ("triệu", "giờ", "nghìn")
            )
            word = "mươi" if plural or (word == "mươi" and before in _DIGITS) else "mười"
        elif before in ("mười", "mươi") and strip_marks(word) == "lam":
            word = "lăm"
        elif before in ("giờ", "rưỡi") and strip_marks(word) in _PARTS:
            word = _PARTS[strip_marks(word)]
        elif before in _COUNTED and strip_marks(word) == "nua":
            word = "nữa"
        elif before == "mươi" and word == "một":
            word = "mốt"
        out.append(word)
    return out
