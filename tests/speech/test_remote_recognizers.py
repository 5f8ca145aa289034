"""Recognisers over HTTP and through Pipecat, on a real local server; ours inside a Pipecat pipeline; a CTC folder."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile
from pipecat.frames.frames import (
    EndFrame,
    ErrorFrame,
    Frame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.worker import PipelineParams
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.openai.stt import OpenAISTTService
from pipecat.services.settings import STTSettings
from pipecat.services.stt_service import SegmentedSTTService, STTService
from pipecat.tests.utils import run_test

from core.errors import ConfigurationError
from speech.recognition.choice import RecognizerChoice, close_recognizer, file_recognizer
from speech.recognition.embedded import EmbeddedRecognizer
from speech.recognition.openai_http import OpenAiReader, RemoteReadingError
from speech.recognition.pipecat_reader import PipecatError, PipecatReader
from speech.recognition.pipecat_service import AloSTTService
from speech.recognition.reading import Request
from speech.synthesis.blocking import synthesize_blocking
from speech.text.speak import speak
from speech.types import Expectation
from tests.speech.recognition_server import recognition_server

SPEECH = synthesize_blocking("dạ đúng rồi")


def test_a_service_is_asked_and_its_text_becomes_words() -> None:
    with recognition_server() as (url, heard):
        heard.answer = "Tôi trả 2.500.000 đồng."
        reader = OpenAiReader(url + "/", "tiny", "key", timeout_s=10)
        requests = [Request(SPEECH, Expectation(phrases=("Nguyễn An",))), Request(SPEECH)]
        readings = reader.read(requests)
        assert [r.text for r in readings] == ["tôi trả hai triệu năm trăm nghìn đồng"] * 2
        assert readings[0].words[-1].end_ms <= len(SPEECH) // 8
        prompted = next(asked for asked in heard.fields if "prompt" in asked)
        assert prompted == {
            "model": "tiny", "language": "vi", "response_format": "json", "temperature": "0", "prompt": "Nguyễn An",
            "path": "/v1/audio/transcriptions",
        }  # fmt: skip
        assert heard.keys == ["Bearer key"] * 2
        assert heard.seconds[0] == pytest.approx(len(SPEECH) / 8000)
        heard.answer = "Hãy subscribe cho kênh Ghiền Mì Gõ."
        assert reader.read([Request(SPEECH)])[0].text == ""
        reader.close()


@pytest.mark.parametrize("trouble", ["stall", "error", "nonsense", "trickle", "wrong", "moved"])
def test_a_service_in_trouble_is_left_in_time(trouble: str) -> None:
    with recognition_server() as (url, heard):
        heard.answer = trouble
        reader = OpenAiReader(url, timeout_s=0.4)
        with pytest.raises((httpx.HTTPError, RemoteReadingError)):
            reader.read([Request(SPEECH)])
        reader.close()


def test_a_chain_reads_what_the_service_cannot() -> None:
    with recognition_server() as (url, heard):
        chain = file_recognizer(RecognizerChoice("openai,embedded", url=url))
        stream = chain.open()
        for answer, text in (("Dạ vâng.", "dạ vâng"), ("error", "dạ đúng rồi")):
            heard.answer = answer
            chain.step([stream], [np.concatenate((np.zeros(2400, np.int16), SPEECH))])
            assert stream.finish().text == text
        assert [switch.reason for switch in stream.switches()] == ["error"]
        close_recognizer(chain)


@pytest.mark.parametrize("url", ["", "ftp://x", "127.0.0.1:8000", "http://"])
def test_no_address(url: str) -> None:
    with pytest.raises(ConfigurationError, match="Địa chỉ"):
        OpenAiReader(url)


class Echo(SegmentedSTTService):
    """Tells how long the audio was."""

    def __init__(self) -> None:
        super().__init__(settings=STTSettings(model="echo", language=None))

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        sound, rate = soundfile.read(io.BytesIO(audio))
        if rate != 16_000:
            yield ErrorFrame("rate")
            return
        if abs(sound).max() < 0.01:
            raise ValueError("silence")
        yield TranscriptionFrame(f"{round(len(sound) / rate)} giây.", "", "")
        yield None


def test_a_pipecat_service_reads_turns() -> None:
    reader = PipecatReader(Echo())
    readings = reader.read([Request(SPEECH), Request(np.tile(SPEECH, 4))])
    assert [r.text.split()[-1] for r in readings] == ["giây", "giây"]
    assert readings[0].text != readings[1].text
    with pytest.raises(ValueError, match="silence"):
        reader.read([Request(SPEECH * 0)])
    assert reader.read([Request(SPEECH)])[0].text == readings[0].text
    reader.close()
    with pytest.raises(PipecatError):
        PipecatReader(Echo(), rate_hz=8000).read([Request(SPEECH)])


class Listener(STTService):
    """Listens to a stream and tells what it heard from a task of its own, as services on a WebSocket do."""

    def __init__(self, trouble: str = "") -> None:
        super().__init__(settings=STTSettings(model="listener", language=None))
        self._heard = 0
        self._trouble = trouble

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        self._heard += len(audio) // 2
        yield None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, VADUserStoppedSpeakingFrame):
            self.create_task(self._tell(self._heard / self.sample_rate))
            self._heard = 0

    async def _tell(self, seconds: float) -> None:
        if self._trouble == "error":
            await self.push_error("lost")
        elif self._trouble != "nothing":
            await self.push_frame(TranscriptionFrame("Dạ", "", ""))
            await self.push_frame(TranscriptionFrame(f"{round(seconds)} giây.", "", "", finalized=True))


def test_a_pipecat_service_that_listens_to_a_stream() -> None:
    reader = PipecatReader(Listener())
    once, four = reader.read([Request(SPEECH), Request(np.tile(SPEECH, 4))])
    seconds = round(len(SPEECH) * 4 / 8000 + 0.5)
    assert once.text.startswith("dạ ")
    assert four.text == f"dạ {speak(str(seconds))} giây"
    reader.close()
    reader = PipecatReader(Listener("nothing"))
    assert reader.read([Request(SPEECH)])[0].text == ""
    reader.close()
    with pytest.raises(PipecatError):
        PipecatReader(Listener("error")).read([Request(SPEECH)])


def test_pipecats_own_openai_service() -> None:
    with recognition_server() as (url, heard):
        reader = PipecatReader(OpenAISTTService(api_key="x", base_url=url), timeout_s=20)
        assert reader.read([Request(SPEECH)])[0].text == "dạ đúng rồi"
        assert heard.fields[0]["path"] == "/v1/audio/transcriptions"
        reader.close()


async def test_ours_in_a_pipecat_pipeline() -> None:
    service = AloSTTService(EmbeddedRecognizer())
    service.expect(Expectation(("yes_no",)))
    audio = np.concatenate((SPEECH, np.zeros(4000, np.int16)))
    frames: list[Frame] = [VADUserStartedSpeakingFrame()]
    for at in range(0, len(audio), 1600):
        frames.append(InputAudioRawFrame(audio[at : at + 1600].tobytes(), 8000, 1))
    frames.append(VADUserStoppedSpeakingFrame())
    down, _ = await run_test(service, frames_to_send=frames, pipeline_params=PipelineParams(audio_in_sample_rate=8000))
    said = [frame.text for frame in down if isinstance(frame, TranscriptionFrame)]
    assert said == ["dạ đúng rồi"]
    assert any(isinstance(frame, InterimTranscriptionFrame) for frame in down)
    assert not any(isinstance(frame, EndFrame | ErrorFrame) for frame in down)


@pytest.fixture(scope="module")
def ctc_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wav2vec2 with random weights and five letters."""
    torch = pytest.importorskip("torch", reason="`make models` installs what tests of local models need")
    transformers = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("wav2vec2")
    letters = ["<pad>", "<unk>", "|", "đ", "ú", "n", "g"]
    (folder / "vocab.json").write_text(json.dumps({letter: k for k, letter in enumerate(letters)}), encoding="utf-8")
    torch.manual_seed(7)
    config = transformers.Wav2Vec2Config(
        vocab_size=len(letters), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        conv_dim=(16,) * 7, num_conv_pos_embeddings=16, num_conv_pos_embedding_groups=2, pad_token_id=0,
    )  # fmt: skip
    model = transformers.Wav2Vec2ForCTC(config)
    with torch.no_grad():
        model.lm_head.bias.copy_(torch.tensor([0.0, -9.0, 0.1, 0.2, 0.1, 0.1, 0.1]))
        model.lm_head.weight.mul_(20)
    model.save_pretrained(folder)
    transformers.Wav2Vec2CTCTokenizer(folder / "vocab.json", pad_token="<pad>", unk_token="<unk>").save_pretrained(
        folder
    )
    transformers.Wav2Vec2FeatureExtractor(return_attention_mask=True).save_pretrained(folder)
    return folder


def test_a_ctc_folder(ctc_folder: Path) -> None:
    recognizer = file_recognizer(RecognizerChoice(f"ctc:{ctc_folder}"))
    stream, other = recognizer.open(), recognizer.open()
    recognizer.step([stream, other], [np.tile(SPEECH, 2), SPEECH])
    final = stream.finish()
    assert set(final.text) <= set("đúng ")
    assert final.words
    assert final.words == tuple(sorted(final.words, key=lambda word: word.start_ms))
    assert final.words[-1].end_ms <= len(SPEECH) * 2 // 8 + 20
    other.finish()
    with pytest.raises(ConfigurationError):
        file_recognizer(RecognizerChoice(f"ctc:{ctc_folder.parent}"))
