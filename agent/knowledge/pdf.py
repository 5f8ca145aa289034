"""PDF to blocks, without invisible and white text. Pages that are pictures have no text to read."""

from __future__ import annotations

import io
import logging
from typing import Any, Final

from agent.knowledge.documents import Block, Raw
from core.errors import InputError

_MOST_PAGES: Final = 2_000
_WHITE: Final = 0.98
_TINY: Final = 1.5
"""Points of height."""


def read_pdf(data: bytes, name: str) -> Raw:
    """Raises InputError for a broken or locked file, or one without any text."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.ERROR)  # it warns of every small flaw of a file
    blocks: list[Block] = []
    hidden = 0
    try:
        pages = PdfReader(io.BytesIO(data)).pages
        for page in list(pages)[:_MOST_PAGES]:
            seen = _Seen()
            page.extract_text(visitor_operand_before=seen.operand, visitor_text=seen.text)
            hidden += seen.hidden
            blocks += [Block("", paragraph) for paragraph in _paragraphs("".join(seen.words))]
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError) as error:
        raise InputError(  # a PDF can be broken in any way, and its reader then fails in any way
            "Tệp PDF bị hỏng hoặc có mật khẩu. Hãy lưu lại PDF không mật khẩu.",
            "The PDF is broken or has a password. Save it again without a password.",
            where=name,
        ) from error
    if not blocks:
        raise InputError(
            "PDF không có lớp chữ (có thể là ảnh quét). Hãy dùng bản có chữ.",
            "The PDF has no text layer (perhaps a scan). Use one with text.",
            where=name,
        )
    return Raw(blocks, hidden)


class _Seen:
    """Follows colour and mode of the letters, and keeps what can be seen."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.hidden = 0
        self._white = self._invisible = False
        self._kept: list[tuple[bool, bool]] = []

    def operand(self, operator: bytes, operands: list[Any], _cm: Any, _tm: Any) -> None:
        match operator:
            case b"q":
                self._kept.append((self._white, self._invisible))
            case b"Q" if self._kept:
                self._white, self._invisible = self._kept.pop()
            case b"Tr" if operands:
                self._invisible = int(operands[0]) == 3
            case b"g" | b"rg" | b"sc" | b"scn":
                numbers = [float(x) for x in operands if isinstance(x, int | float)]
                self._white = bool(numbers) and len(numbers) in (1, 3) and min(numbers) >= _WHITE
            case b"k":
                self._white = max((float(x) for x in operands), default=1.0) <= 1 - _WHITE
            case b"Tj" | b"TJ" | b"'" | b'"':
                self._at = (self._white, self._invisible)
            case _:
                pass

    _at = (False, False)

    def text(self, text: str, _cm: Any, _tm: Any, _font: Any, size: float | None) -> None:
        unseen = any(self._at) or (size is not None and 0 < abs(size) * abs(_scale(_tm)) < _TINY)
        if text.strip() and unseen:
            self.hidden += 1
        else:
            self.words.append(text)


def _scale(matrix: Any) -> float:
    return float(matrix[3]) if matrix and matrix[3] else 1.0


def _paragraphs(text: str) -> list[str]:
    """Lines joined until one ends a sentence or is clearly short."""
    found: list[str] = []
    lines: list[str] = []
    for line in text.splitlines():
        words = line.strip()
        if words:
            lines.append(words)
        if lines and (not words or words.endswith((".", "!", "?", ":")) or len(words) < 40):
            found.append(" ".join(lines))
            lines = []
    return [*found, " ".join(lines)] if lines else found
