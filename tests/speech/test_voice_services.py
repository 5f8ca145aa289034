"""Voices over HTTP and through Piper's command, on real local servers and processes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.errors import ConfigurationError
from speech.synthesis.base import AudioChunk
from speech.synthesis.blocking import NORTHERN
from speech.synthesis.cache import whole
from speech.synthesis.fpt_voice import FptVoice
from speech.synthesis.http_audio import HttpVoiceOptions
from speech.synthesis.openai_voice import OpenAIVoice
from speech.synthesis.piper import PiperOptions, PiperVoice
from speech.synthesis.raw import RawVoice, SynthesisError
from speech.synthesis.telephone import TelephoneVoice
from speech.types import Voice
from tests.speech.voice_server import Service, sound, voice_server

TEXT = "Dạ em chào anh ạ."


@pytest.fixture
def service() -> Iterator[tuple[str, Service]]:
    with voice_server() as served:
        yield served


async def said(raw: RawVoice, text: str = TEXT, voice: Voice = NORTHERN) -> AudioChunk:
    telephone = TelephoneVoice(raw)
    try:
        return whole([chunk async for chunk in telephone.synthesize(text, voice)])
    finally:
        await telephone.aclose()


def openai(url: str, **options: object) -> OpenAIVoice:
    return OpenAIVoice(HttpVoiceOptions(url + "/v1", "secret", "m", {"south": "nam"}, **options))  # type: ignore[arg-type]


@pytest.mark.parametrize("answer", ["pcm", "wav"])
async def test_openai(service: tuple[str, Service], answer: str) -> None:
    url, heard = service
    heard.answer = answer
    audio = await said(openai(url), voice=Voice("south", rate=0.8))
    assert len(audio.pcm) == pytest.approx(len(sound(TEXT)) / 3, rel=0.02)
    assert [TEXT[mark.start : mark.end] for mark in audio.marks] == ["Dạ", "em", "chào", "anh", "ạ"]
    (asked,) = heard.asked
    assert (asked["path"], asked["authorization"]) == ("/v1/audio/speech", "Bearer secret")
    assert json.loads(asked["body"]) == {
        "model": "m", "input": TEXT, "voice": "nam", "response_format": "pcm", "speed": 0.8,
    }  # fmt: skip


@pytest.mark.parametrize("answer", ["500", "404", "302", "html", "mp3", "empty", "cut", "stall", "endless"])
async def test_a_service_in_trouble_is_an_error_that_tells_no_key(service: tuple[str, Service], answer: str) -> None:
    url, heard = service
    heard.answer = answer
    with pytest.raises(SynthesisError) as error:
        await said(openai(url, timeout_ms=400))
    assert "secret" not in str(error.value) + error.value.en


@pytest.mark.parametrize("code", ["401", "403"])
async def test_a_wrong_key_is_told(service: tuple[str, Service], code: str) -> None:
    service[1].answer = code
    with pytest.raises(ConfigurationError, match="ALO_SYNTHESIZER_KEY"):
        await said(openai(service[0]))


@pytest.mark.parametrize("url", ["", "ftp://x", "127.0.0.1:9", "http://"])
def test_no_address(url: str) -> None:
    with pytest.raises(ConfigurationError, match="ALO_SYNTHESIZER_URL"):
        OpenAIVoice(HttpVoiceOptions(url))


async def test_fpt(service: tuple[str, Service]) -> None:
    url, heard = service
    heard.waits = 2
    audio = await said(
        FptVoice(HttpVoiceOptions(url + "/hmi/tts/v5", "secret")), "dạ vâng ạ", Voice("south", rate=0.76)
    )
    assert len(audio.pcm) == pytest.approx(len(sound("dạ vâng ạ")) / 3, rel=0.02)
    order, *looks = heard.asked
    assert (order["voice"], order["speed"], order["format"], order["body"]) == ("lannhi", "-2", "wav", "dạ vâng ạ")
    assert order["api-key"] == "secret"
    assert [look["api-key"] for look in looks] == [""] * 3  # the key stays where it belongs


@pytest.mark.parametrize("answer", ["foreign", "refused", "nothing"])
async def test_fpt_in_trouble(service: tuple[str, Service], answer: str) -> None:
    service[1].answer = answer
    with pytest.raises(SynthesisError):
        await said(FptVoice(HttpVoiceOptions(service[0], "secret")))
    assert len(service[1].asked) == 1


_PIPER = """
import sys
rate = float(sys.argv[sys.argv.index("--length_scale") + 1])
line = sys.stdin.buffer.readline().decode().strip()
if line == "chết":
    sys.exit(3)
import numpy as np
speaker = int(sys.argv[sys.argv.index("--speaker") + 1]) if "--speaker" in sys.argv else 0
n = round(len(line) * 1000 * rate)
sys.stdout.buffer.write((9000 * np.sin(np.arange(n) * (speaker + 1) / 10)).astype("<i2").tobytes())
"""


@pytest.fixture
def piper(tmp_path: Path) -> PiperOptions:
    """A command that takes what piper takes and a model that is none: the command line and its life are tested."""
    (tmp_path / "piper.py").write_text(_PIPER, encoding="utf-8")
    for name in ("bắc", "nam"):
        (tmp_path / f"{name}.onnx").write_bytes(b"")
        (tmp_path / f"{name}.onnx.json").write_text(json.dumps({"audio": {"sample_rate": 16000}}))
    return PiperOptions(tmp_path, {"north": "bắc", "south": "nam.onnx:1"}, (sys.executable, str(tmp_path / "piper.py")))


async def test_piper(piper: PiperOptions) -> None:
    raw = PiperVoice(piper)
    telephone = TelephoneVoice(raw)
    made = {}
    for dialect, rate in (("north", 1.0), ("south", 1.0), ("north", 0.5)):
        voice = Voice(dialect, rate=rate)  # type: ignore[arg-type]
        made[dialect, rate] = whole([chunk async for chunk in telephone.synthesize(TEXT, voice)]).pcm
    assert len(made["north", 1.0]) == pytest.approx(len(TEXT) * 500, rel=0.02)
    assert len(made["north", 0.5]) == pytest.approx(len(TEXT) * 1000, rel=0.02)
    assert not np.array_equal(made["north", 1.0], made["south", 1.0])
    with pytest.raises(SynthesisError, match="3"):
        await said(raw, "chết")


async def test_what_is_no_piper_model(piper: PiperOptions, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="onnx"):
        PiperVoice(PiperOptions(tmp_path / "none.onnx", command=piper.command))
    with pytest.raises(ConfigurationError, match="nobody"):
        PiperVoice(PiperOptions(piper.model, {"north": "bắc:nobody"}, piper.command))
    with pytest.raises(ConfigurationError, match="no-such-command"):
        await said(PiperVoice(PiperOptions(piper.model, piper.voices, ("no-such-command",))))
