"""A CSV of questions and answers to blocks: each row answers its question whole."""

from __future__ import annotations

import csv
import io

from agent.knowledge.decoding import decode
from agent.knowledge.documents import Block, Raw
from core.errors import InputError
from speech.text.normalize import fold, strip_marks

_QUESTION = frozenset({"question", "cau hoi", "hoi", "q"})
_ANSWER = frozenset({"answer", "tra loi", "cau tra loi", "dap", "dap an", "a"})


def read_questions(data: bytes, name: str) -> Raw:
    """Columns "câu hỏi" and "trả lời" (or question, answer), in any order; several questions divided by "|".

    Raises InputError if they are missing.
    """
    text = decode(data, name)
    first = text.splitlines()[0] if text.strip() else ""
    delimiter = max(",;\t", key=first.count)
    csv.field_size_limit(1_000_000)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise InputError("Tệp CSV bị lỗi.", "The CSV file is broken.", where=name) from error
    names = [strip_marks(fold(cell)) for cell in rows[0]] if rows else []
    asked = next((k for k, column in enumerate(names) if column in _QUESTION), None)
    answered = next((k for k, column in enumerate(names) if column in _ANSWER), None)
    if asked is None or answered is None:
        raise InputError(
            "Tệp CSV cần hai cột “câu hỏi” và “trả lời” ở dòng đầu.",
            "The CSV needs two columns “question” and “answer” in its first row.",
            where=name,
        )
    pairs = [(row[asked], row[answered]) for row in rows[1:] if len(row) > max(asked, answered)]
    return Raw([Block(q, answer, is_answer=True) for asks, answer in pairs for q in asks.split("|") if q.strip()])
