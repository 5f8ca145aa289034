"""Bytes of a document to text: UTF-8, UTF-16, Windows-1258 or the likeliest; never a mixture read as words."""

from __future__ import annotations

from charset_normalizer import from_bytes

from core.errors import InputError

_SAMPLE = 200_000
"""Bytes that decide about the encoding; a document has one."""


def decode(data: bytes, where: str) -> str:
    """Text of ``data``. Raises InputError naming ``where`` for what is no text in any encoding known here."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decoded(data, "utf-16", where)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _likeliest(data, where)
    if text.count("\0") > len(text) // 10:
        return _decoded(data, "utf-16-le" if data[1::2].count(0) >= data[::2].count(0) else "utf-16-be", where)
    return text


def _likeliest(data: bytes, where: str) -> str:
    """Mostly UTF-8 with a few broken bytes stays UTF-8; the rest is guessed."""
    sample = data[:_SAMPLE]
    lossy = sample.decode("utf-8", errors="replace")
    broken = lossy.count("\ufffd")
    if broken <= max(10, len(lossy) // 200) and any(ord(c) > 0x7F and c != "\ufffd" for c in lossy):
        return data.decode("utf-8", errors="replace").replace("\ufffd", " ")
    best = from_bytes(sample, cp_isolation=["cp1258", "utf_16", "utf_16_le", "utf_16_be"]).best()
    if best is None or (b"\0" in sample and "16" not in best.encoding):
        raise _not_text(where)
    return _decoded(data, best.encoding, where)


def _decoded(data: bytes, encoding: str, where: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _not_text(where) from error


def _not_text(where: str) -> InputError:
    return InputError(
        "Không đọc được bảng mã của tệp. Hãy lưu lại tệp dạng UTF-8.",
        "The file's encoding cannot be read. Save it as UTF-8.",
        where=where,
    )
