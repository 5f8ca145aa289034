"""Piper as a raw voice: the ``piper`` command (GPL-3.0, never imported) turns its standard input into raw PCM.

Its stream has no marks between texts, so one process serves one phrase; the next one of each voice is started in
advance and has loaded its model by then. Arguments are spelt so that piper-tts and the older C++ piper both know them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from core.errors import ConfigurationError
from speech.synthesis.base import SynthesizerCapabilities
from speech.synthesis.raw import RawAudio, SynthesisError, pcm16
from speech.synthesis.worker import yield_to_calls
from speech.types import DIALECTS, Dialect, Voice

_READ_BYTES: Final = 8192
_SPARES: Final = 4
"""Processes kept ready, each with its model in memory."""


@dataclass(frozen=True, slots=True)
class PiperOptions:
    """Which model speaks. A voice is "FILE.onnx" or "FILE.onnx:SPEAKER" in the folder ``model``, or a speaker's number
    where ``model`` is a file.
    """

    model: Path
    """A .onnx file, or a folder of them; each has its .onnx.json beside it."""
    voices: Mapping[Dialect, str] = field(default_factory=dict)
    command: Sequence[str] = ()
    """How to run piper; empty: found on the path, else the installed module."""


class PiperVoice:
    """Processes that each say one phrase."""

    capabilities = SynthesizerCapabilities("Piper", streaming=True, word_marks=False, dialects=DIALECTS)

    def __init__(self, options: PiperOptions) -> None:
        """Raises ConfigurationError for a missing command, model or voice."""
        self._options = options
        self._command = tuple(options.command) or _found()
        self._spares: dict[tuple[str, ...], Process] = {}
        self._rates: dict[Path, int] = {}
        stamps = []
        for dialect in DIALECTS:
            model, speaker = self._place(Voice(dialect))
            stamps.append((str(model.resolve()), model.stat().st_size, model.stat().st_mtime_ns, speaker))
        self.version = f"piper {stamps}"

    async def stream(self, text: str, voice: Voice) -> AsyncIterator[RawAudio]:
        """As ``RawVoice.stream``. Closing the iterator kills the process that speaks."""
        model, speaker = self._place(voice)
        rate_hz = self._rate(model)
        arguments = self._arguments(model, speaker, voice.rate)
        process = self._spares.pop(arguments, None)
        if process is None or process.returncode is not None:
            process = await self._start(arguments)
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(" ".join(text.split()).encode() + b"\n")
            process.stdin.close()
            odd, total = b"", 0
            while data := await process.stdout.read(_READ_BYTES):
                await self._spare(arguments)
                data = odd + data
                whole = len(data) // 2 * 2
                odd, total = data[whole:], total + whole
                yield RawAudio(pcm16(data[:whole]), rate_hz)
            if await process.wait() != 0 or not total:
                raise SynthesisError(
                    f"Piper không đọc được lời (mã {process.returncode}).",
                    f"Piper could not speak (exit code {process.returncode}).",
                )
        finally:
            await _end(process)

    async def start(self) -> None:
        """Have a process of each dialect's voice load its model. Raises ConfigurationError."""
        for dialect in DIALECTS:
            await self._spare(self._arguments(*self._place(Voice(dialect)), 1.0))

    async def aclose(self) -> None:
        """End the processes that wait."""
        while self._spares:
            await _end(self._spares.popitem()[1])

    async def _spare(self, arguments: tuple[str, ...]) -> None:
        """Have the next process of this voice ready; the voice not used for longest makes room."""
        if arguments not in self._spares:
            while len(self._spares) >= _SPARES:
                await _end(self._spares.pop(next(iter(self._spares))))
            self._spares[arguments] = await self._start(arguments)

    async def _start(self, arguments: tuple[str, ...]) -> Process:
        try:
            process = await asyncio.create_subprocess_exec(
                *arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, close_fds=True,
                process_group=0,
            )
        except OSError as error:
            raise _missing(self._command[0]) from error
        yield_to_calls(process)
        return process

    def _arguments(self, model: Path, speaker: str, rate: float) -> tuple[str, ...]:
        chosen = ("--speaker", speaker) if speaker else ()
        scale = f"{1 / rate:.2f}"
        return (*self._command, "--model", str(model), "--output_raw", "--length_scale", scale, *chosen)

    def _place(self, voice: Voice) -> tuple[Path, str]:
        """Model file and speaker number of a voice. Raises ConfigurationError."""
        named = voice.variant or self._options.voices.get(voice.dialect, "")
        model, speaker = self._options.model, named
        if model.is_dir():
            file, _, speaker = named.partition(":")
            if file:
                model = model / (file if file.endswith(".onnx") else f"{file}.onnx")
            else:
                model = next(iter(sorted(model.glob("*.onnx"))), model / "*.onnx")
        if not model.is_file() or not Path(f"{model}.json").is_file():
            raise ConfigurationError(
                "đây không phải mô hình Piper (cần tệp .onnx và .onnx.json bên cạnh)",
                "this is no Piper model (a .onnx file with its .onnx.json beside it is needed)",
                where=str(model),
            )
        if speaker and not speaker.isdecimal():
            raise ConfigurationError(
                f"người nói của Piper là một số, không phải “{speaker}”",
                f"a speaker of Piper is a number, not “{speaker}”",
                where=str(model),
            )
        return model, speaker

    def _rate(self, model: Path) -> int:
        """The model's sampling rate. Raises ConfigurationError."""
        if model not in self._rates:
            try:
                config = json.loads(Path(f"{model}.json").read_text(encoding="utf-8"))
                self._rates[model] = int(config["audio"]["sample_rate"])
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise ConfigurationError(
                    "không đọc được audio.sample_rate", "audio.sample_rate cannot be read", where=f"{model}.json"
                ) from error
        return self._rates[model]


async def _end(process: Process) -> None:
    """Kill a process, whatever it is doing, and wait for it."""
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()


def _found() -> tuple[str, ...]:
    """Raises ConfigurationError."""
    command = shutil.which("piper")
    if command:
        return (command,)
    if find_spec("piper") is not None:
        return (sys.executable, "-m", "piper")
    raise _missing("piper")


def _missing(command: str) -> ConfigurationError:
    return ConfigurationError(
        f"Không tìm thấy lệnh {command}. Hãy cài Piper (`pip install piper-tts`, giấy phép GPL-3.0) hoặc đặt "
        "ALO_SYNTHESIZER_COMMAND.",
        f"The command {command} was not found. Install Piper (`pip install piper-tts`, GPL-3.0), or set "
        "ALO_SYNTHESIZER_COMMAND.",
    )
