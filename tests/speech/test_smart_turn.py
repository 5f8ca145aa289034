"""Smart Turn beside the calls: asked where the words leave a doubt, one session for all, never waited for."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from core.errors import ConfigurationError
from speech.end_of_turn import DEFAULT_OPTIONS, disagree, silence_needed_ms
from speech.engine import EngineStream, SpeechEngine
from speech.recognition.fake import ScriptedRecognizer
from speech.smart_turn import MOST_WAITING, SmartTurn
from speech.synthesis.blocking import synthesize_blocking
from speech.turn_taking import FinishTurn, TurnTaking
from speech.types import FRAME_MS, FRAME_SAMPLES, OPEN, SAMPLE_RATE_HZ, Expectation

UNCLEAR, CLEAR = "để mai", "dạ vâng ạ"
SOUND = synthesize_blocking("anh trả rồi")
YES_NO = Expectation(("yes_no",))


@pytest.fixture(scope="module")
def smart_turn() -> SmartTurn:
    return SmartTurn(inline=True)


def _expectation(text: str) -> Expectation:
    return YES_NO if text == CLEAR else OPEN


def _ended_after_ms(engine: SpeechEngine, texts: Sequence[str], *, silence_ms: int = 2500) -> list[int]:
    """Every text is a call's; all calls are heard at once. The silence after which each one's turn was ended."""
    streams = [engine.open(f"call {k}") for k in range(len(texts))]
    turns = [TurnTaking() for _ in texts]
    for taking, text in zip(turns, texts, strict=True):
        taking.listen(0, expectation=_expectation(text))
    audio = np.concatenate((np.zeros(SAMPLE_RATE_HZ // 2, np.int16), SOUND, np.zeros(silence_ms * 8, np.int16)))
    ended = [0] * len(texts)

    def step(stream: EngineStream, taking: TurnTaking, text: str, now_ms: int) -> bool:
        return FinishTurn("silence") in taking.step(
            now_ms, stream.activity, lambda: text, sounds_over=stream.sounds_over
        )

    for at in range(0, len(audio) - FRAME_SAMPLES, FRAME_SAMPLES):
        for stream in streams:
            stream.push(audio[at : at + FRAME_SAMPLES])
        engine.tick()
        for k, (stream, taking) in enumerate(zip(streams, turns, strict=True)):
            if not ended[k] and step(stream, taking, texts[k], at * FRAME_MS // FRAME_SAMPLES):
                ended[k] = stream.activity.silence_ms
                stream.finish()
    for stream in streams:
        stream.close()
    return ended


def _engine(smart_turn: SmartTurn | None, calls: int = 1) -> SpeechEngine:
    return SpeechEngine(ScriptedRecognizer(*[["một"]] * calls), smart_turn=smart_turn)


def test_it_is_asked_once_where_the_words_leave_a_doubt_and_not_where_they_do_not(smart_turn: SmartTurn) -> None:
    assert disagree(UNCLEAR, OPEN)
    assert not disagree(CLEAR, YES_NO)
    before = smart_turn.asked
    _ended_after_ms(_engine(smart_turn), [CLEAR])
    assert smart_turn.asked == before
    _ended_after_ms(_engine(smart_turn), [UNCLEAR])
    assert smart_turn.asked == before + 1


def test_its_answer_moves_the_silence_as_much_as_its_odds_allow(smart_turn: SmartTurn) -> None:
    answer = smart_turn.ask(np.concatenate((SOUND, np.zeros(240 * 8, np.int16))))
    assert answer is not None
    assert 0 <= answer.result() <= 1
    without = silence_needed_ms(UNCLEAR, OPEN)
    assert silence_needed_ms(UNCLEAR, OPEN, voice=0.95) < without < silence_needed_ms(UNCLEAR, OPEN, voice=0.05)
    assert silence_needed_ms(UNCLEAR, OPEN, voice=0.5) == without
    (ended,) = _ended_after_ms(_engine(smart_turn), [UNCLEAR])
    nearer = [silence_needed_ms(UNCLEAR, OPEN, voice=p) for p in (0.0, 1.0)]
    assert min(nearer) <= ended <= max(nearer) + 60


def test_two_calls_share_one_session_and_one_thread() -> None:
    shared = SmartTurn()
    try:
        _ended_after_ms(_engine(shared, 2), [UNCLEAR, UNCLEAR])
        assert shared.asked == 2
        assert sum(thread.name.startswith("smart-turn") for thread in threading.enumerate()) == 1
    finally:
        shared.close()
    assert shared.cpu_s > 0


def test_an_answer_that_comes_late_changes_nothing_and_is_not_waited_for() -> None:
    late, go_on = SmartTurn(), threading.Event()
    assert late._worker is not None
    late._worker.submit(go_on.wait)  # Its only thread is busy until all is over.
    try:
        assert _ended_after_ms(_engine(late), [UNCLEAR]) == _ended_after_ms(_engine(None), [UNCLEAR])
        assert late.asked == 1
    finally:
        go_on.set()
        late.close()
    assert late.cpu_s == 0.0, "a question whose turn is over is not worked on"


def test_no_more_questions_wait_than_can_be_answered_in_time() -> None:
    busy, go_on = SmartTurn(), threading.Event()
    assert busy._worker is not None
    busy._worker.submit(go_on.wait)
    try:
        answers = [busy.ask(SOUND) for _ in range(MOST_WAITING + 3)]
        assert sum(answer is None for answer in answers) == busy.refused == 3
    finally:
        go_on.set()
        busy.close()


def test_digits_are_counted_and_not_listened_to() -> None:
    assert not disagree("một hai ba", Expectation(("digits",), digits=10))
    assert not disagree("", OPEN)
    assert DEFAULT_OPTIONS.most_voice < DEFAULT_OPTIONS.doubts[-1] - DEFAULT_OPTIONS.doubts[0]


def test_a_file_that_is_missing_or_no_model_is_named(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.onnx"
    wrong.write_bytes(b"not a model")
    for path in (wrong, tmp_path / "none.onnx"):
        with pytest.raises(ConfigurationError) as error:
            SmartTurn(path)
        assert "Smart Turn" in error.value.vi
        assert "ALO_SMART_TURN" in error.value.en
        assert error.value.where == str(path)
