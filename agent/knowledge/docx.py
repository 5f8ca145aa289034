"""Word documents (.docx) to blocks: paragraphs and tables of the body, without hidden and white text."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree

from agent.knowledge.documents import Block, Raw
from agent.knowledge.plain import row_words
from core.errors import InputError

_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BODY: Final = "word/document.xml"
_MOST_UNPACKED: Final = 200_000_000
"""Bytes; a document that unpacks to more would fill the memory."""
_LIGHT: Final = frozenset({"FFFFFF", "FEFEFE", "FDFDFD", "FCFCFC", "FAFAFA"})
_TINY: Final = 4
"""Half points: letters of two points or less are not meant to be read."""


def read_docx(data: bytes, name: str) -> Raw:
    """Raises InputError for a broken file, one with a password, or one that declares entities."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if archive.getinfo(_BODY).file_size > _MOST_UNPACKED:
                raise InputError("Tệp Word giải nén quá lớn.", "The Word file unpacks to too much.", where=name)
            body = archive.read(_BODY)
            styles = archive.read("word/styles.xml") if "word/styles.xml" in archive.namelist() else b""
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise _broken(name) from error
    if b"<!DOCTYPE" in body[:2000] or b"<!ENTITY" in body[:5000]:  # Word writes none; entities could explode
        raise _broken(name)
    try:
        root = ElementTree.fromstring(body)
        levels = _heading_styles(ElementTree.fromstring(styles)) if styles else {}
    except ElementTree.ParseError as error:
        raise _broken(name) from error
    reader = _Body(levels)
    return Raw(list(reader.blocks(root)), reader.hidden)


def _broken(name: str) -> InputError:
    return InputError(
        "Tệp Word bị hỏng, có mật khẩu hoặc không phải .docx. Hãy mở và lưu lại dạng .docx không mật khẩu.",
        "The Word file is broken, has a password or is no .docx. Open it and save it as .docx without a password.",
        where=name,
    )


def _heading_styles(styles: ElementTree.Element) -> dict[str, int]:
    """Style id → heading level, whatever language Word speaks."""
    found: dict[str, int] = {}
    for style in styles.iter(f"{_W}style"):
        title = style.find(f"{_W}name")
        words = (title.get(f"{_W}val") or "").lower().split() if title is not None else []
        if len(words) == 2 and words[0] == "heading" and words[1].isdigit():
            found[style.get(f"{_W}styleId") or ""] = int(words[1])
        elif words == ["title"]:
            found[style.get(f"{_W}styleId") or ""] = 1
    return found


class _Body:
    def __init__(self, levels: dict[str, int]) -> None:
        self._levels = levels
        self._path: list[str] = []
        self.hidden = 0

    def blocks(self, root: ElementTree.Element) -> Iterator[Block]:
        body = root.find(f"{_W}body")
        for element in body if body is not None else ():
            if element.tag == f"{_W}p":
                yield from self._paragraph(element)
            elif element.tag == f"{_W}tbl":
                yield from self._table(element)

    def _paragraph(self, element: ElementTree.Element) -> Iterator[Block]:
        words = self._words(element)
        style = element.find(f"{_W}pPr/{_W}pStyle")
        level = self._levels.get(style.get(f"{_W}val") or "") if style is not None else None
        if level and words:
            self._path[level - 1 :] = [""] * (level - 1 - len(self._path)) + [words]
        elif words:
            yield Block(self._heading(), words)

    def _table(self, element: ElementTree.Element) -> Iterator[Block]:
        rows = [[self._words(cell) for cell in row.iter(f"{_W}tc")] for row in element.iter(f"{_W}tr")]
        for row in rows[1:]:
            if any(row):
                yield Block(self._heading(), row_words(rows[0], row))

    def _words(self, element: ElementTree.Element) -> str:
        pieces: list[str] = []
        for run in element.iter(f"{_W}r"):
            text = "".join(t.text or "" for t in run.iter(f"{_W}t"))
            if text.strip() and self._is_hidden(run):
                self.hidden += 1
            else:
                breaks = run.find(f"{_W}tab") is not None or run.find(f"{_W}br") is not None
                pieces.append(text or (" " if breaks else ""))
        return " ".join("".join(pieces).split())

    @staticmethod
    def _is_hidden(run: ElementTree.Element) -> bool:
        look = run.find(f"{_W}rPr")
        if look is None:
            return False
        vanish, color, size = (look.find(f"{_W}{tag}") for tag in ("vanish", "color", "sz"))
        shaded = look.find(f"{_W}shd") is not None or look.find(f"{_W}highlight") is not None
        gone = vanish is not None and vanish.get(f"{_W}val") not in ("0", "false")
        white = color is not None and (color.get(f"{_W}val") or "").upper() in _LIGHT and not shaded
        height = (size.get(f"{_W}val") or "") if size is not None else ""
        tiny = height.isdigit() and int(height) <= _TINY
        return gone or white or tiny

    def _heading(self) -> str:
        return " > ".join(part for part in self._path if part)
