"""The simulated provider's own call records: an append-only file of JSON lines that outlives our process.

A real provider keeps its records whatever happens to us. So a request is on disk before anything rings, and after a
kill -9 the file still says which keys have rung.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.errors import CarrierError
from telephony.carrier import CallRecord, CallState


class Ledger:
    """One file, one writing process at a time. ``path`` None keeps the records in memory only."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._records: dict[str, CallRecord] = {}
        self._rings: Counter[str] = Counter()
        self._live: set[str] = set()
        self._file: int | None = None
        if path is not None:
            self._open(path)

    def _open(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise CarrierError(
                "Không ghi được sổ cuộc gọi của nhà mạng mô phỏng. Hãy chọn thư mục khác hoặc cấp quyền ghi.",
                "Cannot write the simulated carrier's call ledger. Choose another folder or make this one writable.",
                where=str(path),
            ) from error
        text = path.read_text("utf-8", errors="replace")
        if text and not text.endswith("\n"):  # a line was torn by a crash of the machine
            os.write(self._file, b"\n")
        for line in text.splitlines():
            self._read(line)

    def _read(self, line: str) -> None:
        try:
            entry = json.loads(line)
            self._apply(entry["key"], CallState(entry["state"]), entry.get("cause", ""))
        except (ValueError, KeyError, TypeError):
            return  # torn line: whatever followed it in the same call is on the next lines

    def admit(self, key: str, to: str) -> None:
        """Write down a new request, durably, before anything rings. Blocks for one fsync.

        Raises CarrierError if the key is known.
        """
        if key in self._records:
            raise CarrierError(
                "Nhà mạng đã nhận yêu cầu gọi này trước đó nên không gọi lại.",
                "The carrier knows this request already (known) and does not call twice.",
                where=key,
            )
        self._live.add(key)
        self._write(key, CallState.DIALLING, to=to[-4:])
        if self._file is not None:
            os.fsync(self._file)

    def note(self, key: str, state: CallState, cause: str = "") -> None:
        """A call changed state. Handed to the operating system at once, so it survives the death of the process."""
        self._write(key, state, cause=cause)
        if state.final:
            self._live.discard(key)

    def lookup(self, key: str) -> CallRecord | None:
        """What became of ``key``. A call that was open when our process died has ended meanwhile."""
        record = self._records.get(key)
        if record is None or record.state.final or key in self._live:
            return record
        ended = CallState.ENDED if record.state is CallState.ANSWERED else CallState.FAILED
        return replace(record, state=ended, cause="error")

    def rings(self, key: str) -> int:
        """How often the phone rang for ``key``."""
        return self._rings[key]

    def keys(self) -> tuple[str, ...]:
        """All requests, oldest first."""
        return tuple(self._records)

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _write(self, key: str, state: CallState, **fields: Any) -> None:
        self._apply(key, state, fields.get("cause", ""))
        if self._file is not None:
            line = json.dumps({"key": key, "state": state.value, **fields}, ensure_ascii=False)
            os.write(self._file, (line + "\n").encode())

    def _apply(self, key: str, state: CallState, cause: str) -> None:
        before = self._records.get(key)
        rang = (before is not None and before.rang) or state in (CallState.RINGING, CallState.ANSWERED)
        if state is CallState.RINGING:
            self._rings[key] += 1
        self._records[key] = CallRecord(key, state, rang, cause)
