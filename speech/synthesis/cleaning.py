"""Any text → letters a Vietnamese voice can read. Every character keeps its place, so that marks of words stay true."""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Final

_TAG: Final = re.compile(
    r"<(script|style)\b[^<>]{0,400}>.{0,4000}?</\1\s*>|</?[A-Za-z][^<>]{0,400}>|<!--.{0,400}?-->|<[!?][^<>]{0,400}>"
    r"|\x1b\[[\d;]{0,20}[A-Za-z]",  # the last: colours of a terminal
    re.DOTALL | re.IGNORECASE,
)
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#x[0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_KEPT_SIGNS: Final = frozenset(".,;:!?…()\"'“”‘’–—-/%+")


def speakable(text: str) -> str:
    """``text`` with blanks for tags, emoji, control characters and other scripts; as long as before."""
    text = _TAG.sub(lambda match: " " * len(match.group()), text)
    text = _ENTITY.sub(_unescaped, text)
    return "".join(c if c == " " or _readable(c) else " " for c in text)


def silent(text: str) -> bool:
    """Is there no letter or digit to read in it?"""
    return not any(c.isalnum() for c in text)


def _unescaped(match: re.Match[str]) -> str:
    sign = html.unescape(match.group())
    return sign.ljust(len(match.group())) if len(sign) == 1 else " " * len(match.group())


def _readable(c: str) -> bool:
    if c.isascii():
        return c.isalnum() or c in _KEPT_SIGNS
    if c in _KEPT_SIGNS or 0x300 <= ord(c) <= 0x36F:
        return True
    return c.isalpha() and unicodedata.name(c, "").startswith("LATIN")
