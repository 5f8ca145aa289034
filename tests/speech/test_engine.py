"""The shared engine: real voice activity, a scripted recogniser, frames of 20 ms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from speech.engine import AHEAD_MS, PREROLL_MS, EngineStream, SpeechEngine
from speech.recognition.base import Pcm
from speech.recognition.fake import ScriptedRecognizer, ScriptedStream
from speech.synthesis.blocking import synthesize_blocking
from speech.types import FRAME_SAMPLES, Expectation, Hypothesis, Voice


class Listening(ScriptedRecognizer):
    """Keeps the audio that each stream was fed."""

    def __init__(self, *scripts: Sequence[str]) -> None:
        super().__init__(*scripts)
        self.batches: list[int] = []
        self.audio: dict[ScriptedStream, list[Pcm]] = {}

    def step(self, streams: Sequence[ScriptedStream], audio: Sequence[Pcm]) -> None:
        super().step(streams, audio)
        self.batches.append(len(streams))
        for stream, pcm in zip(streams, audio, strict=True):
            self.audio.setdefault(stream, []).append(pcm)


def _frames(*parts: np.ndarray) -> list[np.ndarray]:
    audio = np.concatenate(parts)
    return [audio[i : i + FRAME_SAMPLES] for i in range(0, len(audio) - FRAME_SAMPLES + 1, FRAME_SAMPLES)]


def _pause(ms: int) -> np.ndarray:
    return np.zeros(ms * 8, np.int16)


def _play(engine: SpeechEngine, stream: EngineStream, frames: list[np.ndarray], finish_after_ms: int = 500) -> list:
    heard = []
    for frame in frames:
        stream.push(frame)
        engine.tick()
        activity = stream.activity
        if activity.turn_open and not activity.speaking and activity.silence_ms >= finish_after_ms:
            heard.append((activity.turn_start_ms, activity.end_ms, stream.finish()))
    return heard


def test_two_turns_with_their_times() -> None:
    engine = SpeechEngine(ScriptedRecognizer(["đúng rồi", "ngày mười lăm"]))
    stream = engine.open("a", at_ms=5000)
    one, two = synthesize_blocking("đúng rồi"), synthesize_blocking("ngày mười lăm")
    heard = _play(engine, stream, _frames(_pause(1000), one, _pause(1000), two, _pause(1000)))
    assert [final.text for _, _, final in heard] == ["đúng rồi", "ngày mười lăm"]
    starts = (6000, 7000 + len(one) // 8)
    for (start_ms, end_ms, final), expected, pcm in zip(heard, starts, (one, two), strict=True):
        assert abs(start_ms - expected) <= 150
        assert abs(end_ms - expected - len(pcm) // 8) <= 200
        # The scripted words begin with the audio fed, which is the pre-roll.
        assert expected - PREROLL_MS - 150 <= final.words[0].start_ms <= expected
    assert stream.finish().text == ""


def test_the_recogniser_hears_the_beginning_and_nothing_outside_turns() -> None:
    recognizer = Listening(["một"])
    engine = SpeechEngine(recognizer)
    stream = engine.open("a")
    pcm = synthesize_blocking("một hai ba")
    _play(engine, stream, _frames(_pause(4000), pcm, _pause(4000)))
    fed = np.concatenate(next(iter(recognizer.audio.values())))
    assert PREROLL_MS - 64 <= np.flatnonzero(fed)[0] / 8 <= PREROLL_MS + 200
    assert len(fed) / 8 < 300 + len(pcm) / 8 + 500 + 200
    sound = np.trim_zeros(pcm)
    assert sound[:2000].tobytes() in fed.tobytes()


def test_partial_grows_and_expectation_reaches_the_recogniser() -> None:
    recognizer = Listening(["một hai ba bốn"])
    engine = SpeechEngine(recognizer)
    stream = engine.open("a")
    expectation = Expectation(("digits",), digits=4)
    stream.expect(expectation)
    seen = []
    for frame in _frames(_pause(500), synthesize_blocking("một hai ba bốn")):
        stream.push(frame)
        engine.tick()
        seen.append(stream.partial().text)
    assert "" in seen
    assert "một hai" in seen
    assert next(iter(recognizer.audio)).expectation == expectation


def test_streams_are_batched_and_independent() -> None:
    texts = ("một hai ba", "bốn năm sáu bảy tám", "chín mười")
    recognizer = Listening(*[[text] for text in texts])
    engine = SpeechEngine(recognizer)
    streams = [engine.open(str(k)) for k in range(3)]
    lines = [_frames(_pause(600), synthesize_blocking(text, Voice("south")), _pause(1500)) for text in texts]
    heard: list[str] = []
    for k in range(max(map(len, lines))):
        for stream, line in zip(streams, lines, strict=True):
            stream.push(line[k] if k < len(line) else line[-1])
        engine.tick()
        for stream in streams:
            if stream.activity.turn_open and stream.activity.silence_ms >= 500 and not stream.activity.speaking:
                heard.append(stream.finish().text)
    assert sorted(heard) == sorted(texts)
    assert max(recognizer.batches) == 3
    assert engine.times.voice_activity_s > 0


def test_a_closed_stream_costs_nothing_and_its_place_is_used_again() -> None:
    engine = SpeechEngine(ScriptedRecognizer())
    first = engine.open("a")
    first.push(_pause(100))
    first.close()
    first.close()
    engine.tick()
    assert first.activity.now_ms == 0
    assert engine.open("b")._row == first._row


class Foreseeing(ScriptedRecognizer):
    """Its streams read ahead, and count how often."""

    def open(self) -> ForeseeingStream:
        return ForeseeingStream(next(self._scripts, ()))


class ForeseeingStream(ScriptedStream):
    readings = 0

    def reading(self) -> Hypothesis:
        self.readings += 1
        return Hypothesis("read ahead")


def test_pauses_are_read_ahead_a_few_at_a_time_the_longest_first() -> None:
    recognizer = Foreseeing(*[["một hai ba"]] * 4)
    engine = SpeechEngine(recognizer)
    streams = [engine.open(str(k)) for k in range(4)]
    for stream in streams[:3]:
        stream.reads_ahead = True
    pcm = synthesize_blocking("một hai ba")
    # The second caller began, and so stops, 100 ms before the others.
    lines = [_frames(_pause(600 - 100 * (k == 1)), pcm, _pause(900)) for k in range(4)]
    order: list[list[int]] = []
    for frames in zip(*lines, strict=False):
        for stream, frame in zip(streams, frames, strict=True):
            stream.push(frame)
        engine.tick()
        made = [stream._ear.readings for stream in streams]  # type: ignore[attr-defined]
        due = [stream.reading_due for stream in streams]
        assert [stream.behind for stream in streams] == due
        engine.read_ahead(1)
        new = [k for k, stream in enumerate(streams) if stream._ear.readings > made[k]]  # type: ignore[attr-defined]
        assert len(new) == any(due)
        for k in new:
            assert not streams[k].behind
            assert streams[k].partial().text == "read ahead"
            assert streams[k].activity.silence_ms >= AHEAD_MS
        order += [new] if new else []
    assert order == [[1], [0], [2]]  # Once for each pause; of the fourth nobody wants to know.


def test_who_goes_on_speaking_is_read_ahead_again_at_the_next_pause() -> None:
    engine = SpeechEngine(Foreseeing(["một hai ba bốn"]))
    stream = engine.open("a")
    stream.reads_ahead = True
    pcm = synthesize_blocking("một hai")
    for frame in _frames(_pause(600), pcm, _pause(450), pcm, _pause(900)):
        stream.push(frame)
        engine.tick()
        engine.read_ahead(2)
    assert stream._ear.readings == 2  # type: ignore[attr-defined]
