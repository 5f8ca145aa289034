"""A whole call on models that the tests make: a tiny Whisper hears, a tiny VITS speaks, another recogniser takes over.

Through the real session and media loop, with the voice chosen as settings choose it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from agent.turns import BotTurn, CustomerTurn, HangUp, Say
from app.voices import open_speaker
from core.clock import VirtualClock
from core.settings import Settings
from memory import events
from speech import codecs
from speech.engine import SpeechEngine
from speech.recognition.embedded import EmbeddedRecognizer
from speech.recognition.fallback import FallbackRecognizer
from speech.recognition.reading import Reading, Request
from speech.recognition.windows import WindowOptions, WindowRecognizer
from speech.synthesis.espeak import EspeakSynthesizer
from speech.types import Expectation, Voice
from telephony.media_loop import MediaLoop
from telephony.session import CallParts, CallSession
from tests.speech.tiny_vits import coqui_folder, coqui_python
from tests.speech.tiny_whisper import converted_whisper
from tests.telephony.scripted import Journal, ScriptedLeg, ScriptedTalk

FIXED = "Dạ em đang nói chuyện với anh"
FIRST = Say(f"{FIXED} Nam phải không ạ?", f"{FIXED} Nam phải không ạ?", fixed=(FIXED, "phải không ạ"))
SECOND = "Dạ anh trả bao nhiêu ạ? Anh nói giúp em."
BYE = "Dạ em chào anh ạ."


@pytest.fixture(scope="module")
def voice_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return coqui_folder(tmp_path_factory)


@pytest.fixture(scope="module")
def whisper_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return converted_whisper(tmp_path_factory, "dạ đúng rồi")


def settings(folder: Path, data: Path) -> Settings:
    return Settings(
        data_dir=data, synthesizer="coqui", synthesizer_model=str(folder), synthesizer_command=coqui_python(),
        synthesizer_slow_ms=10_000, synthesizer_voice_north="north", synthesizer_voice_south="south",
        synthesizer_voice_central="central",
    )  # fmt: skip


@pytest.mark.timeout(400)
async def test_a_whole_call_on_tiny_models(whisper_folder: Path, voice_folder: Path, tmp_path: Path) -> None:
    from speech.recognition.whisper import WhisperReader

    class BreaksLater(WhisperReader):
        """A model that is lost once it has read the first answer."""

        lost = False

        def read(self, requests: Sequence[Request]) -> list[Reading]:
            if self.lost:
                raise MemoryError
            return super().read(requests)

    class Talk(ScriptedTalk):
        async def on_customer(self, turn: CustomerTurn) -> BotTurn:
            whisper.lost = True
            return await super().on_customer(turn)

    clock = VirtualClock(datetime(2026, 11, 23, tzinfo=UTC))
    whisper = BreaksLater(whisper_folder, threads=1)
    chain = FallbackRecognizer([WindowRecognizer(whisper, WindowOptions(workers=0)), EmbeddedRecognizer()], clock)
    engine = SpeechEngine(chain)
    espeak = EspeakSynthesizer()
    speaker = open_speaker(settings(voice_folder, tmp_path), espeak, clock)
    leg = ScriptedLeg([("anh Nam", 300, "không phải đâu"), ("bao nhiêu", 300, "hai triệu rưỡi")], ring_ms=60)
    talk = Talk([
        BotTurn((FIRST,), Expectation(("yes_no",), ("anh Nam",))),
        BotTurn((Say(SECOND, SECOND),), Expectation(("money",))),
        BotTurn((Say(BYE, BYE), HangUp("done"))),
    ])  # fmt: skip
    journal = Journal()
    loop = MediaLoop(engine, speed="max")
    session = CallSession(leg, "conv_1", CallParts(engine, speaker, talk, journal, voice=Voice("south")))
    loop.add(session)
    loop.stop()
    try:
        await speaker.start()
        await loop.run()
        result = await session.result()
    finally:
        await speaker.aclose()
        await espeak.aclose()
        chain.close()
    assert (result.cause, result.failure) == ("bot_hangup", None)
    assert [turn.text for turn in talk.heard] == ["dạ đúng rồi", "hai triệu rưỡi"]
    switched = journal.all(events.RECOGNITION_SWITCHED)
    assert [(s["to"], s["reason"], s["detail"]) for s in switched] == [("embedded", "error", "MemoryError")]
    assert journal.all(events.SYNTHESIS_SWITCHED) == []
    said = journal.all(events.BOT_SAID)
    assert [(s["text"], s["heard_text"], s["interrupted"]) for s in said] == [
        (text, text, False) for text in (FIRST.text, SECOND, BYE)
    ]
    # What went down the line is that model's sound, as loud as every voice, and not eSpeak's.
    sent = codecs.decode(b"".join(leg.sent), "pcma").astype(float) / 32768
    active = np.square(sent)[np.square(sent) > np.square(sent).mean() / 100]
    assert 10 * np.log10(active.mean()) == pytest.approx(-20, abs=3)
    # The prompt is kept for the next call, the name is not.
    assert len(list((tmp_path / "voices").glob("*.phrase"))) == 2


async def test_speakers_rate_and_what_there_is_not(voice_folder: Path, tmp_path: Path) -> None:
    from speech.synthesis.coqui import CoquiOptions, CoquiVoice
    from speech.synthesis.raw import SynthesisError

    raw = CoquiVoice(CoquiOptions(voice_folder, {"north": "north", "south": "south"}, coqui_python()))
    lengths = {}
    try:
        for voice in (Voice("north"), Voice("south"), Voice("north", rate=0.5)):
            made = [audio async for audio in raw.stream("Dạ em chào anh ạ.", voice)]
            assert {audio.rate_hz for audio in made} == {16_000}
            lengths[voice] = sum(len(audio.pcm) for audio in made)
        assert lengths[Voice("north", rate=0.5)] > 1.4 * lengths[Voice("north")] > 0
        with pytest.raises(SynthesisError, match="nobody"):
            [audio async for audio in raw.stream("Dạ.", Voice(variant="nobody"))]
        assert [audio async for audio in raw.stream("Dạ vâng.", Voice("south"))]  # the worker lives on
    finally:
        await raw.aclose()


def test_a_folder_that_is_no_model(tmp_path: Path) -> None:
    from core.errors import ConfigurationError
    from speech.synthesis.coqui import CoquiOptions, CoquiVoice

    with pytest.raises(ConfigurationError):
        CoquiVoice(CoquiOptions(tmp_path))
