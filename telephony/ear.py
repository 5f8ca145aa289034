"""The customer's side of a call: packets in, an even stream of sound to the speech engine, finished turns out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from speech.engine import Activity, EngineStream, SpeechEngine
from speech.recognition.base import Switch
from speech.types import FRAME_SAMPLES, Expectation, Hypothesis
from telephony.carrier import Codec, MediaPacket
from telephony.jitter import JitterBuffer


@dataclass(frozen=True, slots=True)
class Heard:
    """One finished stretch of the customer's speech, in ms of the call."""

    hypothesis: Hypothesis
    start_ms: int
    end_ms: int
    recognition_ms: float = 0.0
    """What the final reading cost."""

    @property
    def text(self) -> str:
        return self.hypothesis.text


LONGEST_READING_MS: Final = 4000
"""A recogniser that takes longer after the last word is not waited for."""
_SILENCE: Final = np.zeros(FRAME_SAMPLES, np.int16)
NOTHING = Heard(Hypothesis(""), 0, 0)


class Ear:
    """One call's hearing; deaf until ``open``."""

    def __init__(self, engine: SpeechEngine, stream_id: str, codec: Codec) -> None:
        self._engine = engine
        self._id = stream_id
        self._codec = codec
        self._stream: EngineStream | None = None
        self.jitter = JitterBuffer(codec)
        self.frame: NDArray[np.int16] = _SILENCE
        """The latest 20 ms."""

    def open(self, now_ms: int) -> None:
        """Listen to a new far end (the network, then the callee) from now on."""
        self.close()
        self.jitter = JitterBuffer(self._codec)
        self._stream = self._engine.open(self._id, at_ms=now_ms)

    @property
    def activity(self) -> Activity | None:
        """Who speaks; None while deaf."""
        return self._stream.activity if self._stream is not None else None

    @property
    def turn_open(self) -> bool:
        """Something was said that is not finished yet."""
        return self._stream is not None and self._stream.activity.turn_open

    def put(self, packets: Iterable[MediaPacket]) -> None:
        """Packets off the wire."""
        for packet in packets:
            self.jitter.put(packet)

    def hear(self) -> NDArray[np.int16] | None:
        """The next 20 ms, which also go to the speech engine; None while deaf."""
        if self._stream is None:
            return None
        frame = self.frame = self.jitter.pop()
        self._stream.push(frame)
        return frame

    def expect(self, expectation: Expectation) -> None:
        """What the dialogue awaits."""
        if self._stream is not None:
            self._stream.expect(expectation)

    def partial(self) -> str:
        """Text of the open turn so far."""
        return self._stream.partial().text if self._stream is not None else ""

    def read_ahead(self, wanted: bool) -> None:
        """Shall a pause be read as soon as it may be the turn's end?"""
        if self._stream is not None:
            self._stream.reads_ahead = wanted

    @property
    def sounds_over(self) -> Callable[[], float | None] | None:
        """Asks how the open turn sounds (``EngineStream.sounds_over``); None where nobody is asked."""
        return self._stream.sounds_over if self._stream is not None and self._engine.smart_turn is not None else None

    @property
    def behind(self) -> bool:
        """What was said is still being read; not for ever."""
        stream = self._stream
        return stream is not None and stream.behind and stream.activity.silence_ms < LONGEST_READING_MS

    def switches(self) -> Sequence[Switch]:
        """Changes of recogniser since the last call."""
        return self._stream.switches() if self._stream is not None else ()

    def finish(self) -> Heard:
        """Close the open turn; ``NOTHING`` if there is none."""
        if self._stream is None or not self._stream.activity.turn_open:
            return NOTHING
        activity = self._stream.activity
        start_ms, end_ms = activity.turn_start_ms, activity.end_ms
        started_s = time.perf_counter()
        hypothesis = self._stream.finish()
        return Heard(hypothesis, start_ms, end_ms, (time.perf_counter() - started_s) * 1000)

    def close(self) -> None:
        """Stop listening."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None
