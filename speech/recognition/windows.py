"""Readers (reading.py) as streaming recognisers: growing windows, stable prefixes, a queue between calls and model.

While somebody speaks, the turn so far is read again every ``partial_every_ms`` and what two readings agree on is the
partial text. When they pause, the whole turn is read at once, before any partial of another call; with luck that
reading is there when the silence is long enough to end the turn. A window longer than the reader likes is cut at its
quietest place. Nothing here waits, unless the queue works inline (files, virtual time).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

import numpy as np

from speech.recognition.agreement import Agreement
from speech.recognition.base import Pcm, RecognizerCapabilities
from speech.recognition.read_queue import CAPACITY, Job, ReadQueue
from speech.recognition.reading import Reader, Reading, Request
from speech.types import OPEN, SAMPLE_RATE_HZ, Expectation, Hypothesis, Word

_SHORTEST: Final = SAMPLE_RATE_HZ // 5
"""Less sound (200 ms) is not worth reading."""
_QUIET_FRAME: Final = SAMPLE_RATE_HZ // 10


@dataclass(frozen=True, slots=True)
class WindowOptions:
    """How a reader is asked. Times in ms of audio."""

    partial_every_ms: int | None = 1000
    """New audio after which the open turn is read again; None: not before a pause."""
    on_pause: bool = True
    """Read when the speaker pauses; else only at ``finish`` (files)."""
    longest_ms: int = 20_000
    """A window is cut here. Whisper hears at most 30 s."""
    workers: int = 1
    """Threads that read; 0: whoever feeds the stream waits for the reading."""
    capacity: int = CAPACITY


class WindowStream:
    """One caller's ear. Used from one thread; readings come in from the queue's."""

    def __init__(self, key: int, queue: ReadQueue, options: WindowOptions) -> None:
        self.error: str | None = None
        """Why the open turn could not be read."""
        self.failed_turn: str | None = None
        """Why the turn that ``finish`` closed last was not read whole."""
        self._key, self._queue, self._options = key, queue, options
        self._expectation = OPEN
        self._turn = 0
        self._fed = 0
        """Samples of all turns."""
        self._inbox: deque[tuple[int, int, int, bool, Reading | str | None]] = deque()
        """(turn, window, samples read, final, reading or error or None if dropped), from the worker."""
        self._begin()

    def _begin(self) -> None:
        self._chunks: list[Pcm] = []
        self._heard = 0
        """Samples of the window."""
        self._window = 0
        self._origin = self._fed
        self._closed: dict[int, Reading] = {}
        """Readings of the windows that were cut off, by number, with times of the stream."""
        self._cut: list[tuple[int, Pcm, int]] = []
        """Windows cut off and not read yet: number, audio, first sample of the stream."""
        self._agreement = Agreement()
        self._asked = self._read = 0
        """Samples of the window that a request is under way for, and that the latest reading covers."""
        self._latest = Reading("")
        self._waiting = False
        self._paused_at: int | None = None
        """Samples of the window when speech paused; None while somebody speaks."""
        self.error = None

    # The common seam.

    def expect(self, expectation: Expectation) -> None:
        """Use from the next reading on."""
        self._expectation = expectation

    def partial(self) -> Hypothesis:
        """What is stable; the whole reading once speech has paused and it covers the pause."""
        self._collect()
        whole = self._paused_at is not None and self._covered()
        text = self._latest.text if whole else " ".join(self._agreement.stable)
        return Hypothesis(" ".join(part for part in (*self._closed_texts(), text) if part))

    def finish(self) -> Hypothesis:
        """The latest reading, also if it does not cover the whole turn: nothing is waited for."""
        self._collect()
        if self._queue.inline and not self._covered():
            self._ask(final=True)
            self._collect()
        final, self.failed_turn = self._final(), self.error
        self._turn += 1
        self._begin()
        return final

    # For the engine.

    def notice(self, speaking: bool) -> None:
        """Voice activity: speech has paused or goes on within the open turn."""
        if speaking:
            self._paused_at = None
        elif self._paused_at is None:
            self._paused_at = self._heard
            if self._options.on_pause:
                self._ask(final=True)

    @property
    def behind(self) -> bool:
        """Speech has paused and its reading is still under way."""
        self._collect()
        waited = self._options.on_pause and not self._queue.inline and self.error is None
        return waited and self._paused_at is not None and not self._covered()

    # For the recogniser.

    def hear(self, pcm: Pcm) -> None:
        """New audio."""
        self._collect()
        self._chunks.append(pcm)
        self._heard += len(pcm)
        self._fed += len(pcm)
        if self._heard >= self._options.longest_ms * SAMPLE_RATE_HZ // 1000:
            self._cut_window()
        every_ms = self._options.partial_every_ms
        if every_ms is None or self._paused_at is not None or self._waiting:
            return
        if self._heard - max(self._asked, self._read) >= every_ms * SAMPLE_RATE_HZ // 1000:
            self._ask(final=False)

    def _audio(self) -> Pcm:
        if len(self._chunks) > 1:
            self._chunks = [np.concatenate(self._chunks)]
        return self._chunks[0] if self._chunks else np.zeros(0, np.int16)

    def _covered(self) -> bool:
        """Nothing said is missing from the latest reading."""
        if self._cut:
            return False
        if self._heard < _SHORTEST:
            return True
        return self._read >= (self._heard if self._paused_at is None else self._paused_at)

    def _ask(self, *, final: bool) -> None:
        """Have the window read; what of it was heard by now."""
        upto = self._paused_at if self._paused_at is not None else self._heard
        if upto < _SHORTEST:
            self._read = max(self._read, upto)
            return
        self._asked = upto
        self._waiting = True
        self._put(self._window, self._audio()[:upto], final=final)

    def _put(self, window: int, audio: Pcm, *, final: bool) -> None:
        turn, inbox, expectation = self._turn, self._inbox, self._expectation

        def request() -> Request | None:
            return Request(audio, expectation, final) if self._turn == turn else None

        def tell(what: Reading | str | None) -> None:
            inbox.append((turn, window, len(audio), final, what))

        # A window that was cut off is no younger reading of this one: its job has a place of its own.
        owner = self._key if window == self._window else -(self._key * 1000 + window + 1)
        self._queue.put(Job(owner, request, final, tell, tell, lambda: tell(None)))

    def _cut_window(self) -> None:
        """Close the window at the quietest place of its second half."""
        audio = self._audio()
        half = len(audio) // 2
        frames = audio[half : len(audio) - len(audio[half:]) % _QUIET_FRAME].astype(np.float32)
        power = (frames.reshape(-1, _QUIET_FRAME) ** 2).mean(axis=1)
        at = half + int(np.argmin(power)) * _QUIET_FRAME + _QUIET_FRAME // 2
        self._cut.append((self._window, audio[:at], self._origin))
        self._put(self._window, audio[:at], final=True)
        self._window += 1
        self._origin += at
        self._chunks, self._heard = [audio[at:]], len(audio) - at
        self._agreement, self._latest = Agreement(), Reading("")
        self._asked = self._read = 0
        self._waiting = False
        if self._paused_at is not None:
            self._paused_at = max(0, self._paused_at - at)

    def _collect(self) -> None:
        """Take in what the worker has read meanwhile."""
        while self._inbox:
            turn, window, samples, final, what = self._inbox.popleft()
            if turn != self._turn:
                continue
            if window == self._window:
                self._waiting = False
            if isinstance(what, str):
                if final:
                    self.error = what
            elif what is not None:
                self._take(window, samples, what)

    def _take(self, window: int, samples: int, reading: Reading) -> None:
        for at, (number, audio, origin) in enumerate(self._cut):
            if number == window and len(audio) == samples:
                self._closed[window] = _moved(reading, origin)
                del self._cut[at]
                return
        if window == self._window and samples >= self._read:
            self._read, self._latest = samples, reading
            self._agreement.update(reading.text.split())

    def _closed_texts(self) -> list[str]:
        return [self._closed[number].text for number in sorted(self._closed)]

    def _final(self) -> Hypothesis:
        parts = [self._closed[number] for number in sorted(self._closed)]
        parts = [part for part in (*parts, _moved(self._latest, self._origin)) if part.text]
        words = tuple(word for part in parts for word in part.words)
        text = " ".join(part.text for part in parts)
        if not text:
            return Hypothesis("")
        confidence = sum(part.confidence * len(part.text) for part in parts) / sum(len(part.text) for part in parts)
        return Hypothesis(text, words, confidence, (text,))


def _moved(reading: Reading, origin: int) -> Reading:
    shift = origin * 1000 // SAMPLE_RATE_HZ
    words = tuple(Word(w.text, w.start_ms + shift, w.end_ms + shift, w.confidence) for w in reading.words)
    return Reading(reading.text, reading.confidence, words)


class WindowRecognizer:
    """A reader behind the common seam; one model and one queue per process, a light stream per call."""

    def __init__(self, reader: Reader, options: WindowOptions = WindowOptions()) -> None:
        self.capabilities = RecognizerCapabilities(
            reader.name, options.partial_every_ms is not None, reader.expectations, reader.trained_on
        )
        self.options = options
        self.queue = ReadQueue(reader, workers=options.workers, capacity=options.capacity)
        self._keys = count(1)

    def open(self) -> WindowStream:
        """A new stream."""
        return WindowStream(next(self._keys), self.queue, self.options)

    def step(self, streams: Sequence[WindowStream], audio: Sequence[Pcm]) -> None:
        """Feed each stream its new audio; readings are asked for, never waited for."""
        for stream, pcm in zip(streams, audio, strict=True):
            stream.hear(pcm)

    def close(self) -> None:
        """Stop reading; waits for what is being read."""
        self.queue.close()
