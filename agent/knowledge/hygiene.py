"""Text that outsiders wrote, made harmless: no invisible characters, no orders to the machine that reads it.

A document, a field of an upload or a tool's result is data. What it says to "the assistant" is never an instruction;
sentences that try are left out of what is answered from, and told to the business that owns the document.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from speech.text.normalize import strip_marks

_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\uffff\U000e0000-\U000e0fff]"
)
"""Zero-width, direction and tag characters, variation selectors: nobody sees them, a machine does."""
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_WHO: Final = r"(?:ban|may|bot|tro ly|ai|chatbot|mo hinh|he thong|you|assistant|model|system)"
_HINTS: Final = re.compile(
    r"bo qua|phot lo|quen|khong can|lam ngo|xoa bo|vo hieu|ignore|disregard|forget|override|bypass|system|developer|"
    r"injection|jailbreak|dan mode|bay gio|tu gio|from now|tro ly|chatbot|assistant|model|mo hinh|cong cu|ham|lenh|"
    r"tool|function|command|prompt|api|du lieu khach|khach hang khac|credential|mat khau|password|dong vai|gia vo|"
    r"pretend|act as|role|you are|[<\[]"
)
"""One of these stands in every order; most sentences hold none and need no closer look."""
_ORDERS: Final = re.compile(
    "|".join(
        (
            r"\b(?:bo qua|phot lo|quen het|quen di|khong can theo|lam ngo|xoa bo|vo hieu hoa) (?:\w+ ){0,4}"
            r"(?:huong dan|chi dan|chi thi|lenh|quy dinh|quy tac|cau lenh|prompt|instruction|rule)",
            r"\b(?:ignore|disregard|forget|override|bypass)\b (?:\w+ ){0,4}"
            r"(?:instruction|prompt|rule|guideline|polic|context)",
            r"\b(?:system|developer) (?:prompt|message|instruction)|\bprompt injection|\bjailbreak|\bdan mode",
            r"\bdeveloper mode",
            r"\b(?:tu (?:bay gio|gio)|bay gio|from now on|ke tu gio) (?:tro di )?"
            rf"(?:{_WHO}) (?:la|phai|hay|se|are|must|will)\b",
            r"\b(?:tro ly ao|tro ly ai|chatbot|ai assistant|language model|mo hinh ngon ngu)(?: nay)? ?"
            r"(?:hay|phai|can|vui long|must|should|please|:)",
            r"\b(?:hay|phai|please|must) (?:\w+ ){0,3}(?:goi|chay|call|run|execute|invoke) (?:\w+ ){0,2}"
            r"(?:cong cu|ham|lenh|tool|function|command)",
            r"\b(?:tiet lo|doc|in ra|gui|xuat|reveal|print|show|leak|send) (?:\w+ ){0,5}"
            r"(?:system prompt|api key|khoa api|du lieu khach hang|khach hang khac|credential)",
            r"\b(?:tiet lo|doc|in ra|reveal|print|leak) (?:\w+ ){0,5}(?:mat khau|password)",
            r"\b(?:dong vai|gia vo|pretend|act as|role ?play|you are now|ban bay gio la)\b",
            r"<\|?(?:im_start|im_end|system|endoftext)\|?>|\[/?inst\]|<</?sys>>|\btool_call\b",
            r"</?(?:system|assistant|tool)>",
        )
    )
)
"""On text without marks, in lower case, with blanks joined."""


def visible(text: str) -> str:
    """``text`` in NFC without characters that nobody can see; line breaks and tabs stay."""
    return _CONTROL.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFC", text)))


def hidden_characters(text: str) -> int:
    """How many invisible characters ``text`` holds, soft hyphens and byte-order marks not counted."""
    return sum(1 for c in _INVISIBLE.findall(text) if c not in "\u00ad\ufeff\ufe0f\ufe0e")


def gives_orders(text: str) -> bool:
    """Does ``text`` talk to a machine ("bỏ qua mọi hướng dẫn", "ignore all rules") instead of to readers?"""
    plain = " ".join(strip_marks(unicodedata.normalize("NFKC", visible(text))).lower().split())
    return bool(_HINTS.search(plain)) and bool(_ORDERS.search(plain))
