"""Markdown and plain text to blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from agent.knowledge.decoding import decode
from agent.knowledge.documents import Block, Raw

_COMMENT: Final = re.compile(r"<!--.*?(?:-->|\Z)|^\[[^\]]*\]: *# *[(\"'][^\n]*$", re.DOTALL | re.MULTILINE)
_HEADING: Final = re.compile(r"^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_BULLET: Final = re.compile(r"^\s*(?:[-*+•▪]|\d{1,2}[.)])\s+(.*)$")
_RULE: Final = re.compile(r"^\s*(?:[-*_=]\s*){3,}$|^\s*\|?[\s:|-]+\|[\s:|-]*$")
_LINK: Final = re.compile(r"!?\[([^\]]*)\]\((?:[^()\s]|\([^()]*\))*(?:\s+\"[^\"]*\")?\)")
_EMPHASIS: Final = re.compile(r"(\*\*|__|\*|`|~~)(?=\S)(.+?)(?<=\S)\1")
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]{0,300}>")


def read_markdown(data: bytes, name: str) -> Raw:
    """Headings with their level, list items one by one, rows of tables with the names of their columns."""
    text = decode(data, name)
    hidden = len(_COMMENT.findall(text))
    return Raw(_blocks(_COMMENT.sub(" ", text).splitlines(), marked=True), hidden)


def read_plain(data: bytes, name: str) -> Raw:
    """Paragraphs by blank lines; a line in capitals, or a short one that ends in a colon, is a heading."""
    return Raw(_blocks(decode(data, name).splitlines(), marked=False))


def _blocks(lines: list[str], *, marked: bool) -> Iterator[Block]:
    path: list[str] = []
    paragraph: list[str] = []
    columns: list[str] = []

    def flush() -> Iterator[Block]:
        if paragraph:
            words = " ".join(paragraph)
            yield Block(" > ".join(p for p in path if p), plain_words(words) if marked else words)
        paragraph.clear()

    for line in lines:
        found = _HEADING.match(line) if marked else None
        level, title = (len(found[1]), plain_words(found[2])) if found else (1, _title(line) if not marked else "")
        if title:
            yield from flush()
            path[level - 1 :] = [""] * (level - 1 - len(path)) + [title]
            columns = []
            continue
        if not line.strip():
            yield from flush()
            columns = []
            continue
        if marked and line.count("|") >= 2:
            yield from flush()
            cells = [plain_words(cell) for cell in line.strip().strip("|").split("|")]
            if _RULE.match(line):
                continue
            if not columns:
                columns = cells
                continue
            yield Block(" > ".join(p for p in path if p), row_words(columns, cells))
            continue
        if marked and _RULE.match(line):
            continue
        item = _BULLET.match(line)
        if item:
            yield from flush()
        paragraph.append((item[1] if item else line).strip(" >\t"))
    yield from flush()


def _title(line: str) -> str:
    """A heading of plain text, "" if the line is none."""
    words = line.strip()
    if words.isupper() and 4 <= len(words) <= 80 and not words.endswith("."):
        return words.capitalize()
    return words[:-1] if words.endswith(":") and len(words.split()) <= 8 else ""


def row_words(columns: list[str], cells: list[str]) -> str:
    """A row of a table as one sentence per cell: "Ngành Kế toán: chỉ tiêu 250. Ngành Kế toán: học phí 28 triệu đồng."

    So a question for one cell gets that cell, and not the row read out from left to right.
    """
    first = cells[0]
    if first and columns and columns[0] and columns[0].lower() not in first.lower():
        first = f"{columns[0]} {first}"
    named = [f"{first}: {c[:1].lower()}{c[1:]} {v}." for c, v in zip(columns[1:], cells[1:], strict=False) if v]
    return " ".join(named) if first and named else " ".join(filter(None, cells))


def plain_words(text: str) -> str:
    """Without Markdown's signs: what a reader of the page would see."""
    text = _TAG.sub(" ", _LINK.sub(r"\1", text))
    for _ in range(2):  # emphasis inside emphasis
        text = _EMPHASIS.sub(r"\2", text)
    return " ".join(text.replace("\\", "").split())
