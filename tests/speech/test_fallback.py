"""A chain of recognisers: errors, slowness, rest and return."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pytest

from core.clock import VirtualClock
from core.errors import ConfigurationError
from speech.recognition.base import Pcm, Switch
from speech.recognition.fake import ScriptedRecognizer, ScriptedStream
from speech.recognition.fallback import FallbackOptions, FallbackRecognizer, FallbackStream
from speech.recognition.windows import WindowOptions, WindowRecognizer
from speech.types import Expectation
from tests.speech.test_windows import Counting, Gate

TENTH = np.full(800, 500, np.int16)
LINE = "không chín không không không không không một hai ba"


def clock() -> VirtualClock:
    return VirtualClock(datetime(2026, 11, 23, 3, tzinfo=UTC))


def feed(recognizer: FallbackRecognizer, stream: FallbackStream, tenths: int) -> None:
    for _ in range(tenths):
        recognizer.step([stream], [TENTH])


class Breaks(ScriptedRecognizer):
    """Cannot be stepped while ``broken``."""

    broken = False

    def step(self, streams: Sequence[ScriptedStream], audio: Sequence[Pcm]) -> None:
        if self.broken:
            raise ConfigurationError("hỏng", "out of order")
        super().step(streams, audio)


def test_an_error_in_the_middle_of_a_turn_costs_no_word() -> None:
    first, second, time = Breaks(["một hai ba", LINE]), ScriptedRecognizer([LINE, LINE]), clock()
    chain = FallbackRecognizer([first, second], time)
    stream = chain.open()
    stream.expect(Expectation(("digits",)))
    feed(chain, stream, 6)
    assert stream.partial().text == "một hai ba"
    first.broken = True
    feed(chain, stream, 4)
    assert stream.partial().text == "không chín không không không"  # it heard all of the turn
    feed(chain, stream, 10)
    assert stream.switches() == [Switch("scripted", "scripted", "error", "out of order")]
    assert stream.switches() == []
    final = stream.finish()
    assert (final.text, final.words[0].start_ms, final.words[-1].end_ms) == (LINE, 0, 2000)


def test_the_first_is_tried_again_after_its_rest_in_any_call() -> None:
    first, second, time = Breaks(["a"], ["d"]), ScriptedRecognizer(["x", "y"], ["z"]), clock()
    chain = FallbackRecognizer([first, second], time, FallbackOptions(rest_s=30))
    stream, other = chain.open(), chain.open()
    first.broken = True
    feed(chain, stream, 5)
    assert stream.finish().text == "x"
    first.broken = False
    time.advance(29)
    feed(chain, stream, 5)
    feed(chain, other, 5)
    assert (stream.finish().text, other.finish().text) == ("y", "z")
    assert [s.reason for s in other.switches()] == ["resting"]
    time.advance(2)
    feed(chain, stream, 5)
    assert [s.reason for s in stream.switches()] == ["error", "recovered"]
    final = stream.finish()
    assert (final.text, final.words[0].start_ms) == ("d", 1000)  # a fresh ear, with the call's times


def test_a_reading_that_fails_is_read_by_the_next() -> None:
    slow = WindowRecognizer(Counting(fail=lambda request: True), WindowOptions(None, on_pause=False, workers=0))
    chain = FallbackRecognizer([slow, ScriptedRecognizer(["đúng rồi"])], clock())
    stream = chain.open()
    feed(chain, stream, 10)
    final = stream.finish()  # files: everything happens here
    assert final.text == "đúng rồi"
    assert [(s.after, s.reason, s.detail) for s in stream.switches()] == [("scripted", "error", "OSError")]


def test_a_slow_one_is_left_after_its_time() -> None:
    reader = Gate()
    slow = WindowRecognizer(reader, WindowOptions(partial_every_ms=None))
    chain = FallbackRecognizer([slow, ScriptedRecognizer(["đúng rồi"])], clock(), FallbackOptions(slow_ms=500))
    stream = chain.open()
    feed(chain, stream, 10)
    stream.notice(speaking=False)
    feed(chain, stream, 4)
    assert stream.behind
    assert stream.switches() == []
    feed(chain, stream, 2)
    assert not stream.behind
    assert [s.reason for s in stream.switches()] == ["slow"]
    assert stream.finish().text == "đúng rồi"
    reader.open.set()
    assert slow.queue.idle(30)
    chain.close()
    assert reader.closed


def test_the_last_one_has_nobody_behind_it() -> None:
    only = Breaks(["một"])
    chain = FallbackRecognizer([only], clock())
    stream = chain.open()
    only.broken = True
    feed(chain, stream, 5)
    assert stream.finish().text == ""
    only.broken = False
    feed(chain, stream, 5)
    assert stream.finish().text == "một"
    assert stream.switches() == []
    with pytest.raises(ValueError, match="recogniser"):
        FallbackRecognizer([], clock())


def test_streams_of_one_recogniser_are_stepped_together() -> None:
    seen: list[int] = []

    class Watched(Breaks):
        def step(self, streams: Sequence[ScriptedStream], audio: Sequence[Pcm]) -> None:
            seen.append(len(streams))
            super().step(streams, audio)

    chain = FallbackRecognizer([Watched(["a"], ["b"]), ScriptedRecognizer()], clock())
    streams = [chain.open(), chain.open()]
    chain.step(streams, [TENTH, TENTH])
    assert seen == [2]
    assert "→" in chain.capabilities.name
