"""Is it a question, and what kind of answer does it want? On text with or without tone marks."""

from __future__ import annotations

import re
from typing import Final, Literal

from speech.text.normalize import common_words, fold, strip_marks

Wanted = Literal["money", "amount", "time", "place", "yes_no", "contact", ""]

_QUESTION: Final = re.compile(
    r"\b(?:bao nhieu|bao lau|bao gio|khi nao|luc nao|may gio|ngay nao|thang nao|o dau|cho nao|noi nao|the nao|nhu nao|"
    r"ra sao|lam sao|tai sao|vi sao|sao lai|cach nao|loai nao|nganh nao|gi|nhung ai|ai duoc|hay la|hay khong)\b"
    r"|\b(?:cho|xin|muon) (?:\w+ ){0,2}(?:hoi|biet|tu van)\b|\b(?:tu van|thong tin|giai thich) (?:\w+ )?(?:ve|cho)\b"
    r"|\b(?:co|duoc|phai|dung|can) (?:\w+ ){0,12}(?:khong|ko|hong|chua|k)"
    r"(?: (?:a|em|anh|chi|vay|the|nhi|ban|ha|shop))*$"
    r"|\b(?:dau|may|nao|sao|ha|chua)(?: (?:a|em|anh|chi|vay|the|nhi|ban|day|do))*$"
    r"|\b(?!hom|bua|dao|kieu|nguoi|the|khi|luc|dieu|chut)\w+ nao (?!cung|do|day|ay|nua)\w+"
    r"|\bmay (?!hom|bua|dua|anh|chi|em|nay|khi|moi|gio nua|ngay nua|tuan nua|thang nua)\w+ (?!nua|nay|truoc)\w+"
    r"|\bnhieu (?:tien|vay|the|rua|mot)\b|\bla ai\b|\b\w+ hay (?:la )?tu\b|\bxin (?:so|dia chi|thong tin|gia|lich)\b"
    r"|\bmay (?:nganh|nam|thang|buoi|tin chi|diem|trieu|tien|co so|lan|nguoi|ki|ky|ngay|loai|phan tram)\b"
)
"""On folded text without marks."""
_NO_QUESTION: Final = re.compile(r"^(?:khong )?(?:sao|co gi|van de gi|biet gi|noi gi)(?: (?:dau|ca|a|het|em))*$")
_LEAST_WORDS: Final = 3

_KINDS: Final[tuple[tuple[Wanted, re.Pattern[str]], ...]] = (
    ("time", re.compile(r"\b(?:khi nao|bao gio|luc nao|may gio|ngay nao|thang nao|bao lau|may ngay|han chot|thoi han|"
                        r"may nam|may thang|mo cua|dong cua|gio lam)\b")),
    ("contact", re.compile(r"\b(?:so dien thoai|hotline|so may|email|lien he|lien lac|zalo|fanpage)\b")),
    ("money", re.compile(r"\b(?:(?:het|mat|ton|gia|tien|phi|dong|tra|thu) (?:\w+ ){0,6}(?:bao nhieu|nhieu|sao|the nao)|"
                         r"(?:bao nhieu|nhieu|may) (?:tien|dong|trieu|nghin|mot)|gia ca|bao nhieu phi)\b")),
    ("amount", re.compile(r"\b(?:bao nhieu|nhieu|gia|may)\b")),
    ("place", re.compile(r"\b(?:o dau|cho nao|noi nao|dia chi|duong nao|dau)\b")),
    ("yes_no", re.compile(r"\b(?:khong|ko|chua)\b")),
)  # fmt: skip
_FITS: Final[dict[Wanted, re.Pattern[str]]] = {
    "money": re.compile(r"\d ?(?:d|đ|dong|trieu|nghin|vnd|%)\b|\b(?:mien phi|(?:trieu|nghin|tram) dong)\b|%"),
    "amount": re.compile(r"\d|\b(?:mien phi|trieu|nghin|dong|phan tram|hai|ba|bon|nam|muoi)\b"),
    "time": re.compile(
        r"\d+ ?(?:h|gio|/|ngay|thang|nam|tuan|phut)|\b(?:ngay|thang|thu|chu nhat|gio|tuan|quy|hang nam)\b"
    ),
    "place": re.compile(
        r"\b(?:so \d+|duong|phuong|quan|huyen|tinh|thanh pho|tp|tang|toa|co so|phong|tai|dia chi|khu)\b"
    ),
    "contact": re.compile(r"\d{4}|@|\b(?:hotline|email|zalo|fanpage)\b"),
}


def is_question(text: str) -> bool:
    """Does somebody want to know something? Looks at the words, so a question without "?" counts."""
    plain = _readable(text)
    if len(plain.split()) < _LEAST_WORDS or _NO_QUESTION.match(plain):
        return False
    return text.rstrip().endswith("?") or bool(_QUESTION.search(plain))


def wanted(text: str) -> Wanted:
    """The kind of answer that a question wants, "" if any."""
    plain = _readable(text)
    return next((kind for kind, pattern in _KINDS if pattern.search(plain)), "")


def fits(kind: Wanted, sentence: str) -> bool:
    """Could ``sentence`` hold an answer of that kind?"""
    pattern = _FITS.get(kind)
    return pattern is None or bool(pattern.search(strip_marks(sentence.lower())))


def _readable(text: str) -> str:
    return strip_marks(common_words(fold(text)))
