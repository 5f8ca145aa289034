"""The worker process around eSpeak NG: ``python -m speech.synthesis.espeak_worker``, frames on stdin and stdout.

A process of its own because the library is a process-wide singleton that is not thread-safe, can crash on some voice
variants, and is GPL-3.0 (loaded at run time here, never linked into Alô). Inside, it is a small tree:

    router (reads stdin) ── one server per language, which has loaded it once ── one copy per request, forked

eSpeak's samples depend on all that it said before, and after a hundred changes of voice it even cuts texts short, so
only a copy of a process with always the same past gives the same samples for the same text. A crash takes only its copy
along. A fork costs about 4 ms. All end when the router's stdin closes, so nothing outlives the parent. Constants are
those of ``speak_lib.h`` of eSpeak NG 1.52.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import selectors
import signal
import struct
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Final, NoReturn

import espeakng_loader
import numpy as np
import soxr
from numpy.typing import NDArray

from speech.synthesis.base import WordMark
from speech.synthesis.framing import Frames, Kind, frame, pack_audio
from speech.types import SAMPLE_RATE_HZ

_SYNCHRONOUS: Final = 2
_BUFFER_MS: Final = 20
_CHARS_UTF8: Final = 1
_POSITION_CHARACTER: Final = 1
_EVENT_END: Final = 0
_EVENT_WORD: Final = 1
_RATE: Final = 1
_PITCH: Final = 3
_NORMAL_WPM: Final = 175
_NORMAL_PITCH: Final = 50
_TARGET_RMS: Final = 10 ** (-20 / 20)
"""Loudness of speech: −20 dB below full scale leaves eSpeak's peaks unclipped and is loud on a telephone."""
_CALIBRATION_TEXT: Final = "Dạ em chào anh chị, hôm nay trời đẹp, mười lăm tháng ba."
_CHUNK_SAMPLES: Final = 1600
"""Frames stay below PIPE_BUF (4096 bytes), so that writes of copies at work at the same time never mix."""
_COPIES: Final = 2
_FLOAT: Final = struct.Struct("<d")
LANGUAGES: Final = frozenset({"vi", "vi-vn-x-central", "vi-vn-x-south"})


class _Event(ctypes.Structure):
    _fields_: ClassVar[Any] = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),  # 1-based, in characters
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    ]


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))
Sink = Callable[[NDArray[np.int16], list[tuple[int, int, int]]], None]
"""Takes PCM at the engine's rate and words (sample, start, end)."""


class Engine:
    """eSpeak NG through its C API, one text at a time."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = Path(espeakng_loader.get_data_path())
        self._variants = {path.name for path in (data / "voices" / "!v").iterdir()}
        self.rate_hz = self._library.espeak_Initialize(_SYNCHRONOUS, _BUFFER_MS, str(data).encode(), 0)
        if self.rate_hz <= 0:
            raise OSError(f"espeak_Initialize returned {self.rate_hz}")
        if hasattr(self._library, "espeak_ng_SetRandSeed"):
            self._library.espeak_ng_SetRandSeed(ctypes.c_long(1))  # Breathy voices; else seeded with the time.
        self._callback = _Callback(self._on_audio)
        self._library.espeak_SetSynthCallback(self._callback)
        self._sink: Sink | None = None
        self._gains: dict[str, float] = {}

    def choose(self, voice: str) -> None:
        """Load ``voice``. Raises ValueError if the library refuses it."""
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise ValueError(f"eSpeak NG cannot load the voice {voice!r}")

    def knows(self, voice: str) -> bool:
        """Is there such a language and variant? Loads nothing."""
        language, _, variant = voice.partition("+")
        return language in LANGUAGES and (not variant or variant in self._variants)

    def speak(self, text: str, rate: float, pitch: float, sink: Sink) -> None:
        """Synthesise into ``sink`` with the chosen voice."""
        self._library.espeak_SetParameter(_RATE, round(_NORMAL_WPM * rate), 0)
        self._library.espeak_SetParameter(_PITCH, min(max(round(_NORMAL_PITCH * pitch), 0), 99), 0)
        self._sink = sink
        raw = text.encode()
        self._library.espeak_Synth(raw, len(raw) + 1, 0, _POSITION_CHARACTER, 0, _CHARS_UTF8, None, None)

    def loudness(self) -> float:
        """RMS (1.0 is full scale) of the active parts of a sentence in the chosen voice."""
        chunks: list[NDArray[np.int16]] = []
        self.speak(_CALIBRATION_TEXT, 1.0, 1.0, lambda pcm, _: chunks.append(pcm))
        audio = np.concatenate(chunks).astype(np.float32) / 32768
        active = audio[np.abs(audio) > 0.01]
        return float(np.sqrt(np.mean(active**2))) if active.size else _TARGET_RMS

    def _on_audio(self, wave: Any, count: int, events: Any) -> int:
        if self._sink is None:
            return 1
        words = []
        index = 0
        while events and events[index].type != _EVENT_END:
            event = events[index]
            if event.type == _EVENT_WORD:
                start = event.text_position - 1
                words.append((event.sample, start, start + event.length))
            index += 1
        pcm = np.ctypeslib.as_array(wave, (count,)).copy() if wave and count > 0 else np.zeros(0, np.int16)
        self._sink(pcm, words)
        return 0


class Request:
    """One text on its way out: resampled to 8 kHz, brought to loudness, cut into frames as it is made."""

    def __init__(self, number: int, rate_hz: int, gain: float, write: Callable[[bytes], object]) -> None:
        self._number = number
        self._gain = gain
        self._write = write
        self._ratio = SAMPLE_RATE_HZ / rate_hz
        self._resampler = soxr.ResampleStream(rate_hz, SAMPLE_RATE_HZ, 1, dtype="float32", quality="HQ")
        self._marks: list[WordMark] = []
        self._waiting = np.zeros(0, np.float32)
        self._sent = 0

    def take(self, pcm: NDArray[np.int16], words: list[tuple[int, int, int]]) -> None:
        """The engine's callback."""
        self._marks.extend(WordMark(round(sample * self._ratio), start, end) for sample, start, end in words)
        self._send(self._resampler.resample_chunk(pcm.astype(np.float32) * self._gain))

    def finish(self) -> None:
        """Flush the resampler and say that this is all."""
        self._send(self._resampler.resample_chunk(np.zeros(0, np.float32), last=True), last=True)
        self._write(frame(Kind.DONE, self._number))

    def _send(self, audio: NDArray[np.float32], *, last: bool = False) -> None:
        """The first sound goes out at once, what follows in full frames: a short one costs its reader as much."""
        audio = np.concatenate((self._waiting, audio))
        whole = len(audio) if last or not self._sent else len(audio) // _CHUNK_SAMPLES * _CHUNK_SAMPLES
        self._waiting = audio[whole:]
        pcm = np.clip(np.rint(audio[:whole]), -32768, 32767).astype(np.int16)
        for start in range(0, len(pcm), _CHUNK_SAMPLES):
            chunk = pcm[start : start + _CHUNK_SAMPLES]
            self._sent += len(chunk)
            begun = [mark for mark in self._marks if mark.at_sample < self._sent]
            self._marks = self._marks[len(begun) :]
            self._write(frame(Kind.AUDIO, self._number, pack_audio(chunk, begun)))


class Server:
    """Serves one language, in order of arrival, two requests at a time; a cancel kills the copy that works on it."""

    def __init__(self, engine: Engine, language: str, source: int, sink: int) -> None:
        """``source`` and ``sink`` are file descriptors. Raises ValueError if the language cannot be loaded."""
        engine.choose(language)
        self._source = source
        self._sink = sink
        self._engine = engine
        self._gains: dict[str, float] = {}
        self._todo: deque[tuple[int, bytes]] = deque()
        self._copies: dict[int, tuple[int, int]] = {}
        """Request number → (process id, pipe that closes when the process ends)."""
        self._selector = selectors.DefaultSelector()

    def run(self) -> None:
        """Serve until ``source`` closes."""
        frames = Frames()
        self._selector.register(self._source, selectors.EVENT_READ)
        while True:
            for key, _ in self._selector.select():
                if key.fd != self._source:
                    self._ended(key.data)
                    continue
                data = os.read(self._source, 65536)
                if not data:
                    self._kill_all()
                    return
                for kind, number, payload in frames.feed(data):
                    self._receive(kind, number, payload)
            while self._todo and len(self._copies) < _COPIES:
                self._begin(*self._todo.popleft())

    def _receive(self, kind: Kind, number: int, payload: bytes) -> None:
        if kind is Kind.SPEAK:
            self._todo.append((number, payload))
        elif kind is Kind.CANCEL and number in self._copies:
            # Safe in the middle of a frame: writes up to PIPE_BUF are all or nothing.
            os.kill(self._copies[number][0], signal.SIGKILL)
        elif kind is Kind.CANCEL:
            self._todo = deque(item for item in self._todo if item[0] != number)

    def _begin(self, number: int, payload: bytes) -> None:
        order = json.loads(payload)
        voice = order["voice"]
        if voice not in self._gains:
            level = self._measure(voice)
            if level is None:
                self._write(frame(Kind.FAILED, number))
                return
            self._gains[voice] = _TARGET_RMS / level

        def work(_: int) -> None:
            request = Request(number, self._engine.rate_hz, self._gains[voice], self._write)
            self._engine.choose(voice)
            self._engine.speak(order["text"], order["rate"], order["pitch"], request.take)
            request.finish()

        process, end = self._fork(work)
        self._copies[number] = (process, end)
        self._selector.register(end, selectors.EVENT_READ, number)

    def _measure(self, voice: str) -> float | None:
        """Loudness of a voice; None if the copy that measured it crashed."""

        def work(pipe: int) -> None:
            self._engine.choose(voice)
            os.write(pipe, _FLOAT.pack(self._engine.loudness()))

        process, end = self._fork(work)
        answer = os.read(end, _FLOAT.size)
        os.close(end)
        os.waitpid(process, 0)
        return float(_FLOAT.unpack(answer)[0]) if len(answer) == _FLOAT.size else None

    def _fork(self, work: Callable[[int], object]) -> tuple[int, int]:
        end, begin = os.pipe()
        process = os.fork()
        if process == 0:
            self._work(work, begin)
        os.close(begin)
        return process, end

    def _work(self, work: Callable[[int], object], pipe: int) -> NoReturn:
        try:
            work(pipe)
            os._exit(0)
        finally:
            os._exit(1)

    def _ended(self, number: int) -> None:
        process, end = self._copies.pop(number)
        self._selector.unregister(end)
        os.close(end)
        _, status = os.waitpid(process, 0)
        if status != 0:  # Crashed, or cancelled by someone who no longer listens.
            self._write(frame(Kind.FAILED, number))

    def _kill_all(self) -> None:
        for process, _ in self._copies.values():
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)

    def _write(self, data: bytes) -> None:
        os.write(self._sink, data)


class Router:
    """Hands each request to the server of its language, which is forked when first needed."""

    def __init__(self, source: int, sink: int) -> None:
        self._source = source
        self._sink = sink
        self._engine = Engine()
        self._servers: dict[str, int] = {}
        """Language → pipe to its server."""

    def run(self) -> None:
        """Route until stdin closes."""
        gc.collect()
        gc.freeze()  # Fewer pages are copied in forks.
        frames = Frames()
        os.write(self._sink, frame(Kind.READY, 0))
        while data := os.read(self._source, 65536):
            for kind, number, payload in frames.feed(data):
                if kind is Kind.SPEAK:
                    self._speak(number, payload)
                elif kind is Kind.CANCEL:
                    for server in self._servers.values():
                        os.write(server, frame(kind, number))

    def _speak(self, number: int, payload: bytes) -> None:
        voice = json.loads(payload)["voice"]
        if not self._engine.knows(voice):
            os.write(self._sink, frame(Kind.FAILED, number, f"no voice {voice!r}".encode()))
            return
        language = voice.partition("+")[0]
        if language not in self._servers:
            self._servers[language] = self._fork(language)
        os.write(self._servers[language], frame(Kind.SPEAK, number, payload))

    def _fork(self, language: str) -> int:
        end, begin = os.pipe()
        if os.fork() == 0:
            try:
                for other in (begin, *self._servers.values()):
                    os.close(other)  # Or the servers would keep one another alive.
                Server(self._engine, language, end, self._sink).run()
                os._exit(0)
            finally:
                os._exit(1)
        os.close(end)
        return begin


def main() -> None:
    """Entry point of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then closes our stdin.
    # Frames get a descriptor of their own: whatever the library prints must not land among them.
    output = os.dup(1)
    os.dup2(2, 1)
    try:
        Router(0, output).run()
    except BrokenPipeError:
        os._exit(0)  # The parent is gone; nobody is left to tell.


if __name__ == "__main__":
    main()
