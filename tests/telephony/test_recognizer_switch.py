"""A whole call that begins on a tiny Whisper and goes on with the embedded recogniser, in the real media loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.turns import BotTurn, HangUp, Say
from core.clock import VirtualClock
from memory import events
from speech.engine import SpeechEngine
from speech.recognition.embedded import EmbeddedRecognizer
from speech.recognition.fallback import FallbackRecognizer
from speech.recognition.reading import Reading, Request
from speech.recognition.windows import WindowOptions, WindowRecognizer
from speech.synthesis.cache import CachedSynthesizer
from speech.synthesis.espeak import EspeakSynthesizer
from speech.types import Expectation
from telephony.media_loop import MediaLoop, Speed
from telephony.session import CallParts, CallSession
from tests.speech.tiny_whisper import converted_whisper
from tests.telephony.scripted import Journal, ScriptedLeg, ScriptedTalk

FIRST = "Dạ anh Nam phải không ạ?"
SECOND = "Dạ anh trả bao nhiêu ạ?"
BYE = "Dạ em chào anh ạ."


@pytest.fixture(scope="module")
def whisper_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return converted_whisper(tmp_path_factory, "dạ đúng rồi")


@pytest.fixture
async def synthesizer() -> AsyncIterator[CachedSynthesizer]:
    cached = CachedSynthesizer(EspeakSynthesizer())
    yield cached
    await cached.aclose()


@pytest.mark.parametrize("speed", ["max", "real"])
async def test_a_call_changes_its_recogniser(
    whisper_folder: Path, synthesizer: CachedSynthesizer, speed: Speed
) -> None:
    from speech.recognition.whisper import WhisperReader

    class BreaksLater(WhisperReader):
        """A model that is lost once it has read the first answer."""

        lost = False

        def read(self, requests: Sequence[Request]) -> list[Reading]:
            if self.lost:
                raise MemoryError
            return super().read(requests)

    whisper = BreaksLater(whisper_folder, threads=1)
    options = WindowOptions(workers=0 if speed == "max" else 1)
    chain = FallbackRecognizer(
        [WindowRecognizer(whisper, options), EmbeddedRecognizer()], VirtualClock(datetime(2026, 11, 23, tzinfo=UTC))
    )
    engine = SpeechEngine(chain)

    class Talk(ScriptedTalk):
        async def on_customer(self, turn: object) -> BotTurn:
            whisper.lost = True
            return await super().on_customer(turn)  # type: ignore[arg-type]

    leg = ScriptedLeg([("anh Nam", 300, "không phải đâu"), ("bao nhiêu", 300, "hai triệu rưỡi")], ring_ms=60)
    talk = Talk([
        BotTurn((Say(FIRST, FIRST),), Expectation(("yes_no",), ("anh Nam",))),
        BotTurn((Say(SECOND, SECOND),), Expectation(("money",))),
        BotTurn((Say(BYE, BYE), HangUp("done"))),
    ])  # fmt: skip
    journal = Journal()
    loop = MediaLoop(engine, speed=speed)
    session = CallSession(leg, "conv_1", CallParts(engine, synthesizer, talk, journal))
    loop.add(session)
    loop.stop()
    await loop.run()
    result = await session.result()
    assert (result.cause, result.failure) == ("bot_hangup", None)
    # The first answer is what this Whisper always says, the second what was really said.
    assert [turn.text for turn in talk.heard] == ["dạ đúng rồi", "hai triệu rưỡi"]
    switched = journal.all(events.RECOGNITION_SWITCHED)
    assert [(s["to"], s["reason"], s["detail"]) for s in switched] == [("embedded", "error", "MemoryError")]
    said = journal.all(events.CUSTOMER_SAID)
    for spoken, event in zip(leg.spoken, said, strict=True):
        assert abs(event["start_ms"] - spoken[0]) < 250
        if speed == "max":
            assert abs(event["end_ms"] - spoken[1]) < 250
    if speed == "real":
        late = loop.stats.late_ticks
        assert sum(late) > 100
    chain.close()
