"""A service with OpenAI's ``/v1/audio/speech``: many local servers and gateways speak it too."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Final, cast

import httpx

from speech.synthesis.base import SynthesizerCapabilities
from speech.synthesis.http_audio import HttpVoiceOptions, audio_of, check, client, failed, voice_of
from speech.synthesis.raw import RawAudio
from speech.types import DIALECTS, Voice

_RATE_HZ: Final = 24_000
"""Of ``response_format: pcm``, which has no header. A server that answers with WAV says its own."""
_SLOWEST, _FASTEST = 0.25, 4.0
_SERVICE: Final = "OpenAI-compatible speech"


class OpenAIVoice:
    """``POST {url}/audio/speech``, the audio read as it is made."""

    capabilities = SynthesizerCapabilities(_SERVICE, streaming=True, word_marks=False, dialects=DIALECTS)

    def __init__(self, options: HttpVoiceOptions) -> None:
        """Raises ConfigurationError for an address that is none."""
        self._options = options
        self._client = client(options)
        self.version = f"openai {options.url} {options.model} {sorted(options.voices.items())}"

    async def stream(self, text: str, voice: Voice) -> AsyncIterator[RawAudio]:
        """As ``RawVoice.stream``."""
        options = self._options
        order = {
            "model": options.model or "tts-1",
            "input": text,
            "voice": voice_of(options, voice, "alloy"),
            "response_format": "pcm",
            "speed": min(max(voice.rate, _SLOWEST), _FASTEST),
        }
        headers = {"authorization": f"Bearer {options.key}"} if options.key else {}
        url = options.url.rstrip("/") + "/audio/speech"
        try:
            async with self._client.stream("POST", url, json=order, headers=headers) as answer:
                check(_SERVICE, answer)
                chunks = cast("AsyncGenerator[RawAudio, None]", audio_of(_SERVICE, answer.aiter_bytes(), _RATE_HZ))
                async with contextlib.aclosing(chunks):
                    async for chunk in chunks:
                        yield chunk
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise failed(_SERVICE, type(error).__name__) from None

    async def start(self) -> None:
        """Nothing to get ready: a service that is away for the moment may be there for the first call."""

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()
