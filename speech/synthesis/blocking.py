"""Synthesis for scripts, tests and benchmarks that have no event loop. Calls on a line use ``EspeakSynthesizer``."""

from __future__ import annotations

import atexit
import itertools
import subprocess
import threading
from typing import Final

import numpy as np
from numpy.typing import NDArray

from speech.synthesis.base import AudioChunk, WordMark
from speech.synthesis.espeak import COMMAND, environment, refused, speak_payload, unusable
from speech.synthesis.framing import HEADER, Kind, frame, unpack_audio
from speech.types import Voice

NORTHERN: Final = Voice()

_lock: Final = threading.Lock()
_numbers: Final = itertools.count(1)
_process: subprocess.Popen[bytes] | None = None


def synthesize_blocking(text: str, voice: Voice = NORTHERN) -> NDArray[np.int16]:
    """All of ``text`` as int16 PCM at 8 kHz. One worker serves the whole process, from any thread.

    Raises ConfigurationError if the engine cannot be used.
    """
    return render_blocking(text, voice).pcm


def render_blocking(text: str, voice: Voice = NORTHERN) -> AudioChunk:
    """As ``synthesize_blocking``, with the marks of all words."""
    payload = speak_payload(text, voice)
    with _lock:
        for _ in range(2):
            try:
                return _exchange(_worker(), payload)
            except (EOFError, BrokenPipeError):
                _stop()
    raise unusable("worker crashed twice on one text")


def _exchange(worker: subprocess.Popen[bytes], payload: bytes) -> AudioChunk:
    assert worker.stdin is not None
    worker.stdin.write(frame(Kind.SPEAK, next(_numbers), payload))
    worker.stdin.flush()
    parts: list[NDArray[np.int16]] = []
    marks: list[WordMark] = []
    while True:
        kind, data = _receive(worker)
        if kind is Kind.AUDIO:
            chunk = unpack_audio(data)
            parts.append(chunk.pcm)
            marks.extend(chunk.marks)
        elif kind is Kind.DONE:
            return AudioChunk(np.concatenate(parts) if parts else np.zeros(0, np.int16), tuple(marks))
        elif not data:
            raise EOFError
        else:
            raise refused(data)


def _receive(worker: subprocess.Popen[bytes]) -> tuple[Kind, bytes]:
    assert worker.stdout is not None
    header = worker.stdout.read(HEADER.size)
    if len(header) < HEADER.size:
        raise EOFError
    length, kind, _ = HEADER.unpack(header)
    return Kind(kind), worker.stdout.read(length)


def _worker() -> subprocess.Popen[bytes]:
    global _process
    if _process is None:
        _process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment())
        atexit.register(_stop)
        if _receive(_process)[0] is not Kind.READY:
            raise unusable("no greeting from the worker")
    return _process


def _stop() -> None:
    global _process
    process, _process = _process, None
    if process is not None and process.stdin is not None and process.stdout is not None:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
