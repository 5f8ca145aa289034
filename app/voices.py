"""The bot's voice as settings choose it: an engine or service behind the cache, eSpeak NG behind that."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from core.clock import Clock
from core.errors import ConfigurationError
from core.settings import Settings
from speech.synthesis.base import Synthesizer
from speech.synthesis.cache import CachedSynthesizer
from speech.synthesis.disk import DiskPhrases
from speech.synthesis.raw import RawVoice
from speech.synthesis.speaker import Speaker, SpeakerOptions
from speech.synthesis.telephone import TelephoneVoice
from speech.types import Dialect

ENGINES: Final = ("espeak", "coqui", "piper", "openai", "fpt")


def open_speaker(settings: Settings, espeak: Synthesizer, clock: Clock, *, alone: bool = False) -> Speaker:
    """What calls speak with. ``alone``: no embedded voice steps in, so that errors are seen.

    Raises ConfigurationError if the chosen engine cannot be used.
    """
    embedded = CachedSynthesizer(espeak)  # bots repeat themselves, customers do not
    options = SpeakerOptions(slow_ms=settings.synthesizer_slow_ms)
    make = _MAKERS.get(settings.synthesizer)
    if make is None:
        return Speaker((embedded,), clock, options)
    raw = make(settings)
    disk = None
    if settings.synthesizer_cache_mb:
        disk = DiskPhrases(settings.data_dir / "voices", raw.version, megabytes=settings.synthesizer_cache_mb)
    chosen = CachedSynthesizer(TelephoneVoice(raw), disk=disk)
    return Speaker((chosen,) if alone else (chosen, embedded), clock, options)


def _names(settings: Settings) -> dict[Dialect, str]:
    given: dict[Dialect, str] = {
        "north": settings.synthesizer_voice_north,
        "central": settings.synthesizer_voice_central,
        "south": settings.synthesizer_voice_south,
    }
    return {dialect: name for dialect, name in given.items() if name}


def _openai(settings: Settings) -> RawVoice:
    from speech.synthesis.http_audio import HttpVoiceOptions
    from speech.synthesis.openai_voice import OpenAIVoice

    key = settings.synthesizer_key.get_secret_value() if settings.synthesizer_key else ""
    return OpenAIVoice(HttpVoiceOptions(settings.synthesizer_url, key, settings.synthesizer_model, _names(settings)))


def _fpt(settings: Settings) -> RawVoice:
    from speech.synthesis.fpt_voice import FptVoice
    from speech.synthesis.http_audio import HttpVoiceOptions

    key = settings.synthesizer_key.get_secret_value() if settings.synthesizer_key else ""
    url = settings.synthesizer_url or "https://api.fpt.ai/hmi/tts/v5"
    return FptVoice(HttpVoiceOptions(url, key, settings.synthesizer_model, _names(settings), timeout_ms=15_000))


def _coqui(settings: Settings) -> RawVoice:
    from speech.synthesis.coqui import CoquiOptions, CoquiVoice

    python = settings.synthesizer_command or sys.executable
    return CoquiVoice(CoquiOptions(_model(settings), _names(settings), python))


def _piper(settings: Settings) -> RawVoice:
    from speech.synthesis.piper import PiperOptions, PiperVoice

    return PiperVoice(PiperOptions(_model(settings), _names(settings), shlex.split(settings.synthesizer_command)))


def _model(settings: Settings) -> Path:
    """Raises ConfigurationError."""
    path = Path(settings.synthesizer_model).expanduser()
    if not settings.synthesizer_model or not path.exists():
        raise ConfigurationError(
            f"bộ đọc {settings.synthesizer} cần thư mục hoặc tệp mô hình có thật",
            f"the engine {settings.synthesizer} needs the folder or file of a model that exists",
            where="ALO_SYNTHESIZER_MODEL",
        )
    return path


_MAKERS: Final[dict[str, Callable[[Settings], RawVoice]]] = {
    "openai": _openai,
    "fpt": _fpt,
    "coqui": _coqui,
    "piper": _piper,
}
