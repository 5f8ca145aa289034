"""Readers behind the streaming seam: stable prefixes, pauses, cuts, back-pressure, trouble."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from speech.recognition.agreement import Agreement
from speech.recognition.hallucinations import believed, repeats_cut
from speech.recognition.read_queue import Job, ReadQueue
from speech.recognition.reading import Reading, Request, plain_words, spread
from speech.recognition.windows import WindowOptions, WindowRecognizer, WindowStream
from speech.types import Expectation

SECOND = np.full(8000, 500, np.int16)
INLINE = WindowOptions(partial_every_ms=1000, workers=0)
_WORDS = ("một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín", "mười")


class Counting:
    """Reads one word per second of audio; the last one differently as long as the turn goes on."""

    name, trained_on, expectations, batch = "counting", "nothing", True, 2

    def __init__(self, fail: Callable[[Request], bool] = lambda request: False) -> None:
        self.asked: list[Request] = []
        self.closed = False
        self._fail = fail

    def read(self, requests: Sequence[Request]) -> list[Reading]:
        self.asked += requests
        if any(self._fail(request) for request in requests):
            raise OSError("no model")
        return [self._one(request) for request in requests]

    def close(self) -> None:
        self.closed = True

    def _one(self, request: Request) -> Reading:
        count = len(request.audio) // 8000
        words = [_WORDS[k % 10] for k in range(count)]
        if not request.final and words:
            words[-1] = "ờ"
        text = " ".join(words)
        return Reading(text, 0.8, spread(text, request.audio, 0.8))


def feed(recognizer: WindowRecognizer, stream: WindowStream, seconds: float) -> None:
    for _ in range(int(seconds * 10)):
        recognizer.step([stream], [SECOND[:800]])


def test_partials_are_what_two_readings_agree_on() -> None:
    reader = Counting()
    recognizer = WindowRecognizer(reader, INLINE)
    stream = recognizer.open()
    seen = []
    for _ in range(4):
        feed(recognizer, stream, 1)
        seen.append(stream.partial().text)
    assert seen == ["", "", "một", "một hai"]
    stream.expect(Expectation(phrases=("An",)))
    stream.notice(speaking=False)
    assert stream.partial().text == "một hai ba bốn"
    assert reader.asked[-1].expectation.phrases == ("An",)
    final = stream.finish()
    assert (final.text, final.confidence, len(final.words)) == ("một hai ba bốn", 0.8, 4)
    assert final.words[-1].end_ms == 4000
    feed(recognizer, stream, 2)  # the next turn; its times go on
    stream.notice(speaking=False)
    assert [(w.text, w.start_ms) for w in stream.finish().words] == [("một", 4000), ("hai", 5000)]
    recognizer.close()
    assert reader.closed


def test_a_pause_that_was_none_is_read_again() -> None:
    recognizer = WindowRecognizer(Counting(), INLINE)
    stream = recognizer.open()
    feed(recognizer, stream, 2)
    stream.notice(speaking=False)
    feed(recognizer, stream, 0.5)
    assert stream.finish().text == "một hai"  # what was silent is not read
    feed(recognizer, stream, 2)
    stream.notice(speaking=False)
    stream.notice(speaking=True)
    feed(recognizer, stream, 1)
    stream.notice(speaking=False)
    assert stream.finish().text == "một hai ba"


def test_long_turns_are_cut_and_joined_and_files_read_once() -> None:
    reader = Counting()
    recognizer = WindowRecognizer(reader, WindowOptions(None, on_pause=False, longest_ms=6000, workers=0))
    stream = recognizer.open()
    feed(recognizer, stream, 15)
    final = stream.finish()
    assert sum(len(request.audio) for request in reader.asked) == 15 * 8000
    assert len(reader.asked) >= 3
    starts = [word.start_ms for word in final.words]
    assert starts == sorted(starts)
    assert final.words[-1].end_ms <= 15_000


def test_very_short_and_empty_turns_are_not_read() -> None:
    reader = Counting()
    recognizer = WindowRecognizer(reader, INLINE)
    stream = recognizer.open()
    assert stream.finish().text == ""
    recognizer.step([stream], [SECOND[:400]])
    stream.notice(speaking=False)
    assert not stream.behind
    assert stream.finish().text == ""
    assert reader.asked == []


def test_an_error_is_told_and_the_next_turn_is_clean() -> None:
    recognizer = WindowRecognizer(Counting(fail=lambda request: request.final), INLINE)
    stream = recognizer.open()
    feed(recognizer, stream, 3.5)
    stream.notice(speaking=False)
    assert (stream.behind, stream.partial().text) == (False, "một")  # what was stable before
    assert stream.error == "OSError"
    stream.finish()
    assert (stream.error, stream.failed_turn) == (None, "OSError")


class Gate(Counting):
    """Waits for ``open`` before it reads."""

    def __init__(self) -> None:
        super().__init__()
        self.open, self.entered = threading.Event(), threading.Event()

    def read(self, requests: Sequence[Request]) -> list[Reading]:
        self.entered.set()
        assert self.open.wait(30)
        return super().read(requests)


def test_nothing_waits_for_the_worker() -> None:
    reader = Gate()
    recognizer = WindowRecognizer(reader, WindowOptions(workers=1))
    stream, other = recognizer.open(), recognizer.open()
    feed(recognizer, stream, 2)
    assert reader.entered.wait(30)
    feed(recognizer, other, 2)
    stream.notice(speaking=False)
    assert stream.behind
    assert stream.finish().text == ""  # nobody may wait, so the words are lost; the engine asks ``behind`` first
    feed(recognizer, stream, 3)
    stream.notice(speaking=False)
    reader.open.set()
    assert recognizer.queue.idle(30)
    assert not stream.behind
    assert stream.finish().text == "một hai ba"
    assert reader.asked[1].final  # the pause came before the partial of the other call
    recognizer.close()


def job(owner: int, told: list[tuple[int, str]], *, final: bool = False) -> Job:
    return Job(
        owner,
        lambda: Request(SECOND, final=final),
        final,
        lambda reading: told.append((owner, "read")),
        lambda error: told.append((owner, error)),
        lambda: told.append((owner, "dropped")),
    )


def test_back_pressure_drops_partials_before_finals() -> None:
    reader, told = Gate(), list[tuple[int, str]]()
    queue = ReadQueue(reader, capacity=3)
    queue.put(job(0, told))
    assert reader.entered.wait(30)  # the worker is busy with it
    for owner in (1, 2, 3):
        queue.put(job(owner, told))
    assert told == []
    queue.put(job(1, told, final=True))  # takes the place of its own partial
    queue.put(job(4, told, final=True))
    queue.put(job(5, told, final=True))
    assert told == [(2, "dropped"), (3, "dropped")]
    queue.put(job(6, told))
    queue.put(job(7, told, final=True))
    assert told[2:4] == [(6, "dropped"), (7, "dropped")]
    assert told[4][1].startswith("overloaded")
    reader.open.set()
    assert queue.idle(30)
    assert sorted(owner for owner, what in told if what == "read") == [0, 1, 4, 5]
    queue.close()
    queue.put(job(8, told))
    assert told[-1] == (8, "dropped")


def test_agreement_never_takes_back() -> None:
    agreement = Agreement()
    assert agreement.update(list("abc")) == ()
    assert agreement.update(list("abx")) == ("a", "b")
    assert agreement.update(list("zyxw")) == ("a", "b")
    assert agreement.update(list("zyxw")) == ("a", "b", "x", "w")


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("Còn 2.500.000 đồng, hạn 15/12.", "còn hai triệu năm trăm nghìn đồng hạn ngày mười lăm tháng mười hai"),
        ("Dạ, vâng ạ… Hoà Bình – Thuỷ!", "dạ vâng ạ hòa bình thủy"),
        ("<b>Zalo-OA</b> 🙂", "zalo oa"),
        (" \n", ""),
    ],
)
def test_readings_become_words_as_spoken(written: str, plain: str) -> None:
    assert plain_words(written) == plain


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("hãy subscribe cho kênh ghiền mì gõ để không bỏ lỡ những video hấp dẫn", ""),
        ("cảm ơn các bạn đã theo dõi và hẹn gặp lại", ""),
        ("dạ đúng rồi hãy đăng ký kênh để ủng hộ kênh của mình nhé", "dạ đúng rồi"),
        ("tôi đã đăng ký kênh bán hàng bên em rồi", "tôi đã đăng ký kênh bán hàng bên em rồi"),
        ("cảm ơn em nhé", "cảm ơn em nhé"),
        ("không không không", "không không không"),
        ("không chín không không không không không một hai", "không chín không không không không không một hai"),
        ("xin chào xin chào xin chào xin chào", "xin chào"),
    ],
)
def test_hallucinations_are_filtered_and_speech_is_not(text: str, kept: str) -> None:
    assert believed(text, no_speech=0.1, log_probability=-0.3) == kept


def test_silence_and_endless_repetition_say_nothing() -> None:
    assert believed("dạ", no_speech=0.9, log_probability=-1.5) == ""
    assert believed("dạ", no_speech=0.9, log_probability=-0.2) == "dạ"
    assert repeats_cut("a b c " * 40) == "a b c"
    nonsense = " ".join(f"la la {'lá' if k % 7 else 'là'} la {'lá' if k % 5 else 'là'}" for k in range(60))
    assert believed(nonsense, no_speech=0, log_probability=0) == ""
