"""Phrases on disk, so that a process begins with the prompts of the last one already made.

Only phrases that are the same for everybody belong here: what names a customer must not lie in a cache.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import zlib
from pathlib import Path
from typing import Final

from core.logging import get_logger
from speech.synthesis.base import AudioChunk
from speech.synthesis.framing import pack_audio, unpack_audio
from speech.types import Voice

_MAGIC: Final = b"alo1"
_DRAFT_S: Final = 3600
"""A draft this much older than the newest file was left by a process that died."""
_log = get_logger("speech.synthesis.disk")


class DiskPhrases:
    """A folder of phrases; the least recently used make room. Safe for several processes: files appear whole."""

    def __init__(self, folder: Path, version: str, *, megabytes: float = 200.0) -> None:
        """``version`` names engine, model and settings: under another one nothing is found."""
        self._folder = folder
        self._version = version
        self._limit = round(megabytes * 2**20)
        self._added = self._limit
        """Bytes written since the folder was last looked through; at first nothing is known of it."""

    def get(self, text: str, voice: Voice) -> AudioChunk | None:
        """The phrase as it was made; None if it is not there or damaged."""
        path = self._path(text, voice)
        try:
            data = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        payload = data[8:]
        if data[:4] != _MAGIC or not payload or zlib.crc32(payload) != int.from_bytes(data[4:8], "little"):
            with contextlib.suppress(OSError):
                path.unlink()
            return None
        return unpack_audio(payload)

    def put(self, text: str, voice: Voice, audio: AudioChunk) -> None:
        """Keep a phrase. A disk that is full or read-only costs a log line, never a call."""
        payload = pack_audio(audio.pcm, audio.marks)
        data = _MAGIC + zlib.crc32(payload).to_bytes(4, "little") + payload
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".part", delete=False) as draft:
                draft.write(data)
            os.replace(draft.name, self._path(text, voice))
            self._make_room(len(data))
        except OSError as error:
            _log.warning("synthesis.cache_not_written", error=error.strerror)

    def _path(self, text: str, voice: Voice) -> Path:
        key = "\n".join(
            (self._version, voice.dialect, voice.variant or "", f"{voice.rate:.3f} {voice.pitch:.3f}", text)
        )
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:40]}.phrase"

    def _make_room(self, added: int) -> None:
        """Looked through after every sixteenth of the limit: other processes may write here too."""
        self._added += added
        if self._added < self._limit // 16:
            return
        self._added = 0
        files = []
        for path in self._folder.iterdir():
            with contextlib.suppress(FileNotFoundError):  # another process made room
                if path.suffix in (".phrase", ".part"):
                    stat = path.stat()
                    files.append((stat.st_mtime, stat.st_size, path))
        files.sort()
        size = sum(size for _, size, _ in files)
        for at, length, path in files:
            if path.suffix == ".part" and files[-1][0] - at < _DRAFT_S:
                continue  # Somebody is writing it.
            if size <= self._limit:
                return
            path.unlink(missing_ok=True)
            size -= length
