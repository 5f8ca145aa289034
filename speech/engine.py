"""The ears of all calls: voice activity and recognition, batched over every stream once per tick.

A stream pushes its 20 ms frames; ``SpeechEngine.tick`` then runs the voice-activity windows of all streams in one go
and feeds the recogniser, also in one go, with the streams where somebody speaks. Outside speech nothing is recognised:
the last 300 ms wait in a ring, so that a soft beginning is not lost.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from speech.end_model import load_end_model
from speech.prosody import measured
from speech.recognition.base import (
    ForesightedStream,
    PacedStream,
    Pcm,
    Recognizer,
    RecognizerStream,
    Switch,
    SwitchingStream,
)
from speech.smart_turn import HEARD_MS, SmartTurn
from speech.threads import one_blas_thread
from speech.types import SAMPLE_RATE_HZ, Expectation, Hypothesis, Word
from speech.voice_activity import WINDOW_MS, WINDOW_SAMPLES, SileroVad, SpeechDecision, SpeechOptions

PREROLL_MS: Final = 300
_PREROLL_WINDOWS: Final = -(-PREROLL_MS // WINDOW_MS) + 2  # The decision itself comes two windows late.
SETTLED_MS: Final = 180
"""So long after the last sound no more of it is to come."""
AHEAD_MS: Final = 220
"""So long after the last sound ``read_ahead`` reads it: just before turn-taking may first ask."""
CAUGHT_UP_MS: Final = 500
"""So long after the last sound every recogniser has read it."""
_NOTHING: Final = Hypothesis("")


class VoiceActivity(Protocol):
    """Shared by all streams; see ``SileroVad``."""

    def open(self) -> int: ...

    def close(self, row: int) -> None: ...

    def step(self, rows: list[int], windows: NDArray[np.int16]) -> NDArray[np.float32]: ...


@dataclass(slots=True)
class Activity:
    """Who speaks on a stream, as of its last whole window. Times are ms of the stream. Updated in place."""

    now_ms: int = 0
    """End of the audio that was looked at."""
    speaking: bool = False
    turn_open: bool = False
    """Speech began since the last ``finish``; the recogniser listens."""
    turn_start_ms: int = 0
    """Where the open turn began."""
    start_ms: int = 0
    """Beginning of the latest stretch of speech."""
    end_ms: int = 0
    """Where speech last was heard."""
    level_db: float = -100.0
    """Loudness of the last window, dB below full scale."""

    @property
    def speech_ms(self) -> int:
        """Length of the latest stretch of speech."""
        return self.end_ms - self.start_ms

    @property
    def silence_ms(self) -> int:
        """Time since speech was last heard."""
        return self.now_ms - self.end_ms


@dataclass(slots=True)
class EngineTimes:
    """Where the time of ``tick`` went, in seconds of wall clock; ``ticks`` counts calls that had work."""

    voice_activity_s: float = 0.0
    recognition_s: float = 0.0
    ticks: int = 0


class EngineStream:
    """One caller's ear. Made by ``SpeechEngine.open``."""

    def __init__(self, engine: SpeechEngine, stream_id: str, row: int, ear: RecognizerStream, at_ms: int) -> None:
        self.id = stream_id
        self.activity = Activity(now_ms=at_ms, start_ms=at_ms, end_ms=at_ms)
        self._engine = engine
        self._row = row
        self._ear = ear
        self._decision = SpeechDecision(engine.speech_options)
        self._origin_ms = at_ms
        self._windows = 0
        self._pending: list[Pcm] = []
        self._pending_samples = 0
        self._ring: deque[Pcm] = deque(maxlen=_PREROLL_WINDOWS)
        self._feed: list[Pcm] = []
        self._fed_samples = 0
        self._loud = [0.0, 0.0]
        """Windows of speech in the open turn and the sum of their levels in dB."""
        self._paced = ear if isinstance(ear, PacedStream) else None
        self._switching = ear if isinstance(ear, SwitchingStream) else None
        self._foresighted = ear if isinstance(ear, ForesightedStream) else None
        self._read_at_ms, self._reading = -1, _NOTHING
        self.reads_ahead = False
        """A pause may be the end of the turn: its reading shall be ready when it is asked for."""
        self._told_speaking = True
        self._said: deque[Pcm] | None = None if engine.smart_turn is None else deque(maxlen=HEARD_MS // WINDOW_MS)
        """The open turn's sound, for Smart Turn."""
        self._opinion: Future[float] | None = None
        self._asked_at_ms = -1
        self._shift_ms = 0
        """What to add to the recogniser's times, which count only audio that it was fed."""

    def push(self, pcm: Pcm) -> None:
        """New audio, int16 at 8 kHz, any length; looked at in the next tick."""
        self._pending.append(pcm)
        self._pending_samples += len(pcm)

    def expect(self, expectation: Expectation) -> None:
        """What the dialogue awaits; see ``RecognizerStream.expect``."""
        self._ear.expect(expectation)

    def partial(self) -> Hypothesis:
        """Best reading of the open turn so far."""
        if not self.activity.turn_open:
            return _NOTHING
        return self._moved(self._whole() or self._ear.partial())

    def _whole(self) -> Hypothesis | None:
        """Early in a silence the reading with its last syllables, made once: ``partial`` has them later."""
        activity = self.activity
        if self._foresighted is None or activity.speaking or not SETTLED_MS <= activity.silence_ms < CAUGHT_UP_MS:
            return None
        if self._read_at_ms != activity.end_ms:
            self._read_at_ms, self._reading = activity.end_ms, self._foresighted.reading()
        return self._reading

    def sounds_over(self) -> float | None:
        """Smart Turn's probability that the open turn is over, asked once in a silence; None while it is not known."""
        smart_turn, end_ms = self._engine.smart_turn, self.activity.end_ms
        if smart_turn is None or not self._said or not self.activity.turn_open:
            return None
        if self._asked_at_ms != end_ms:
            self._drop_opinion()
            self._asked_at_ms = end_ms
            self._opinion = smart_turn.ask(np.concatenate(self._said))
        answer = self._opinion
        if answer is None or not answer.done() or answer.cancelled() or answer.exception() is not None:
            return None
        return answer.result()

    def _drop_opinion(self) -> None:
        if self._opinion is not None:
            self._opinion.cancel()
            self._opinion = None

    @property
    def reading_due(self) -> bool:
        """``SpeechEngine.read_ahead`` has not come to this pause yet."""
        activity = self.activity
        if not self.reads_ahead or self._foresighted is None or activity.speaking or not activity.turn_open:
            return False
        return AHEAD_MS <= activity.silence_ms < CAUGHT_UP_MS and self._read_at_ms != activity.end_ms

    @property
    def behind(self) -> bool:
        """Speech has paused and its reading is still under way; ``partial`` and ``finish`` would miss words."""
        return (self._paced is not None and self.activity.turn_open and self._paced.behind) or self.reading_due

    def switches(self) -> Sequence[Switch]:
        """Changes of recogniser since the last call."""
        return self._switching.switches() if self._switching is not None else ()

    def finish(self) -> Hypothesis:
        """Close the open turn and return its final reading; empty if none is open.

        Somebody who is speaking at this moment opens the next turn with the next window.
        """
        if not self.activity.turn_open:
            return _NOTHING
        self._drop_opinion()
        self._engine.flush(self)
        final = self._moved(self._ear.finish())
        windows, levels = self._loud
        pitch_hz = final.prosody.pitch_hz if final.prosody else None
        spans = [(word.start_ms, word.end_ms) for word in final.words]
        final = replace(final, prosody=measured(pitch_hz, levels / windows if windows else None, spans))
        self._loud = [0.0, 0.0]
        self.activity.turn_open = False
        self._ring.clear()
        return final

    def close(self) -> None:
        """Give the place back; the stream must not be used any more."""
        self._drop_opinion()
        self._engine.close(self)

    def _moved(self, heard: Hypothesis) -> Hypothesis:
        shift = self._shift_ms
        if not heard.words or not shift:
            return heard
        words = tuple(Word(w.text, w.start_ms + shift, w.end_ms + shift, w.confidence) for w in heard.words)
        return replace(heard, words=words)

    # The engine's side.

    @property
    def ready(self) -> bool:
        """A whole window waits."""
        return self._pending_samples >= WINDOW_SAMPLES

    def take_window(self) -> Pcm:
        """The next 256 samples."""
        joined = np.concatenate(self._pending) if len(self._pending) > 1 else self._pending[0]
        rest = joined[WINDOW_SAMPLES:]
        self._pending = [rest] if len(rest) else []
        self._pending_samples = len(rest)
        return joined[:WINDOW_SAMPLES]

    def judge(self, window: Pcm, probability: float, level_db: float) -> None:
        """Take the network's answer for ``window`` and decide whether the recogniser shall hear it."""
        self._windows += 1
        activity, decision = self.activity, self._decision
        activity.now_ms = self._origin_ms + self._windows * WINDOW_MS
        activity.level_db = level_db
        decision.update(probability, level_db, activity.now_ms)
        activity.speaking = decision.speaking
        if decision.speaking:
            self._loud[0] += 1
            self._loud[1] += level_db
            activity.start_ms, activity.end_ms = decision.start_ms, decision.end_ms
        if activity.turn_open:
            self._feed.append(window)
            if self._said is not None:
                self._said.append(window)
        elif decision.speaking:
            self._open_turn(window)
        else:
            self._ring.append(window)

    def _open_turn(self, window: Pcm) -> None:
        activity = self.activity
        activity.turn_open = self._told_speaking = True
        activity.turn_start_ms = max(activity.start_ms, activity.now_ms - (len(self._ring) + 1) * WINDOW_MS)
        self._feed = [*self._ring, window]
        self._ring.clear()
        if self._said is not None:
            self._said.clear()
            self._said.extend(self._feed)
        fed_ms = self._fed_samples * 1000 // SAMPLE_RATE_HZ
        self._shift_ms = activity.now_ms - len(self._feed) * WINDOW_MS - fed_ms

    def tell_pause(self) -> None:
        """Tell a recogniser that takes its time whether somebody still speaks."""
        speaking = self.activity.speaking
        if self._paced is not None and self.activity.turn_open and speaking is not self._told_speaking:
            self._told_speaking = speaking
            self._paced.notice(speaking)

    def take_feed(self) -> Pcm | None:
        """What the recogniser has not heard yet."""
        if not self._feed:
            return None
        audio = np.concatenate(self._feed) if len(self._feed) > 1 else self._feed[0]
        self._feed = []
        self._fed_samples += len(audio)
        return audio


class SpeechEngine:
    """One per process, used from one thread."""

    def __init__(
        self,
        recognizer: Recognizer[Any],
        *,
        voice_activity: VoiceActivity | None = None,
        speech_options: SpeechOptions | None = None,
        smart_turn: SmartTurn | None = None,
    ) -> None:
        """Raises ConfigurationError if the voice-activity model is missing. Sets NumPy to one thread, process-wide.

        ``smart_turn`` is asked whether a turn sounds over where its words leave a doubt; without it nobody is.
        """
        one_blas_thread()
        load_end_model()  # Now, not in the first call's first silence.
        self.recognizer = recognizer
        self.speech_options = speech_options or SpeechOptions()
        self.smart_turn = smart_turn
        self.times = EngineTimes()
        self._vad: VoiceActivity = voice_activity or SileroVad()
        self._streams: dict[int, EngineStream] = {}

    def open(self, stream_id: str, *, at_ms: int = 0) -> EngineStream:
        """A new stream whose clock begins at ``at_ms``."""
        row = self._vad.open()
        stream = EngineStream(self, stream_id, row, self.recognizer.open(), at_ms)
        self._streams[row] = stream
        return stream

    def close(self, stream: EngineStream) -> None:
        """Forget a stream; closing twice is harmless."""
        if self._streams.get(stream._row) is stream:
            del self._streams[stream._row]
            self._vad.close(stream._row)

    def tick(self) -> None:
        """Look at all audio that was pushed since the last tick."""
        self.listen()
        self.recognize()

    def listen(self) -> None:
        """Voice activity of all audio that was pushed since the last time."""
        started = time.perf_counter()
        while ready := [stream for stream in self._streams.values() if stream.ready]:
            self._judge(ready)
        self.times.voice_activity_s += time.perf_counter() - started

    def recognize(self) -> None:
        """Read what ``listen`` found to be speech. The dear half: calls send their packets between the two."""
        started = time.perf_counter()
        self._recognize()
        self.times.recognition_s += time.perf_counter() - started
        self.times.ticks += 1

    def read_ahead(self, most: int) -> None:
        """Make up to ``most`` of the readings that pauses wait for, the longest pauses' first; each costs a few ms."""
        due = [stream for stream in self._streams.values() if stream.reading_due]
        for stream in sorted(due, key=lambda stream: -stream.activity.silence_ms)[:most]:
            stream.partial()

    def flush(self, stream: EngineStream) -> None:
        """Feed the recogniser what still waits for it on this stream."""
        audio = stream.take_feed()
        if audio is not None:
            self.recognizer.step([stream._ear], [audio])

    def _judge(self, ready: list[EngineStream]) -> None:
        windows = np.stack([stream.take_window() for stream in ready])
        probabilities = self._vad.step([stream._row for stream in ready], windows)
        power = np.einsum("bs,bs->b", windows, windows, dtype=np.float32) / (WINDOW_SAMPLES * 32768.0**2)
        levels = 10 * np.log10(power + 1e-10)
        for stream, window, probability, level in zip(
            ready, windows, probabilities.tolist(), levels.tolist(), strict=True
        ):
            stream.judge(window, probability, level)

    def _recognize(self) -> None:
        ears: list[Any] = []
        audio: list[Pcm] = []
        for stream in self._streams.values():
            new = stream.take_feed()
            if new is not None:
                ears.append(stream._ear)
                audio.append(new)
        if ears:
            self.recognizer.step(ears, audio)
            for stream in self._streams.values():
                stream.tell_pause()
