"""A call's voice: begins early, stops at once, changes engine when one fails or is slow, tells which words sounded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from core.clock import VirtualClock
from speech.synthesis.base import AudioChunk, Synthesizer, SynthesizerCapabilities
from speech.synthesis.blocking import synthesize_blocking
from speech.synthesis.cache import CachedSynthesizer, whole
from speech.synthesis.espeak import EspeakSynthesizer
from speech.synthesis.raw import RawAudio, SynthesisError
from speech.synthesis.speaker import CallVoice, Speaker, SpeakerOptions
from speech.synthesis.telephone import TelephoneVoice
from speech.types import DIALECTS, Voice

START = datetime(2026, 11, 23, tzinfo=UTC)


class Engine:
    """Speaks with eSpeak's sound at 16 kHz, phrase by phrase, until it breaks: ``trouble`` is error, silent or hang."""

    def __init__(self, name: str = "engine", trouble: str = "", after: int = 0) -> None:
        self.capabilities = SynthesizerCapabilities(name, streaming=True, word_marks=False, dialects=DIALECTS)
        self.version = name
        self.asked: list[str] = []
        self.stopped = 0
        self.made = 0
        self._trouble, self._after = trouble, after

    async def stream(self, text: str, voice: Voice) -> AsyncGenerator[RawAudio, None]:
        self.asked.append(text)
        audio = np.repeat(synthesize_blocking(text, voice).astype(np.float32) / 32768, 2)
        try:
            for at in range(0, len(audio), 3200):
                if self._trouble and len(self.asked) > self._after and at >= 6400:
                    if self._trouble == "hang":
                        await asyncio.Event().wait()
                    if self._trouble == "silent":
                        return
                    raise SynthesisError("Dịch vụ hỏng.", "The service broke.")
                self.made += 1
                yield RawAudio(audio[at : at + 3200], 16_000)
        finally:
            self.stopped += 1

    async def aclose(self) -> None: ...


@pytest.fixture
async def espeak() -> AsyncIterator[EspeakSynthesizer]:
    synthesizer = EspeakSynthesizer()
    yield synthesizer
    await synthesizer.aclose()


def speaker(*voices: Synthesizer, clock: VirtualClock | None = None, slow_ms: int = 60_000) -> Speaker:
    return Speaker(voices, clock or VirtualClock(START), SpeakerOptions(slow_ms=slow_ms))


async def said(voice: CallVoice, text: str) -> AudioChunk:
    out = whole([chunk async for chunk in voice.synthesize(text, Voice())])
    places = [mark.at_sample for mark in out.marks]
    assert places == sorted(places)
    assert all(0 <= place <= len(out.pcm) for place in places)
    return out


def words(text: str, audio: AudioChunk) -> list[str]:
    return [text[mark.start : mark.end] for mark in audio.marks]


async def test_sentence_by_sentence_and_the_first_before_the_second_is_asked_for() -> None:
    engine = Engine()
    voice = speaker(TelephoneVoice(engine)).for_call()
    text = "Dạ vâng ạ. Em đã ghi lại rồi. Em cảm ơn anh."
    chunks = voice.synthesize(text, Voice())
    first = await anext(chunks)
    assert engine.asked == ["Dạ vâng ạ."]
    assert len(first.pcm) <= 800  # a tenth of a second
    rest = whole([first, *[chunk async for chunk in chunks]])
    assert engine.asked == ["Dạ vâng ạ.", "Em đã ghi lại rồi.", "Em cảm ơn anh."]
    assert words(text, rest) == text.replace(".", "").split()


async def test_marks_of_an_engine_without_any_lie_near_the_words() -> None:
    text = "Dạ em đã ghi lại ngày thanh toán của mình rồi ạ."
    engine = TelephoneVoice(Engine())
    await said(speaker(engine).for_call(), text)  # now its pace is known
    audio = await said(speaker(engine).for_call(), text)
    places = [mark.at_sample for mark in audio.marks]
    shares = [text.index(word) / len(text) for word in text.split()]
    for place, share in zip(places, shares, strict=True):
        assert abs(place / len(audio.pcm) - share) < 0.25


async def test_stopping_stops_the_engine() -> None:
    engine = Engine()
    chunks = speaker(TelephoneVoice(engine)).for_call().say("một hai ba bốn năm sáu " * 8 + ".", Voice())
    await anext(chunks)
    await chunks.aclose()
    made = engine.made
    assert engine.stopped == 1
    await asyncio.sleep(0)
    assert engine.made == made < 20


@pytest.mark.parametrize("trouble", ["error", "hang", "silent"])
async def test_the_phrase_that_broke_off_is_said_again_by_the_next_voice(
    espeak: EspeakSynthesizer, trouble: str
) -> None:
    text = "Dạ vâng ạ. Anh trả ngày mai phải không ạ? Em cảm ơn."
    engine = Engine(trouble=trouble, after=1)
    voices = speaker(TelephoneVoice(engine), CachedSynthesizer(espeak), slow_ms=300)
    voice = voices.for_call()
    audio = await said(voice, text)
    if trouble == "silent":  # half a phrase and no error: nobody can know
        assert voice.switches() == []
        return
    (switch,) = voice.switches()
    assert (switch.before, switch.after) == ("engine", "eSpeak NG")
    assert switch.reason == {"error": "error", "hang": "slow"}[trouble]
    assert switch.detail == ("The service broke." if trouble == "error" else "")
    assert len(engine.asked) == 2
    spoken = words(text, audio)
    assert spoken[:3] == ["Dạ", "vâng", "ạ"]
    assert spoken[-9:] == "trả ngày mai phải không ạ Em cảm ơn".split()  # noqa: SIM905
    assert voice.switches() == []


async def test_other_calls_leave_a_voice_alone_for_a_while(espeak: EspeakSynthesizer) -> None:
    clock = VirtualClock(START)
    engine = Engine(trouble="error")
    voices = speaker(TelephoneVoice(engine), CachedSynthesizer(espeak), clock=clock)
    await said(voices.for_call(), "Dạ vâng ạ.")
    later = voices.for_call()
    assert [(s.after, s.reason) for s in later.switches()] == [("eSpeak NG", "resting")]
    await said(later, "Dạ vâng ạ.")
    assert len(engine.asked) == 1
    clock.advance(timedelta(seconds=61).total_seconds())
    assert voices.for_call().switches() == []


async def test_the_last_voice_tells_why_it_cannot(espeak: EspeakSynthesizer) -> None:
    with pytest.raises(SynthesisError, match="hỏng"):
        await said(speaker(TelephoneVoice(Engine(trouble="error"))).for_call(), "Dạ vâng ạ, em chào anh.")


async def test_pauses_and_digits_are_heard(espeak: EspeakSynthesizer) -> None:
    voice = speaker(CachedSynthesizer(espeak)).for_call()
    plain = await said(voice, "Dạ chờ em một chút.")
    paused = await said(voice, "Dạ chờ em <break ms=700> một chút.")
    hole = np.diff(np.flatnonzero(np.abs(paused.pcm) > 160)).max()
    assert hole >= 0.7 * 8000
    assert len(paused.pcm) > len(plain.pcm) + 0.5 * 8000
    code = "Mã là bốn, tám, hai, một, chín, ba."
    dictated = await said(voice, code)
    read = whole([chunk async for chunk in espeak.synthesize(code, Voice())])
    assert len(dictated.pcm) > 1.05 * len(read.pcm)  # eSpeak makes a pause of a comma too
    assert words(code, dictated) == [word.strip(",.") for word in code.split()]
    quiet = np.abs(dictated.pcm) <= 160
    gaps = np.diff(np.flatnonzero(~quiet))
    assert (gaps >= 0.12 * 8000).sum() >= 5  # one before each further digit


@pytest.mark.parametrize("text", ["", "   ", "😀", "你好", "<b></b>", "...", "\x00\x07"])
async def test_nothing_to_read_is_no_sound_and_no_error(espeak: EspeakSynthesizer, text: str) -> None:
    audio = await said(speaker(TelephoneVoice(Engine()), CachedSynthesizer(espeak)).for_call(), text)
    assert not len(audio.pcm)
    assert audio.marks == ()


@pytest.mark.parametrize("rate", [float("nan"), float("inf"), 0.0, -1.0, 1e9])
def test_a_rate_that_is_none(rate: float) -> None:
    with pytest.raises(ValueError, match="rate"):
        Voice(rate=rate)
