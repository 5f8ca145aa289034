"""HTML to blocks: what a reader of the page would see, and how much was hidden from them."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

from agent.knowledge.decoding import decode
from agent.knowledge.documents import Block, Raw
from agent.knowledge.plain import row_words
from core.errors import InputError

_SILENT: Final = frozenset(
    {"script", "style", "template", "noscript", "head", "svg", "iframe", "object", "nav", "form"}
)
_VOID: Final = frozenset(
    {"br", "img", "hr", "input", "meta", "link", "area", "base", "col", "embed", "source", "track", "wbr"}
)
_BREAKS: Final = frozenset(
    {"p", "div", "li", "br", "section", "article", "blockquote", "dt", "dd", "ul", "ol", "table"}
)
_HEADINGS: Final = {f"h{k}": k for k in range(1, 7)}
_CHARSET: Final = re.compile(rb"<meta[^>]+charset=[\"']?([\w-]+)", re.IGNORECASE)
_HIDING: Final = re.compile(
    r"display:none|visibility:hidden|opacity:0(?:[;.]0*)?(?:;|$)|font-size:0(?:px|pt|em|rem|%)?(?:;|$)"
    r"|(?<!-)color:(?:white|#fff(?:fff)?\b|transparent|rgba?\(255,255,255|rgba\(\d+,\d+,\d+,0\))"
    r"|(?:left|top|text-indent|margin-left):-\d{3,}|clip:rect\(0|clip-path:inset\((?:50|100)%"
    r"|(?:^|;)(?:width|height|max-height):0(?:px)?(?:;|$)"
)
_BACKGROUND: Final = re.compile(r"background(?:-color)?:(?!white|#fff|transparent|none)")
"""White letters on a dark ground are meant to be seen."""
_MOST_DEPTH = 500


def read_html(data: bytes, name: str) -> Raw:
    """Raises InputError for text in no known encoding, or nested beyond reason."""
    page = _Page(name)
    declared = _CHARSET.search(data[:4096])
    text = decode(data, name)
    if declared and declared[1].lower() in (b"windows-1258", b"windows-1252"):
        text = data.decode(declared[1].decode().replace("windows-", "cp"), errors="replace")
    unclosed = text.rfind("<!--")
    if unclosed > text.rfind("-->"):  # a comment without an end hides the rest of the page
        text, page.hidden = text[:unclosed], 1
    page.feed(text)
    page.close()
    page.flush()
    return Raw(page.blocks, page.hidden)


class _Page(HTMLParser):
    def __init__(self, name: str) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self.hidden = 0
        self._name = name
        self._open: list[tuple[str, bool, bool]] = []
        """Elements that are open: tag, hides its content, stands on a ground of its own."""
        self._path: list[str] = []
        self._level = 0
        self._words: list[str] = []
        self._columns: list[str] = []
        self._cells: list[str] | None = None
        self._head_row = False

    # What the parser calls.

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BREAKS:
            self.flush()
        if tag in _VOID:
            return
        given = {key: value or "" for key, value in attrs}
        style = re.sub(r"\s", "", given.get("style", "").lower())
        ground = bool(_BACKGROUND.search(style)) or any(open_[2] for open_ in self._open)
        hides = "hidden" in given or given.get("aria-hidden") == "true" or self._hides(style, ground, given)
        self._open.append((tag, hides or tag in _SILENT, ground))
        if len(self._open) > _MOST_DEPTH:
            raise InputError("Trang HTML lồng nhau quá sâu.", "The HTML page is nested too deeply.", where=self._name)
        if tag in _HEADINGS:
            self.flush()
            self._level = _HEADINGS[tag]
        if tag == "table":
            self._columns = []
        if tag == "tr":
            self.flush()
            self._cells, self._head_row = [], False
        if tag in ("td", "th"):
            self._words = []
            self._head_row = self._head_row or tag == "th"

    @staticmethod
    def _hides(style: str, ground: bool, given: dict[str, str]) -> bool:
        found = _HIDING.search(style)
        white = given.get("color", "").lower() in ("white", "#fff", "#ffffff") and not ground
        return white or (found is not None and not ("color" in found.group() and ground))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._cells is not None:
            self._cells.append(" ".join("".join(self._words).split()))
            self._words = []
        elif tag == "tr" and self._cells is not None:
            self._row(self._cells)
            self._cells = None
        elif tag in _BREAKS or tag in _HEADINGS:
            self.flush()
        for k in range(len(self._open) - 1, -1, -1):
            if self._open[k][0] == tag:
                del self._open[k:]
                break

    def handle_data(self, data: str) -> None:
        if not data.strip():
            self._words.append(" ")
        elif not any(hides for _, hides, _ in self._open):
            self._words.append(data)
        elif not any(tag in _SILENT for tag, _, _ in self._open):
            self.hidden += 1

    def handle_comment(self, data: str) -> None:
        self.hidden += bool(data.strip()) and not data.startswith("[if")

    # What is made of it.

    def _row(self, cells: list[str]) -> None:
        if self._head_row and not self._columns:
            self._columns = cells
        elif any(cells):
            words = row_words(self._columns, cells) if self._columns else row_words([], cells)
            self.blocks.append(Block(self._heading(), words))

    def flush(self) -> None:
        if self._cells is not None:
            self._words.append(" ")
            return
        words, self._words = " ".join("".join(self._words).split()), []
        if self._level:
            if words:
                self._path[self._level - 1 :] = [""] * (self._level - 1 - len(self._path)) + [words]
            self._level = 0
        elif words:
            self.blocks.append(Block(self._heading(), words))

    def _heading(self) -> str:
        return " > ".join(part for part in self._path if part)
