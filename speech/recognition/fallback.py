"""A chain of recognisers: when one fails or is too slow, the next takes over in the middle of the call.

The open turn's audio is kept, so that the next recogniser reads it from its beginning and no word is lost. A recogniser
that failed rests for a while; later turns, of any call, then try it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

import numpy as np

from core.clock import Clock
from core.errors import AloError
from core.logging import get_logger
from speech.recognition.base import ForesightedStream, PacedStream, Pcm, Recognizer, RecognizerCapabilities, Switch
from speech.types import OPEN, SAMPLE_RATE_HZ, Expectation, Hypothesis, Word

_KEPT: Final = 30 * SAMPLE_RATE_HZ
"""Of a longer turn the last 30 s are read again."""
_log = get_logger("speech.recognition")


@dataclass(frozen=True, slots=True)
class FallbackOptions:
    """When to go over to the next recogniser. ``slow_ms`` is audio after a pause for which its reading is waited."""

    slow_ms: int = 1500
    rest_s: float = 30.0
    """How long one that failed is left alone."""


@dataclass(slots=True)
class _Ear:
    """A stream of one of the chain's recognisers."""

    stream: Any
    fed: int = 0
    """Samples it has heard."""
    shift_ms: int = 0
    """What to add to its times."""


class FallbackStream:
    """One caller's ear, with an ear of each recogniser that was needed for it so far."""

    def __init__(self, chain: FallbackRecognizer) -> None:
        self.error: str | None = None
        self._chain = chain
        self._ears: dict[int, _Ear] = {}
        self._at = 0
        self._expectation = OPEN
        self._turn: list[Pcm] = []
        self._turn_samples = 0
        self._fed = 0
        self._paused_at: int | None = None
        self._switches: list[Switch] = []

    # The common seam.

    def expect(self, expectation: Expectation) -> None:
        """Passed on to whichever recogniser reads."""
        self._expectation = expectation
        if ear := self._ears.get(self._at):
            ear.stream.expect(expectation)

    def partial(self) -> Hypothesis:
        """Of the recogniser that reads now."""
        ear = self._ears.get(self._at)
        return ear.stream.partial() if ear is not None else Hypothesis("")

    def reading(self) -> Hypothesis:
        """Of the recogniser that reads now, with the last syllables where it can give them."""
        ear = self._ears.get(self._at)
        stream = ear.stream if ear is not None else None
        return stream.reading() if isinstance(stream, ForesightedStream) else self.partial()

    def finish(self) -> Hypothesis:
        """The first recogniser's reading that is complete; a failed or late one is replaced by the next one's."""
        final = Hypothesis("")
        while self._turn:
            final, trouble = self._finish_one()
            if trouble is None or not self.switch(*trouble):
                break
        self._turn, self._turn_samples, self._paused_at = [], 0, None
        return final

    def _finish_one(self) -> tuple[Hypothesis, tuple[str, str] | None]:
        ear = self._ears.get(self._at)
        if ear is None:
            return Hypothesis(""), ("error", "")
        late = _behind(ear.stream)
        try:
            heard = ear.stream.finish()
        except Exception as error:  # noqa: BLE001 - the boundary of a recogniser, which may raise anything
            return Hypothesis(""), ("error", _safe(error))
        if failed := getattr(ear.stream, "failed_turn", None):
            return heard, ("error", failed)
        return _moved(heard, ear.shift_ms), ("slow", "") if late else None

    # For the engine.

    def notice(self, speaking: bool) -> None:
        """Voice activity within the open turn."""
        self._paused_at = None if speaking else self._fed
        self._tell()

    @property
    def behind(self) -> bool:
        """The reading of what was said before the pause is still under way."""
        ear = self._ears.get(self._at)
        return ear is not None and bool(self._turn) and _behind(ear.stream)

    def switches(self) -> list[Switch]:
        """Changes since the last call."""
        told, self._switches = self._switches, []
        return told

    # For the recogniser.

    @property
    def at(self) -> int:
        """Which recogniser of the chain reads."""
        return self._at

    def keep(self, pcm: Pcm) -> Any:
        """Keep the turn's new audio; the inner stream to feed with it."""
        fresh = not self._turn
        self._turn.append(pcm)
        self._turn_samples += len(pcm)
        while self._turn_samples - len(self._turn[0]) >= _KEPT:
            self._turn_samples -= len(self._turn.pop(0))
        self._fed += len(pcm)
        if fresh:
            self._begin_turn(len(pcm))
        ear = self._ears[self._at]
        ear.fed += len(pcm)
        return ear.stream

    def trouble(self) -> tuple[str, str] | None:
        """What is wrong with the recogniser that reads: (reason, detail)."""
        ear = self._ears.get(self._at)
        if ear is None:
            return None
        stream = ear.stream
        if getattr(stream, "error", None):
            return "error", stream.error
        slow = self._chain.options.slow_ms * SAMPLE_RATE_HZ // 1000
        if self._paused_at is not None and self._fed - self._paused_at >= slow and _behind(stream):
            return "slow", ""
        return None

    def switch(self, reason: str, detail: str) -> bool:
        """Go over to the next recogniser that is well and let it hear the turn; False if there is none."""
        chain = self._chain
        chain.rest(self._at)
        abandoned = self._ears.get(self._at)
        after = chain.next_after(self._at)
        if after is None:
            return False
        if abandoned is not None and self._turn:
            _abandon(abandoned.stream)
        if reason == "error":
            self._ears.pop(self._at, None)  # Nobody knows what it has heard: it begins anew another time.
        self._note(after, reason, detail)
        audio = np.concatenate(self._turn) if self._turn else np.zeros(0, np.int16)
        try:
            ear = self._open(len(audio))
            if len(audio):
                ear.fed += len(audio)
                chain.recognizers[after].step([ear.stream], [audio])
                self._tell()
        except Exception as error:  # noqa: BLE001 - the boundary of a recogniser, which may raise anything
            return self.switch("error", _safe(error))
        return True

    def _begin_turn(self, samples: int) -> None:
        best = self._chain.best()
        if best != self._at:
            self._note(best, "recovered" if best < self._at else "resting", "")
        self._open(samples)

    def _open(self, samples: int) -> _Ear:
        """The ear of the recogniser that reads, whose next sample is ``samples`` ago."""
        ear = self._ears.get(self._at)
        if ear is None:
            ear = self._ears[self._at] = _Ear(self._chain.recognizers[self._at].open())
        ear.shift_ms = (self._fed - samples - ear.fed) * 1000 // SAMPLE_RATE_HZ
        ear.stream.expect(self._expectation)
        return ear

    def _note(self, after: int, reason: str, detail: str) -> None:
        before, self._at = self._at, after
        names = [recognizer.capabilities.name for recognizer in self._chain.recognizers]
        self._switches.append(Switch(names[before], names[after], reason, detail))

    def _tell(self) -> None:
        stream = self._ears[self._at].stream if self._at in self._ears else None
        if isinstance(stream, PacedStream):
            stream.notice(self._paused_at is None)


class FallbackRecognizer:
    """Two recognisers or more, best first, behind the common seam. Call from one thread."""

    def __init__(
        self,
        recognizers: Sequence[Recognizer[Any]],
        clock: Clock,
        options: FallbackOptions = FallbackOptions(),
    ) -> None:
        if not recognizers:
            raise ValueError("a chain needs a recogniser")
        self.recognizers = tuple(recognizers)
        self.options = options
        self._clock = clock
        self._rests_until = [clock.now()] * len(self.recognizers)
        first = self.recognizers[0].capabilities
        names = " → ".join(r.capabilities.name for r in self.recognizers)
        self.capabilities = RecognizerCapabilities(names, first.streaming, first.expectations, first.trained_on)

    def open(self) -> FallbackStream:
        """A new stream."""
        return FallbackStream(self)

    def step(self, streams: Sequence[FallbackStream], audio: Sequence[Pcm]) -> None:
        """Feed each stream its new audio, batched by the recogniser that reads it; go over to another where needed."""
        groups: dict[int, tuple[list[FallbackStream], list[Any], list[Pcm]]] = {}
        for stream, pcm in zip(streams, audio, strict=True):
            try:
                inner = stream.keep(pcm)
            except Exception as error:  # noqa: BLE001 - the boundary of a recogniser, which may raise anything
                self._broken([stream], error)
                continue
            group = groups.setdefault(stream.at, ([], [], []))
            group[0].append(stream)
            group[1].append(inner)
            group[2].append(pcm)
        for at, (outer, inners, pcms) in groups.items():
            try:
                self.recognizers[at].step(inners, pcms)
            except Exception as error:  # noqa: BLE001 - the boundary of a recogniser, which may raise anything
                self._broken(outer, error)
        for stream in streams:
            trouble = stream.trouble()
            if trouble is not None:
                stream.switch(*trouble)

    def _broken(self, streams: list[FallbackStream], error: Exception) -> None:
        _log.warning("recognition.failed", error=_safe(error))
        for stream in streams:
            stream.switch("error", _safe(error))

    def best(self) -> int:
        """The first recogniser that is not resting; the last one never rests."""
        now = self._clock.now()
        return next((k for k, until in enumerate(self._rests_until[:-1]) if until <= now), len(self.recognizers) - 1)

    def next_after(self, at: int) -> int | None:
        """The next recogniser down the chain that is not resting, at worst the last; None after the last."""
        last = len(self.recognizers) - 1
        now = self._clock.now()
        return next((k for k in range(at + 1, last + 1) if k == last or self._rests_until[k] <= now), None)

    def rest(self, at: int) -> None:
        """Leave a recogniser alone for a while."""
        self._rests_until[at] = self._clock.now() + timedelta(seconds=self.options.rest_s)

    def close(self) -> None:
        """Close whichever of the recognisers can be closed."""
        for recognizer in self.recognizers:
            close = getattr(recognizer, "close", None)
            if close is not None:
                close()


def _behind(stream: object) -> bool:
    return isinstance(stream, PacedStream) and stream.behind


def _abandon(stream: Any) -> None:
    """Let a recogniser forget the turn that another one reads now."""
    try:
        stream.finish()
    except Exception as error:  # noqa: BLE001 - it has failed already; its next turn begins anew or fails again
        _log.warning("recognition.failed", error=_safe(error))


def _safe(error: Exception) -> str:
    return error.en if isinstance(error, AloError) else type(error).__name__


def _moved(heard: Hypothesis, shift_ms: int) -> Hypothesis:
    if not shift_ms or not heard.words:
        return heard
    words = tuple(Word(w.text, w.start_ms + shift_ms, w.end_ms + shift_ms, w.confidence) for w in heard.words)
    return replace(heard, words=words)
