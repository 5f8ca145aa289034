"""Written Vietnamese → words to be spoken in a call: no digit is left. The reading itself is in ``speaking``."""

from __future__ import annotations

import re

from speech.text.conventions import CALLS
from speech.text.speaking import speak_spans
from speech.types import Dialect

_BLANKS = re.compile(r" {2,}")


def speak(text: str, dialect: Dialect = "north") -> str:
    """``text`` as the bot says it; text without digits comes back unchanged."""
    if not any(c.isdigit() for c in text):
        return text
    return _BLANKS.sub(" ", speak_spans(text, dialect, CALLS).text).strip()
