"""The near end of a worker process: orders out, frames in, a process that died is started again with the next order."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import subprocess
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Final

from core.errors import AloError
from core.logging import get_logger
from speech.synthesis.framing import HEADER, Frames, Kind, frame

_log = get_logger("speech.synthesis.worker")

_Message = tuple[Kind, bytes]
_CRASHED: Final[_Message] = (Kind.FAILED, b"")
_NICENESS: Final = 10
"""Packets are due every 20 ms and come first; a voice is far ahead of what is played. It stays in our session: Linux
would give one of its own as much of a core as all calls together (sched_autogroup), whatever its niceness."""


def yield_to_calls(process: Process) -> None:
    """Let calls go first where a voice's process, the leader of its group, shares their core with its threads."""
    with contextlib.suppress(ProcessLookupError):  # it may have ended already; whoever reads from it will notice
        os.setpriority(os.PRIO_PGRP, process.pid, max(os.getpriority(os.PRIO_PROCESS, 0), _NICENESS))


class WorkerCrashedError(Exception):
    """The worker died while it worked on a request."""


class WorkerRefusedError(Exception):
    """The worker would not do a request; the message is its reason."""


class WorkerProcess:
    """One worker process and the requests under way in it. Belongs to the event loop it is first used in."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        unusable: Callable[[str], AloError],
        *,
        start_timeout_s: float = 30.0,
    ) -> None:
        """``unusable`` makes the error for a process that does not start, of a short detail."""
        self._command, self._environment = tuple(command), dict(environment)
        self._unusable, self._start_timeout_s = unusable, start_timeout_s
        self._process: Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._numbers = itertools.count(1)
        self._inboxes: dict[int, asyncio.Queue[_Message]] = {}

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def busy(self) -> int:
        """Requests under way."""
        return len(self._inboxes)

    async def start(self) -> None:
        """Start the process if it does not run. Raises what ``unusable`` makes."""
        async with self._starting:
            if self._process is None:
                await self._start()

    async def request(self, payload: bytes) -> AsyncGenerator[bytes, None]:
        """Payloads of the AUDIO frames that answer a SPEAK order. Closing the iterator cancels the request.

        Raises WorkerCrashedError, WorkerRefusedError, and what ``unusable`` makes.
        """
        number = next(self._numbers)
        inbox: asyncio.Queue[_Message] = asyncio.Queue()
        self._inboxes[number] = inbox
        finished = False
        try:
            await self.start()
            self._send(frame(Kind.SPEAK, number, payload))
            while True:
                kind, data = await inbox.get()
                if kind is Kind.AUDIO:
                    yield data
                    continue
                finished = True
                if kind is Kind.DONE:
                    return
                raise WorkerRefusedError(data.decode(errors="replace")) if data else WorkerCrashedError
        finally:
            del self._inboxes[number]
            if not finished:
                self._send(frame(Kind.CANCEL, number))

    def _send(self, data: bytes) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(data)

    async def aclose(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            if process.stdin is not None:
                process.stdin.close()
            await process.wait()
        if self._reader is not None:
            await self._reader

    async def _start(self) -> None:
        process: Process | None = None
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=self._environment, close_fds=True,
                process_group=0,  # Ctrl-C in the terminal is for us, also while the worker still starts
            )
            assert process.stdout is not None
            async with asyncio.timeout(self._start_timeout_s):
                await process.stdout.readexactly(HEADER.size)
            yield_to_calls(process)  # not before: it loads its voice, and must start on a busy core too
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            if process is not None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
            raise self._unusable(type(error).__name__) from error
        self._process = process
        self._reader = asyncio.create_task(self._read(process, process.stdout), name="worker-reader")

    async def _read(self, process: Process, stdout: asyncio.StreamReader) -> None:
        frames = Frames()
        while data := await stdout.read(65536):
            for kind, number, payload in frames.feed(data):
                inbox = self._inboxes.get(number)
                if inbox is not None:
                    inbox.put_nowait((kind, payload))
        if self._process is process:
            self._process = None
            _log.warning("synthesis.worker_died", returncode=await process.wait(), requests=len(self._inboxes))
        for inbox in self._inboxes.values():
            inbox.put_nowait(_CRASHED)
