"""What Whisper writes where nobody spoke: subtitles' farewells, one phrase over and over, confident nonsense.

Limits of compression and silence are those of OpenAI's own decoder (whisper/transcribe.py). The phrases are what
Vietnamese models are known to have learnt from subtitles of videos; nobody says them to a bank's bot.
"""

from __future__ import annotations

import re
import zlib
from typing import Final

MOST_COMPRESSION: Final = 2.4
"""Text that zlib shrinks further than this repeats itself."""
SILENT_PROBABILITY: Final = 0.6
LEAST_LOG_PROBABILITY: Final = -1.0
_REPEATS: Final = 3
"""A phrase said so often in a row is kept once."""
_WORD_REPEATS: Final = 6
"""The same for one word: "không không không" is speech."""
_LONGEST_PHRASE: Final = 12
_PHRASES: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"(hãy |các bạn |nhớ |đừng quên )+((subscribe|đăng ký|đăng kí|like|share)( và )?)+ (cho )?kênh.*",
        r"(hãy )?subscribe.*",
        r"để không bỏ lỡ những video.*",
        r"(xin )?(cảm|cám) ơn (các bạn|quý vị|mọi người)( \w+){0,3} (đã )?(theo dõi|xem|lắng nghe|đón xem).*",
        r"(xin chào và )?hẹn gặp lại (các bạn |quý vị |mọi người )?(ở |trong )?(những |các )?(video|tập).*",
        r"chúc (các bạn|quý vị) xem (phim|video) vui vẻ.*",
        r"(phụ đề|subtitles?) (được thực hiện |by )?.*",
        r"ghiền mì gõ.*",
    )
)


def compression(text: str) -> float:
    """Bytes before by bytes after zlib; short texts stay near 1."""
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw)) if raw else 0.0


def repeats_cut(text: str) -> str:
    """``text`` with any phrase that is repeated beyond belief kept once."""
    words = text.split()
    out: list[str] = []
    at = 0
    while at < len(words):
        for length in range(1, min(_LONGEST_PHRASE, (len(words) - at) // 2) + 1):
            phrase = words[at : at + length]
            times = 1
            while words[at + times * length : at + (times + 1) * length] == phrase:
                times += 1
            if times >= (_WORD_REPEATS if length == 1 else _REPEATS):
                out += phrase
                at += times * length
                break
        else:
            out.append(words[at])
            at += 1
    return " ".join(out)


def believed(text: str, *, no_speech: float, log_probability: float) -> str:
    """What may be taken for speech of plain ``text``: without endless repetition and subtitles' phrases; may be "".

    ``no_speech`` is the model's own probability that nobody speaks, ``log_probability`` the mean per token.
    """
    if no_speech > SILENT_PROBABILITY and log_probability < LEAST_LOG_PROBABILITY:
        return ""
    told = repeats_cut(text)
    if compression(told) > MOST_COMPRESSION:
        return ""
    for phrase in _PHRASES:
        found = phrase.search(told)
        if found and (found.start() == 0 or told[found.start() - 1] == " "):
            told = told[: found.start()].rstrip()
    return told
