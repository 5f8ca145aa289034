"""Reading aloud: written Vietnamese → words to be spoken, with the span of every decision."""

from __future__ import annotations

from speech.text.decisions import Piece, Spoken, assemble
from speech.text.speak import speak
from speech.types import Dialect


def speak_spans(text: str, dialect: Dialect = "north") -> Spoken:
    """``text`` as it is read aloud; ordinary words stay as they are. Never raises."""
    spoken = speak(text, dialect)
    pieces = [Piece(0, len(text), "text", spoken)] if spoken != text else []
    return Spoken(*assemble(text, pieces))
