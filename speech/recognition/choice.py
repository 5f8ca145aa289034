"""Which recogniser hears: settings' words → recognisers. Heavy packages are imported only by what is chosen."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from core.clock import Clock, SystemClock
from core.errors import ConfigurationError, InputError
from speech.recognition.acoustic import AcousticModel
from speech.recognition.base import Recognizer
from speech.recognition.embedded import EmbeddedRecognizer
from speech.recognition.fallback import FallbackRecognizer
from speech.recognition.reading import Reader
from speech.recognition.windows import WindowOptions, WindowRecognizer

CHOICES: Final = "embedded, whisper:FOLDER, ctc:FOLDER, openai, pipecat:MODULE:FUNCTION"
_FILE_CHUNK_MS: Final = 320
LIVE: Final = WindowOptions()
REMOTE: Final = WindowOptions(partial_every_ms=None, workers=1)
"""A service is paid by what it reads, so it is asked at pauses only."""
FILE: Final = WindowOptions(partial_every_ms=None, on_pause=False, longest_ms=25_000, workers=0)


@dataclass(frozen=True, slots=True)
class RecognizerChoice:
    """What settings say. ``spec`` is one of ``CHOICES``, or several separated by commas, best first."""

    spec: str = "embedded"
    url: str | None = None
    model: str = "whisper-1"
    key: str | None = None
    threads: int = 0
    full_window: bool = False
    models_dir: Path | None = None
    """Where a FOLDER that is a plain name is looked for as well."""


def open_recognizer(
    choice: RecognizerChoice = RecognizerChoice(), *, inline: bool = False, clock: Clock | None = None
) -> Recognizer[Any]:
    """The recogniser for calls, loaded: seconds. Raises ConfigurationError, InputError for an unknown choice.

    ``inline``: readings are waited for, as virtual time wants it.
    """
    live = replace(LIVE, workers=0) if inline else LIVE
    remote = replace(REMOTE, workers=0) if inline else REMOTE
    made = [_one(spec, choice, live, remote, None) for spec in _specs(choice)]
    return made[0] if len(made) == 1 else FallbackRecognizer(made, clock or SystemClock())


def file_recognizer(choice: RecognizerChoice = RecognizerChoice()) -> Recognizer[Any]:
    """The same for recordings: utterances are read whole and waited for, a chain goes over on errors only."""
    made = [_one(spec, choice, FILE, FILE, _FILE_CHUNK_MS) for spec in _specs(choice)]
    return made[0] if len(made) == 1 else FallbackRecognizer(made, SystemClock())


def close_recognizer(recognizer: Recognizer[Any]) -> None:
    """Stop its threads and free its model, where it has some. Blocks while something is being read."""
    close = getattr(recognizer, "close", None)
    if close is not None:
        close()


def _specs(choice: RecognizerChoice) -> list[str]:
    return [spec for part in choice.spec.split(",") if (spec := part.strip())] or ["embedded"]


def _one(
    spec: str, choice: RecognizerChoice, local: WindowOptions, remote: WindowOptions, chunk_ms: int | None
) -> Recognizer[Any]:
    kind, _, rest = spec.partition(":")
    if kind == "embedded" and not rest:
        return EmbeddedRecognizer(AcousticModel(chunk_ms=chunk_ms) if chunk_ms else None)
    if kind == "whisper" and rest:
        return WindowRecognizer(_whisper(_folder(rest, choice), choice), local)
    if kind == "ctc" and rest:
        from speech.recognition.ctc_folder import CtcFolderReader

        return WindowRecognizer(CtcFolderReader(_folder(rest, choice), threads=choice.threads), local)
    if kind == "openai" and not rest:
        return WindowRecognizer(_openai(choice), remote)
    if kind == "pipecat" and rest:
        return WindowRecognizer(_pipecat(rest), remote)
    if not rest and (named := _pulled(kind, choice)) is not None:
        return _one(named, choice, local, remote, chunk_ms)
    raise InputError(
        f"không có bộ nhận dạng “{spec[:60]}”; hãy chọn: {CHOICES}, hoặc tên một mô hình trong `alo models list`",
        f"no such recogniser “{spec[:60]}”; choose {CHOICES}, or the name of a model in `alo models list`",
        where="ALO_RECOGNIZER (--model)",
    )


def _folder(name: str, choice: RecognizerChoice) -> Path:
    folder = Path(name).expanduser()
    if not folder.is_dir() and choice.models_dir is not None and (choice.models_dir / name).is_dir():
        folder = choice.models_dir / name
    if not folder.is_dir():
        raise ConfigurationError(
            "Không có thư mục mô hình này. Hãy tải về bằng `alo models pull`, xem bằng `alo models list`.",
            "There is no such model folder. Fetch one with `alo models pull`, see `alo models list`.",
            where=name,
        )
    return folder


def _pulled(name: str, choice: RecognizerChoice) -> str | None:
    """The full choice for the bare name of a model in the models folder."""
    from speech.recognition.convert import kind_of

    if choice.models_dir is None or Path(name).name != name or not (choice.models_dir / name).is_dir():
        return None
    return f"{kind_of(choice.models_dir / name).removeprefix('transformers-')}:{choice.models_dir / name}"


def _whisper(folder: Path, choice: RecognizerChoice) -> Reader:
    from speech.recognition.whisper import WhisperReader

    return WhisperReader(folder, window="full" if choice.full_window else "audio", threads=choice.threads)


def _openai(choice: RecognizerChoice) -> Reader:
    from speech.recognition.openai_http import OpenAiReader

    if not choice.url:
        raise ConfigurationError(
            "Chưa có địa chỉ dịch vụ nhận dạng. Hãy đặt ALO_RECOGNIZER_URL, ví dụ http://127.0.0.1:8000/v1.",
            "The recognition service has no address. Set ALO_RECOGNIZER_URL, such as http://127.0.0.1:8000/v1.",
            where="ALO_RECOGNIZER_URL",
        )
    return OpenAiReader(choice.url, choice.model, choice.key)


def _pipecat(place: str) -> Reader:
    from speech.recognition.pipecat_reader import PipecatReader

    module, _, name = place.partition(":")
    try:
        service = getattr(importlib.import_module(module), name)()
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise ConfigurationError(
            "Không tạo được dịch vụ Pipecat này; cần MODULE:HÀM, hàm không tham số trả về một STTService.",
            "This Pipecat service cannot be made; MODULE:FUNCTION must return an STTService without arguments.",
            where=f"pipecat:{place[:60]}",
        ) from error
    return PipecatReader(service)
