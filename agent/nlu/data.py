"""A user's labelled sentences: JSON lines of ``{"text", "intent", "tags"}``, checked line by line."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import InputError

NO_INTENT = ""
MAX_TOKENS = 512
"""A longer line is no sentence but a file glued together."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One labelled sentence. ``tags`` is None where the line has none, else one BIO tag per token.

    ``intent`` is NO_INTENT in every sentence of a file that has none.
    """

    tokens: tuple[str, ...]
    intent: str
    tags: tuple[str, ...] | None


def tokens(text: str) -> tuple[str, ...]:
    """Whitespace tokens in NFC; a token keeps its case and its underscores."""
    return tuple(unicodedata.normalize("NFC", text).split())


def read(path: Path) -> list[Sentence]:
    """Every sentence of ``path``; blank lines are skipped. Raises InputError with file:line."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"Không đọc được tệp: {error.strerror}. Hãy kiểm tra đường dẫn và quyền đọc.",
            f"Cannot read the file: {error.strerror}. Check its path and permissions.",
            where=str(path),
        ) from error
    found: list[Sentence] = []
    missing = 0
    for number, line in enumerate(raw.split(b"\n"), 1):
        where = f"{path}:{number}"
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
        except UnicodeDecodeError as error:
            raise _wrong(where, "dòng không phải UTF-8. Hãy lưu tệp bằng UTF-8", "not UTF-8; save as UTF-8") from error
        if text:
            found.append(_sentence(text, where))
            missing = missing or (number if found[-1].intent == NO_INTENT else 0)
    if not found:
        raise InputError(
            'Tệp không có câu nào. Mỗi dòng phải là một JSON như {"text": …, "intent": …, "tags": […]}.',
            'The file holds no sentence. Each line must be JSON like {"text": …, "intent": …, "tags": […]}.',
            where=str(path),
        )
    with_intent = sum(sentence.intent != NO_INTENT for sentence in found)
    if 0 < with_intent < len(found):
        raise InputError(
            f"Có {with_intent} dòng có “intent” và {len(found) - with_intent} dòng không. Hãy thêm cho đủ hoặc bỏ hết.",
            f"{with_intent} lines have an “intent” and {len(found) - with_intent} do not; give it to all or to none.",
            where=f"{path}:{missing}" if missing else str(path),
        )
    with_tags = sum(sentence.tags is not None for sentence in found)
    if 0 < with_tags < len(found):
        raise InputError(
            f"Có {with_tags} dòng có “tags” và {len(found) - with_tags} dòng không. Hãy thêm cho đủ hoặc bỏ hết.",
            f"{with_tags} lines have “tags” and {len(found) - with_tags} do not; give them to all or to none.",
            where=str(path),
        )
    return found


def _wrong(where: str, vi: str, en: str) -> InputError:
    return InputError(f"Dòng sai: {vi}.", f"Bad line: {en}.", where=where)


def _sentence(text: str, where: str) -> Sentence:
    def once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in pairs:
            if key in made:
                raise _wrong(where, f"trường “{key}” có hai lần; hãy giữ một", f"“{key}” is there twice; keep one")
            made[key] = value
        return made

    try:
        row = json.loads(text, object_pairs_hook=once)
    except (json.JSONDecodeError, RecursionError) as error:
        vi = "không phải JSON hợp lệ; mỗi dòng phải là một đối tượng JSON trọn vẹn"
        raise _wrong(where, vi, f"not valid JSON ({error}); each line must be one whole object") from error
    if not isinstance(row, dict):
        raise _wrong(where, "phải là một đối tượng {…}", "must be an object {…}")
    if not isinstance(row.get("text"), str) or not row["text"].strip():
        raise _wrong(where, "thiếu “text” (chuỗi khác rỗng)", "“text” is missing (a non-empty string)")
    named = row.get("intent") if row.get("intent") is not None else NO_INTENT
    if not isinstance(named, str):
        raise _wrong(where, "“intent” phải là chuỗi", "“intent” must be a string")
    words = tokens(row["text"])
    if len(words) > MAX_TOKENS:
        vi, en = f"câu dài {len(words)} từ, tối đa {MAX_TOKENS}", f"{len(words)} tokens, at most {MAX_TOKENS}"
        raise _wrong(where, f"{vi}; hãy tách câu", f"{en}; split the sentence")
    intent = unicodedata.normalize("NFC", named).strip()
    return Sentence(words, intent, _tags(row.get("tags"), len(words), where))


def _tags(value: object, count: int, where: str) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
        raise _wrong(where, "“tags” phải là danh sách chuỗi", "“tags” must be a list of strings")
    if len(value) != count:
        vi = f"câu có {count} từ (tách theo khoảng trắng) nhưng “tags” có {len(value)} nhãn; số lượng phải bằng nhau"
        raise _wrong(where, vi, f"{count} whitespace tokens but {len(value)} tags; they must be as many")
    made = tuple(unicodedata.normalize("NFC", tag).strip() for tag in value)
    for tag in made:
        if tag != "O" and (tag[:2] not in ("B-", "I-") or len(tag) < 3):
            vi = f"nhãn “{tag}” không thuộc BIO; hãy dùng O, B-tên hoặc I-tên"
            raise _wrong(where, vi, f"“{tag}” is no BIO tag; use O, B-name or I-name")
    return made
