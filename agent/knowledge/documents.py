"""A folder of the business's documents as blocks of text under their headings. Raises InputError for the folder only:

a file that cannot be read is left out with a complaint, so that one bad file does not silence the others.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from agent.knowledge.hygiene import gives_orders, hidden_characters, visible
from agent.knowledge.sentences import sentences
from core.errors import AloError, InputError

MOST_BYTES = 20_000_000
"""Of one file. A book of a thousand pages has some three million."""
_MOST_FILES = 2_000
_MOST_BLOCKS = 100_000
"""Of one document; more is no document but a database."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list item or row under ``heading`` ("Học phí > Hệ chính quy"; "" at the top)."""

    heading: str
    text: str
    is_answer: bool = False
    """True if ``heading`` is a question and ``text`` its whole answer (a file of questions and answers)."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with a document, for whoever owns it."""

    document: str
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Document:
    """``name`` is the path inside the folder."""

    name: str
    blocks: tuple[Block, ...]
    complaints: tuple[Complaint, ...] = ()


@dataclass(frozen=True, slots=True)
class Raw:
    """What a reader of one format found. ``hidden`` counts parts that a reader of the page would not see."""

    blocks: Iterable[Block]
    hidden: int = 0


Reader = Callable[[bytes, str], Raw]


def read_folder(folder: Path) -> list[Document]:
    """Every document below ``folder``, by name. Raises InputError if there is no such folder."""
    if not folder.is_dir():
        raise InputError(
            "Không có thư mục tài liệu này. Hãy kiểm tra đường dẫn.",
            "There is no such folder of documents. Check the path.",
            where=str(folder),
        )
    files = sorted(p for p in folder.rglob("*") if p.is_file() and not _is_hidden(p.relative_to(folder)))
    if len(files) > _MOST_FILES:
        raise InputError(
            f"Thư mục có hơn {_MOST_FILES} tệp. Hãy chọn thư mục chỉ chứa tài liệu.",
            f"The folder has more than {_MOST_FILES} files. Choose one that holds documents only.",
            where=str(folder),
        )
    return [read_document(path, path.relative_to(folder).as_posix()) for path in files]


def read_document(path: Path, name: str | None = None) -> Document:
    """One document; unreadable ones have no blocks and a complaint."""
    name = name or path.name
    try:
        return _cleaned(name, _read(path, name))
    except AloError as error:
        return Document(name, (), (Complaint(name, error.vi, error.en),))


def _read(path: Path, name: str) -> Raw:
    reader = _readers().get(path.suffix.lower())
    if reader is None:
        known = ", ".join(sorted(_readers()))
        raise InputError(
            f"Bỏ qua: chưa đọc được loại tệp này (đọc được {known}).",
            f"Left out: this kind of file is not read (known: {known}).",
            where=name,
        )
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= MOST_BYTES else b""
    except OSError as error:
        raise InputError("Không mở được tệp.", "The file cannot be opened.", where=name) from error
    if size > MOST_BYTES:
        raise InputError(
            f"Tệp lớn hơn {MOST_BYTES // 1_000_000} MB. Hãy chia nhỏ tệp.",
            f"The file is larger than {MOST_BYTES // 1_000_000} MB. Split it.",
            where=name,
        )
    if not data.strip():
        raise InputError("Tệp rỗng.", "The file is empty.", where=name)
    return reader(data, name)


def _cleaned(name: str, raw: Raw) -> Document:
    """Blocks without invisible characters and without sentences that give orders to the machine."""
    blocks: list[Block] = []
    invisible = orders = 0
    for block in raw.blocks:
        if len(blocks) == _MOST_BLOCKS:
            break
        invisible += hidden_characters(block.text) + hidden_characters(block.heading)
        heading, text = _flat(block.heading), _flat(block.text)
        if gives_orders(text) or gives_orders(heading):
            kept = [s for s in sentences(text) if not gives_orders(s)]
            orders += 1
            text = "" if gives_orders(" ".join(kept)) else " ".join(kept)
            heading = "" if gives_orders(heading) else heading
        if any(c.isalnum() for c in text):
            blocks.append(Block(heading, text, block.is_answer))
    return Document(name, tuple(blocks), tuple(_complaints(name, len(blocks), raw.hidden, invisible, orders)))


def _complaints(name: str, blocks: int, hidden: int, invisible: int, orders: int) -> Iterable[Complaint]:
    if hidden:
        yield Complaint(
            name,
            f"Có {hidden} đoạn chữ ẩn (chú thích, chữ trắng, thẻ ẩn); đã bỏ qua.",
            f"{hidden} hidden parts (comments, white text, hidden elements) were left out.",
        )
    if invisible:
        yield Complaint(
            name,
            f"Có {invisible} ký tự vô hình; đã xóa khi đọc.",
            f"{invisible} invisible characters were removed while reading.",
        )
    if orders:
        yield Complaint(
            name,
            f"Có {orders} đoạn ra lệnh cho máy (“bỏ qua hướng dẫn” …); các câu đó không được dùng để trả lời.",
            f"{orders} parts give orders to the machine (“ignore instructions” …); those sentences are not used.",
        )
    if blocks == _MOST_BLOCKS:
        yield Complaint(
            name,
            f"Tài liệu quá dài; chỉ đọc {_MOST_BLOCKS} đoạn đầu.",
            f"The document is too long; only its first {_MOST_BLOCKS} parts were read.",
        )
    if not blocks:
        yield Complaint(name, "Không có nội dung chữ đọc được.", "It holds no readable text.")


def _flat(text: str) -> str:
    return " ".join(visible(unicodedata.normalize("NFC", text)).split())


def _is_hidden(path: Path) -> bool:
    return any(part.startswith((".", "~$")) for part in path.parts)


def _readers() -> Mapping[str, Reader]:
    from agent.knowledge.docx import read_docx
    from agent.knowledge.markup import read_html
    from agent.knowledge.pdf import read_pdf
    from agent.knowledge.plain import read_markdown, read_plain
    from agent.knowledge.questions_file import read_questions

    return {
        ".md": read_markdown, ".markdown": read_markdown, ".txt": read_plain, ".html": read_html, ".htm": read_html,
        ".docx": read_docx, ".pdf": read_pdf, ".csv": read_questions,
    }  # fmt: skip
