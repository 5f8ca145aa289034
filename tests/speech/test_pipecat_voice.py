"""Our voices inside real Pipecat pipelines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pipecat.frames.frames import (
    ErrorFrame,
    Frame,
    InputAudioRawFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
)
from pipecat.pipeline.worker import PipelineParams
from pipecat.processors.filters.identity_filter import IdentityFilter
from pipecat.tests.utils import run_test

from speech.recognition.embedded import EmbeddedRecognizer
from speech.synthesis.blocking import synthesize_blocking
from speech.synthesis.espeak import EspeakSynthesizer
from speech.synthesis.pipecat_service import AloTTSService
from speech.types import Expectation, Voice


@pytest.fixture
async def espeak() -> AsyncIterator[EspeakSynthesizer]:
    synthesizer = EspeakSynthesizer()
    await synthesizer.start()
    yield synthesizer
    await synthesizer.aclose()


async def spoken(service: AloTTSService, *frames: Frame, rate_hz: int = 8000) -> tuple[np.ndarray, list[Frame]]:
    params = PipelineParams(audio_out_sample_rate=rate_hz)
    down, up = await run_test(service, frames_to_send=frames, pipeline_params=params, start_timeout=30.0)
    audio = [frame for frame in down if isinstance(frame, TTSAudioRawFrame)]
    assert all((frame.sample_rate, frame.num_channels) == (rate_hz, 1) for frame in audio)
    pcm = np.frombuffer(b"".join(frame.audio for frame in audio), np.int16)
    return pcm, [*down, *up]


async def test_a_pipeline_says_an_amount_as_a_call_does(espeak: EspeakSynthesizer) -> None:
    service = AloTTSService(espeak, Voice("south"))
    pcm, frames = await spoken(service, TTSSpeakFrame("Chị trả 2.500.000 đồng."))
    said = synthesize_blocking("Chị trả hai triệu năm trăm ngàn đồng.", Voice("south"))
    assert np.array_equal(pcm, said)
    kinds = [type(f) for f in frames if isinstance(f, TTSStartedFrame | TTSAudioRawFrame | TTSStoppedFrame)]
    assert kinds[0] is TTSStartedFrame
    assert kinds[-1] is TTSStoppedFrame
    assert kinds.count(TTSAudioRawFrame) > 3  # it streams


async def test_sentences_of_a_language_model_are_said_as_they_come(espeak: EspeakSynthesizer) -> None:
    tokens = ["Dạ ", "đúng ", "rồi. ", "Dạ ", "không ", "phải."]
    frames = [LLMFullResponseStartFrame(), *map(LLMTextFrame, tokens), LLMFullResponseEndFrame()]
    pcm, _ = await spoken(AloTTSService(espeak), *frames, rate_hz=16_000)
    first, second = (len(synthesize_blocking(text)) for text in ("Dạ đúng rồi.", "Dạ không phải."))
    assert len(pcm) / 2 == pytest.approx(first + second, rel=0.05)
    recognizer = EmbeddedRecognizer()
    ear = recognizer.open()
    ear.expect(Expectation(("yes_no",)))
    recognizer.step([ear], [pcm[::2][: first + 1600]])
    assert ear.finish().text.startswith("dạ đúng rồi")


async def test_a_voice_that_does_not_exist_is_an_error_of_the_pipeline(espeak: EspeakSynthesizer) -> None:
    pcm, frames = await spoken(AloTTSService(espeak, Voice(variant="nobody")), TTSSpeakFrame("Dạ vâng ạ."))
    assert not len(pcm)
    assert any(isinstance(frame, ErrorFrame) and "nobody" in frame.error for frame in frames)


async def test_the_example_of_the_documentation_hears_and_answers() -> None:
    """Sound in, Pipecat's own voice activity, our words, our sound out: the page's code as it stands."""
    page = (Path(__file__).parents[2] / "docs" / "speech.md").read_text(encoding="utf-8")
    code = page.rpartition("```python\n")[2].partition("```")[0]
    example: dict[str, Any] = {}
    exec(code, example)
    pause = np.zeros(8000, np.int16)
    audio = np.concatenate((pause, synthesize_blocking("dạ đúng rồi"), pause))
    frames = [InputAudioRawFrame(audio[at : at + 160].tobytes(), 8000, 1) for at in range(0, len(audio), 160)]
    pipeline = example["pipeline"](IdentityFilter(), IdentityFilter())
    params = PipelineParams(audio_in_sample_rate=8000, audio_out_sample_rate=8000)
    down, _ = await run_test(pipeline, frames_to_send=frames, pipeline_params=params, start_timeout=30.0)
    pcm = np.frombuffer(b"".join(f.audio for f in down if isinstance(f, TTSAudioRawFrame)), np.int16)
    assert np.array_equal(pcm, synthesize_blocking("Dạ, anh chị vừa nói: dạ đúng rồi.", Voice("south")))
    await example["voice"].aclose()


async def test_a_call_cut_short_stops_the_engine(espeak: EspeakSynthesizer) -> None:
    service = AloTTSService(espeak)
    sound = service._bytes("một hai ba bốn năm. " * 200)
    assert len(await anext(sound)) > 0
    await sound.aclose()
    await asyncio.sleep(0)
    assert espeak._workers[0].busy == 0
