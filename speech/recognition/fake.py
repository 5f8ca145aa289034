"""A scripted recogniser for tests: says what it is told to, when it is fed sound. No model, no chance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from speech.recognition.base import Pcm, RecognizerCapabilities
from speech.types import OPEN, SAMPLE_RATE_HZ, Expectation, Hypothesis, Word

_SYLLABLE_MS = 200


class ScriptedStream:
    """Reveals one word of its line per 200 ms of audio; the next line after ``finish``."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._line = next(self._lines, "").split()
        self._start_ms = 0
        self._fed = 0
        self.expectation: Expectation = OPEN

    def expect(self, expectation: Expectation) -> None:
        self.expectation = expectation

    def partial(self) -> Hypothesis:
        heard = min((self._now_ms() - self._start_ms) // _SYLLABLE_MS, len(self._line))
        return self._hypothesis(heard)

    def finish(self) -> Hypothesis:
        heard = len(self._line) if self._now_ms() > self._start_ms else 0
        final = self._hypothesis(heard)
        if heard:
            self._line = next(self._lines, "").split()
        self._start_ms = self._now_ms()
        return final

    def feed(self, pcm: Pcm) -> None:
        """New audio."""
        self._fed += len(pcm)

    def _now_ms(self) -> int:
        return self._fed * 1000 // SAMPLE_RATE_HZ

    def _hypothesis(self, count: int) -> Hypothesis:
        starts = [self._start_ms + i * _SYLLABLE_MS for i in range(count)]
        words = tuple(Word(text, at, at + _SYLLABLE_MS, 0.9) for text, at in zip(self._line, starts, strict=False))
        return Hypothesis(" ".join(word.text for word in words), words, 0.9 if words else 0.0)


class ScriptedRecognizer:
    """Gives the n-th stream the n-th script, a list of lines; later streams hear nothing."""

    capabilities = RecognizerCapabilities("scripted", streaming=True, expectations=True, trained_on="nothing")

    def __init__(self, *scripts: Sequence[str]) -> None:
        self._scripts = iter(scripts)

    def open(self) -> ScriptedStream:
        return ScriptedStream(next(self._scripts, ()))

    def step(self, streams: Sequence[ScriptedStream], audio: Sequence[Pcm]) -> None:
        for stream, pcm in zip(streams, audio, strict=True):
            stream.feed(pcm)
