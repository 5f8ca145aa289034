"""eSpeak NG as a ``Synthesizer``: three dialects, first audio within a few milliseconds, about 500 times real time.

The library lives in a worker process (``espeak_worker``); here is the end that talks to it. A worker that dies is
started again and its requests are made once more, without repeating audio that was already handed out.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Final

from core.errors import ConfigurationError
from core.logging import get_logger
from speech.synthesis.base import AudioChunk, SynthesizerCapabilities, WordMark
from speech.synthesis.framing import HEADER, Frames, Kind, frame, unpack_audio
from speech.types import DIALECTS, Voice

VOICES: Final = {"north": "vi", "central": "vi-vn-x-central", "south": "vi-vn-x-south"}
"""eSpeak NG voice of each dialect."""

CRASHING_VARIANTS: Final = frozenset({"rob"})
"""Variants that bring the library down (facts/recogniser.md)."""

COMMAND: Final = (sys.executable, "-m", "speech.synthesis.espeak_worker")
_START_TIMEOUT_S: Final = 30.0
_log = get_logger("speech.synthesis.espeak")

_Message = tuple[Kind, bytes]
_CRASHED: Final[_Message] = (Kind.FAILED, b"")


def environment() -> dict[str, str]:
    """Environment of the worker: numerical libraries must start no threads in a process that forks."""
    return {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def voice_name(voice: Voice) -> str:
    """eSpeak's name of ``voice``, e.g. ``vi-vn-x-south+f2``. Raises ConfigurationError for a crashing variant."""
    if voice.variant in CRASHING_VARIANTS:
        raise ConfigurationError(
            f"Giọng eSpeak '{voice.variant}' làm hỏng thư viện. Hãy chọn biến thể khác, ví dụ f2 hoặc m3.",
            f"The eSpeak variant '{voice.variant}' crashes the library. Choose another one, e.g. f2 or m3.",
        )
    return f"{VOICES[voice.dialect]}+{voice.variant}" if voice.variant else VOICES[voice.dialect]


def speak_payload(text: str, voice: Voice) -> bytes:
    """Payload of a SPEAK frame."""
    order = {"text": text, "voice": voice_name(voice), "rate": voice.rate, "pitch": voice.pitch}
    return json.dumps(order).encode()


def refused(reason: bytes) -> ConfigurationError:
    """The worker would not do a request."""
    detail = reason.decode(errors="replace")
    return ConfigurationError(f"eSpeak NG từ chối tổng hợp giọng: {detail}.", f"eSpeak NG refused: {detail}.")


def unusable(detail: str) -> ConfigurationError:
    """The worker does not run or does not stay alive."""
    return ConfigurationError(
        f"Không dùng được eSpeak NG ({detail}). Hãy cài lại gói espeakng-loader hoặc chọn bộ tổng hợp khác.",
        f"eSpeak NG cannot be used ({detail}). Reinstall espeakng-loader or choose another synthesizer.",
    )


class _Worker:
    """One worker process and the requests under way in it."""

    def __init__(self) -> None:
        self._process: Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self.inboxes: dict[int, asyncio.Queue[_Message]] = {}

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def send(self, data: bytes) -> None:
        """Write to the process, which is started if it does not run. Raises ConfigurationError."""
        async with self._starting:
            if self._process is None:
                await self._start()
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(data)

    def cancel(self, number: int) -> None:
        """Stop a request, if the process still lives."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(frame(Kind.CANCEL, number))

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
                *COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(), close_fds=True
            )
            assert process.stdout is not None
            async with asyncio.timeout(_START_TIMEOUT_S):
                await process.stdout.readexactly(HEADER.size)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            if process is not None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
            raise unusable(type(error).__name__) from error
        self._process = process
        self._reader = asyncio.create_task(self._read(process, process.stdout), name="espeak-reader")

    async def _read(self, process: Process, stdout: asyncio.StreamReader) -> None:
        frames = Frames()
        while data := await stdout.read(65536):
            for kind, number, payload in frames.feed(data):
                inbox = self.inboxes.get(number)
                if inbox is not None:
                    inbox.put_nowait((kind, payload))
        if self._process is process:
            self._process = None
            _log.warning("synthesis.worker_died", returncode=await process.wait(), requests=len(self.inboxes))
        for inbox in self.inboxes.values():
            inbox.put_nowait(_CRASHED)


class EspeakSynthesizer:
    """Shared by all calls of a process; belongs to the event loop it is first used in."""

    capabilities = SynthesizerCapabilities("eSpeak NG", streaming=True, word_marks=True, dialects=DIALECTS)

    def __init__(self, *, workers: int = 1) -> None:
        self._workers = [_Worker() for _ in range(workers)]
        self._numbers = itertools.count(1)

    async def start(self) -> None:
        """Start the workers now, so that the first call does not wait a third of a second for them."""
        for worker in self._workers:
            await worker.send(b"")

    @property
    def worker_pids(self) -> list[int]:
        """Process ids of the workers that run."""
        return [worker.pid for worker in self._workers if worker.pid is not None]

    async def synthesize(self, text: str, voice: Voice) -> AsyncIterator[AudioChunk]:
        """Speak ``text``; chunks of about 60 ms as they are made. Closing the iterator stops the work at once.

        Raises ConfigurationError for a voice that does not exist, or when the engine crashes twice on one text.
        """
        payload = speak_payload(text, voice)
        delivered = 0
        for attempt in (1, 2):
            position = 0
            try:
                async with contextlib.aclosing(self._once(payload)) as chunks:
                    async for chunk in chunks:
                        start, position = position, position + len(chunk.pcm)
                        if position > delivered:  # After a crash the same audio is made again from its beginning.
                            yield _from(chunk, start, delivered)
                            delivered = position
                return
            except _CrashedError:
                _log.warning("synthesis.crashed", attempt=attempt)
        raise unusable("worker crashed twice on one text")

    async def _once(self, payload: bytes) -> AsyncGenerator[AudioChunk, None]:
        worker = min(self._workers, key=lambda each: len(each.inboxes))
        number = next(self._numbers)
        inbox: asyncio.Queue[_Message] = asyncio.Queue()
        worker.inboxes[number] = inbox
        finished = False
        try:
            await worker.send(frame(Kind.SPEAK, number, payload))
            while True:
                kind, data = await inbox.get()
                if kind is Kind.AUDIO:
                    yield unpack_audio(data)
                    continue
                finished = True
                if kind is Kind.DONE:
                    return
                raise refused(data) if data else _CrashedError
        finally:
            del worker.inboxes[number]
            if not finished:
                worker.cancel(number)

    async def aclose(self) -> None:
        """Stop the workers."""
        for worker in self._workers:
            await worker.aclose()


class _CrashedError(Exception):
    """The worker died while it worked on a request."""


def _from(chunk: AudioChunk, start: int, wanted: int) -> AudioChunk:
    """The part of ``chunk``, which begins at ``start``, from sample ``wanted`` on."""
    if start >= wanted:
        return chunk
    marks: tuple[WordMark, ...] = tuple(mark for mark in chunk.marks if mark.at_sample >= wanted)
    return AudioChunk(chunk.pcm[wanted - start :], marks)
