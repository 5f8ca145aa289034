"""Grammars for what must not be missed: yes and no in short answers, and the always-on intents in plain words.

High precision only; everything freer is left to the trained model. Patterns are matched on folded text with regional
words in common form.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from speech.text.normalize import fold
from speech.text.scan import words_of

_SELF = "(?:tôi|anh|chị|em|mình|cô|chú|bác|ông|bà|tui|tao)"
_PERSON = "(?:nhân viên|người thật|quản lý|tư vấn viên|tổng đài viên|người phụ trách|cấp trên|giám đốc|sếp|con người)"
_KIN = (
    "(?:vợ|chồng|mẹ|bố|ba|con trai|con gái|anh trai|chị gái|em trai|em gái|anh hai|chị hai|người nhà|người thân|"
    "đồng nghiệp|hàng xóm)"
)
_ALTERNATIVES: Final[Mapping[str, tuple[str, ...]]] = {
    "opt_out": (
        r"(?:đừng|đừng có|không được|cấm|ngừng|dừng|thôi|khỏi) gọi (?:\w+ ){0,5}nữa",
        r"xóa (?:\w+ ){0,3}số\b(?! tiền)",
        r"không (?:muốn|thích) nhận (?:\w+ )?cuộc gọi",
        "khỏi danh sách",
        "từ chối nhận cuộc gọi",
        rf"(?:đừng|ngừng) gọi (?:cho )?{_SELF}$",
    ),
    "ask_person": (
        rf"(?:gặp|nói chuyện với|trao đổi với|nối máy|chuyển máy|kêu|gọi) (?:\w+ ){{0,4}}{_PERSON}",
        f"{_PERSON} ra đây",
        "không nói (?:chuyện )?với máy",
        f"^(?:cho (?:{_SELF} )?gặp )?{_PERSON}(?: đi| đâu)?$",
        f"chuyển máy (?:cho {_SELF}|đi)",
    ),
    "wrong_person": ("(?:nhầm|lộn) (?:số|máy)", "gọi (?:nhầm|lộn)", r"không (?:có|biết|quen) (?:\w+ )?ai tên"),
    "legal_threat": ("(?:báo|gọi) công an", "khởi kiện", "(?:sẽ|đi) kiện", "ra tòa", "tố cáo"),
    "repeat": (
        r"(?:nói|nhắc|đọc) lại(?: \w+){0,5}$",
        "nghe không (?:rõ|kịp)",
        "không nghe rõ",
        "chưa nghe (?:rõ|kịp)",
    ),
    "already_paid": (
        r"(?:trả|đóng|nộp|thanh toán|chuyển khoản|chuyển)(?: \w+){0,3} rồi"
        r"(?: mà| cơ mà| em| đó| đấy|(?: (?:o|cô|cháu|con|nhé))?$)",
    ),
    "third_party": (
        rf"(?:là|chỉ là) {_KIN}(?: của)?\b",
        r"là (?:anh|chị|em|con|cháu|cô|chú|dì|cậu|bạn|mẹ|má|bố|ba) (?:\w+ )?của (?!em\b)",
        r"nhờ (?:tôi|em|con|cháu|cô|chú|bác|chị|anh) (?:nghe|hỏi|nói|trả lời|bắt máy|cầm máy)",
        "đi vắng",
        "không có (?:nhà|ở đây|ở nhà)",
        "nhắn lại cho",
    ),
    "anger": ("bực (?:mình|quá|lắm|thật|cả)", "quá đáng", "phiền quá", "làm phiền", "gọi hoài", "khó chịu"),
    "cancel": (
        r"(?<!không )(?<!đừng )(?<!chưa )(?<!khoan )(?<!phí )(?<!khỏi )hủy (?:giùm|giúp|hộ|luôn|lịch|hẹn|đơn|đi)\b",
    ),
    "dont_know": (
        "(?:không|chưa) (?:biết|rõ|chắc) (?:là )?(?:bao giờ|khi nào|lúc nào|(?:ngày|hôm|bữa|tháng|chừng) nào)",
    ),
    "no_recording": ("(?:đừng|không được|không cho|không đồng ý) ghi âm",),
}
PATTERNS: Final = {name: re.compile("|".join(parts)) for name, parts in _ALTERNATIVES.items()}

ACKS: Final = frozenset((
    "dạ", "vâng", "ừ", "ờ", "ừm", "uhm", "ừa", "à", "ạ", "em", "anh", "chị", "ơi", "nhé", "rồi", "vậy", "hả",
))  # fmt: skip
_SURE_ACKS: Final = frozenset(["dạ", "vâng", "ừ", "ờ", "ừm", "ừa"])
_YES: Final = re.compile(
    r"^(?:(?:dạ|vâng|ừ|ờ|ừm|à|rồi|thì|ok) )*(?:đúng|phải|chính xác|chuẩn|được|đồng ý|ok|ô kê|nhất trí|xác nhận|"
    r"thế đi|vậy đi|thế nhé|vậy nhé|cứ thế|cứ vậy|có|muốn|cần|ghi đi|vậy đó|thế đấy|ch[ứớ] sao|"
    rf"(?:dĩ|tất|đương) nhiên|{_SELF} (?:đồng ý|nhất trí|chịu))\b(?! không| chưa| nào| bao)"
)
_NO: Final = re.compile(
    rf"^(?:(?:dạ|ừ|ờ|ừm|à|ơ|thì|khoan|ấy) )*(?:{_SELF} không (?:chịu|đồng ý)|không|chưa|sai|nhầm|lộn|"
    r"thôi|khỏi|đâu có|đâu phải|làm gì có)\b"
    r"(?! sao| vấn đề| cần hỏi| biết| rõ| chắc|(?: (?:không|một|hai|ba|bốn|năm|sáu|bảy|tám|chín)){2})"
)
"""What "không" begins: no "I don't know", and no telephone number."""


_OPENS = r"(?:^|^(?:alô|dạ|vâng|ừ|ờ|à|đúng rồi|phải rồi|đúng|rồi) )"
_BARE_YES: Final = re.compile(
    r"(?:(?:dạ|vâng|ừ|ờ|ừm|à|rồi) )*(?:đúng|phải|chính xác|chuẩn|được|đồng ý|ok|ô kê|nhất trí)"
    r"(?: (?:rồi|vậy|thế|đó|đấy|em|anh|chị|cháu|con|nhé|ạ|mà|luôn|chứ|ơi))*"
)
_BARE_NO: Final = re.compile(
    r"(?:(?:dạ|à|ờ) )*(?:không|chưa|không phải|chưa phải|không đúng|sai|sai rồi|đừng)"
    r"(?: (?:em|anh|chị|cháu|con|nhé|ạ|đâu|mà|ơi))*"
)
_PLAIN_YES: Final = re.compile(
    r"(?:(?:da|vang|u|uh) )*(?:dung|phai|chinh xac|chuan|duoc|dong y|ok|oke|yes)(?: (?:roi|vay|em|a|nhe|do))*"
)
_PLAIN_NO: Final = re.compile(r"(?:da )?(?:khong|ko|k|hong|chua|sai|no)(?: (?:phai|dung|em|a|dau|nhe|roi))*")
"""Typed without marks, "dung" is đúng and not đừng."""
_DISAGREES: Final = re.compile(r"\bkhông (?:đồng ý|chấp nhận|cho phép)\b(?! không)")
_LEAST_LAUGHTER: Final = 3
_LAUGHTER: Final = frozenset(
    words_of("ha hà há hả hạ hi hì hí hỉ hị he hè hé hê hế hề ho hò hô hố hồ hơ khà khá khì khe hai ba a à á")
)
_ASSENT: Final = re.compile(
    r"^(?:dạ|vâng|ừ|ok|ờ)\b(?!.*\b(?:không|chưa|thôi|đừng|nhầm|lộn|khỏi|sai|nhưng|mà|xem|để)\b)"
)
_ASSENT_WORDS: Final = 6
_TAKEN_BACK: Final = re.compile(
    r".*\b(?:à không|ờ không|ơ không|à nhầm|ý nhầm|à lộn|nói lộn|nói nhầm|à quên|ý quên|à ừ|à mà thôi|"
    rf"ý (?:của )?{_SELF} (?:là|nói)|ấy chết) (?=.)"
)
_NO_AFTER_ALL: Final = (" à không", " ờ không", " ơ không")
"""đúng rồi, à không, sai rồi: what follows the words that take back."""


TOO_FAST: Final = re.compile(
    r"\b(?:chậm|cham|từ từ|tu tu|thong thả|không kịp|khong kip|chưa kịp)\b"
    r"|\b(?:nói|đọc|noi|doc) (?:\w+ ){0,3}(?:nhanh|lẹ)\b"
    r"|\b(?:nhanh|lẹ) (?:quá|thế|vậy|dữ|qua|the|vay)\b"
)
"""Without one of these nobody asks for slower words."""
NO_CANCEL: Final = re.compile(r"\b(?:không|đừng|khỏi|chưa) (?:cần |muốn |phải |có )?(?:hủy|huỷ)\b")
"""không hủy lịch: the wish to cancel, denied."""
NO_PERSON: Final = re.compile(
    r"\b(?:(?:không|chưa|khong|chua) (?:cần|muốn|phải|can|muon)|(?:khỏi|khoi)(?: cần| can)?|đừng)"
    r" (?:gặp|nói chuyện với|trao đổi với|nối máy|chuyển máy|gap|noi chuyen voi|chuyen may)\b(?! máy)"
)
"""không cần gặp nhân viên: the wish for a person, denied."""


def matches(text: str) -> list[str]:
    """Intents whose pattern is found in the folded common-form ``text``."""
    return [name for name, pattern in PATTERNS.items() if pattern.search(text)]


def names_self(text: str, full_name: str) -> bool:
    """ "tôi Hùng đây", "Hùng nghe": the given name of who is called, followed by đây or nghe, and no relative named."""
    words = fold(full_name).split()
    if not words or PATTERNS["third_party"].search(text) or "không" in text.split():
        return False
    return bool(re.search(rf"\b(?:{re.escape(words[-1])}|{_OPENS}{_SELF}) (?:đây|nghe đây|nghe|này|nè|nì)\b", text))


def denies_self(text: str, full_name: str) -> bool:
    """ "tôi không phải Hùng", "Hùng nào": whoever speaks is not who is called."""
    words = fold(full_name).split()
    if not words:
        return False
    name = re.escape(words[-1])
    return bool(re.search(rf"\b(?:không phải|chẳng phải)(?: là)?(?: {_SELF})? {name}\b|^(?:ơ |ủa )?{name} nào\b", text))


def polarity(text: str) -> str | None:
    """ "affirm" or "deny" by how an answer begins, None if it begins otherwise; what is taken back does not count.

    Who says "không đồng ý" later on agrees to nothing: on a bad line the first words are what is lost.
    """
    taken_back = _TAKEN_BACK.match(text)
    if taken_back is not None:
        again = polarity(text[taken_back.end() :])
        if again is not None:
            return again
    if _NO.match(text) or text.endswith(_NO_AFTER_ALL):
        return "deny"
    if not _YES.match(text):
        return None
    return "deny" if _DISAGREES.search(text) else "affirm"


def laughs(text: str) -> bool:
    """Three syllables of laughter or more and nothing else; a recogniser writes them as hai, ba, hí …"""
    words = text.split()
    return len(words) >= _LEAST_LAUGHTER and set(words) <= _LAUGHTER and len(set(words)) < len(words)


def bare_answer(text: str) -> str | None:
    """ "affirm" or "deny" if the text is that and nothing else, with or without marks."""
    for intent, patterns in (("affirm", (_BARE_YES, _PLAIN_YES)), ("deny", (_BARE_NO, _PLAIN_NO))):
        if any(pattern.fullmatch(text) for pattern in patterns):
            return intent
    return None


def assents(text: str) -> bool:
    """A short answer that begins with dạ, vâng, ừ and takes nothing back: yes after a closed question."""
    return len(text.split()) <= _ASSENT_WORDS and bool(_ASSENT.match(text))


def only_ack(text: str) -> bool:
    """Nothing but "dạ", "vâng em", "ừ": a yes only after a closed question."""
    words = text.split()
    return bool(words) and all(word in ACKS for word in words) and bool(_SURE_ACKS & set(words))
