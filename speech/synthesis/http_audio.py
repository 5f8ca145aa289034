"""What HTTP voices share: one client, limits on time and size, errors that tell no key."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

import httpx
import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigurationError
from speech.synthesis.raw import RawAudio, SynthesisError, pcm16
from speech.types import Dialect, Voice

LARGEST_ANSWER: Final = 20 * 2**20
"""Bytes of audio for one phrase: seven minutes at 24 kHz."""
_DOCUMENTS: Final = ("text/", "application/json", "application/xml", "application/problem")
_RIFF_HEADER: Final = 4096
"""A WAV file whose data begin later than this is no answer to a phrase."""


@dataclass(frozen=True, slots=True)
class HttpVoiceOptions:
    """Where a speech service is and how it is asked."""

    url: str
    key: str = field(default="", repr=False)
    model: str = ""
    voices: dict[Dialect, str] = field(default_factory=dict)
    """The service's name of a voice for each dialect."""
    timeout_ms: int = 4000
    """The longest silence of the service."""


def client(options: HttpVoiceOptions) -> httpx.AsyncClient:
    """Raises ConfigurationError for an address that is none."""
    url = httpx.URL(options.url) if options.url else httpx.URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise ConfigurationError(
            "ALO_SYNTHESIZER_URL phải là địa chỉ http(s) của dịch vụ đọc.",
            "ALO_SYNTHESIZER_URL must be the http(s) address of the speech service.",
            where="ALO_SYNTHESIZER_URL",
        )
    seconds = options.timeout_ms / 1000
    return httpx.AsyncClient(timeout=httpx.Timeout(seconds, connect=min(seconds, 3.0)), follow_redirects=False)


def voice_of(options: HttpVoiceOptions, voice: Voice, default: str = "") -> str:
    """The service's voice for a dialect; a variant names one directly."""
    return voice.variant or options.voices.get(voice.dialect) or next(iter(options.voices.values()), default)


def failed(service: str, detail: str) -> SynthesisError:
    """``detail`` must hold nothing of the request's headers or text."""
    return SynthesisError(f"{service} không đọc được lời ({detail}).", f"{service} could not speak ({detail}).")


def check(service: str, answer: httpx.Response, *, audio: bool = True) -> None:
    """Raises SynthesisError for anything but success; ConfigurationError where asking again is of no use."""
    code = answer.status_code
    if code in (401, 403):
        raise ConfigurationError(
            f"{service} từ chối khoá truy cập (HTTP {code}). Hãy xem lại ALO_SYNTHESIZER_KEY.",
            f"{service} refused the key (HTTP {code}). Check ALO_SYNTHESIZER_KEY.",
            where="ALO_SYNTHESIZER_KEY",
        )
    if code != 200:
        raise failed(service, f"HTTP {code}")
    kind = answer.headers.get("content-type", "").lower()
    if audio and kind.startswith(_DOCUMENTS):
        raise failed(service, "a document instead of audio")


async def audio_of(service: str, chunks: AsyncIterator[bytes], rate_hz: int) -> AsyncIterator[RawAudio]:
    """16-bit audio from a body as it comes: WAV if it says so, else bare PCM at ``rate_hz``. Raises SynthesisError."""
    buffer = b""
    form: Wave | None = None
    total = 0
    async for data in chunks:
        total += len(data)
        if total > LARGEST_ANSWER:
            raise failed(service, f"more than {LARGEST_ANSWER // 2**20} MB")
        buffer += data
        if form is None:
            if len(buffer) < 4 or (buffer[:4] == b"RIFF" and b"data" not in buffer[:_RIFF_HEADER]):
                if len(buffer) > _RIFF_HEADER:
                    raise failed(service, "a WAV file without data")
                continue
            form, buffer = _begin(service, buffer, rate_hz)
        whole = len(buffer) // form.frame_bytes * form.frame_bytes
        if whole:
            yield RawAudio(form.samples(buffer[:whole]), form.rate_hz)
            buffer = buffer[whole:]
    if form is None:
        raise failed(service, "no audio")


@dataclass(frozen=True, slots=True)
class Wave:
    """What a WAV header says of its 16-bit samples."""

    rate_hz: int
    channels: int

    @property
    def frame_bytes(self) -> int:
        """One sample of every channel."""
        return 2 * self.channels

    def samples(self, data: bytes) -> NDArray[np.float32]:
        """Whole frames, mixed to mono."""
        audio = pcm16(data)
        return audio if self.channels == 1 else audio.reshape(-1, self.channels).mean(axis=1, dtype=np.float32)


def _begin(service: str, buffer: bytes, rate_hz: int) -> tuple[Wave, bytes]:
    head = buffer[:16].lstrip().lower()
    if head.startswith((b"<", b"{", b"id3", b"oggs", b"\xff\xfb", b"\xff\xf3")):
        raise failed(service, "not PCM or WAV")
    if buffer[:4] != b"RIFF":
        return Wave(rate_hz, 1), buffer
    at = buffer.find(b"fmt ")
    if at < 0 or len(buffer) < at + 24:
        raise failed(service, "a damaged WAV header")
    fields = np.frombuffer(buffer[at + 8 : at + 24], "<u2")
    form, channels, rate, bits = int(fields[0]), int(fields[1]), int(fields[2]) + int(fields[3]) * 65536, int(fields[7])
    if form not in (1, 0xFFFE) or bits != 16 or not 1 <= channels <= 8 or not 4000 <= rate <= 192_000:
        raise failed(service, "a WAV format other than 16-bit PCM")
    return Wave(rate, channels), buffer[buffer.find(b"data", at) + 8 :]
