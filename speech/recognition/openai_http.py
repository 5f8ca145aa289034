"""OpenAI-compatible ``/audio/transcriptions``: a server of one's own (vLLM, speaches, LocalAI …) or a provider's.

The caller's voice leaves the process for the configured address, and only for that one.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from urllib.parse import urlsplit

import httpx
import soundfile

from core.errors import ConfigurationError
from speech.recognition.base import Pcm
from speech.recognition.hallucinations import believed
from speech.recognition.reading import Reading, Request, plain_words, reading_of
from speech.types import SAMPLE_RATE_HZ

TIMEOUT_S: Final = 4.0
_MOST_BYTES: Final = 1_000_000
_MOST_PROMPT: Final = 400
_UNKNOWN: Final = 0.8
"""These services tell no confidence."""


class RemoteReadingError(RuntimeError):
    """The service answered with something that is no transcription."""


class OpenAiReader:
    """One connection pool per process. ``batch`` requests go out side by side."""

    expectations = True
    batch = 8

    def __init__(
        self, url: str, model: str = "whisper-1", key: str | None = None, *, timeout_s: float = TIMEOUT_S
    ) -> None:
        """``url``: the base address, as in ``http://127.0.0.1:8000/v1``. Raises ConfigurationError if it is none."""
        address = urlsplit(url)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise ConfigurationError(
                "Địa chỉ dịch vụ nhận dạng không hợp lệ; ví dụ đúng: http://127.0.0.1:8000/v1",
                "The address of the recognition service is not valid; a right one is http://127.0.0.1:8000/v1",
                where="ALO_RECOGNIZER_URL",
            )
        self.name = f"openai:{address.hostname}"
        self.trained_on = f"unknown: the service at {address.hostname} hears the audio"
        self._url = url.rstrip("/") + "/audio/transcriptions"
        self._fields = {"model": model, "language": "vi", "response_format": "json", "temperature": "0"}
        self._timeout_s = timeout_s
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.Client(headers=headers, timeout=timeout_s, follow_redirects=False)
        self._pool = ThreadPoolExecutor(self.batch, thread_name_prefix="recognition http")

    def read(self, requests: Sequence[Request]) -> list[Reading]:
        """All readings. Raises httpx.HTTPError or RemoteReadingError, within the time limit."""
        if len(requests) == 1:
            return [self._ask(requests[0])]
        return list(self._pool.map(self._ask, requests))

    def close(self) -> None:
        """Close the connections."""
        self._pool.shutdown()
        self._client.close()

    def _ask(self, request: Request) -> Reading:
        fields = dict(self._fields)
        if request.expectation.phrases:
            fields["prompt"] = ", ".join(request.expectation.phrases)[:_MOST_PROMPT]
        files = {"file": ("turn.wav", wav_bytes(request.audio), "audio/wav")}
        deadline = time.monotonic() + self._timeout_s  # httpx limits each read; a server may trickle for ever
        body = b""
        with self._client.stream("POST", self._url, data=fields, files=files) as answer:
            if answer.status_code != httpx.codes.OK:
                raise RemoteReadingError(f"status {answer.status_code}")
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > _MOST_BYTES or time.monotonic() > deadline:
                    raise RemoteReadingError("the answer is too long or takes too long")
        text = believed(plain_words(_text_of(body)), no_speech=0.0, log_probability=0.0)
        return reading_of(text, request.audio, _UNKNOWN if text else 0.0)


def wav_bytes(audio: Pcm) -> bytes:
    """int16 mono at 8 kHz as a WAV file."""
    file = io.BytesIO()
    soundfile.write(file, audio, SAMPLE_RATE_HZ, format="WAV", subtype="PCM_16")
    return file.getvalue()


def _text_of(body: bytes) -> str:
    try:
        answer = json.loads(body)
        text = answer["text"]
    except (ValueError, KeyError, TypeError) as error:
        raise RemoteReadingError("the answer is no transcription") from error
    if not isinstance(text, str):
        raise RemoteReadingError("the answer is no transcription")
    return text
