"""A service of the FPT type: the text is posted, the answer names a file, which is there a little later.

Headers ``api-key``, ``voice``, ``speed`` (−3 … 3) and ``format``; the body is the text; the answer ``{"error": 0,
"async": "https://…"}``. The file is asked for until it is there (404 before).
"""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import numpy as np
import soundfile

from speech.synthesis.base import SynthesizerCapabilities
from speech.synthesis.http_audio import LARGEST_ANSWER, HttpVoiceOptions, check, client, failed, voice_of
from speech.synthesis.raw import RawAudio
from speech.types import DIALECTS, Dialect, Voice

_SERVICE: Final = "FPT"
_VOICES: Final[dict[Dialect, str]] = {"north": "banmai", "central": "myan", "south": "lannhi"}
_LARGEST_JSON: Final = 64 * 1024
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.1, 1.0
_SPEED_STEP: Final = 0.12
"""One step of the service's speed, as a part of normal speed (an estimate: the service does not say)."""


class FptVoice:
    """Whole phrases: the first sound comes when the first phrase's file is there."""

    capabilities = SynthesizerCapabilities(_SERVICE, streaming=False, word_marks=False, dialects=DIALECTS)

    def __init__(self, options: HttpVoiceOptions) -> None:
        """Raises ConfigurationError for an address that is none."""
        self._options = options
        self._client = client(options)
        self._voices = HttpVoiceOptions("", voices={**_VOICES, **options.voices})
        self.version = f"fpt {options.url} {sorted(self._voices.voices.items())}"

    async def stream(self, text: str, voice: Voice) -> AsyncIterator[RawAudio]:
        """As ``RawVoice.stream``."""
        try:
            async with asyncio.timeout(self._options.timeout_ms / 1000):
                file = await self._file(await self._order(text, voice))
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise failed(_SERVICE, type(error).__name__) from None
        yield await asyncio.to_thread(_decoded, file)

    async def start(self) -> None:
        """Nothing to get ready: a service that is away for the moment may be there for the first call."""

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _order(self, text: str, voice: Voice) -> httpx.URL:
        """Post the text; where the audio will be."""
        speed = min(max(round((voice.rate - 1) / _SPEED_STEP), -3), 3)
        headers = {
            "api-key": self._options.key,
            "voice": voice_of(self._voices, voice),
            "speed": str(speed) if speed else "",
            "format": "wav",
        }
        body = text.ljust(3, ".").encode()  # The service takes no text of fewer than three characters.
        code, data, kind = await self._read("POST", self._options.url, _LARGEST_JSON, content=body, headers=headers)
        check(_SERVICE, httpx.Response(code, headers={"content-type": kind}), audio=False)
        try:
            answer = json.loads(data)
            where = httpx.URL(str(answer["async"]))
        except (ValueError, KeyError, TypeError, httpx.InvalidURL):
            raise failed(_SERVICE, "an answer without a file") from None
        if answer.get("error") not in (0, None, "0"):
            raise failed(_SERVICE, "an error in the answer")
        if not _same_site(where, httpx.URL(self._options.url)):
            raise failed(_SERVICE, "a file at a foreign address")
        return where

    async def _file(self, where: httpx.URL) -> bytes:
        """The audio file, once it is there. The key is not sent along."""
        wait_s = _FIRST_WAIT_S
        while True:
            code, data, kind = await self._read("GET", where, LARGEST_ANSWER)
            if code not in (404, 202, 425):
                check(_SERVICE, httpx.Response(code, headers={"content-type": kind}))
                return data
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 1.5, _LONGEST_WAIT_S)

    async def _read(self, method: str, url: httpx.URL | str, largest: int, **ask: Any) -> tuple[int, bytes, str]:
        async with self._client.stream(method, url, **ask) as answer:
            data = bytearray()
            async for part in answer.aiter_bytes():
                data += part
                if len(data) > largest:
                    raise failed(_SERVICE, "an answer too large")
            return answer.status_code, bytes(data), answer.headers.get("content-type", "")


def _same_site(where: httpx.URL, service: httpx.URL) -> bool:
    """Is the file at the service's own host or domain, no less protected? Else an answer could send us anywhere."""
    if where.scheme not in (service.scheme, "https"):
        return False
    if where.host == service.host:
        return True
    domain = ".".join(service.host.split(".")[-2:])
    return not service.host.replace(".", "").isdigit() and "." in domain and where.host.endswith("." + domain)


def _decoded(file: bytes) -> RawAudio:
    """Whatever libsndfile reads, mixed to mono."""
    try:
        audio, rate_hz = soundfile.read(io.BytesIO(file), dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, RuntimeError, ValueError):
        raise failed(_SERVICE, "a file that is no audio") from None
    if not len(audio) or not 4000 <= rate_hz <= 192_000:
        raise failed(_SERVICE, "an empty file")
    return RawAudio(np.ascontiguousarray(audio.mean(axis=1)), rate_hz)
