"""Recognises network announcements ("Thuê bao quý khách vừa gọi …") in what was heard of early media.

Vietnamese networks tell the outcome of a call in words, in early media or even after answering. The text comes from a
recogniser over a poor line, so marks and tones are stripped and phrases are matched by similarity.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum

from rapidfuzz import fuzz


class AnnouncementKind(StrEnum):
    """What the network said; the values are disposition codes."""

    UNREACHABLE = "UNREACHABLE"
    """switched off or out of coverage"""
    INVALID = "INVALID"
    """wrong, non-existent or suspended number"""
    BUSY = "BUSY"
    VOICEMAIL = "VOICEMAIL"


_OPENINGS = ("thuê bao quý khách vừa gọi", "số máy quý khách vừa gọi", "số điện thoại quý khách vừa gọi")
_CUES: Mapping[AnnouncementKind, tuple[str, ...]] = {
    AnnouncementKind.INVALID: (
        "không đúng", "không có thực", "không tồn tại", "kiểm tra lại", "bị tạm khóa", "đã bị khóa",
        "chưa được kích hoạt",
    ),
    AnnouncementKind.BUSY: ("hiện đang bận", "đang bận xin", "đang có cuộc gọi khác"),
    AnnouncementKind.VOICEMAIL: ("để lại lời nhắn", "để lại tin nhắn", "sau tiếng bíp", "hộp thư thoại"),
    AnnouncementKind.UNREACHABLE: (
        "không liên lạc được", "tạm thời không liên lạc", "hiện đang tắt máy", "ngoài vùng phủ sóng",
        "không thể kết nối",
    ),
}  # fmt: skip
"""What follows an opening and decides."""
_PHRASES: Mapping[AnnouncementKind, tuple[str, ...]] = {
    AnnouncementKind.INVALID: (
        "vừa gọi không đúng xin quý khách", "xin quý khách vui lòng kiểm tra lại", "xin quý khách kiểm tra lại số",
        "the number you have dialed is not correct", "the number you dialed does not exist",
    ),
    AnnouncementKind.BUSY: ("đang bận xin quý khách vui lòng gọi lại sau", "the number you are calling is busy"),
    AnnouncementKind.VOICEMAIL: (
        "vui lòng để lại lời nhắn sau tiếng bíp", "xin để lại tin nhắn sau tiếng bíp", "kết nối đến hộp thư thoại",
        "please leave a message after the tone",
    ),
    AnnouncementKind.UNREACHABLE: (
        "tạm thời không liên lạc được", "không liên lạc được xin quý khách", "tắt máy hoặc ngoài vùng phủ sóng",
        "xin quý khách vui lòng gọi lại sau", "the number you have dialed cannot be reached",
        "the subscriber is not available",
    ),
}  # fmt: skip
"""Enough by themselves, where the opening was missed."""
_OPENED = 70.0
_CUED = 74.0
_SURE = 82.0
"""Least similarities (0…100) of an opening, a cue behind it, a phrase on its own. Set on texts with every third
syllable damaged and on what people say when they pick up: see the tests."""
_CLEARLY_CUED = 88.0
_ENOUGH_LETTERS = 44
"""With fewer letters, early in an announcement ("… vừa gọi hiện đang"), a cue is believed only if it is clear."""
_LEAST_LETTERS = 12
"""Less than this says too little."""
_MARKS = re.compile(r"[^\w\s]")


def flatten(text: str) -> str:
    """Lower-case, without tones, marks of vowels and punctuation: "Thuê bao" → "thue bao"."""
    decomposed = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(_MARKS.sub(" ", bare).split())


def _flat(table: Mapping[AnnouncementKind, tuple[str, ...]]) -> dict[AnnouncementKind, tuple[str, ...]]:
    return {kind: tuple(map(flatten, phrases)) for kind, phrases in table.items()}


_FLAT_OPENINGS = tuple(map(flatten, _OPENINGS))
_FLAT_CUES = _flat(_CUES)
_FLAT_PHRASES = _flat(_PHRASES)
_PERSON = re.compile(r"\b(?:toi|tui|anh|chi|em|alo|a lo|minh|nha|nhe)\b")
"""Words that people on the phone say and networks do not."""


def classify(text: str) -> AnnouncementKind | None:
    """The announcement in ``text``, or None if a person seems to be speaking or too little was heard."""
    flat = flatten(text)
    if len(flat) < _LEAST_LETTERS:
        return None
    if _PERSON.search(flat) and not _opens(flat, 88.0):
        return None
    if _opens(flat, _OPENED):
        kind, score = _best(_FLAT_CUES, flat)
        if score >= (_CUED if len(flat) >= _ENOUGH_LETTERS else _CLEARLY_CUED):
            return kind
    kind, score = _best(_FLAT_PHRASES, flat)
    return kind if score >= _SURE else None


def _opens(flat: str, least: float) -> bool:
    return len(flat) >= 16 and max(fuzz.partial_ratio(opening, flat) for opening in _FLAT_OPENINGS) >= least


def _best(table: Mapping[AnnouncementKind, tuple[str, ...]], flat: str) -> tuple[AnnouncementKind, float]:
    scores = {kind: max(_similarity(phrase, flat) for phrase in phrases) for kind, phrases in table.items()}
    kind = max(scores, key=lambda k: scores[k])
    return kind, scores[kind]


def _similarity(phrase: str, flat: str) -> float:
    """How well ``phrase`` occurs in ``flat``; 0 if ``flat`` is the shorter one, where any piece of it would match."""
    return fuzz.partial_ratio(phrase, flat) if len(flat) >= len(phrase) else 0.0
